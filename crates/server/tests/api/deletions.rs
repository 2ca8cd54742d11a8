//! What ends with a deletion, at once and by the jobs that follow.

use crate::{harness::Server, workjet::Team};
use guildhall_core::time::Span;
use guildhall_server::jobs;
use guildhall_testkit::both_databases;
use serde_json::json;

both_databases! {
    /// A deleted account is out at once; the job then leaves its organizations, and takes back what it sent.
    async fn a_deleted_account_leaves_its_organizations__e(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let sent = t.server.invite(&t.admin, &t.org, "dora@northwind.example", &["member"]).await;
        t.admin.delete("/v1/user").await.is(200);
        t.admin.get(&t.at("/members")).await.fails(401, "not-signed-in");
        assert_eq!(t.owner.people(&t.org).await.len(), 4, "the row is still there, without a name");
        jobs::step(&t.server.app).await.unwrap();
        let left: Vec<String> = t.owner.people(&t.org).await.into_iter().map(|(who, _)| who).collect();
        assert_eq!(left, ["ann@northwind.example", "chloe@northwind.example"]);
        t.owner.get(&t.at(&format!("/members/{}", t.admin.id))).await.fails(404, "not-found");
        t.server.nobody().post("/v1/invitations/accept", json!({ "token": t.server.link(&sent), "name": "Dora" })).await.fails(409, "invitation-revoked");
        assert!(t.server.store().verify().await.unwrap().is_sound());
        jobs::step(&t.server.app).await.unwrap();
    }

    /// A deleted organization answers nobody at once; after 30 days nothing of it is left.
    async fn a_deleted_organization_is_erased_after_thirty_days__e(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let key = t.server.key(Some(&t.org), &["decide"]).await;
        t.owner.delete(&t.at("")).await.is(200);
        t.owner.get(&t.at("")).await.fails(404, "not-found");
        t.server.pass(Span::days(29));
        jobs::step(&t.server.app).await.unwrap();
        assert!(t.server.store().find_organization(t.org.parse().unwrap()).await.unwrap().is_some());
        t.server.pass(Span::days(1));
        jobs::step(&t.server.app).await.unwrap();
        assert!(t.server.store().find_organization(t.org.parse().unwrap()).await.unwrap().is_none());
        let asked = json!({
            "subject": { "type": "user", "id": t.member.id },
            "action": { "name": "chat.use" },
            "resource": { "type": "organization", "id": t.org },
        });
        key.post("/v1/decisions", asked).await.fails(401, "not-signed-in");
        assert!(t.server.store().verify().await.unwrap().is_sound());
    }
}
