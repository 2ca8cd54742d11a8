//! The real binary as a process of its own.

use crate::client::{Client, Request};
use guildhall_core::{
    id::InvitationKind,
    link::{self, DeploymentKey, LinkKind},
};
use guildhall_store::testing::MARKS_VARIABLE;
use guildhall_testkit::Database;
use serde_json::json;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

const BINARY: &str = env!("CARGO_BIN_EXE_guildhall");
/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The token of an invitation's link, as its mail would carry it.
pub fn token(invitation: &str) -> String {
    link::token::<InvitationKind>(&DeploymentKey::new([7; 32]), LinkKind::Invitation, invitation.parse().unwrap(), 1)
}

/// A configured product that is started and killed.
pub struct Product {
    folder: PathBuf,
    config: PathBuf,
    address: SocketAddr,
    key: String,
    running: Option<Child>,
    n_starts: usize,
}

impl Product {
    /// Configures it, and makes a service key.
    pub fn new(database: &Database) -> Self {
        let folder = database.folder().to_path_buf();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = folder.join("guildhall.toml");
        let text = format!(
            "model = \"standard\"\ndata = \"{folder}\"\nkey = \"{key}\"\n[http]\nlisten = \"{address}\"\nrequests_per_minute = 0\n\
             [database]\nurl = \"{url}\"\n[limits]\ninvitations_day_young = 1000000\ninvitations_day = 1000000\n[log]\nlevel = \"error\"\n",
            folder = folder.display(),
            key = "07".repeat(32),
            url = database.url(),
        );
        fs::write(&config, text).unwrap();
        let mut product = Self { folder, config, address, key: String::new(), running: None, n_starts: 0 };
        let made = product.run(&["key", "create", "--title", "load", "--scopes", "*"]);
        product.key = made.trim().to_owned();
        product
    }
    pub fn address(&self) -> SocketAddr {
        self.address
    }
    pub fn key(&self) -> &str {
        &self.key
    }
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg("--config").arg(&self.config).stdin(Stdio::null());
        // What steers this test is no configuration of the product.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GUILDHALL_")) {
            command.env_remove(name);
        }
        command
    }
    fn run(&self, arguments: &[&str]) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert!(status.success(), "`guildhall {}` ended with {status}: {out}{err}", arguments.join(" "));
        out
    }
    /// `guildhall verify` finds nothing wrong.
    pub fn verify(&self) {
        assert!(self.run(&["verify"]).contains("Sound."));
    }
    fn marks(&self) -> PathBuf {
        self.folder.join(format!("marks-{}", self.n_starts))
    }
    /// Starts it and waits until it is ready.
    pub fn start(&mut self) {
        let begun = Instant::now();
        loop {
            self.n_starts += 1;
            let log = fs::File::options().append(true).create(true).open(self.folder.join("log")).unwrap();
            let mut command = self.command(&["serve"]);
            let mut child = command.env(MARKS_VARIABLE, self.marks()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
            while child.try_wait().unwrap().is_none() {
                if self.client().send(&Request::get("/readyz")).is_ok_and(|reply| reply.status == 200) {
                    self.running = Some(child);
                    return;
                }
                assert!(begun.elapsed() < PATIENCE, "not ready: {}", self.log());
                std::thread::sleep(Duration::from_millis(10));
            }
            // Postgres may not have noticed yet that the one before is gone, and holds its lock.
            assert!(begun.elapsed() < PATIENCE, "it doesn't start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
    /// `kill -9`. Answers whether a transaction was open at that moment.
    pub fn kill(&mut self) -> bool {
        let mut child = self.running.take().expect("it runs");
        child.kill().unwrap();
        child.wait().unwrap();
        let marks = fs::read_to_string(self.marks()).unwrap();
        let (begun, ended) = (marks.matches('(').count(), marks.matches(')').count());
        assert!(begun > 0, "no transaction was ever marked");
        begun > ended
    }
    /// An organization with an owner, who accepted.
    pub fn found(&self, n: usize) -> String {
        let mut client = self.client();
        let mut send = |request: Request| {
            let reply = client.send(&request).unwrap();
            assert!(reply.is_ok(), "{} {}", reply.status, reply.text);
            reply.body()
        };
        let body = json!({ "name": format!("Org {n}"), "slug": format!("org-{n}"), "owner": format!("owner{n}@example.com") });
        let organization = send(Request::post("/v1/organizations", &body).bearer(&self.key))["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/organizations/{organization}/invitations");
        let waiting = send(Request::get(&path).bearer(&self.key));
        let invitation = waiting["items"][0]["invitation"].as_str().unwrap();
        send(Request::post("/v1/invitations/accept", &json!({ "token": token(invitation), "name": "Owner" })));
        organization
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
