//! What is asked of cargo: format, lints, test binaries, the product's binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;
use crate::reports;

/// A program that cargo built.
pub(crate) struct Built {
    pub(crate) package: String,
    /// The kind and name of its target, `test-conformance` for one.
    pub(crate) target: String,
    pub(crate) folder: PathBuf,
    pub(crate) executable: PathBuf,
    is_test: bool,
}

pub(crate) fn check_format(root: &Path) -> Result<()> {
    process::run_to_success(cargo(root, "fmt").args(["--all", "--check"])).context("run `cargo fmt --all`, or fix what it can't read")
}

pub(crate) fn check_lints(root: &Path) -> Result<()> {
    let mut clippy = cargo(root, "clippy");
    clippy.args(["--workspace", "--all-targets"]).args(locked()).args(["--", "-D", "warnings"]);
    process::run_to_success(&mut clippy)
}

/// Builds the product and says where its binary is.
pub(crate) fn build_product(root: &Path) -> Result<PathBuf> {
    build_program(root, "guildhall", &[])
}

fn build_program(root: &Path, name: &str, arguments: &[&str]) -> Result<PathBuf> {
    // The whole workspace, as the tests do: else packages are built again with other features.
    let mut command = cargo(root, "build");
    command.args(["--workspace", "--bins"]).args(arguments);
    let target = format!("bin-{name}");
    let found = read_built(command)?.into_iter().find(|program| program.package == name && program.target == target);
    found.map(|program| program.executable).with_context(|| format!("cargo built no binary `{name}`"))
}

/// Builds every test of the workspace, without running one.
pub(crate) fn build_tests(root: &Path) -> Result<Vec<Built>> {
    let mut command = cargo(root, "test");
    command.args(["--workspace", "--no-run"]);
    let mut tests: Vec<Built> = read_built(command)?.into_iter().filter(|program| program.is_test).collect();
    tests.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    Ok(tests)
}

/// Runs one test binary as cargo would, what it prints kept as its report. False if it failed.
pub(crate) fn run_tests(root: &Path, test: &Built, postgres: &str) -> Result<bool> {
    let folder = reports::rust_folder(root).join(&test.package);
    fs::create_dir_all(&folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    println!("── {} {}", test.package, test.target);
    let mut command = Command::new(&test.executable);
    command.current_dir(&test.folder).env("CARGO_MANIFEST_DIR", &test.folder).env("CARGO_PKG_NAME", &test.package);
    command.env(crate::postgres::SERVER_VARIABLE, postgres);
    let status = process::run_recorded(&mut command, &folder.join(format!("{}.txt", test.target)))?;
    Ok(status.success())
}

/// Runs the examples in the documentation. False if one failed.
pub(crate) fn run_doctests(root: &Path, postgres: &str) -> Result<bool> {
    let folder = reports::rust_folder(root).join("documentation");
    fs::create_dir_all(&folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    println!("── examples in the documentation");
    let mut command = cargo(root, "test");
    command.args(["--workspace", "--doc", "--no-fail-fast"]).args(locked());
    command.env(crate::postgres::SERVER_VARIABLE, postgres);
    let status = process::run_recorded(&mut command, &folder.join("examples.txt"))?;
    Ok(status.success())
}

/// `cargo xtask bench`: the benchmarks' own program, and beside it the product that it measures, optimised.
pub(crate) fn bench(root: &Path, arguments: &[&str]) -> Result<bool> {
    let program = build_program(root, "guildhall-bench", &["--release"])?;
    process::run(Command::new(program).args(arguments).current_dir(root)).map(|status| status.success())
}

fn cargo(root: &Path, subcommand: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg(subcommand).current_dir(root);
    // What `cargo xtask` tells this program about itself: build scripts that look at it would run again, and all that rests on them be built
    // again.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// In CI the lock file must be complete; at a desk cargo may mend it.
fn locked() -> &'static [&'static str] {
    if std::env::var_os("CI").is_some() { &["--locked"] } else { &[] }
}

fn read_built(mut command: Command) -> Result<Vec<Built>> {
    command.args(locked()).arg("--message-format=json-render-diagnostics");
    let messages = process::ask(&mut command)?;
    let mut built = Vec::new();
    for line in messages.lines() {
        let message: Value = serde_json::from_str(line).context("cargo printed a message that is no JSON")?;
        if let Some(executable) = message.get("executable").and_then(Value::as_str) {
            built.push(read_program(&message, executable)?);
        }
    }
    if built.is_empty() {
        bail!("cargo built no program");
    }
    Ok(built)
}

fn read_program(message: &Value, executable: &str) -> Result<Built> {
    let text = |pointer: &str| {
        let found = message.pointer(pointer).and_then(Value::as_str);
        found.with_context(|| format!("cargo's message has no `{pointer}`"))
    };
    let folder = Path::new(text("/manifest_path")?).parent().context("a manifest lies in no folder")?;
    let manifest = fs::read_to_string(folder.join("Cargo.toml"))?;
    let manifest: toml::Table = manifest.parse()?;
    let package = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Ok(Built {
        package: package.context("a manifest names no package")?.to_owned(),
        target: format!("{}-{}", text("/target/kind/0")?, text("/target/name")?),
        folder: folder.to_path_buf(),
        executable: executable.into(),
        is_test: message.pointer("/profile/test").and_then(Value::as_bool).unwrap_or(false),
    })
}
