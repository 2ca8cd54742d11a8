//! A throwaway Postgres: its own folder, user, password and loopback port, gone when its owner is.
//!
//! Only the standard library is used here, because `xtask` includes this very file and must build in seconds.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// The variable that names a running server: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, its user allowed to create databases.
pub const SERVER_VARIABLE: &str = "GUILDHALL_TEST_POSTGRES";

const KEEPER: &str = include_str!("postgres.sh");
const STARTS: u32 = 5;
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

/// Whether what is committed survives a crash of the machine. Tests that only kill processes need it `Off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Commits don't wait for the disk.
    Off,
    /// As in production; for figures that are to mean something.
    On,
}

/// A running server. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    keeper: Child,
    // INVARIANT: held open while the server is to run; the keeper stops it when this closes.
    lifeline: Option<ChildStdin>,
}

impl Cluster {
    /// Starts a server, under another user when this process is root's, which Postgres refuses to run as.
    ///
    /// # Errors
    /// In words: what is missing, or what the server said.
    pub fn start(durability: Durability) -> Result<Self, String> {
        let binaries = find_binaries()?;
        let user = server_user()?;
        let mut last = String::new();
        for _ in 0..STARTS {
            // Another process may take the free port before the server does: then try the next one.
            match Self::start_once(&binaries, user.as_ref(), durability) {
                Ok(cluster) => return Ok(cluster),
                Err(error) if error.contains("Address already in use") => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Where the server answers, with a user that may create databases.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn start_once(binaries: &Path, user: Option<&ServerUser>, durability: Durability) -> Result<Self, String> {
        let password = random_hex(16)?;
        let port = free_port()?;
        let folder = new_folder(user);
        let owner = user.map(|user| format!("{}:{}", user.uid, user.gid)).unwrap_or_default();
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "postgres.sh"]).arg(&folder).arg(owner).arg(binaries).arg(port.to_string());
        command.arg(match durability {
            Durability::Off => "off",
            Durability::On => "on",
        });
        if let Some(user) = user {
            command.args(&user.prefix);
        }
        // A group of its own: Ctrl-C in a terminal must not reach the keeper before it has cleaned up.
        let mut keeper = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("can't start `sh`: {error}"))?;
        let mut lifeline = keeper.stdin.take();
        if let Some(lifeline) = &mut lifeline {
            writeln!(lifeline, "{password}").map_err(|error| format!("can't talk to the keeper of Postgres: {error}"))?;
        }
        let url = format!("postgres://guildhall:{password}@127.0.0.1:{port}/postgres");
        let said = keeper.stdout.take();
        let cluster = Self { url, keeper, lifeline };
        let mut said = BufReader::new(said.ok_or("the keeper of Postgres has no output")?);
        let mut first = String::new();
        said.read_line(&mut first).map_err(|error| format!("can't read from the keeper of Postgres: {error}"))?;
        if first.trim() == "ready" {
            return Ok(cluster);
        }
        let mut rest = String::new();
        // What can't be read any more only makes the message shorter.
        let _ = said.read_to_string(&mut rest);
        Err(format!("Postgres from `{}` did not start:\n{first}{rest}", binaries.display()))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Nobody is left to tell if this fails; the keeper cleans up by itself.
        let _ = self.keeper.wait();
    }
}

/// The folder that holds the server's programs: the first of `PATH` that has them all, else Debian's newest.
///
/// # Errors
/// When there is none; says what to install.
pub fn find_binaries() -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let linked = std::env::split_paths(&path).filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok());
    let mut candidates: Vec<PathBuf> = linked.filter_map(|file| file.parent().map(Path::to_path_buf)).collect();
    candidates.extend(debian_binaries());
    candidates.into_iter().find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file())).ok_or_else(|| {
        format!(
            "no PostgreSQL server found: `{}` stand neither in one folder of PATH nor in /usr/lib/postgresql/*/bin; \
                 install Debian's package `postgresql`, or name a running server in {SERVER_VARIABLE}",
            PROGRAMS.join("`, `")
        )
    })
}

fn debian_binaries() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> =
        entries.filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))).collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

#[derive(Debug)]
struct ServerUser {
    uid: u32,
    gid: u32,
    prefix: Vec<String>,
}

/// None where this process is not root's. `/proc/self` belongs to whom the process runs as.
fn server_user() -> Result<Option<ServerUser>, String> {
    if !is_root()? {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| format!("can't read /etc/passwd: {error}"))?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse::<u32>);
        Some((ids.next()?.ok()?, ids.next()?.ok()?))
    };
    let (uid, gid) = find("postgres")
        .or_else(|| find("nobody"))
        .ok_or("Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody`")?;
    let prefix =
        vec!["setpriv".to_owned(), format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".to_owned(), "--".to_owned()];
    Ok(Some(ServerUser { uid, gid, prefix }))
}

/// Whether this process runs as root.
///
/// # Errors
/// Where `/proc` is missing.
pub fn is_root() -> Result<bool, String> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").map(|file| file.uid() == 0).map_err(|error| format!("can't read /proc/self: {error}"))
}

/// Short, because a socket's path has to fit 107 bytes. The keeper makes it: what this process made and then died over would stay.
fn new_folder(user: Option<&ServerUser>) -> PathBuf {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let base = if user.is_some() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    base.join(format!("guildhall-pg-{}-{:x}", std::process::id(), since.as_nanos()))
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("no free port on loopback: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("no free port on loopback: {error}"))
}

/// Random text of `n_bytes` bytes, written in hexadecimal.
pub(crate) fn random_hex(n_bytes: usize) -> Result<String, String> {
    use std::fmt::Write;
    let mut bytes = vec![0; n_bytes];
    let read = fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    read.map_err(|error| format!("can't read /dev/urandom: {error}"))?;
    let mut text = String::with_capacity(2 * n_bytes);
    for byte in bytes {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
