//! What keeps the product busy, and what it acknowledged.

use crate::{
    client::{Client, Random, Reply, Request},
    product::token,
};
use serde_json::json;
use std::{
    io,
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

/// Where a person stands, as the product acknowledged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stand {
    Invited,
    Member { user: String, role: &'static str },
    Removed { user: String },
}

#[derive(Clone, Debug)]
pub struct Person {
    pub address: String,
    pub invitation: String,
    pub stand: Stand,
    /// Not looked at since it changed.
    pub is_new: bool,
}

/// What was under way when the product was killed: nobody knows whether it happened.
#[derive(Clone, Debug)]
pub enum Doing {
    Nothing,
    Invite { address: String },
    Accept { person: usize },
    Role { person: usize, role: &'static str },
    Remove { person: usize },
}

/// Somebody who acts on people of their own.
#[derive(Debug)]
pub struct Worker {
    n: usize,
    pub organization: String,
    pub people: Vec<Person>,
    pub doing: Doing,
    /// Acknowledged.
    pub acceptances: usize,
    pub removals: usize,
    random: Random,
    n_invited: usize,
}

impl Worker {
    pub fn new(n: usize, organization: String, random: Random) -> Self {
        Self { n, organization, people: Vec::new(), doing: Doing::Nothing, acceptances: 0, removals: 0, random, n_invited: 0 }
    }
    /// Acts until the server is gone.
    pub fn run(&mut self, host: SocketAddr, key: &str, acknowledged: &AtomicUsize) {
        let mut client = Client::new(host);
        loop {
            let (doing, request) = self.next();
            let request = if matches!(doing, Doing::Accept { .. }) { request } else { request.bearer(key) };
            self.doing = doing.clone();
            let sent: io::Result<Reply> = client.send(&request);
            let Ok(reply) = sent else { return };
            assert!(reply.is_ok(), "{doing:?} was answered {} {}", reply.status, reply.text);
            self.acknowledged(doing, &reply);
            self.doing = Doing::Nothing;
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }
    fn some(&mut self, wanted: impl Fn(&Stand) -> bool) -> Option<usize> {
        let all: Vec<usize> = (0..self.people.len()).filter(|at| wanted(&self.people[*at].stand)).collect();
        if all.is_empty() { None } else { Some(all[self.random.index(all.len())]) }
    }
    fn next(&mut self) -> (Doing, Request) {
        let members = format!("/v1/organizations/{}/members", self.organization);
        let what = self.random.below(10);
        let invited = self.some(|stand| *stand == Stand::Invited);
        let member = self.some(|stand| matches!(stand, Stand::Member { .. }));
        match (what, invited, member) {
            (0..4, Some(person), _) => {
                let body = json!({ "token": token(&self.people[person].invitation), "name": "Somebody New" });
                (Doing::Accept { person }, Request::post("/v1/invitations/accept", &body))
            }
            (4..6, _, Some(person)) => {
                let role = if self.random.below(2) == 0 { "admin" } else { "member" };
                let path = format!("{members}/{}/roles", self.people[person].user());
                (Doing::Role { person, role }, Request::new("PUT", &path).json(&json!({ "roles": [role] })))
            }
            (6..8, _, Some(person)) => {
                let path = format!("{members}/{}", self.people[person].user());
                (Doing::Remove { person }, Request::new("DELETE", &path))
            }
            _ => {
                self.n_invited += 1;
                let address = format!("person{}of{}@example.com", self.n_invited, self.n);
                let path = format!("/v1/organizations/{}/invitations", self.organization);
                let body = json!({ "to": address, "roles": ["member"] });
                (Doing::Invite { address }, Request::post(&path, &body))
            }
        }
    }
    fn acknowledged(&mut self, doing: Doing, reply: &Reply) {
        let body = reply.body();
        match doing {
            Doing::Nothing => {}
            Doing::Invite { address } => {
                let invitation = body["invitation"].as_str().unwrap().to_owned();
                self.people.push(Person { address, invitation, stand: Stand::Invited, is_new: true });
            }
            Doing::Accept { person } => {
                let user = body["new_user"].as_str().unwrap().to_owned();
                self.acceptances += 1;
                self.stands(person, Stand::Member { user, role: "member" });
            }
            Doing::Role { person, role } => self.stands(person, Stand::Member { user: self.people[person].user(), role }),
            Doing::Remove { person } => {
                self.removals += 1;
                self.stands(person, Stand::Removed { user: self.people[person].user() });
            }
        }
    }
    pub fn stands(&mut self, person: usize, stand: Stand) {
        self.people[person].stand = stand;
        self.people[person].is_new = true;
    }
    pub fn n(&self, wanted: impl Fn(&Stand) -> bool) -> u64 {
        self.people.iter().filter(|person| wanted(&person.stand)).count() as u64
    }
}

impl Person {
    pub fn user(&self) -> String {
        match &self.stand {
            Stand::Invited => String::new(),
            Stand::Member { user, .. } | Stand::Removed { user } => user.clone(),
        }
    }
}
