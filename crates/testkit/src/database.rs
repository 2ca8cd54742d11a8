//! A database that lasts one test: a file in a temporary folder, or a new database on a Postgres server.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::postgres::{Cluster, Durability, SERVER_VARIABLE, find_binaries, random_hex};

/// Which of the two databases a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one, a file.
    Sqlite,
    /// The server.
    Postgres,
}

/// An empty database of its own for one test, gone with this value.
///
/// Close what is connected to it first; a Postgres database is dropped even if something still is.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    url: String,
    folder: TempDir,
    name: Option<String>,
}

impl Database {
    /// A file that does not exist yet, in a new folder.
    ///
    /// # Panics
    /// When the folder can't be made: a test can't go on without.
    #[must_use]
    pub fn sqlite() -> Self {
        let folder = temporary_folder();
        let url = format!("sqlite://{}", folder.path().join("guildhall.db").display());
        Self { kind: Kind::Sqlite, url, folder, name: None }
    }

    /// A new database on the server that `GUILDHALL_TEST_POSTGRES` names, or on one that this process starts and that ends with it.
    ///
    /// # Panics
    /// When there is no server or it refuses: a test can't go on without, and must not pass without.
    #[must_use]
    pub fn postgres() -> Self {
        let random = random_hex(8).unwrap_or_else(|error| fail(&error));
        let name = format!("test_{}_{random}", std::process::id());
        run_sql(&format!("CREATE DATABASE {name}")).unwrap_or_else(|error| fail(&error));
        let url = with_database(server_url(), &name);
        Self { kind: Kind::Postgres, url, folder: temporary_folder(), name: Some(name) }
    }

    /// One of the two, by its kind.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::sqlite(),
            Kind::Postgres => Self::postgres(),
        }
    }

    /// Which of the two this is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// `sqlite:///…/guildhall.db` or `postgres://user:password@host:port/name`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file of the embedded one; none on Postgres.
    pub fn file(&self) -> Option<PathBuf> {
        (self.kind == Kind::Sqlite).then(|| self.folder.path().join("guildhall.db"))
    }

    /// A folder of this test's own, on both kinds: for the key file, a configuration, a lock.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // A database left behind on a throwaway server is no reason to fail the test that was the matter here.
            let _ = run_sql(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// The server of `GUILDHALL_TEST_POSTGRES`, or this process's own, started at the first call.
///
/// # Panics
/// When there is none and none can be started.
pub fn server_url() -> &'static str {
    static SERVER: OnceLock<(String, Option<Cluster>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var(SERVER_VARIABLE) {
        Ok(url) if !url.is_empty() => (url, None),
        Ok(_) | Err(_) => {
            let cluster = Cluster::start(Durability::Off).unwrap_or_else(|error| fail(&error));
            (cluster.url().to_owned(), Some(cluster))
        }
    });
    url
}

fn run_sql(statement: &str) -> Result<(), String> {
    let psql = find_binaries().map_or_else(|_| PathBuf::from("psql"), |folder| folder.join("psql"));
    let output = Command::new(psql)
        .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statement, server_url()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("can't run `psql`: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("`{statement}` failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// The same server, another database; parameters after `?` stay.
fn with_database(server: &str, name: &str) -> String {
    let (base, parameters) = server.split_once('?').map_or((server, None), |(base, rest)| (base, Some(rest)));
    let after_scheme = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = match after_scheme.split_once('/') {
        Some((_, database)) => base.strip_suffix(database).unwrap_or(base).trim_end_matches('/'),
        None => base,
    };
    let parameters = parameters.map(|text| format!("?{text}")).unwrap_or_default();
    format!("{host}/{name}{parameters}")
}

fn temporary_folder() -> TempDir {
    TempDir::with_prefix("guildhall-test-").unwrap_or_else(|error| fail(&format!("can't make a folder: {error}")))
}

#[expect(clippy::panic, reason = "a test without its database can only fail")]
fn fail(what: &str) -> ! {
    panic!("{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_the_same_server() {
        let check = |server: &str, expected: &str| assert_eq!(with_database(server, "t"), expected);
        check("postgres://u:p@127.0.0.1:5/postgres", "postgres://u:p@127.0.0.1:5/t");
        check("postgres://u:p@127.0.0.1:5", "postgres://u:p@127.0.0.1:5/t");
        check("postgres://u:p@127.0.0.1:5/", "postgres://u:p@127.0.0.1:5/t");
        check("postgres://u@host/postgres?sslmode=disable", "postgres://u@host/t?sslmode=disable");
    }
}
