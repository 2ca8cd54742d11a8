//! A configured deployment, and the binary run on it.

use crate::client::{Client, Reply, Request};
use guildhall_core::{
    id::InvitationKind,
    link::{self, DeploymentKey, LinkKind},
};
use guildhall_testkit::Database;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    #[track_caller]
    pub fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }
    /// Insists on a text in what was printed.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text) || self.err.contains(text), "no `{text}` in {self:?}");
        self
    }
}

/// The binary with these arguments; what steers the tests is no configuration of it.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUILDHALL_")) {
        command.env_remove(name);
    }
    command
}

/// Runs to its end.
pub fn run(arguments: &[&str]) -> Ended {
    end(command(arguments))
}

fn end(mut command: Command) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    Running::begin(&mut command, folder.path()).end()
}

/// A process that was begun, with what it prints in files.
#[derive(Debug)]
pub struct Running {
    child: Child,
    folder: PathBuf,
}

impl Running {
    pub fn begin(command: &mut Command, folder: &Path) -> Self {
        let file = |name: &str| File::create(folder.join(name)).unwrap();
        let child = command.stdout(file("out")).stderr(file("err")).spawn().unwrap();
        Self { child, folder: folder.to_path_buf() }
    }
    pub fn id(&self) -> u32 {
        self.child.id()
    }
    pub fn printed(&self) -> (String, String) {
        let text = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap();
        (text("out"), text("err"))
    }
    /// Waits for a text in what it prints.
    pub fn until(&mut self, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let (out, err) = self.printed();
            if out.contains(text) {
                return out;
            }
            assert!(self.has_ended().is_none() && begun.elapsed() < PATIENCE, "no `{text}`: {out}{err}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }
    /// Sends the signal of this name.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap().success());
    }
    /// Waits for its end.
    pub fn end(mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.has_ended() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it doesn't end: {:?}", self.printed());
            std::thread::sleep(Duration::from_millis(5));
        };
        let (out, err) = self.printed();
        Ended { code: status.code(), out, err }
    }
    /// Asks it to stop, as service managers do.
    pub fn stop(self) -> Ended {
        self.signal("TERM");
        self.end()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A deployment with a configuration file.
pub struct Deployment<'d> {
    database: &'d Database,
    pub address: SocketAddr,
    n: usize,
}

impl<'d> Deployment<'d> {
    /// The `standard` system, with a key file that the first start makes.
    pub fn new(database: &'d Database) -> Self {
        let one = Self { database, address: free(), n: 0 };
        one.configure("standard", "", "");
        one
    }
    /// Writes the configuration: more at its top, more tables at its end.
    pub fn configure(&self, model: &str, top: &str, more: &str) {
        let text = format!(
            "model = \"{model}\"\ndata = \"{}\"\n{top}\n[http]\nlisten = \"{}\"\nrequests_per_minute = 0\n[database]\nurl = \"{}\"\n{more}\n",
            self.folder().display(),
            self.address,
            self.database.url(),
        );
        fs::write(self.file(), text).unwrap();
    }
    pub fn folder(&self) -> &Path {
        self.database.folder()
    }
    pub fn file(&self) -> PathBuf {
        self.folder().join("guildhall.toml")
    }
    pub fn key_file(&self) -> PathBuf {
        self.folder().join("guildhall.key")
    }
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.arg("--config").arg(self.file());
        command
    }
    /// Runs a command on it, to its end. Postgres may need a moment to notice that the process before is gone.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let begun = Instant::now();
        loop {
            let ended = self.run_once(arguments);
            if !ended.err.contains("in use by") || begun.elapsed() > PATIENCE {
                return ended;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    /// The same beside what runs already.
    pub fn run_once(&self, arguments: &[&str]) -> Ended {
        end(self.command(arguments))
    }
    /// Starts the server and waits until it is ready.
    pub fn serve(&mut self) -> Running {
        let begun = Instant::now();
        loop {
            self.n += 1;
            let folder = self.folder().join(format!("serve-{}", self.n));
            fs::create_dir(&folder).unwrap();
            let mut running = Running::begin(&mut self.command(&["serve"]), &folder);
            while running.has_ended().is_none() {
                if self.client().send(&Request::get("/readyz")).is_ok_and(|reply| reply.status == 200) {
                    return running;
                }
                assert!(begun.elapsed() < PATIENCE, "not ready: {:?}", running.printed());
                std::thread::sleep(Duration::from_millis(10));
            }
            let printed = running.printed();
            assert!(printed.1.contains("in use by") && begun.elapsed() < PATIENCE, "it doesn't start: {printed:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }
    /// A new service key of the deployment.
    pub fn key(&self) -> String {
        self.run(&["key", "create", "--title", "a test", "--scopes", "*"]).is(0).out.trim().to_owned()
    }
    /// Asks the running server as a program.
    #[track_caller]
    pub fn ask(&self, key: &str, request: Request) -> Reply {
        self.client().send(&request.bearer(key)).unwrap()
    }
    /// An organization with an owner, who accepted. The server runs.
    pub fn found(&self, key: &str, slug: &str, owner: &str) -> (String, String) {
        let body = json!({ "name": "North", "slug": slug, "owner": owner });
        let organization = text(&self.ask(key, Request::post("/v1/organizations", &body)).body(), "id");
        let waiting = self.ask(key, Request::get(&format!("/v1/organizations/{organization}/invitations"))).body();
        let invitation = text(&waiting["items"][0], "invitation");
        let hex = fs::read_to_string(self.key_file()).unwrap();
        let byte = |at: usize| u8::from_str_radix(hex.get(2 * at..2 * at + 2).unwrap(), 16).unwrap();
        let made_with = DeploymentKey::new(std::array::from_fn(byte));
        let token = link::token::<InvitationKind>(&made_with, LinkKind::Invitation, invitation.parse().unwrap(), 1);
        let accepted = self.client().send(&Request::post("/v1/invitations/accept", &json!({ "token": token, "name": "Ann" }))).unwrap();
        (organization, text(&accepted.body(), "new_user"))
    }
}

#[track_caller]
pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {body}")).to_owned()
}

/// An address that nobody listens at.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
