//! P: owners and members; inviting by handle.

use crate::harness::{Server, Someone};
use guildhall_core::time::Span;
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

struct Pipes {
    server: Server,
    org: String,
    owner: Someone,
    member: Someone,
}

impl Pipes {
    async fn new(database: &Database) -> Self {
        let server = Server::start(database, "pipes").await;
        let owner = server.person("ann@pipes.example").await;
        let org = server.found(&owner, "pipes-co").await;
        let member = server.join(&owner, &org, "ben@pipes.example", &["member"]).await;
        Self { server, org, owner, member }
    }
    fn at(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.org)
    }
}

both_databases! {
    /// Users are added and removed; owners do it, members don't.
    async fn p_1_p_2_p_11_users_are_added_and_removed__de(database) {
        let p = Pipes::new(database).await;
        let new = p.server.join(&p.owner, &p.org, "cleo@pipes.example", &["member"]).await;
        assert_eq!(p.member.people(&p.org).await.len(), 3);
        p.member.post(&p.at("/invitations"), json!({ "to": "x@pipes.example", "roles": ["member"] })).await.fails(403, "not-allowed");
        p.member.remove(&p.org, &new.id).await.fails(403, "not-allowed");
        p.owner.remove(&p.org, &new.id).await.is(200);
        new.get(&p.at("")).await.fails(404, "not-found");
        assert_eq!(p.member.people(&p.org).await.len(), 2);
    }

    /// By address, or by the handle of a user: exact, and telling neither name nor address before they accept.
    async fn p_3_by_address_or_handle__de(database) {
        let p = Pipes::new(database).await;
        let cleo = p.server.person("cleo@elsewhere.example").await;
        cleo.patch("/v1/user", json!({ "handle": "cleo-k", "name": "Cleo Kane" })).await.is(200);
        let path = p.at("/invitations");
        p.owner.post(&path, json!({ "to": "cleo", "roles": ["member"] })).await.fails(422, "rejected");
        let sent = p.owner.post(&path, json!({ "to": "cleo-k", "roles": ["member"] })).await.is(201);
        let row = p.owner.get(&path).await.is(200);
        assert_eq!(row["items"][0]["handle"], "cleo-k");
        assert!(!row.text.contains("Kane") && !row.text.contains("elsewhere"), "{}", row.text);
        let id = sent["invitation"].as_str().unwrap();
        p.member.act(&format!("/v1/user/invitations/{id}/accept")).await.fails(404, "not-found");
        cleo.act(&format!("/v1/user/invitations/{id}/accept")).await.is(200);
        assert!(cleo.holds(&p.org, "members.view").await);
        let people = p.owner.get(&p.at("/members?search=kane")).await.is(200);
        assert_eq!(people["items"][0]["name"], "Cleo Kane");
    }

    /// Handles are looked up so many times an hour, whether or not anybody has them; addresses are no look-ups.
    async fn p_3_looking_handles_up_is_limited__d(database) {
        let server = Server::with(database, "pipes", |config| config.limits.handle_lookups_hour = 3).await;
        let owner = server.person("ann@pipes.example").await;
        let path = format!("/v1/organizations/{}/invitations", server.found(&owner, "pipes-co").await);
        server.person("cleo@elsewhere.example").await.patch("/v1/user", json!({ "handle": "cleo-k" })).await.is(200);
        let invite = |to: &str| json!({ "to": to, "roles": ["member"] });
        owner.post(&path, invite("cleo-k")).await.is(201);
        for guess in ["cleo-a", "cleo-b"] {
            owner.post(&path, invite(guess)).await.fails(422, "rejected");
        }
        let limited = owner.post(&path, invite("cleo-k")).await.fails(429, "limited");
        assert!(limited.header("retry-after").is_some());
        owner.post(&path, invite("dan@pipes.example")).await.is(201);
        server.pass(Span::hours(2));
        owner.post(&path, invite("cleo-k")).await.is(201);
    }

    /// A role must be chosen.
    async fn p_4_a_role_is_required__de(database) {
        let p = Pipes::new(database).await;
        let path = p.at("/invitations");
        p.owner.post(&path, json!({ "to": "cleo@pipes.example" })).await.fails(409, "invitation-role-required");
        p.owner.post(&path, json!({ "to": "cleo@pipes.example", "roles": [] })).await.fails(409, "invitation-role-required");
        p.owner.post(&path, json!({ "to": "cleo@pipes.example", "roles": ["reader"] })).await.fails(409, "role-unknown");
        p.owner.post(&path, json!({ "to": "cleo@pipes.example", "roles": ["member"] })).await.is(201);
        assert_eq!(p.owner.get(&path).await["items"][0]["roles"], json!(["member"]));
    }

    /// There may be several owners; one remains.
    async fn p_12_there_may_be_several_owners__de(database) {
        let p = Pipes::new(database).await;
        p.member.set_roles(&p.org, &p.member.id, &["owner"]).await.fails(403, "not-allowed");
        p.owner.set_roles(&p.org, &p.member.id, &["owner"]).await.is(200);
        let owners = p.owner.get(&p.at("/members?role=owner")).await.is(200);
        assert_eq!(owners["items"].as_array().unwrap().len(), 2);
        assert!(p.member.holds(&p.org, "members.manage").await);
        p.member.set_roles(&p.org, &p.owner.id, &["member"]).await.is(200);
        p.member.set_roles(&p.org, &p.member.id, &["member"]).await.fails(409, "last-owner");
        assert!(!p.owner.holds(&p.org, "members.manage").await);
    }
}
