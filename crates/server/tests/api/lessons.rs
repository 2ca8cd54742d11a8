//! L: what users of such systems suffer from: members, roles, lists.

use crate::{harness::Server, workjet::Team};
use guildhall_core::time::Span;
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

async fn team(database: &Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// With the answer to the removal, session and service keys see nothing of that person's access.
    async fn l_1_a_removed_member_reads_nothing(database) {
        let t = team(database).await;
        for path in ["", "/members", "/members/count", "/roles"] {
            t.member.get(&t.at(path)).await.is(200);
        }
        t.owner.remove(&t.org, &t.member.id).await.is(200);
        for path in ["", "/members", "/members/count", "/roles"] {
            t.member.get(&t.at(path)).await.fails(404, "not-found");
        }
    }

    /// Deleting the organization ends it for everyone at once; their sessions live on.
    async fn l_2_a_deleted_organization_is_gone_for_everyone(database) {
        let t = team(database).await;
        let key = t.server.key(Some(&t.org), &["*"]).await;
        key.get(&t.at("")).await.is(200);
        t.owner.delete(&t.at("")).await.is(200);
        for who in [&t.owner, &t.admin, &t.member, &key] {
            who.get(&t.at("")).await.fails(404, "not-found");
            who.get(&t.at("/members")).await.fails(404, "not-found");
        }
        t.member.get("/v1/user").await.is(200);
        assert_eq!(t.member.get("/v1/user/organizations").await["items"], json!([]));
        let found = json!({ "name": "Again", "slug": "northwind" });
        t.owner.post("/v1/organizations", found).await.fails(409, "slug-taken");
    }

    /// Two owners demote each other at once: one of the two steps is refused, however they interleave.
    async fn l_7_two_owners_at_once_leave_one(database) {
        let server = Server::start(database, "pipes").await;
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

    /// Permissions of two roles are united, in one decision and its path.
    async fn l_22_roles_are_united(database) {
        let server = Server::start(database, "appcircle").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "united").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["build.viewer", "codepush.manager"]).await;
        assert!(ben.holds(&org, "build.view").await && ben.holds(&org, "codepush.manage").await);
        assert!(!ben.holds(&org, "build.manage").await);
    }

    /// More than one holds is never given; the last step down from the only place is refused.
    async fn l_24_nobody_gives_more_than_they_hold(database) {
        let server = Server::start(database, "modelmatch").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "bounds").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["admin"]).await;
        let cleo = server.join(&ann, &org, "cleo@x.example", &["member"]).await;
        ben.set_roles(&org, &cleo.id, &["admin"]).await.fails(409, "role-not-yours");
        ben.set_roles(&org, &ben.id, &["owner"]).await.fails(409, "owner-must-transfer");
        let invite = json!({ "to": "dan@x.example", "roles": ["owner"] });
        ben.post(&format!("/v1/organizations/{org}/invitations"), invite).await.is(409);
        ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "owner-must-transfer");
        cleo.set_roles(&org, &cleo.id, &["admin"]).await.fails(403, "not-allowed");
    }

    /// Pages by key: while people join and leave, nobody who stays is shown twice or missed.
    async fn l_29_pages_dont_drift(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("m-ann@x.example").await;
        let org = server.found(&ann, "paged").await;
        let key = server.key(Some(&org), &["*"]).await;
        let path = format!("/v1/organizations/{org}");
        let batch = |names: Vec<String>| {
            let rows: Vec<_> = names.iter().map(|name| json!({ "to": format!("{name}@x.example") })).collect();
            let (key, path) = (key.clone(), path.clone());
            async move { key.post(&format!("{path}/invitations/batch"), json!({ "invitations": rows })).await.is(200) }
        };
        let stay: Vec<String> = (0..30).map(|n| format!("n{n:02}")).collect();
        batch(stay.clone()).await;
        let mut seen: Vec<String> = Vec::new();
        let mut next: Option<String> = None;
        let mut n = 0;
        loop {
            let after = next.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
            let page = ann.get(&format!("{path}/invitations?limit=7{after}")).await.is(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["address"].as_str().unwrap().to_owned()));
            // Before, within and behind what was read.
            batch(vec![format!("a{n}"), format!("n05x{n}"), format!("z{n}")]).await;
            n += 1;
            match page["next"].as_str() {
                Some(cursor) => next = Some(cursor.to_owned()),
                None => break,
            }
        }
        for name in stay {
            assert_eq!(seen.iter().filter(|it| **it == format!("{name}@x.example")).count(), 1, "{name} in {seen:?}");
        }
    }

    /// Every refusal says what would be needed, and by whom.
    async fn l_33_failures_say_what_would_be_needed(database) {
        let t = team(database).await;
        let denied = t.member.remove(&t.org, &t.admin.id).await.fails(403, "not-allowed");
        assert_eq!(denied["who_could"], json!(["Owner", "Admin"]));
        let refused = t.admin.set_roles(&t.org, &t.member.id, &["admin"]).await.fails(409, "role-not-yours");
        assert_eq!(refused["who_could"], json!(["Owner"]));
        for reply in [&denied, &refused] {
            for field in ["type", "title", "detail", "remedy", "reference"] {
                assert!(!reply[field].as_str().unwrap().is_empty(), "{field}: {}", reply.text);
            }
        }
        let key = t.server.key(Some(&t.org), &["member.view"]).await;
        let lacking = key.remove(&t.org, &t.member.id).await.fails(403, "not-allowed");
        assert!(lacking.text.contains("member.remove"), "{}", lacking.text);
    }

    /// Who was removed or suspended is not let in again by signing in; only by a new invitation.
    async fn l_36_a_removed_person_stays_out(database) {
        let t = team(database).await;
        t.owner.remove(&t.org, &t.member.id).await.is(200);
        let again = t.server.sign_in(t.member.user(), &t.member.address).await;
        again.get(&t.at("")).await.fails(404, "not-found");
        assert_eq!(again.get("/v1/user/invitations").await["items"], json!([]));
        let id = t.server.invite(&t.owner, &t.org, &t.member.address, &["member"]).await;
        again.act(&format!("/v1/user/invitations/{id}/accept")).await.is(200);
        assert!(again.holds(&t.org, "chat.use").await);
        t.owner.act(&t.at(&format!("/members/{}/suspend", t.member.id))).await.is(200);
        again.get(&t.at("")).await.fails(404, "not-found");
        let invite = json!({ "to": t.member.address, "roles": ["member"] });
        t.owner.post(&t.at("/invitations"), invite).await.fails(409, "member-suspended");
        t.server.pass(Span::days(1));
        again.get(&t.at("")).await.fails(404, "not-found");
    }
}
