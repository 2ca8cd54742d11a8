//! Runs a program so that nothing of it is left behind, however it or this command ends.
//!
//! Each program gets a process group. When it ends, what it left in its group is stopped. A guardian shell waits on a
//! pipe that only this process holds open: if this process dies (Ctrl-C, a CI's time limit), it stops the group.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const GUARDIAN: &str = r#"read -r _ || { kill -TERM "-$1"; sleep 3; kill -KILL "-$1"; } 2>/dev/null"#;
const GRACE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(20);

/// Longer than any honest step on two slow cores.
const LIMIT: Duration = Duration::from_mins(40);

/// Runs `command`, its output passed on, and says how it ended.
pub(crate) fn run(command: &mut Command) -> Result<ExitStatus> {
    let name = name_of(command);
    let mut group = Group::start(command.stdin(Stdio::null()), &name)?;
    group.wait(&name)
}

/// Like [`run`], for what is part of a step: anything but success is an error that names the program.
pub(crate) fn run_to_success(command: &mut Command) -> Result<()> {
    let status = run(command)?;
    if !status.success() {
        bail!("`{}` ended with {status}", line_of(command));
    }
    Ok(())
}

/// Like [`run`]; standard output and errors also go to `file`, in the order in which they come.
pub(crate) fn run_recorded(command: &mut Command, file: &Path) -> Result<ExitStatus> {
    let name = name_of(command);
    let record = File::create(file).with_context(|| format!("can't write `{}`", file.display()))?;
    let record = Mutex::new(record);
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::start(command, &name)?;
    let (stdout, stderr) = (group.leader.stdout.take(), group.leader.stderr.take());
    thread::scope(|scope| {
        if let Some(stdout) = stdout {
            scope.spawn(|| pass_on(stdout, &record));
        }
        if let Some(stderr) = stderr {
            scope.spawn(|| pass_on(stderr, &record));
        }
        // The readers end once the group is gone, so a server left behind can't hold them.
        group.wait(&name)
    })
}

/// What `command` prints; an error if it fails. For short questions.
pub(crate) fn ask(command: &mut Command) -> Result<String> {
    ask_quietly(command.stderr(Stdio::inherit()))
}

/// Like [`ask`]; what `command` says on standard error goes where it was told to.
pub(crate) fn ask_quietly(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("can't start `{}`", line_of(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", line_of(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no text", line_of(command)))
}

/// Whether a program of this name stands in PATH.
pub(crate) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn pass_on(from: impl Read, record: &Mutex<File>) {
    for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Ok(mut record) = record.lock() {
            // A full disk shows itself: the report then lacks its closing line.
            let _ = writeln!(record, "{line}");
        }
    }
}

struct Group {
    leader: Child,
    guardian: Child,
}

impl Group {
    fn start(command: &mut Command, name: &str) -> Result<Self> {
        let spawned = command.process_group(0).spawn();
        let leader = spawned.with_context(|| format!("can't start `{name}`"))?;
        let guardian = Command::new("sh")
            .args(["-c", GUARDIAN, "guardian", &leader.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .process_group(0)
            .spawn()
            .context("can't start `sh`")?;
        Ok(Self { leader, guardian })
    }

    fn wait(&mut self, name: &str) -> Result<ExitStatus> {
        let deadline = Instant::now() + LIMIT;
        let status = loop {
            if let Some(status) = self.leader.try_wait()? {
                break Some(status);
            }
            if Instant::now() > deadline {
                break None;
            }
            thread::sleep(POLL);
        };
        if self.signal("-0") {
            println!("stopping what `{name}` left running");
        }
        self.stop();
        match status {
            Some(status) => Ok(status),
            None => bail!("`{name}` did not end within {} minutes", LIMIT.as_secs() / 60),
        }
    }

    fn stop(&mut self) {
        self.signal("-TERM");
        let deadline = Instant::now() + GRACE;
        while self.signal("-0") && Instant::now() < deadline {
            // Collects the leader, if it was stopped just now: as a zombie it would still count.
            let _ = self.leader.try_wait();
            thread::sleep(POLL);
        }
        self.signal("-KILL");
    }

    /// True when the group still had a process to receive it.
    fn signal(&self, signal: &str) -> bool {
        // The shell's own `kill`: the program of that name is missing on small machines.
        let mut kill = Command::new("sh");
        kill.args(["-c", r#"kill "$0" "-$1""#, signal, &self.leader.id().to_string()]);
        kill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        kill.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Ok(None) = self.leader.try_wait() {
            self.stop();
            let _ = self.leader.wait();
        }
        if let Some(mut relieved) = self.guardian.stdin.take() {
            // If this fails the guardian takes it for our death and signals a group that is gone.
            let _ = relieved.write_all(b"\n");
        }
        let _ = self.guardian.wait();
    }
}

fn name_of(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn line_of(command: &Command) -> String {
    let arguments = command.get_args().map(|word| word.to_string_lossy().into_owned());
    [name_of(command)].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that ignores the polite signal and leaves another one running, whose id it writes down.
    fn stubborn(folder: &Path) -> Command {
        let mut command = Command::new("sh");
        let script = "trap '' TERM; sleep 300 & echo $! >\"$0\"; [ \"$1\" = wait ] && wait; true";
        command.args(["-c", script]).arg(folder.join("id"));
        command
    }

    fn scratch(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A process that ended but was not yet collected by its parent doesn't count.
    fn is_alive(folder: &Path) -> bool {
        let id = std::fs::read_to_string(folder.join("id")).unwrap_or_default();
        // Before it is written, `/proc//stat` would be the machine's.
        let Ok(id) = id.trim().parse::<u32>() else { return false };
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    }

    fn wait_until(what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !is_so() {
            assert!(Instant::now() < deadline, "{what} did not come about");
            thread::sleep(POLL);
        }
    }

    #[test]
    fn what_a_program_leaves_behind_is_stopped() {
        let folder = scratch("left");
        assert!(run(&mut stubborn(&folder)).unwrap().success());
        assert!(folder.join("id").is_file());
        // A killed process dies a moment later.
        wait_until("the end of what was left", || !is_alive(&folder));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_guardian_stops_the_group_of_an_owner_that_died() {
        let folder = scratch("orphan");
        let mut group = Group::start(stubborn(&folder).arg("wait"), "stubborn").unwrap();
        wait_until("the program's start", || is_alive(&folder));
        // What the kernel does when this process is killed.
        drop(group.guardian.stdin.take());
        wait_until("the program's end", || !is_alive(&folder));
        assert!(!group.leader.wait().unwrap().success());
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_recorded_run_keeps_what_was_said() {
        let folder = scratch("record");
        let mut command = Command::new("sh");
        let status = run_recorded(command.args(["-c", "echo one; echo two >&2; exit 3"]), &folder.join("log")).unwrap();
        assert_eq!(status.code(), Some(3));
        let mut lines: Vec<String> = std::fs::read_to_string(folder.join("log")).unwrap().lines().map(str::to_owned).collect();
        lines.sort();
        assert_eq!(lines, ["one", "two"]);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
