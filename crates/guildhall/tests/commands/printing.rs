//! Whoever listened to a command may be gone: `guildhall … | head -1`.

use crate::terminal::{Deployment, PATIENCE, command};
use guildhall_testkit::Database;
use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, ExitStatus, Stdio},
    time::Instant,
};

/// Runs with a standard output that nobody reads. Answers how it ended, and what stands in its standard error.
fn unheard(command: &mut Command) -> (ExitStatus, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut complaints = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    (child.wait().unwrap(), complaints)
}

#[test]
fn a_command_whose_output_nobody_reads_does_its_work_and_ends_quietly() {
    let database = Database::sqlite();
    let deployment = Deployment::new(&database);
    for arguments in [&["model", "matrix", "standard"][..], &["model", "list"], &["model", "test", "workjet"]] {
        let (status, complaints) = unheard(&mut command(arguments));
        assert!(status.success() && complaints.is_empty(), "{arguments:?}: {status}, {complaints}");
    }
    for arguments in [&["config", "check"][..], &["doctor"], &["operator", "link"], &["verify"]] {
        let (status, complaints) = unheard(&mut deployment.command(arguments));
        assert!(status.success() && complaints.is_empty(), "{arguments:?}: {status}, {complaints}");
    }
}

#[test]
fn a_server_whose_output_nobody_reads_any_more_goes_on() {
    let database = Database::sqlite();
    let deployment = Deployment::new(&database);
    let mut child = deployment.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.starts_with("Guildhall serves"), "{first}");
    let begun = Instant::now();
    while !deployment.client().send(&crate::client::Request::get("/readyz")).is_ok_and(|reply| reply.status == 200) {
        assert!(child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE, "it doesn't serve");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    let mut complaints = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
    assert!(child.wait().unwrap().success() && !complaints.contains("panicked"), "{complaints}");
}
