//! Provides what the tests need and a machine may lack: Postgres, Chromium, the Node packages of `e2e/`, Python.
//!
//! Says what it installs. What can't be had is an error that names it; nothing is skipped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo;
use crate::postgres::{self, Cluster, Durability, SERVER_VARIABLE};
use crate::process;

const PRODUCT_VARIABLE: &str = "GUILDHALL_BIN";
const CHROMIUM_VARIABLE: &str = "GUILDHALL_CHROMIUM";

/// Where the tests find Postgres.
pub(crate) enum Server {
    /// One that somebody else runs.
    Given(String),
    /// Ours, stopped when this value goes.
    Started(Cluster),
}

impl Server {
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Started(cluster) => cluster.url(),
        }
    }
}

/// The server of `GUILDHALL_TEST_POSTGRES`, else a throwaway one.
pub(crate) fn postgres(durability: Durability) -> Result<Server> {
    if let Ok(url) = std::env::var(SERVER_VARIABLE)
        && !url.is_empty()
    {
        println!("PostgreSQL: the server of {SERVER_VARIABLE}");
        return Ok(Server::Given(url));
    }
    if postgres::find_binaries().is_err() {
        println!("PostgreSQL is missing: installing Debian's package `postgresql`");
        install(&["postgresql"]).context("PostgreSQL can't be had")?;
    }
    openssl()?;
    let binaries = postgres::find_binaries().map_err(anyhow::Error::msg)?;
    let cluster = Cluster::start(durability).map_err(anyhow::Error::msg)?;
    println!("PostgreSQL: a throwaway server from {}, stopped at the end", binaries.display());
    Ok(Server::Started(cluster))
}

/// What makes the certificates of the servers that tests start.
fn openssl() -> Result<()> {
    if !process::is_installed("openssl") {
        println!("openssl is missing, which makes the certificates of the tests' servers: installing it");
        install(&["openssl"]).context("openssl can't be had")?;
    }
    Ok(())
}

/// Python 3 with `venv`, which Schemathesis is installed by.
pub(crate) fn python() -> Result<()> {
    // Debian's `venv` without its package is there, but can't bring `pip` along.
    let mut ask = Command::new("python3");
    ask.args(["-c", "import ensurepip, venv"]);
    if process::ask(&mut ask).is_err() {
        println!("Python 3 or its `venv` is missing: installing Debian's packages `python3` and `python3-venv`");
        install(&["python3", "python3-venv"]).context("Python can't be had")?;
    }
    Ok(())
}

/// The binary that the journeys start: the one of `GUILDHALL_BIN`, else built.
pub(crate) fn product(root: &Path) -> Result<PathBuf> {
    match std::env::var(PRODUCT_VARIABLE) {
        Ok(file) if !file.is_empty() => {
            println!("the binary: {file}, named by {PRODUCT_VARIABLE}");
            Ok(PathBuf::from(file))
        }
        Ok(_) | Err(_) => cargo::build_product(root),
    }
}

/// The browser that the journeys drive.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Ok(file) = std::env::var(CHROMIUM_VARIABLE) {
        let file = PathBuf::from(file);
        if !file.is_file() {
            bail!("{CHROMIUM_VARIABLE} names `{}`, which is no file", file.display());
        }
        return Ok(file);
    }
    // Chromium's own build for machines without a screen: the same engine, a third quicker.
    let package = "chromium-headless-shell";
    let file = PathBuf::from("/usr/bin").join(package);
    if !file.is_file() {
        println!("Chromium is missing: installing Debian's package `{package}`");
        install(&[package]).context("Chromium can't be had")?;
    }
    if !file.is_file() {
        bail!("Chromium can't be had: the package `{package}` brought no `{}`", file.display());
    }
    Ok(file)
}

/// The Node packages of `e2e/`, as its lock file states them, and what its servers need.
pub(crate) fn node_packages(root: &Path) -> Result<()> {
    for program in ["node", "npm"] {
        if !process::is_installed(program) {
            bail!("`{program}` is missing: install Node.js 20 or newer with npm");
        }
    }
    // The mail server of the journeys speaks TLS.
    openssl()?;
    let folder = root.join("e2e");
    let wanted = fs::read_to_string(folder.join("package-lock.json")).context("can't read `e2e/package-lock.json`")?;
    let stamp = folder.join("node_modules/.installed-lock.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("the Node packages of e2e/ are missing or old: running `npm ci`");
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    // Debian's Chromium is used: no browser of Playwright's own is fetched.
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    process::run_to_success(&mut npm).context("the Node packages of e2e/ can't be had")?;
    fs::write(&stamp, wanted).with_context(|| format!("can't write `{}`", stamp.display()))
}

fn install(packages: &[&str]) -> Result<()> {
    if !process::is_installed("apt-get") {
        bail!("there is no `apt-get` here: install `{}` by hand", packages.join(" "));
    }
    if let Err(error) = apt(&["update"]) {
        // One broken source among several is common; what is installed below may stand in another.
        println!("{error:#}; going on with the lists at hand");
    }
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let is_root = postgres::is_root().map_err(anyhow::Error::msg)?;
    let mut command = if is_root { Command::new("env") } else { Command::new("sudo") };
    if !is_root {
        // Never asks for a password: there may be nobody to answer.
        command.args(["--non-interactive", "env"]);
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).args(arguments);
    process::run_to_success(&mut command)
}
