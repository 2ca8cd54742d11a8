//! Measurements, and what the peers take in the same run: `cargo xtask bench [PART…]`, every part without one.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]
#![allow(clippy::disallowed_methods, reason = "measuring reads the clock")]

#[path = "../../crates/guildhall/tests/client/mod.rs"]
#[allow(unreachable_pub, clippy::wildcard_enum_match_arm, reason = "shared with tests")]
mod client;
mod decisions;
mod http;
mod lists;
mod size;
mod store;
mod town;

use std::process::ExitCode;

type Done = Result<(), Box<dyn std::error::Error + Send + Sync>>;

type Part = (&'static str, fn() -> Done);

const PARTS: [Part; 6] = [
    ("decisions", decisions::run),
    ("store", store::run),
    ("lists", lists::run),
    ("http", http::decisions),
    ("invitations", http::invitations),
    ("start", size::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !PARTS.iter().any(|(part, _)| part == name)) {
        let all: Vec<&str> = PARTS.iter().map(|(part, _)| *part).collect();
        println!("there is no part `{unknown}`; there are {}", all.join(", "));
        return ExitCode::FAILURE;
    }
    let mut code = ExitCode::SUCCESS;
    for (part, run) in PARTS.iter().filter(|(part, _)| wanted.is_empty() || wanted.iter().any(|name| name == part)) {
        println!("\n## {part}\n");
        if let Err(error) = run() {
            println!("{part}: {error}");
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Begins a table.
fn table() {
    println!("| what | measured | wanted |\n|---|---:|---:|");
}

/// A line of the table.
fn line(what: &str, measured: &str, wanted: &str) {
    println!("| {what} | {measured} | {wanted} |");
}
