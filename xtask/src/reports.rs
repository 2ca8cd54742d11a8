//! The runners' reports of the last run, as they wrote them, under `target/reports/`.
//!
//! `rust/PACKAGE/TARGET.txt` is what a test binary printed, `journeys/PROJECT.json` what Playwright wrote.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::journeys;
use crate::libtest::{self, Outcome};

/// Which database a test ran on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

impl Database {
    pub(crate) const BOTH: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What ran a test, which decides how its name is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    Rust,
    /// A journey in a browser, on the database of its Playwright project.
    Browser(Database),
}

/// One test that ran, or should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) runner: Runner,
    /// Where it stands, for people: package and target, or file.
    pub(crate) place: String,
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

pub(crate) fn folder(root: &Path) -> PathBuf {
    root.join("target/reports")
}

pub(crate) fn rust_folder(root: &Path) -> PathBuf {
    folder(root).join("rust")
}

pub(crate) fn journeys_file(root: &Path, database: Database) -> PathBuf {
    folder(root).join("journeys").join(format!("{}.json", database.name()))
}

/// Forgets a part of the last run before it runs anew.
pub(crate) fn forget(path: &Path) -> Result<()> {
    let done = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match done {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("can't remove `{}`", path.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Every Rust test of the last run.
pub(crate) fn read_rust(root: &Path) -> Result<Vec<Test>> {
    let mut tests = Vec::new();
    for package in sorted_entries(&rust_folder(root))? {
        for file in sorted_entries(&package)? {
            let place = format!("{} {}", stem(&package), stem(&file));
            let report = fs::read_to_string(&file).with_context(|| format!("can't read `{}`", file.display()))?;
            let lines = libtest::parse(&report).with_context(|| format!("the report of {place} is no good"))?;
            tests.extend(lines.into_iter().map(|line| Test {
                runner: Runner::Rust,
                place: place.clone(),
                name: line.name,
                outcome: line.outcome,
            }));
        }
    }
    Ok(tests)
}

/// Every journey of the last run on one database; none if it didn't run there.
pub(crate) fn read_journeys(root: &Path, database: Database) -> Result<Vec<Test>> {
    let file = journeys_file(root, database);
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let report = fs::read_to_string(&file).with_context(|| format!("can't read `{}`", file.display()))?;
    journeys::parse(&report, database).with_context(|| format!("the report `{}` is no good", file.display()))
}

/// Every test of the last run.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Test>> {
    let mut tests = read_rust(root)?;
    for database in Database::BOTH {
        tests.extend(read_journeys(root, database)?);
    }
    Ok(tests)
}

fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("can't read `{}`", folder.display()))?;
    let mut paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
