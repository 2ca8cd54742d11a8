//! After a restart: what was acknowledged is there, and what was under way happened whole or not at all.

use crate::{
    client::{Client, Request},
    load::{Doing, Person, Stand, Worker},
    product::token,
};
use serde_json::{Value, json};

/// Asks the restarted product.
struct Asker<'a> {
    client: &'a mut Client,
    key: &'a str,
}

impl Asker<'_> {
    fn ask(&mut self, request: Request) -> (u16, Value) {
        let reply = self.client.send(&request.bearer(self.key)).unwrap();
        assert!(reply.status < 500, "{} {}", reply.status, reply.text);
        (reply.status, reply.body())
    }
    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.ask(Request::get(path));
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
    /// The roles of somebody, if they are a member.
    fn roles(&mut self, organization: &str, user: &str) -> Option<Value> {
        let (status, body) = self.ask(Request::get(&format!("/v1/organizations/{organization}/members/{user}")));
        match status {
            200 => Some(body["member"]["roles"].clone()),
            404 => None,
            _ => panic!("{status} {body}"),
        }
    }
    /// The rows of an address in the list: what lists read must agree with what decisions read.
    fn rows(&mut self, organization: &str, address: &str) -> Vec<Value> {
        let word = address.split('@').next().unwrap();
        let found = self.get(&format!("/v1/organizations/{organization}/members?search={word}&limit=200"));
        let all = found["items"].as_array().unwrap();
        all.iter().filter(|row| row["address"] == address).cloned().collect()
    }
    /// Where the invitation stands, by its link.
    fn status(&mut self, invitation: &str) -> String {
        let reply = self.client.send(&Request::post("/v1/invitations/open", &json!({ "token": token(invitation) }))).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body()["status"].as_str().unwrap().to_owned()
    }
}

/// Finds out what became of what was under way, and checks what changed since the last look, or everything.
pub fn settle(worker: &mut Worker, client: &mut Client, key: &str, everything: bool) {
    let mut asker = Asker { client, key };
    let doing = std::mem::replace(&mut worker.doing, Doing::Nothing);
    let unknown = match &doing {
        Doing::Accept { person } | Doing::Role { person, .. } | Doing::Remove { person } => Some(*person),
        Doing::Nothing | Doing::Invite { .. } => None,
    };
    for at in 0..worker.people.len() {
        let person = &worker.people[at];
        if Some(at) == unknown || !(person.is_new || everything) {
            continue;
        }
        check(&mut asker, &worker.organization, person);
        worker.people[at].is_new = false;
    }
    find_out(worker, &mut asker, doing);
    if let Some(at) = unknown {
        check(&mut asker, &worker.organization, &worker.people[at]);
        worker.people[at].is_new = false;
    }
}

fn find_out(worker: &mut Worker, asker: &mut Asker<'_>, doing: Doing) {
    let organization = worker.organization.clone();
    match doing {
        Doing::Nothing => {}
        Doing::Invite { address } => {
            if let Some(row) = asker.rows(&organization, &address).first() {
                let invitation = row["invitation"].as_str().unwrap().to_owned();
                worker.people.push(Person { address, invitation, stand: Stand::Invited, is_new: true });
            }
        }
        Doing::Accept { person } => {
            let Person { address, invitation, .. } = worker.people[person].clone();
            if asker.status(&invitation) == "accepted" {
                let rows = asker.rows(&organization, &address);
                let user = rows.iter().find_map(|row| row["user"].as_str()).expect("who accepted is a member").to_owned();
                worker.stands(person, Stand::Member { user, role: "member" });
            }
        }
        Doing::Role { person, role } => {
            let user = worker.people[person].user();
            let roles = asker.roles(&organization, &user).expect("still a member");
            if roles == json!([role]) {
                worker.stands(person, Stand::Member { user, role });
            }
        }
        Doing::Remove { person } => {
            let user = worker.people[person].user();
            if asker.roles(&organization, &user).is_none() {
                worker.stands(person, Stand::Removed { user });
            }
        }
    }
}

/// The person stands where they should: in decisions, in lists, and by their link.
fn check(asker: &mut Asker<'_>, organization: &str, person: &Person) {
    let rows = asker.rows(organization, &person.address);
    match &person.stand {
        Stand::Invited => {
            assert_eq!(asker.status(&person.invitation), "pending", "{person:?}");
            assert!(matches!(rows.as_slice(), [row] if row["status"] == "invited"), "{person:?}: {rows:?}");
        }
        Stand::Member { user, role } => {
            assert_eq!(asker.roles(organization, user), Some(json!([role])), "{person:?}");
            assert!(matches!(rows.as_slice(), [row] if row["status"] == "joined" && row["roles"] == json!([role])), "{person:?}: {rows:?}");
            assert_eq!(asker.status(&person.invitation), "accepted", "{person:?}");
        }
        Stand::Removed { user } => {
            assert_eq!(asker.roles(organization, user), None, "{person:?}");
            assert!(rows.is_empty(), "{person:?}: {rows:?}");
        }
    }
}

/// As many people as were counted here, and the owner.
pub fn count(workers: &[Worker], organization: &str, client: &mut Client, key: &str) {
    let mut asker = Asker { client, key };
    let counts = asker.get(&format!("/v1/organizations/{organization}/members/count"));
    let members: u64 = workers.iter().map(|worker| worker.n(|stand| matches!(stand, Stand::Member { .. }))).sum();
    let invited: u64 = workers.iter().map(|worker| worker.n(|stand| *stand == Stand::Invited)).sum();
    assert_eq!((counts["joined"].as_u64(), counts["invited"].as_u64()), (Some(members + 1), Some(invited)), "{organization}");
}
