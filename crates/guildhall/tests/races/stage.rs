//! Two servers in one process, each on its own port with its own memory, on the same database.

use crate::{
    client::{Client, Random, Reply, Request},
    harness::{BASE, Server, Someone},
};
use guildhall_core::link::DeploymentKey;
use guildhall_server::{
    App, Config, Parts,
    mail::{Catalogue, Post},
    sign_in::provider::Providers,
};
use guildhall_store::{
    Options,
    testing::{Guard, open_beside},
};
use guildhall_testkit::Database;
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{Arc, Barrier},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

/// Two servers and a connection to each.
pub struct Stage {
    /// The first, which has the start-up lock; also where a trial is prepared.
    pub server: Server,
    /// The second, which nobody guards but the revision.
    pub second: App,
    pub random: Random,
    key: Someone,
    clients: [Client; 2],
    _stop: watch::Sender<bool>,
}

impl Stage {
    pub async fn start(database: &Database, preset: &str, guard: Guard, seed: u64) -> Self {
        let server = Server::with(database, preset, raise_limits).await;
        let mut options = Options::new(database.url(), Arc::clone(server.app.model()));
        let clock = server.store().clone();
        options.clock = Arc::new(move || clock.now());
        let config = server.app.config().clone();
        let second = App::new(Parts {
            store: open_beside(options, guard).await.unwrap(),
            key: DeploymentKey::new([7; 32]),
            providers: Providers::new(&config).unwrap(),
            post: Post::new(Catalogue::english()),
            config,
        });
        let (stop, stopping) = watch::channel(false);
        let clients = [Client::new(serve(&server.app, &stopping).await), Client::new(serve(&second, &stopping).await)];
        let key = server.key(None, &["*"]).await;
        Self { server, second, random: Random(seed), key, clients, _stop: stop }
    }

    /// Sends both at the same moment, one to each server.
    pub fn at_once(&mut self, requests: [Request; 2]) -> [Reply; 2] {
        let late = [self.random.below(1_500), self.random.below(1_500)].map(Duration::from_micros);
        let together = Barrier::new(2);
        let [first, second] = &mut self.clients;
        let send = |client: &mut Client, request: &Request, late: Duration| {
            together.wait();
            std::thread::sleep(late);
            client.send(request).unwrap()
        };
        std::thread::scope(|threads| {
            let other = threads.spawn(|| send(second, &requests[1], late[1]));
            let one = send(first, &requests[0], late[0]);
            [one, other.join().unwrap()]
        })
    }
    /// The request as a program of the deployment sends it.
    pub fn by_key(&self, request: Request) -> Request {
        request.bearer(&self.key.secret())
    }
    /// To one of the two servers.
    pub fn send(&mut self, to: usize, request: &Request) -> Reply {
        self.clients[to].send(request).unwrap()
    }
    /// Both servers have looked at the organization, and each remembers it as it is now.
    pub fn both_know(&mut self, organization: &str, who: &Someone) {
        for to in 0..2 {
            let seen = self.send(to, &by(who, Request::get(&format!("/v1/organizations/{organization}"))));
            assert_eq!(seen.status, 200, "{}", seen.text);
        }
    }
    /// Who holds the role there and is active, as the rows say.
    pub async fn holders(&self, organization: &str, role: &str) -> Vec<String> {
        let path = format!("/v1/organizations/{organization}/members?role={role}&status=joined&limit=200");
        let page = self.key.get(&path).await.is(200);
        page["items"].as_array().unwrap().iter().map(|row| row["user"].as_str().unwrap().to_owned()).collect()
    }
    /// Everybody who is a member, as the rows say.
    pub async fn members(&self, organization: &str) -> Vec<Value> {
        let path = format!("/v1/organizations/{organization}/members?status=joined&limit=200");
        self.key.get(&path).await.is(200)["items"].as_array().unwrap().clone()
    }
    /// Two owners of a new organization.
    pub async fn two_owners(&self, n: usize) -> (String, Someone, Someone) {
        let ann = self.server.person(&format!("ann{n}@example.com")).await;
        let org = self.server.found(&ann, &format!("org-{n}")).await;
        let bob = self.server.join(&ann, &org, &format!("bob{n}@example.com"), &[]).await;
        ann.set_roles(&org, &bob.id, &["owner"]).await.is(200);
        (org, ann, bob)
    }
}

/// The request as this person's browser sends it.
pub fn by(who: &Someone, request: Request) -> Request {
    request.cookie(&who.cookie(), BASE)
}

fn raise_limits(config: &mut Config) {
    let most = &mut config.limits;
    most.sign_in_mails_15_minutes = 1_000_000;
    most.sign_in_mails_day = 1_000_000;
    most.sign_in_mails_network_hour = 1_000_000;
    most.invitations_day_young = 1_000_000;
    most.invitations_day = 1_000_000;
}

async fn serve(app: &App, stop: &watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(guildhall_server::serve(app.clone(), listener, stop.clone()));
    address
}
