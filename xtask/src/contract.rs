//! The API against its own description: Schemathesis asks the running binary what the OpenAPI document allows and forbids.
//!
//! `e2e/schemathesis.toml` says what is checked; a check that is off stands there with its reason.

mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use server::{Header, Server};

use crate::{process, provide};

const VERSION: &str = "schemathesis==4.32.5";
/// What is off where a person asks: `e2e/schemathesis.toml` says why.
const OFF_FOR_A_PERSON: &[&str] = &[
    "--exclude-operation-id=delete_organization",
    "--exclude-operation-id=delete_user",
    "--exclude-operation-id=end_session",
    "--exclude-checks=ignored_auth",
];

/// Runs Schemathesis against the binary, as a program and as a person. An error names what failed.
pub(crate) fn run(root: &Path, product: &Path) -> Result<()> {
    let schemathesis = installed(root)?;
    let folder = root.join("target/contract");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("can't empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    let server = Server::start(product, &folder)?;
    let (key, person) = (server.key()?, server.person()?);
    let config = folder.join("schemathesis.toml");
    let checks = fs::read_to_string(root.join("e2e/schemathesis.toml")).context("can't read `e2e/schemathesis.toml`")?;
    fs::write(&config, format!("{checks}{}", server.furnish(&key, &person)?))
        .with_context(|| format!("can't write `{}`", config.display()))?;
    let ask = |who: &str, headers: &[Header], off: &[&str]| {
        println!("Schemathesis asks as {who}");
        let mut command = Command::new(&schemathesis);
        command.arg("--config-file").arg(&config).args(["run", &server.document()]).current_dir(root);
        for (name, value) in headers {
            command.args(["--header", &format!("{name}: {value}")]);
        }
        let status = process::run(command.args(off))?;
        if !status.success() {
            bail!("asked as {who}, Schemathesis ended with {status}: the API doesn't do what its description says");
        }
        Ok(())
    };
    let asked = [ask("a person", &person, OFF_FOR_A_PERSON), ask("a program", &[key], &[])];
    asked.into_iter().collect()
}

/// Schemathesis in a Python environment of its own.
fn installed(root: &Path) -> Result<PathBuf> {
    let folder = root.join("target/schemathesis");
    let program = folder.join("bin/schemathesis");
    let stamp = folder.join("version");
    if program.is_file() && fs::read_to_string(&stamp).is_ok_and(|version| version == VERSION) {
        return Ok(program);
    }
    provide::python()?;
    println!("Schemathesis is missing or old: installing {VERSION} into `{}`", folder.display());
    process::run_to_success(Command::new("python3").args(["-m", "venv"]).arg(&folder)).context("Python's `venv` can't be had")?;
    let pip = folder.join("bin/pip");
    process::run_to_success(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", VERSION]))
        .context("Schemathesis can't be had")?;
    fs::write(&stamp, VERSION).context("can't note what was installed")?;
    Ok(program)
}
