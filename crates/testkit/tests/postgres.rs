//! A throwaway server goes with its owner, at whatever moment that one is killed.
#![cfg(test)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use guildhall_testkit::postgres::{Cluster, Durability};

const OWNER: &str = "GUILDHALL_TESTKIT_OWNER";

/// Not a test by itself: the process that the test below starts and kills.
#[test]
fn an_owner_waits_to_be_killed() {
    if std::env::var_os(OWNER).is_some() {
        let _cluster = Cluster::start(Durability::Off).unwrap();
        thread::sleep(Duration::from_mins(1));
    }
}

#[test]
fn a_killed_owner_leaves_nothing_behind() {
    // While initdb runs, while the server starts, and when it runs.
    let owners = [100, 600, 1_000, 1_400, 3_000].map(|milliseconds| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "an_owner_waits_to_be_killed"]).env(OWNER, "yes");
        let mut owner = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(milliseconds));
            owner.kill().unwrap();
            owner.wait().unwrap();
            owner.id()
        })
    });
    for owner in owners {
        let id = owner.join().unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        while let Some(folder) = folder_of(id) {
            assert!(Instant::now() < deadline, "`{}` is still there", folder.display());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

fn folder_of(owner: u32) -> Option<PathBuf> {
    let base = if guildhall_testkit::postgres::is_root().unwrap() { "/tmp".into() } else { std::env::temp_dir() };
    let mut paths = std::fs::read_dir(base).unwrap().flatten().map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().contains(&format!("guildhall-pg-{owner}-")))
}
