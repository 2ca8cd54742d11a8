//! Accounts suspended by an operator's program: out everywhere at once, and who is left without an owner is told.

use crate::{
    harness::{Server, Someone},
    operations::random,
};
use guildhall_testkit::both_databases;
use serde_json::json;

async fn may_see(key: &Someone, organization: &str, who: &Someone) -> bool {
    let body = json!({
        "subject": { "type": "user", "id": who.id },
        "action": { "name": "members.view" },
        "resource": { "type": "organization", "id": organization },
    });
    key.post("/v1/decisions", body).await.is(200)["decision"].as_bool().unwrap()
}

both_databases! {
    async fn l_35_a_suspended_account_is_out_at_once_and_organizations_without_an_owner_are_named(database) {
        let server = Server::start(database, "standard").await;
        let (ann, key) = (server.person("ann@example.com").await, server.key(None, &["account.suspend", "decide"]).await);
        let (north, south) = (server.found(&ann, "north").await, server.found(&ann, "south").await);
        let bob = server.join(&ann, &south, "bob@example.com", &[]).await;
        ann.set_roles(&south, &bob.id, &["owner"]).await.is(200);
        assert!(may_see(&key, &south, &ann).await);
        let suspend = format!("/v1/users/{}/suspend", ann.id);
        for _ in 0..2 {
            let done = key.act(&suspend).await.is(200);
            assert_eq!(done["without_owner"], json!([north]), "south has bob; said again when asked again");
            ann.get("/v1/user").await.is(401);
            ann.get(&format!("/v1/organizations/{north}")).await.is(401);
            assert!(!may_see(&key, &north, &ann).await && !may_see(&key, &south, &ann).await);
        }
        bob.get(&format!("/v1/organizations/{south}")).await.is(200);
        bob.act(&format!("/v1/organizations/{south}/leave")).await.fails(409, "last-owner");
        assert!(guildhall_store::verify::run(database.url()).await.unwrap().is_sound());
    }

    /// Nobody is kept: a suspended member leaves, and sees nothing else. As after a removal, only a new invitation brings them back.
    async fn l_36_a_suspended_member_may_leave(database) {
        let server = Server::start(database, "standard").await;
        let (ann, eve) = (server.person("ann@example.com").await, server.person("eve@example.com").await);
        let north = server.found(&ann, "north").await;
        let at = |path: &str| format!("/v1/organizations/{north}{path}");
        let ben = server.join(&ann, &north, "ben@example.com", &[]).await;
        let before = server.invite(&ann, &north, "ben@home.example", &[]).await;
        ann.act(&at(&format!("/members/{}/suspend", ben.id))).await.is(200);
        ben.get(&at("")).await.fails(404, "not-found");
        assert_eq!(ben.get("/v1/user/organizations").await["items"][0]["suspended"], true);
        eve.act(&at("/leave")).await.fails(404, "not-found");
        ben.act(&at("/leave")).await.is(200);
        assert_eq!(ben.get("/v1/user/organizations").await["items"], json!([]));
        ben.act(&at("/leave")).await.fails(404, "not-found");
        assert_eq!(ann.people(&north).await.len(), 2, "ann, and whom she invited before");
        server.add_address(&ben, "ben@home.example").await;
        ben.act(&format!("/v1/user/invitations/{before}/accept")).await.fails(409, "invitation-revoked");
        let again = server.invite(&ann, &north, "ben@home.example", &[]).await;
        ben.act(&format!("/v1/user/invitations/{again}/accept")).await.is(200);
        assert!(guildhall_store::verify::run(database.url()).await.unwrap().is_sound());
    }

    async fn a_reinstated_account_comes_in_again_by_a_new_sign_in_only(database) {
        let server = Server::start(database, "standard").await;
        let (ann, key) = (server.person("ann@example.com").await, server.key(None, &["account.suspend", "decide"]).await);
        let north = server.found(&ann, "north").await;
        key.act(&format!("/v1/users/{}/suspend", ann.id)).await.is(200);
        // As one that began in the very moment would be.
        let late = server.sign_in(ann.user(), "ann@example.com").await;
        late.get("/v1/user").await.is(401);
        let reinstate = format!("/v1/users/{}/reinstate", ann.id);
        key.act(&reinstate).await.is(200);
        assert!(may_see(&key, &north, &ann).await, "what they hold was never lost");
        ann.get("/v1/user").await.is(401);
        late.get("/v1/user").await.is(401);
        let again = server.sign_in(ann.user(), "ann@example.com").await;
        again.get("/v1/user").await.is(200);
        key.act(&reinstate).await.is(200);
        again.get("/v1/user").await.is(200);
    }

    async fn only_a_program_of_the_deployment_with_the_scope_suspends_accounts(database) {
        let server = Server::start(database, "standard").await;
        let (ann, bob) = (server.person("ann@example.com").await, server.person("bob@example.com").await);
        let north = server.found(&ann, "north").await;
        let (other, tenants) = (server.key(None, &["user.create", "member.suspend"]).await, server.key(Some(&north), &["*"]).await);
        for act in ["suspend", "reinstate"] {
            let path = format!("/v1/users/{}/{act}", ann.id);
            for who in [&bob, &ann, &other, &tenants] {
                who.act(&path).await.fails(403, "not-allowed");
            }
            server.nobody().act(&path).await.is(401);
        }
        ann.get("/v1/user").await.is(200);
        let key = server.key(None, &["account.suspend"]).await;
        key.act(&format!("/v1/users/{}/suspend", random("usr"))).await.fails(404, "not-found");
        bob.delete("/v1/user").await.is(200);
        key.act(&format!("/v1/users/{}/suspend", bob.id)).await.fails(404, "not-found");
        key.act(&format!("/v1/users/{}/reinstate", bob.id)).await.fails(404, "not-found");
    }
}
