//! L: what users of such systems suffer from: invitations.

use crate::{harness::Server, workjet::Team};
use guildhall_core::{Permit, op, permit::Place, time::Span};
use guildhall_server::mail::worker::{self, Way};
use guildhall_store::MailFilter;
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

async fn team(database: &Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// The inviter's right is checked anew when the invitation is accepted.
    async fn l_14_an_inviter_who_lost_the_right_gives_nothing(database) {
        let t = team(database).await;
        let heir = t.admin.clone();
        let admin = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["admin"]).await;
        t.owner.post(&t.at("/transfer"), json!({ "to": heir.id })).await.is(200);
        // The old owner, an admin now, may no longer make admins.
        let accept = json!({ "token": t.server.link(&admin), "name": "Dora" });
        t.server.nobody().post("/v1/invitations/accept", accept.clone()).await.fails(409, "inviter-lost-right");
        assert!(!heir.people(&t.org).await.contains(&("dora@northwind.example".to_owned(), "joined".to_owned())));
        t.server.invite(&heir, &t.org, "dora@northwind.example", &["admin"]).await;
        t.server.nobody().post("/v1/invitations/accept", accept).await.is(201);
    }

    /// Nor does one who was removed: what they sent is withdrawn with them, and works only where somebody took it over.
    async fn l_14_an_inviter_who_was_removed_gives_nothing(database) {
        let server = Server::start(database, "pipes").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "owned").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["owner"]).await;
        let withdrawn = server.invite(&ben, &org, "cleo@x.example", &["owner"]).await;
        ann.remove(&org, &ben.id).await.is(200);
        let late = json!({ "token": server.link(&withdrawn), "name": "Cleo" });
        server.nobody().post("/v1/invitations/accept", late).await.fails(409, "invitation-revoked");
        assert_eq!(ann.people(&org).await, [("ann@x.example".to_owned(), "joined".to_owned())]);
        let dan = server.join(&ann, &org, "dan@x.example", &["owner"]).await;
        let kept = server.invite(&dan, &org, "eve@x.example", &["owner"]).await;
        ann.delete(&format!("/v1/organizations/{org}/members/{}?sent_invitations=take_over", dan.id)).await.is(200);
        let eve = server.accept_new(&kept, "eve@x.example").await;
        assert_eq!(ann.roles_of(&org, &eve.id).await, json!(["owner"]));
    }

    /// Looking behind the link consumes nothing, by any method, however often.
    async fn l_15_looking_consumes_nothing(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        let token = json!({ "token": t.server.link(&id) });
        for _ in 0..3 {
            let opened = t.server.nobody().post("/v1/invitations/open", token.clone()).await.is(200);
            assert_eq!((&opened["status"], &opened["next"]), (&json!("pending"), &json!("new")));
            assert_eq!(opened["to"], "dora@northwind.example");
            assert_eq!(opened["invited_by"], "ann");
            t.server.nobody().get("/v1/invitations/accept").await.fails(405, "method-not-allowed");
        }
        t.server.accept_new(&id, "dora@northwind.example").await;
    }

    /// Inviting again renews, with the new role, and says so; an expired one never stands in the way.
    async fn l_16_inviting_again_renews(database) {
        let t = team(database).await;
        let path = t.at("/invitations");
        let invite = |role: &str| json!({ "to": "dora@northwind.example", "roles": [role] });
        let first = t.owner.post(&path, invite("admin")).await.is(201);
        assert_eq!(first["renewed"], false);
        t.server.pass(Span::seconds(11));
        let due = t.server.due().await.len();
        let second = t.owner.post(&path, invite("member")).await.is(201);
        t.server.pass(Span::seconds(11));
        assert_eq!(t.server.due().await.len(), due + 1, "it is mailed again");
        assert_eq!((&second["renewed"], &second["invitation"]), (&json!(true), &first["invitation"]));
        assert_eq!(t.owner.get(&path).await["items"].as_array().unwrap().len(), 1);
        let id = first["invitation"].as_str().unwrap().to_owned();
        t.server.pass(Span::days(8));
        let accept = json!({ "token": t.server.link(&id), "name": "Dora" });
        t.server.nobody().post("/v1/invitations/accept", accept).await.fails(409, "invitation-expired");
        let listed = t.server.sign_in(t.owner.user(), "").await;
        assert_eq!(listed.get(&path).await["items"][0]["status"], "expired");
        listed.post(&path, invite("member")).await.is(201);
        let dora = t.server.accept_new(&id, "dora@northwind.example").await;
        assert_eq!(listed.roles_of(&t.org, &dora.id).await, json!(["member"]), "the role of the last invitation");
        // Accepted, removed, then invited again: a fresh one, whose link is good.
        listed.remove(&t.org, &dora.id).await.is(200);
        let again = t.server.invite(&listed, &t.org, "dora@northwind.example", &["admin"]).await;
        assert_ne!(again, id);
        dora.post("/v1/invitations/accept", json!({ "token": t.server.link(&id) })).await.fails(409, "invitation-accepted");
        dora.post("/v1/invitations/accept", json!({ "token": t.server.link(&again) })).await.is(201);
        assert_eq!(listed.roles_of(&t.org, &dora.id).await, json!(["admin"]));
        // Declined, then invited again: a fresh one.
        let emil = t.server.person("emil@northwind.example").await;
        let id = t.server.invite(&listed, &t.org, "emil@northwind.example", &["member"]).await;
        emil.act(&format!("/v1/user/invitations/{id}/decline")).await.is(200);
        emil.act(&format!("/v1/user/invitations/{id}/accept")).await.fails(409, "invitation-declined");
        let again = t.server.invite(&listed, &t.org, "emil@northwind.example", &["member"]).await;
        assert_ne!(again, id);
        emil.act(&format!("/v1/user/invitations/{again}/accept")).await.is(200);
    }

    /// A role that doesn't exist, or belongs to another kind of place, is refused by name.
    async fn l_17_unknown_roles_are_refused(database) {
        let t = team(database).await;
        let path = t.at("/invitations");
        for role in ["root", "Admin", "", "build.manager"] {
            t.owner.post(&path, json!({ "to": "dora@northwind.example", "roles": [role] })).await.fails(409, "role-unknown");
            t.owner.set_roles(&t.org, &t.member.id, &[role]).await.fails(409, "role-unknown");
        }
        assert_eq!(t.owner.roles_of(&t.org, &t.member.id).await, json!(["member"]));
    }

    /// Nor what belongs to a workspace, or to another organization: by name, by id, or in a field of its own.
    async fn l_17_what_is_of_a_workspace_or_of_elsewhere_is_refused(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "owned").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["member"]).await;
        let eve = server.person("eve@elsewhere.example").await;
        let hers = server.found(&eve, "elsewhere").await;
        let at = |path: &str| format!("/v1/organizations/{org}{path}");
        let to = "dora@x.example";
        // Known to the model, for a workspace; and what no role is called.
        for role in ["manager", "editor", "reader", "steward", hers.as_str(), eve.id.as_str()] {
            let row = json!({ "to": to, "roles": [role] });
            ann.post(&at("/invitations"), row.clone()).await.fails(409, "role-unknown");
            let batch = ann.post(&at("/invitations/batch"), json!({ "invitations": [row] })).await.is(200);
            assert!(batch.text.contains("role-unknown"), "{role}: {}", batch.text);
            ann.set_roles(&org, &ben.id, &[role]).await.fails(409, "role-unknown");
            let changes = json!({ "changes": [{ "user": ben.id, "roles": [role] }] });
            let many = ann.post(&at("/members/roles"), changes).await.is(200);
            assert!(many.text.contains("role-unknown"), "{role}: {}", many.text);
        }
        for place in ["workspace", "workspaces", "team", "organization", "scope"] {
            let named = json!({ "to": to, "roles": ["member"], place: hers });
            ann.post(&at("/invitations"), named).await.fails(422, "rejected");
        }
        // Who is of elsewhere is nobody here, wherever somebody is named.
        let many = ann.post(&at("/members/roles"), json!({ "changes": [{ "user": eve.id, "roles": ["admin"] }] })).await.is(200);
        assert!(many.text.contains("not-found"), "{}", many.text);
        let gone = ann.post(&at("/members/removals"), json!({ "users": [eve.id] })).await.is(200);
        assert!(gone.text.contains("not-found"), "{}", gone.text);
        ann.set_roles(&org, &eve.id, &["admin"]).await.fails(404, "not-found");
        ann.post(&at("/transfer"), json!({ "to": eve.id })).await.fails(409, "transfer-to-non-member");
        assert_eq!(ann.roles_of(&org, &ben.id).await, json!(["member"]));
        assert_eq!(ann.people(&org).await.len(), 2);
        assert_eq!(eve.people(&hers).await.len(), 1);
    }

    /// Another organization's invitations are neither listed, revoked, reminded nor accepted: 404, like a random id.
    async fn l_18_another_organization_s_invitations_are_out_of_reach(database) {
        let t = team(database).await;
        let eve = t.server.person("eve@elsewhere.example").await;
        let hers = t.server.found(&eve, "elsewhere").await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        eve.get(&t.at("/invitations")).await.fails(404, "not-found");
        for (method, path) in [("DELETE", ""), ("POST", "/remind"), ("POST", "/undo"), ("GET", "")] {
            let method: axum::http::Method = method.parse().unwrap();
            for org in [&t.org, &hers] {
                let path = format!("/v1/organizations/{org}/invitations/{id}{path}");
                eve.send(method.clone(), &path, &[], None).await.fails(404, "not-found");
            }
        }
        eve.act(&format!("/v1/user/invitations/{id}/accept")).await.fails(404, "not-found");
        eve.act(&format!("/v1/user/invitations/{id}/decline")).await.fails(404, "not-found");
        eve.post("/v1/invitations/accept", json!({ "token": t.server.link(&id) })).await.fails(409, "invitation-for-someone-else");
        assert_eq!(t.owner.get(&t.at(&format!("/invitations/{id}"))).await["status"], "pending");
    }

    /// One identity rule: case and Unicode form are one address, dots and plus-tags distinguish, look-alikes are refused.
    async fn l_19_one_rule_for_addresses(database) {
        let t = team(database).await;
        let path = t.at("/invitations");
        let invite = |to: &str| json!({ "to": to, "roles": ["member"] });
        let first = t.owner.post(&path, invite("Dora@Northwind.Example")).await.is(201);
        let same = t.owner.post(&path, invite("dora@northwind.example")).await.is(201);
        assert_eq!((&same["renewed"], &same["invitation"]), (&json!(true), &first["invitation"]));
        for other in ["do.ra@northwind.example", "dora+x@northwind.example"] {
            assert_eq!(t.owner.post(&path, invite(other)).await.is(201)["renewed"], false);
        }
        // The Unicode form and the domain's spelling are no difference.
        for (one, other) in [
            ("ju\u{308}rgen@northwind.example", "j\u{fc}rgen@northwind.example"),
            ("ann@b\u{fc}cher.example", "ann@xn--bcher-kva.example"),
        ] {
            let first = t.owner.post(&path, invite(one)).await.is(201);
            let same = t.owner.post(&path, invite(other)).await.is(201);
            assert_eq!((&same["renewed"], &same["invitation"]), (&json!(true), &first["invitation"]), "{one}");
        }
        // A word that looks the same in another script is somebody else.
        let latin = t.owner.post(&path, invite("cope@northwind.example")).await.is(201);
        let cyrillic = t.owner.post(&path, invite("\u{441}\u{43e}\u{440}\u{435}@northwind.example")).await.is(201);
        assert_eq!(cyrillic["renewed"], false);
        assert_ne!(cyrillic["invitation"], latin["invitation"]);
        for trap in ["d\u{43e}ra@northwind.example", "dora@northwind.example.", "dora\u{200b}@northwind.example"] {
            t.owner.post(&path, invite(trap)).await.fails(422, "rejected");
        }
        t.owner.post(&path, invite("CHLOE@northwind.EXAMPLE")).await.fails(409, "already-member");
    }

    /// Whoever has proven the address finds the invitation waiting, however they came to prove it.
    async fn l_20_the_invitation_is_found_by_who_proved_the_address(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        let dora = t.server.person("Dora@northwind.example").await;
        let waiting = dora.get("/v1/user/invitations").await.is(200);
        assert_eq!(waiting["items"][0]["invitation"], json!(id));
        assert_eq!(waiting["items"][0]["organization_name"], "The northwind");
        // The link never signs them in.
        let accept = json!({ "token": t.server.link(&id), "name": "Mallory" });
        t.server.nobody().post("/v1/invitations/accept", accept).await.fails(401, "not-signed-in");
        dora.act(&format!("/v1/user/invitations/{id}/accept")).await.is(200);
        assert!(dora.holds(&t.org, "chat.use").await);
    }

    /// A signed-in person without the address proves it by the code mailed there, and accepts: the link alone gives them nothing.
    async fn the_invited_address_is_added_by_its_code(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        let dora = t.server.person("dora@home.example").await;
        let token = t.server.link(&id);
        let opened = dora.post("/v1/invitations/open", json!({ "token": token })).await.is(200);
        assert_eq!(opened["next"], "add_address");
        dora.post("/v1/invitations/accept", json!({ "token": token })).await.fails(409, "invitation-for-someone-else");
        dora.post("/v1/invitations/accept", json!({ "token": token, "add_address": true })).await.fails(422, "rejected");
        assert_eq!(dora.get("/v1/user/addresses").await["items"].as_array().unwrap().len(), 1);
        t.server.add_address(&dora, "dora@northwind.example").await;
        assert_eq!(dora.post("/v1/invitations/open", json!({ "token": token })).await.is(200)["next"], "accept");
        dora.post("/v1/invitations/accept", json!({ "token": token })).await.is(201);
        assert!(dora.holds(&t.org, "chat.use").await);
    }

    /// Where the acceptance is refused, nothing of it is done: no account is made, and the address stays nobody's.
    async fn a_refused_acceptance_makes_no_account(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["admin"]).await;
        t.owner.post(&t.at("/transfer"), json!({ "to": t.admin.id })).await.is(200);
        let token = t.server.link(&id);
        let nobody = t.server.nobody();
        nobody.post("/v1/invitations/accept", json!({ "token": token, "name": "Dora" })).await.fails(409, "inviter-lost-right");
        assert_eq!(nobody.post("/v1/invitations/open", json!({ "token": token })).await.is(200)["next"], "new");
        t.server.person("dora@northwind.example").await;
        t.server.invite(&t.admin, &t.org, "dora@northwind.example", &["admin"]).await;
        nobody.post("/v1/invitations/accept", json!({ "token": token, "name": "Dora" })).await.fails(401, "not-signed-in");
    }

    /// Thousands at once: each row has its result, in order; one bad address fails only itself (L-30: one request).
    async fn l_21_l_30_each_row_has_its_own_result(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "thousands").await;
        let key = server.key(Some(&org), &["invitation.create"]).await;
        let path = format!("/v1/organizations/{org}/invitations/batch");
        let rows: Vec<_> = (0..2_000).map(|n| if n % 500 == 7 { json!({ "to": "broken" }) } else { json!({ "to": format!("p{n}@x.example") }) }).collect();
        let sent = key.post(&path, json!({ "invitations": rows })).await.is(200);
        let results = sent["results"].as_array().unwrap();
        assert_eq!(results.len(), 2_000);
        for (n, row) in results.iter().enumerate() {
            let expected = if n % 500 == 7 { "rejected" } else { "invited" };
            assert_eq!(row["outcome"], expected, "{row}");
            assert_eq!(row["to"], rows[n]["to"]);
        }
        assert_eq!(ann.get(&format!("/v1/organizations/{org}/members/count")).await.is(200)["invited"], 1_996);
        let csv = "email,role\nq@x.example,viewer\nann@x.example,\n\"r@x.example\",owner\n";
        let sent = key.post(&path, json!({ "csv": csv })).await.is(200);
        let outcomes: Vec<_> = sent["results"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
        // A program gives any role but the top one.
        assert_eq!(outcomes, ["invited", "refused", "refused"], "{}", sent.text);
    }

    /// "I don't know these people": withdrawn, and nothing more from them to that address.
    async fn unwanted_invitations_are_withdrawn(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        t.server.nobody().post("/v1/invitations/unwanted", json!({ "token": t.server.link(&id) })).await.fails(404, "not-found");
        let token = json!({ "token": t.server.unwanted_link(&id) });
        t.server.nobody().post("/v1/invitations/unwanted", token.clone()).await.is(200);
        t.server.nobody().post("/v1/invitations/unwanted", token).await.is(200);
        assert_eq!(t.owner.get(&t.at(&format!("/invitations/{id}"))).await["status"], "revoked");
    }

    /// Two lists name the same address: one mail leaves, the newest.
    async fn an_invitation_sent_twice_before_its_mail_left_is_mailed_once(database) {
        let t = team(database).await;
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        t.server.pass(Span::seconds(5));
        assert_eq!(t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["admin"]).await, id);
        t.server.pass(Span::seconds(11));
        worker::round(&t.server.app, &Way::Mailbox).await.unwrap();
        let permit = Permit::<op::Operate>::system("a test", Place::Deployment);
        let mails = t.server.store().list_mails(&permit, MailFilter::All, None, None, 100).await.unwrap().rows;
        let hers: Vec<_> = mails.iter().filter(|row| row.mail.order.key.starts_with(&id)).collect();
        let fates: Vec<_> = hers.iter().map(|row| (row.sent_at.is_some(), row.last_error.as_deref())).collect();
        assert_eq!(fates, [(true, None), (false, Some(worker::SUPERSEDED))], "the newest first");
    }
}
