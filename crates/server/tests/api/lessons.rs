//! L: what users of such systems suffer from: owners, and what failures say.

use crate::{
    harness::{Reply, Server},
    operations,
    workjet::Team,
};
use guildhall_server::jobs;
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

async fn team(database: &Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

/// A failure's five parts, each said.
#[track_caller]
fn says_what_is_needed(reply: &Reply, what: &str) {
    for field in ["type", "title", "detail", "remedy", "reference"] {
        let said = reply[field].as_str().unwrap_or_default();
        assert!(!said.is_empty(), "{what}, {field}: {}", reply.text);
    }
}

both_databases! {
    /// Two owners demote each other at once: one of the two steps is refused, however they interleave.
    async fn l_7_two_owners_at_once_leave_one(database) {
        let server = Server::with(database, "pipes", |config| config.limits.mails_to_stranger_day = 8).await;
        let (ann, ben) = (server.person("ann@x.example").await, server.person("ben@x.example").await);
        for n in 0..8 {
            let org = server.found(&ann, &format!("race-{n}")).await;
            let id = server.invite(&ann, &org, "ben@x.example", &["owner"]).await;
            ben.act(&format!("/v1/user/invitations/{id}/accept")).await.is(200);
            let (one, two) = tokio::join!(ann.set_roles(&org, &ben.id, &["member"]), ben.set_roles(&org, &ann.id, &["member"]));
            let done = [one.status, two.status].iter().filter(|status| **status == 200).count();
            assert_eq!(done, 1, "{} {}", one.text, two.text);
            let path = format!("/v1/organizations/{org}");
            let leave = format!("{path}/leave");
            let (one, two) = tokio::join!(ann.act(&leave), ben.act(&leave));
            assert!(one.status == 409 || two.status == 409);
            let key = server.key(Some(&org), &["*"]).await;
            assert_eq!(key.get(&format!("{path}/members?role=owner")).await.is(200)["items"].as_array().unwrap().len(), 1);
        }
    }

    /// Two transfers at once: one owner.
    async fn l_8_two_transfers_at_once_make_one_owner(database) {
        let t = team(database).await;
        let path = t.at("/transfer");
        let (to_admin, to_member) = (json!({ "to": t.admin.id }), json!({ "to": t.member.id }));
        let (one, two) = tokio::join!(t.owner.post(&path, to_admin), t.owner.post(&path, to_member));
        assert_eq!([one.status, two.status].iter().filter(|status| **status == 200).count(), 1, "{} {}", one.text, two.text);
        let owners = t.admin.get(&t.at("/members?role=owner")).await.is(200);
        assert_eq!(owners["items"].as_array().unwrap().len(), 1);
    }

    /// Who can't sign in, or never accepted, is no owner who remains.
    async fn l_10_an_owner_who_cant_sign_in_doesnt_count(database) {
        let server = Server::start(database, "pipes").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "counted").await;
        let path = format!("/v1/organizations/{org}");
        server.invite(&ann, &org, "cleo@x.example", &["owner"]).await;
        ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "last-owner");
        let ben = server.join(&ann, &org, "ben@x.example", &["owner"]).await;
        ann.act(&format!("{path}/members/{}/suspend", ben.id)).await.is(200);
        ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "last-owner");
        ann.act(&format!("{path}/members/{}/reinstate", ben.id)).await.is(200);
        server.bar(&ben.id).await;
        ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "last-owner");
        ann.act(&format!("{path}/leave")).await.fails(409, "last-owner");
        ben.get("/v1/user").await.fails(401, "not-signed-in");
    }

    /// Nor is one who has deleted their account, from that moment on; the job that makes them leave comes later.
    async fn l_10_an_owner_whose_account_is_deleted_doesnt_count(database) {
        let server = Server::start(database, "pipes").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "counted").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["owner"]).await;
        ben.delete("/v1/user").await.is(200);
        for with_ben in [true, false] {
            assert_eq!(ann.people(&org).await.len(), if with_ben { 2 } else { 1 });
            ann.act(&format!("/v1/organizations/{org}/leave")).await.fails(409, "last-owner");
            ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "last-owner");
            jobs::step(&server.app).await.unwrap();
        }
    }

    /// The rule sees the owner who stands far behind the first page.
    async fn l_11_owners_are_counted_on_all_rows(database) {
        let server = Server::start(database, "aihub").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "many").await;
        let key = server.key(Some(&org), &["*"]).await;
        let rows: Vec<_> = (0..120).map(|n| json!({ "to": format!("a{n:03}@x.example") })).collect();
        let path = format!("/v1/organizations/{org}");
        let sent = key.post(&format!("{path}/invitations/batch"), json!({ "invitations": rows })).await.is(200);
        for row in sent["results"].as_array().unwrap() {
            let token = server.link(row["invitation"].as_str().unwrap());
            let name = row["to"].as_str().unwrap().split('@').next().unwrap();
            server.nobody().post("/v1/invitations/accept", json!({ "token": token, "name": name })).await.is(201);
        }
        // By name, `zoe` comes last.
        let zoe = server.join(&ann, &org, "zoe@x.example", &["admin"]).await;
        let first = ann.get(&format!("{path}/members?limit=100")).await.is(200);
        assert!(!first.text.contains("zoe@x.example"));
        ann.set_roles(&org, &ann.id, &["user"]).await.is(200);
        zoe.set_roles(&org, &zoe.id, &["user"]).await.fails(409, "last-owner");
    }

    /// Every refusal says what would be needed, and by whom.
    async fn l_33_every_refusal_says_what_would_be_needed(database) {
        let server = Server::start(database, "workjet").await;
        let mut codes = Vec::new();
        operations::each(&server, &["stranger", "member", "admin"], |operation, role, reply| {
            if !matches!(reply.status, 403 | 409) {
                return;
            }
            says_what_is_needed(reply, &format!("{} as {role}", operation.id));
            let code = reply["code"].as_str().unwrap().to_owned();
            if code == "not-allowed" {
                let who = reply["who_could"].as_array().map_or(0, Vec::len);
                assert!(who > 0, "{} as {role}: {}", operation.id, reply.text);
            }
            codes.push(code);
        })
        .await;
        assert!(codes.iter().filter(|code| *code == "not-allowed").count() > 15, "{codes:?}");
        assert!(codes.iter().any(|code| code == "role-not-yours"), "{codes:?}");
        let place = operations::Place::new(&server).await;
        let remind = format!("/v1/organizations/{}/invitations/{}/remind", place.org, place.invitation);
        says_what_is_needed(&place.owner.act(&remind).await.fails(409, "reminder-too-soon"), "a reminder at once");
    }

    /// Who could is named by their roles, and a program is told the scope it lacks.
    async fn l_33_failures_name_who_could(database) {
        let t = team(database).await;
        let denied = t.member.remove(&t.org, &t.admin.id).await.fails(403, "not-allowed");
        assert_eq!(denied["who_could"], json!(["Owner", "Admin"]));
        let refused = t.admin.set_roles(&t.org, &t.member.id, &["admin"]).await.fails(409, "role-not-yours");
        assert_eq!(refused["who_could"], json!(["Owner"]));
        for reply in [&denied, &refused] {
            says_what_is_needed(reply, "who could");
        }
        let key = t.server.key(Some(&t.org), &["member.view"]).await;
        let lacking = key.remove(&t.org, &t.member.id).await.fails(403, "not-allowed");
        assert!(lacking.text.contains("member.remove"), "{}", lacking.text);
    }
}
