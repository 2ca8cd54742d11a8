//! The commands a developer and CI call: `cargo xtask test`, `cargo xtask behaviours`, `cargo xtask bench`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command's output is what it prints")]

mod behaviours;
mod cargo;
mod claims;
mod contract;
mod journeys;
mod libtest;
mod page;
#[path = "../../crates/testkit/src/postgres.rs"]
#[expect(unreachable_pub, reason = "testkit exports what is private to this program")]
mod postgres;
mod process;
mod provide;
mod reports;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [--durable] [STEP…]   run everything, or the steps named; installs or starts what is missing
cargo xtask behaviours                 what the last run proved; writes docs/behaviours.md
cargo xtask bench [ARGUMENT…]          figures and ratios of one run, in release mode

Steps: fmt, clippy, build, tests, contract, journeys, behaviours. `--durable` lets the throwaway Postgres wait for the disk.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root();
    let done = match words.as_slice() {
        ["test", rest @ ..] => steps::run(&root, rest),
        ["behaviours"] => behaviours::command(&root),
        ["bench", rest @ ..] => cargo::bench(&root, rest),
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace: this crate's folder lies in it.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
