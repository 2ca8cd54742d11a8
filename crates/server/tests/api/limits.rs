//! Limits take from whoever uses them, and only for what was done.

use crate::harness::{Server, Someone};
use guildhall_testkit::both_databases;
use serde_json::{Value, json};

async fn invite(who: &Someone, organization: &str, rows: Value) -> Vec<String> {
    let sent = who.post(&format!("/v1/organizations/{organization}/invitations/batch"), json!({ "invitations": rows })).await.is(200);
    sent["results"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap().to_owned()).collect()
}

both_databases! {
    /// What was refused was never sent: it takes neither from the organization's invitations nor from anybody's mail.
    async fn refused_invitations_take_from_no_limit(database) {
        let server = Server::with(database, "standard", |config| {
            config.limits.invitations_day = 3;
            config.limits.invitations_day_young = 3;
            config.limits.mails_to_stranger_day = 2;
        })
        .await;
        let (ann, eve) = (server.person("ann@x.example").await, server.person("eve@x.example").await);
        let (org, hers) = (server.found(&ann, "north").await, server.found(&eve, "hers").await);
        let admin = server.accept_new(&server.invite(&ann, &org, "ben@x.example", &["admin"]).await, "ben@x.example").await;
        let one = |to: &str, role: &str| json!({ "to": to, "roles": [role] });
        for _ in 0..3 {
            let rows = json!([one("victim@y.example", "owner"), one("ann@x.example", "viewer")]);
            assert_eq!(invite(&admin, &org, rows).await, ["refused", "refused"]);
            let closed = json!({ "to": "victim@y.example", "roles": ["owner"] });
            admin.post(&format!("/v1/organizations/{org}/invitations"), closed).await.fails(409, "role-not-yours");
        }
        // Another organization has its victim's whole limit, and this one what is left of its own.
        for outcome in ["invited", "renewed"] {
            assert_eq!(invite(&eve, &hers, json!([one("victim@y.example", "viewer")])).await, [outcome]);
        }
        assert_eq!(invite(&eve, &hers, json!([one("victim@y.example", "viewer")])).await, ["limited"]);
        let rows = json!([one("victim@y.example", "viewer"), one("a@y.example", "viewer"), one("b@y.example", "viewer"), one("c@y.example", "viewer")]);
        assert_eq!(invite(&admin, &org, rows).await, ["limited", "invited", "invited", "limited"], "the recipient's first, then the organization's");
    }

    /// A tenant's key takes as few names a day as a person; a key of the deployment is trusted.
    async fn keys_of_a_tenant_obey_the_limit_of_renames(database) {
        let server = Server::with(database, "standard", |config| config.limits.renames_day = 2).await;
        let ann = server.person("ann@x.example").await;
        let (org, other) = (server.found(&ann, "north").await, server.found(&ann, "south").await);
        let keys = [server.key(Some(&org), &["*"]).await, server.key(Some(&org), &["*"]).await];
        let slug = |n: usize| json!({ "slug": format!("north-{n}") });
        for (n, key) in keys.iter().enumerate() {
            key.patch(&format!("/v1/organizations/{org}"), slug(n)).await.is(200);
        }
        for key in &keys {
            key.patch(&format!("/v1/organizations/{org}"), slug(9)).await.fails(429, "limited");
        }
        server.key(Some(&other), &["*"]).await.patch(&format!("/v1/organizations/{other}"), slug(7)).await.is(200);
        let host = server.key(None, &["*"]).await;
        for n in 10..14 {
            host.patch(&format!("/v1/organizations/{org}"), slug(n)).await.is(200);
        }
    }
}
