//! W: what a removal ends.

use crate::{harness::Server, workjet::Team};
use guildhall_testkit::both_databases;
use serde_json::json;

async fn team(database: &guildhall_testkit::Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// The removal is shown before it is confirmed, with all that it ends, and done when it is.
    async fn w_32_w_33_l_4_a_removal_is_confirmed__de(database) {
        let t = team(database).await;
        let sent = t.server.invite(&t.admin, &t.org, "dora@northwind.example", &["member"]).await;
        // Invited once more, by an address that turns out to be theirs too.
        let received = t.server.invite(&t.owner, &t.org, "ben@second.example", &["member"]).await;
        t.server.add_address(&t.admin, "ben@second.example").await;
        t.server.sign_in(t.admin.user(), &t.admin.address).await;
        let path = t.at(&format!("/members/{}", t.admin.id));
        let preview = t.owner.get(&format!("{path}/removal")).await.is(200);
        assert_eq!(preview["organizations"][0]["name"], "The northwind");
        assert_eq!(preview["sent_invitations"].as_array().unwrap().len(), 1);
        assert_eq!(preview["sent_invitations"][0]["invitation"], json!(sent));
        assert_eq!(preview["sent_invitations"][0]["to"], "dora@northwind.example");
        assert_eq!(preview["received_invitations"].as_array().unwrap().len(), 1);
        assert_eq!(preview["received_invitations"][0]["invitation"], json!(received));
        assert_eq!(preview["sessions"], 2);
        assert_eq!(t.owner.people(&t.org).await.len(), 5, "a preview changes nothing");
        t.member.get(&format!("{path}/removal")).await.fails(403, "not-allowed");
        t.member.remove(&t.org, &t.admin.id).await.fails(403, "not-allowed");
        let ended = t.owner.delete(&path).await.is(200);
        assert_eq!((&ended["sent_invitations"], &ended["received_invitations"]), (&json!([sent]), &json!([received])));
        let left: Vec<String> = t.owner.people(&t.org).await.into_iter().map(|(who, _)| who).collect();
        assert_eq!(left, ["ann@northwind.example", "chloe@northwind.example"]);
        for id in [sent, received] {
            assert_eq!(t.owner.get(&t.at(&format!("/invitations/{id}"))).await["status"], "revoked");
        }
    }

    /// Removed, they see nothing of the organization with their next request, and hold nothing there.
    async fn w_34_removed_people_lose_access_at_once__de(database) {
        let t = team(database).await;
        assert!(t.member.holds(&t.org, "chat.use").await);
        t.member.remove(&t.org, &t.owner.id).await.fails(403, "not-allowed");
        t.admin.remove(&t.org, &t.member.id).await.is(200);
        assert!(!t.member.holds(&t.org, "chat.use").await && !t.member.holds(&t.org, "skills.manage").await);
        t.member.get(&t.at("")).await.fails(404, "not-found");
        t.member.get(&t.at("/members")).await.fails(404, "not-found");
        t.member.act(&t.at("/leave")).await.fails(404, "not-found");
        assert_eq!(t.member.get("/v1/user/organizations").await["items"], json!([]));
        let key = t.server.key(Some(&t.org), &["decide"]).await;
        let asked = json!({
            "subject": { "type": "user", "id": t.member.id },
            "action": { "name": "chat.use" },
            "resource": { "type": "organization", "id": t.org },
        });
        assert_eq!(key.post("/v1/decisions", asked).await.is(200)["decision"], false);
    }

    /// Every session of theirs loses this organization, and none of it ends: another organization is untouched (L-5). No other
    /// change ends a session either.
    async fn w_36_l_5_sessions_lose_this_organization_only__de(database) {
        let t = team(database).await;
        let other = t.server.found(&t.member, "southwind").await;
        let phone = t.server.sign_in(t.member.user(), &t.member.address).await;
        phone.get(&t.at("")).await.is(200);
        // What is changed about them or others, and another session that ends, leaves this one alone.
        for roles in [["admin"], ["member"]] {
            t.owner.set_roles(&t.org, &t.member.id, &roles).await.is(200);
            phone.get(&t.at("")).await.is(200);
        }
        t.owner.remove(&t.org, &t.admin.id).await.is(200);
        phone.get(&t.at("")).await.is(200);
        let tablet = t.server.sign_in(t.member.user(), &t.member.address).await;
        let sessions = tablet.get("/v1/user/sessions").await.is(200);
        let its = sessions["items"].as_array().unwrap().iter().find(|it| it["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
        phone.delete(&format!("/v1/user/sessions/{its}")).await.is(200);
        tablet.get(&t.at("")).await.fails(401, "not-signed-in");
        phone.get(&t.at("")).await.is(200);
        t.owner.remove(&t.org, &t.member.id).await.is(200);
        for session in [&t.member, &phone] {
            session.get(&t.at("")).await.fails(404, "not-found");
            session.get("/v1/user").await.is(200);
            session.get(&format!("/v1/organizations/{other}")).await.is(200);
        }
        assert_eq!(t.member.get("/v1/user/sessions").await["items"].as_array().unwrap().len(), 2);
    }

    /// What the person sent is withdrawn, or taken over by who removes them, as far as they may give it.
    async fn w_33_invitations_they_sent_are_taken_over__de(database) {
        let t = team(database).await;
        let kept = t.server.invite(&t.admin, &t.org, "dora@northwind.example", &["member"]).await;
        t.owner.delete(&t.at(&format!("/members/{}?sent_invitations=take_over", t.admin.id))).await.is(200);
        assert_eq!(t.owner.get(&t.at(&format!("/invitations/{kept}"))).await["status"], "pending");
        let dora = t.server.accept_new(&kept, "dora@northwind.example").await;
        assert!(dora.holds(&t.org, "chat.use").await);
        let new = t.server.join(&t.owner, &t.org, "emil@northwind.example", &["admin"]).await;
        let lost = t.server.invite(&new, &t.org, "fay@northwind.example", &["member"]).await;
        t.owner.remove(&t.org, &new.id).await.is(200);
        assert_eq!(t.owner.get(&t.at(&format!("/invitations/{lost}"))).await["status"], "revoked");
        let late = json!({ "token": t.server.link(&lost), "name": "Fay" });
        t.server.nobody().post("/v1/invitations/accept", late).await.fails(409, "invitation-revoked");
    }
}
