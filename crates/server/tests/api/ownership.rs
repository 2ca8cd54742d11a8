//! Who may move ownership, and when.

use crate::{harness::Server, once::principal, workjet::Team};
use guildhall_core::{
    InvitationId, Permit, Refusal, Stop, StreamId, World,
    invitation::{self, Joining},
    time::Span,
};
use guildhall_store::WriteError;
use guildhall_testkit::both_databases;
use serde_json::json;

both_databases! {
    /// Founded by a program for an address: where the owner's invitation ended, the program invites another, until there is one.
    async fn a_founding_program_invites_the_first_owner_again__de(database) {
        let server = Server::start(database, "workjet").await;
        let key = server.key(None, &["organization.found", "invitation.create", "invitation.revoke"]).await;
        let body = json!({ "name": "Northwind", "slug": "northwind", "owner": "ann@northwind.example" });
        let org = key.post("/v1/organizations", body).await.is(201)["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/organizations/{org}/invitations");
        key.post(&path, json!({ "to": "eve@northwind.example", "roles": ["admin"] })).await.is(201);
        server.pass(Span::days(30));
        let again = key.post(&path, json!({ "to": "ann@northwind.example", "roles": ["owner"] })).await.is(201);
        let other = key.post(&path, json!({ "to": "bob@northwind.example", "roles": ["owner"] })).await.is(201);
        let ann = server.accept_new(again["invitation"].as_str().unwrap(), "ann@northwind.example").await;
        assert_eq!(ann.roles_of(&org, &ann.id).await, json!(["owner"]));
        // One is enough: the other came too late, and no more may be named.
        let late = json!({ "token": server.link(other["invitation"].as_str().unwrap()), "name": "Bob" });
        server.nobody().post("/v1/invitations/accept", late).await.fails(409, "inviter-lost-right");
        key.post(&path, json!({ "to": "cid@northwind.example", "roles": ["owner"] })).await.is(409);
    }

    /// A key that founds nothing names no owner, of its own tenant neither.
    async fn only_a_key_that_founds_names_the_first_owner(database) {
        let server = Server::start(database, "workjet").await;
        let founder = server.key(None, &["organization.found", "invitation.create"]).await;
        let body = json!({ "name": "Northwind", "slug": "northwind", "owner": "ann@northwind.example" });
        let org = founder.post("/v1/organizations", body).await.is(201)["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/organizations/{org}/invitations");
        let owner = json!({ "to": "mallory@elsewhere.example", "roles": ["owner"] });
        for key in [server.key(None, &["invitation.create"]).await, server.key(Some(&org), &["*"]).await] {
            key.post(&path, owner.clone()).await.is(409);
            key.post(&path, json!({ "to": "eve@northwind.example", "roles": ["admin"] })).await.is(201);
        }
        founder.post(&path, json!({ "to": "ann@northwind.example", "roles": ["owner"] })).await.is(201);
    }

    /// What a key invited is nobody's word any more once the key is revoked (L-14).
    async fn l_14_a_revoked_key_s_invitations_give_nothing__de(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let key = t.server.key(Some(&t.org), &["invitation.create"]).await;
        let sent = t.server.invite(&key, &t.org, "dora@northwind.example", &["member"]).await;
        let kept = t.server.invite(&key, &t.org, "emil@northwind.example", &["member"]).await;
        t.server.accept_new(&kept, "emil@northwind.example").await;
        guildhall_server::keys::revoke(&t.server.app, "a test", key.id.parse().unwrap()).await.unwrap();
        let accept = json!({ "token": t.server.link(&sent), "name": "Dora" });
        t.server.nobody().post("/v1/invitations/accept", accept.clone()).await.fails(409, "inviter-lost-right");
        // Somebody who may renews it.
        t.owner.post(&t.at("/invitations"), json!({ "to": "dora@northwind.example", "roles": ["member"] })).await.is(201);
        t.server.nobody().post("/v1/invitations/accept", accept).await.is(201);
    }

    /// Nor once it has expired, whichever way the invitation is answered.
    async fn l_14_an_expired_key_s_invitations_give_nothing__de(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let key = t.server.key_until(Some(&t.org), &["invitation.create"], Some(t.server.store().now() + Span::days(1))).await;
        let sent = t.server.invite(&key, &t.org, "dora@northwind.example", &["member"]).await;
        let other = t.server.invite(&key, &t.org, "emil@northwind.example", &["member"]).await;
        let kept = t.server.invite(&key, &t.org, "fay@northwind.example", &["member"]).await;
        t.server.accept_new(&kept, "fay@northwind.example").await;
        t.server.pass(Span::days(1));
        let accept = json!({ "token": t.server.link(&sent), "name": "Dora" });
        t.server.nobody().post("/v1/invitations/accept", accept).await.fails(409, "inviter-lost-right");
        let emil = t.server.person("emil@northwind.example").await;
        emil.post("/v1/invitations/accept", json!({ "token": t.server.link(&other) })).await.fails(409, "inviter-lost-right");
        emil.act(&format!("/v1/user/invitations/{other}/accept")).await.fails(409, "inviter-lost-right");
        assert_eq!(emil.get("/v1/user/organizations").await["items"], json!([]));
    }

    /// The commit itself asks whether the key lives: no revocation slips in after the decision.
    async fn l_14_a_key_that_is_revoked_meanwhile_counts(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let key = t.server.key(Some(&t.org), &["invitation.create"]).await;
        let sent: InvitationId = t.server.invite(&key, &t.org, "emil@northwind.example", &["member"]).await.parse().unwrap();
        let emil = t.server.person("emil@northwind.example").await;
        let (tenant, who, id) = (t.org.parse().unwrap(), principal(&t.server, &emil).await, key.id.parse().unwrap());
        let decide = |world: &World<'_>| {
            let decided = invitation::accept(world, Permit::invited(&who, tenant)?, sent, &Joining::User)?;
            let revoke = guildhall_server::keys::revoke(&t.server.app, "a test", id);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(revoke)).unwrap();
            Ok(decided)
        };
        let streams = [StreamId::Tenant(tenant), StreamId::User(emil.user())];
        let refused = t.server.store().write(&streams, decide).await.unwrap_err();
        assert_eq!(refused, WriteError::Stop(Stop::Refused(Refusal::InviterLostRight { role: None })));
        assert_eq!(emil.get("/v1/user/organizations").await["items"], json!([]));
    }

    /// A program moves ownership nowhere, whatever its scopes.
    async fn a_key_never_transfers_ownership__de(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        for key in [t.server.key(None, &["*"]).await, t.server.key(Some(&t.org), &["ownership.transfer"]).await] {
            key.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.fails(403, "not-allowed");
        }
        assert_eq!(t.owner.roles_of(&t.org, &t.owner.id).await, json!(["owner"]));
    }

    /// An owner is made, and unmade, only shortly after a sign-in.
    async fn making_an_owner_asks_for_a_fresh_sign_in__de(database) {
        let server = Server::start(database, "pipes").await;
        let ann = server.person("ann@northwind.example").await;
        let org = server.found(&ann, "northwind").await;
        let ben = server.join(&ann, &org, "ben@northwind.example", &["member"]).await;
        server.pass(Span::minutes(16));
        let invite = json!({ "to": "cleo@northwind.example", "roles": ["owner"] });
        ann.set_roles(&org, &ben.id, &["owner"]).await.fails(403, "step-up");
        ann.post(&format!("/v1/organizations/{org}/invitations"), invite).await.fails(403, "step-up");
        ben.set_roles(&org, &ben.id, &["owner"]).await.fails(403, "not-allowed");
        let fresh = server.sign_in(ann.user(), &ann.address).await;
        fresh.set_roles(&org, &ben.id, &["owner"]).await.is(200);
        ann.remove(&org, &ben.id).await.fails(403, "step-up");
        ann.set_roles(&org, &ben.id, &["member"]).await.fails(403, "step-up");
        let member = format!("/v1/organizations/{org}/members/{}", ben.id);
        ann.act(&format!("{member}/suspend")).await.fails(403, "step-up");
        fresh.act(&format!("{member}/suspend")).await.is(200);
        ann.act(&format!("{member}/reinstate")).await.fails(403, "step-up");
        fresh.act(&format!("{member}/reinstate")).await.is(200);
        fresh.remove(&org, &ben.id).await.is(200);
    }

    /// Nobody suspends themselves: they could not undo it.
    async fn nobody_suspends_themselves__d(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        t.admin.act(&t.at(&format!("/members/{}/suspend", t.admin.id))).await.fails(409, "suspend-self");
        t.owner.act(&t.at(&format!("/members/{}/suspend", t.admin.id))).await.is(200);
    }
}
