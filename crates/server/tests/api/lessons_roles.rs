//! L: what users of such systems suffer from: roles.

use crate::{
    harness::Server,
    workjet::{Team, permissions},
};
use axum::http::Method;
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

async fn team(database: &Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// Permissions of two roles are united: each is allowed in one decision, by the path of its own role.
    async fn l_22_roles_are_united(database) {
        let server = Server::start(database, "appcircle").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "united").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["build.viewer", "codepush.manager"]).await;
        let one = |permission: &str| json!({ "action": { "name": permission } });
        let asked = json!({
            "subject": { "type": "user", "id": ben.id },
            "resource": { "type": "organization", "id": org },
            "options": { "path": true },
            "evaluations": [one("build.view"), one("codepush.manage"), one("build.manage")],
        });
        let answers = ben.post("/v1/decisions", asked).await.is(200)["evaluations"].clone();
        assert_eq!([0, 1, 2].map(|n| answers[n]["decision"].as_bool().unwrap()), [true, true, false]);
        let path = |role: &str, permission: &str| {
            json!([
                { "step": "holds", "role": role, "organization": org },
                { "step": "permits", "role": role, "permission": permission },
            ])
        };
        assert_eq!(answers[0]["context"]["path"], path("build.viewer", "build.view"));
        assert_eq!(answers[1]["context"]["path"], path("codepush.manager", "codepush.manage"));
        assert_eq!(answers[2]["context"].get("path"), None);
    }

    /// The role's meaning is checked when the invitation is accepted: by the model of that day, who gave it could no longer.
    async fn l_23_an_invitation_by_a_rule_that_changed_gives_nothing(database) {
        let Team { server, org, owner, admin, member } = team(database).await;
        let invitation = server.invite(&admin, &org, "dora@northwind.example", &["member"]).await;
        let by_owner = server.invite(&owner, &org, "emil@northwind.example", &["member"]).await;
        drop((owner, admin, member));
        let before = &server.app.model().text;
        assert_eq!(before.matches(r#"given_by = ["owner", "admin"]"#).count(), 1, "of member, the only role that admins give");
        let after = before.replace(r#"given_by = ["owner", "admin"]"#, r#"given_by = ["owner"]"#);
        let server = server.restart(database, &after).await;
        let accept = |invitation: &str| json!({ "token": server.link(invitation), "name": "New" });
        server.nobody().post("/v1/invitations/accept", accept(&invitation)).await.fails(409, "inviter-lost-right");
        server.nobody().post("/v1/invitations/accept", accept(&by_owner)).await.is(201);
    }

    /// A role that vanished from the model gives nobody anything, breaks no page, and is taken away like any other.
    async fn l_23_a_role_that_vanished_gives_nothing_and_can_be_taken(database) {
        let Team { server, org, owner, admin, member } = team(database).await;
        let invitation = server.invite(&owner, &org, "dora@northwind.example", &["admin"]).await;
        let leaver = server.join(&owner, &org, "emil@northwind.example", &["admin"]).await.id;
        let [ann, ben, _] = [owner, admin, member].map(|who| who.user());
        let after = server.app.model().text.replace("\"admin\"", "\"steward\"").replace("[roles.admin]", "[roles.steward]");
        let server = server.restart(database, &after).await;
        let (ann, ben) = (server.sign_in(ann, "").await, server.sign_in(ben, "").await);
        let accept = json!({ "token": server.link(&invitation), "name": "Dora" });
        server.nobody().post("/v1/invitations/accept", accept).await.fails(409, "inviter-lost-right");
        for permission in permissions(&ben).await {
            assert!(!ben.holds(&org, &permission).await, "{permission}");
        }
        assert_eq!(ann.roles_of(&org, &ben.id).await, json!(["admin"]));
        assert_eq!(ann.people(&org).await.len(), 5);
        let page = ann.send(Method::GET, "/o/northwind/people", &[("accept", "text/html")], None).await.is(200);
        assert!(page.text.contains("ben@northwind.example"), "{}", page.text);
        ann.set_roles(&org, &ben.id, &["admin"]).await.fails(409, "role-unknown");
        ann.set_roles(&org, &ben.id, &["steward"]).await.is(200);
        assert!(ben.holds(&org, "users.manage").await);
        ben.remove(&org, &leaver).await.is(200);
        assert!(server.store().verify().await.unwrap().is_sound());
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
        ben.post(&format!("/v1/organizations/{org}/invitations"), invite).await.fails(409, "role-unknown");
        ann.set_roles(&org, &ann.id, &["member"]).await.fails(409, "owner-must-transfer");
        cleo.set_roles(&org, &cleo.id, &["admin"]).await.fails(403, "not-allowed");
    }
}
