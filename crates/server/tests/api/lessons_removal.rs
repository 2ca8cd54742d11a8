//! L: what users of such systems suffer from: removal and deletion.

use crate::{harness::Server, workjet::Team};
use axum::http::Method;
use guildhall_core::time::Span;
use guildhall_testkit::{Database, both_databases};
use serde_json::{Value, json};

async fn team(database: &Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// With the answer to the removal nothing of theirs opens the organization: no session, page or link, and no request that is
    /// repeated with its key. A program that asks about them is told no.
    async fn l_1_a_removed_member_reads_nothing(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["admin"]).await;
        let dora = t.server.accept_new(&id, "dora@northwind.example").await;
        let phone = t.server.sign_in(dora.user(), "").await;
        let program = t.server.key(Some(&t.org), &["decide"]).await;
        let asked = json!({
            "subject": { "type": "user", "id": dora.id },
            "action": { "name": "chat.use" },
            "resource": { "type": "organization", "id": t.org },
        });
        let paths = ["", "/members", "/members/count", "/roles", "/invitations"].map(|path| t.at(path));
        let pages = ["people", "settings", "roles", "invite", "leave"].map(|page| format!("/o/northwind/{page}"));
        let invite = json!({ "to": "emil@northwind.example", "roles": ["member"] });
        let repeated = async |path: &str, key: &str, body: &Value| {
            dora.send(Method::POST, path, &[("idempotency-key", key)], Some(body.to_string())).await
        };
        for session in [&dora, &phone] {
            for path in &paths {
                session.get(path).await.is(200);
            }
            for page in &pages {
                session.send(Method::GET, page, &[("accept", "text/html")], None).await.is(200);
            }
        }
        assert_eq!(program.post("/v1/decisions", asked.clone()).await.is(200)["decision"], true);
        assert_eq!(repeated("/v1/decisions", "k-1", &asked).await.is(200)["decision"], true);
        let sent = repeated(&t.at("/invitations"), "k-2", &invite).await.is(201);
        assert_eq!(repeated(&t.at("/invitations"), "k-2", &invite).await.header("idempotency-replayed"), Some("true"));
        t.owner.remove(&t.org, &dora.id).await.is(200);
        for session in [&dora, &phone] {
            for path in &paths {
                session.get(path).await.fails(404, "not-found");
            }
            for page in &pages {
                let shown = session.send(Method::GET, page, &[("accept", "text/html")], None).await.is(403);
                assert!(shown.text.contains("You no longer have access to The northwind"), "{page}: {}", shown.text);
            }
        }
        assert_eq!(program.post("/v1/decisions", asked.clone()).await.is(200)["decision"], false);
        dora.post("/v1/invitations/accept", json!({ "token": t.server.link(&id) })).await.fails(409, "invitation-accepted");
        let again = repeated("/v1/decisions", "k-1", &asked).await.is(200);
        assert_eq!((&again["decision"], again.header("idempotency-replayed")), (&json!(false), None));
        // What they did is not told again either, nor done again.
        let sent = t.at(&format!("/invitations/{}", sent["invitation"].as_str().unwrap()));
        let again = repeated(&t.at("/invitations"), "k-2", &invite).await.fails(404, "not-found");
        assert_eq!(again.header("idempotency-replayed"), None);
        assert_eq!(t.owner.get(&sent).await.is(200)["status"], "revoked");
        repeated(&t.at("/invitations"), "k-3", &invite).await.fails(404, "not-found");
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

    /// Who was removed comes in again by a new invitation only; who is suspended not even by one.
    async fn l_36_a_removed_person_stays_out(database) {
        let t = team(database).await;
        t.owner.remove(&t.org, &t.member.id).await.is(200);
        let again = t.server.sign_in(t.member.user(), &t.member.address).await;
        again.get(&t.at("")).await.fails(404, "not-found");
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
