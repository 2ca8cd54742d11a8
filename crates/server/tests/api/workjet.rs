//! W: the team, its roles, who may give them.

use crate::harness::{Server, Someone};
use guildhall_core::{mail::Template, time::Span};
use guildhall_testkit::both_databases;
use serde_json::json;

/// An owner, an admin and a member of one organization.
pub(crate) struct Team {
    pub(crate) server: Server,
    pub(crate) org: String,
    pub(crate) owner: Someone,
    pub(crate) admin: Someone,
    pub(crate) member: Someone,
}

impl Team {
    pub(crate) async fn new(server: Server) -> Self {
        let owner = server.person("ann@northwind.example").await;
        let org = server.found(&owner, "northwind").await;
        let admin = server.join(&owner, &org, "ben@northwind.example", &["admin"]).await;
        let member = server.join(&owner, &org, "chloe@northwind.example", &["member"]).await;
        Self { server, org, owner, admin, member }
    }
    pub(crate) fn at(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.org)
    }
}

/// Every permission of the model.
pub(crate) async fn permissions(who: &Someone) -> Vec<String> {
    let model = who.get("/v1/model").await.is(200);
    model["permissions"].as_array().unwrap().iter().map(|it| it["permission"].as_str().unwrap().to_owned()).collect()
}

/// What neither admins nor members may (W-24 to W-26).
const OWNERS_ALONE: [&str; 3] = ["billing.manage", "organization.delete", "ownership.transfer"];

async fn team(database: &guildhall_testkit::Database) -> Team {
    Team::new(Server::start(database, "workjet").await).await
}

both_databases! {
    /// Only an admin or the owner manages members: invites, changes, suspends, removes.
    async fn w_1_w_2_w_4_w_19_only_admin_or_owner_manage_members__de(database) {
        let t = team(database).await;
        for manager in [&t.owner, &t.admin] {
            let address = format!("new-{}", manager.address);
            let new = t.server.join(manager, &t.org, &address, &["member"]).await;
            assert!(new.holds(&t.org, "chat.use").await);
            manager.set_roles(&t.org, &new.id, &["member"]).await.is(200);
            assert_eq!(t.owner.roles_of(&t.org, &new.id).await, json!(["member"]));
            manager.act(&t.at(&format!("/members/{}/suspend", new.id))).await.is(200);
            assert!(!new.holds(&t.org, "chat.use").await);
            manager.act(&t.at(&format!("/members/{}/reinstate", new.id))).await.is(200);
            assert!(new.holds(&t.org, "chat.use").await);
            manager.remove(&t.org, &new.id).await.is(200);
            assert!(!t.owner.people(&t.org).await.iter().any(|(who, _)| *who == address));
        }
        t.member.post(&t.at("/invitations"), json!({ "to": "x@y.example", "roles": ["member"] })).await.fails(403, "not-allowed");
        t.member.remove(&t.org, &t.admin.id).await.fails(403, "not-allowed");
        t.member.set_roles(&t.org, &t.member.id, &["admin"]).await.fails(403, "not-allowed");
        t.member.act(&t.at(&format!("/members/{}/suspend", t.admin.id))).await.fails(403, "not-allowed");
        t.member.get(&t.at("/invitations")).await.fails(403, "not-allowed");
        assert_eq!(t.owner.people(&t.org).await.len(), 3);
    }

    /// Everyone of the organization sees the team and finds a person in it; who waits is found by who may invite.
    async fn w_3_w_27_the_team_is_listed_and_searched__d(database) {
        let t = team(database).await;
        t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["member"]).await;
        let found = async |who: &Someone, query: &str| -> Vec<String> {
            let rows = who.get(&t.at(&format!("/members?{query}"))).await.is(200);
            rows["items"].as_array().unwrap().iter().map(|row| row["address"].as_str().unwrap().to_owned()).collect()
        };
        let team = ["ann@northwind.example", "ben@northwind.example", "chloe@northwind.example"];
        for person in [&t.owner, &t.admin, &t.member] {
            assert_eq!(found(person, "status=joined").await, team);
            assert_eq!(found(person, "search=chloe").await, ["chloe@northwind.example"]);
        }
        assert_eq!(t.member.people(&t.org).await.len(), 3);
        assert_eq!(found(&t.admin, "search=dora").await, ["dora@northwind.example"]);
        assert_eq!(found(&t.member, "search=dora").await, [""; 0]);
        let stranger = t.server.person("eve@elsewhere.example").await;
        for query in ["", "?search=chloe"] {
            stranger.get(&t.at(&format!("/members{query}"))).await.fails(404, "not-found");
            t.server.nobody().get(&t.at(&format!("/members{query}"))).await.fails(401, "not-signed-in");
        }
    }

    /// An address is entered, a role chosen, the invitation sent; it waits in the list with that role.
    async fn w_5_w_7_an_address_is_invited__de(database) {
        let t = team(database).await;
        let path = t.at("/invitations");
        t.admin.post(&path, json!({ "to": "dora@northwind.example", "roles": ["member"] })).await.is(201);
        let listed = t.owner.get(&path).await.is(200);
        assert_eq!(listed["items"][0]["address"], "dora@northwind.example");
        assert_eq!(listed["items"][0]["roles"], json!(["member"]));
        assert_eq!(listed["items"][0]["status"], "invited");
        for wrong in ["dora", "dora@", "", "a b@c.example"] {
            let failed = t.admin.post(&path, json!({ "to": wrong, "roles": ["member"] })).await.fails(422, "rejected");
            assert_eq!(failed["errors"][0]["pointer"], "/to", "{wrong}");
        }
        assert_eq!(t.owner.get(&path).await["items"].as_array().unwrap().len(), 1);
    }

    /// Admin or member is chosen; owner is not offered, and none is refused.
    async fn w_6_the_role_is_admin_or_member__de(database) {
        let t = team(database).await;
        let path = t.at("/invitations");
        for role in ["admin", "member"] {
            let to = format!("{role}@northwind.example");
            t.owner.post(&path, json!({ "to": to, "roles": [role] })).await.is(201);
        }
        let listed = t.owner.get(&path).await;
        assert_eq!(listed["items"][0]["roles"], json!(["admin"]));
        assert_eq!(listed["items"][1]["roles"], json!(["member"]));
        t.owner.post(&path, json!({ "to": "x@northwind.example", "roles": ["owner"] })).await.fails(409, "role-unknown");
        t.owner.post(&path, json!({ "to": "x@northwind.example" })).await.fails(409, "invitation-role-required");
        assert_eq!(t.owner.get(&path).await["items"].as_array().unwrap().len(), 2);
    }

    /// The mail carries a link, and following it joins the organization with the role chosen.
    async fn w_8_the_mail_has_a_link_to_join__de(database) {
        let t = team(database).await;
        t.server.pass(Span::seconds(11));
        let before = t.server.due().await.len();
        let id = t.server.invite(&t.owner, &t.org, "dora@northwind.example", &["admin"]).await;
        t.server.pass(Span::seconds(11));
        let mails = t.server.due().await;
        assert_eq!(mails.len(), before + 1);
        let is_it = |template: &Template| matches!(template, Template::Invitation { invitation, .. } if invitation.to_string() == id);
        assert!(mails.iter().any(|mail| is_it(&mail.template)));
        t.server.nobody().post("/v1/invitations/accept", json!({ "token": format!("{id}.forged") })).await.fails(404, "not-found");
        let dora = t.server.accept_new(&id, "dora@northwind.example").await;
        assert!(dora.holds(&t.org, "users.manage").await);
        assert_eq!(t.owner.roles_of(&t.org, &dora.id).await, json!(["admin"]));
    }

    /// The owner has everything; billing, deletion and transfer are theirs alone.
    async fn w_11_w_25_the_owner_has_full_access__de(database) {
        let t = team(database).await;
        for permission in permissions(&t.owner).await {
            assert!(t.owner.holds(&t.org, &permission).await, "{permission}");
        }
        for permission in OWNERS_ALONE {
            assert!(!t.admin.holds(&t.org, permission).await && !t.member.holds(&t.org, permission).await, "{permission}");
        }
        t.admin.delete(&t.at("")).await.fails(403, "not-allowed");
        t.admin.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.fails(403, "not-allowed");
        t.owner.delete(&t.at("")).await.is(200);
        t.owner.get(&t.at("")).await.fails(404, "not-found");
        t.member.get(&t.at("")).await.fails(404, "not-found");
    }

    /// There is one owner: nobody is made a second one, and the one can't go without a transfer.
    async fn w_12_there_is_one_owner__de(database) {
        let t = team(database).await;
        t.owner.set_roles(&t.org, &t.admin.id, &["owner"]).await.fails(409, "owner-must-transfer");
        t.owner.set_roles(&t.org, &t.owner.id, &["admin"]).await.fails(409, "owner-must-transfer");
        t.admin.remove(&t.org, &t.owner.id).await.fails(409, "owner-must-transfer");
        t.admin.act(&t.at(&format!("/members/{}/suspend", t.owner.id))).await.fails(409, "owner-must-transfer");
        t.owner.act(&t.at("/leave")).await.fails(409, "owner-must-transfer");
        let owners = t.owner.get(&t.at("/members?role=owner")).await.is(200);
        assert_eq!(owners["items"].as_array().unwrap().len(), 1);
        t.owner.post(&t.at("/transfer"), json!({ "to": t.admin.id })).await.is(200);
        let owners = t.owner.get(&t.at("/members?role=owner")).await.is(200);
        assert_eq!(owners["items"].as_array().unwrap().len(), 1);
        assert_eq!(owners["items"][0]["user"], json!(t.admin.id));
    }

    /// An admin has every feature but billing, deletion and transfer.
    async fn w_13_an_admin_has_all_but_billing_and_deletion__de(database) {
        let t = team(database).await;
        for permission in permissions(&t.owner).await {
            assert_eq!(t.admin.holds(&t.org, &permission).await, !OWNERS_ALONE.contains(&permission.as_str()), "{permission}");
        }
        t.admin.patch(&t.at(""), json!({ "name": "Northwind Ltd" })).await.is(200);
        assert_eq!(t.member.get(&t.at("")).await["name"], "Northwind Ltd");
        t.admin.delete(&t.at("")).await.fails(403, "not-allowed");
    }

    /// A member uses what there is and sees their own usage; no admin settings.
    async fn w_14_a_member_has_no_admin_settings__de(database) {
        let t = team(database).await;
        for permission in permissions(&t.owner).await {
            let held = ["chat.use", "skills.manage", "usage.own", "members.view"].contains(&permission.as_str());
            assert_eq!(t.member.holds(&t.org, &permission).await, held, "{permission}");
        }
        t.member.patch(&t.at(""), json!({ "name": "Mine" })).await.fails(403, "not-allowed");
        assert_eq!(t.owner.get(&t.at("")).await["name"], "The northwind");
    }

    /// A new role is chosen for a member, and holds from then on.
    async fn w_28_a_role_is_changed__de(database) {
        let t = team(database).await;
        assert!(!t.member.holds(&t.org, "users.manage").await);
        t.owner.set_roles(&t.org, &t.member.id, &["admin"]).await.is(200);
        assert!(t.member.holds(&t.org, "users.manage").await);
        assert_eq!(t.admin.roles_of(&t.org, &t.member.id).await, json!(["admin"]));
        t.admin.set_roles(&t.org, &t.member.id, &["member"]).await.is(200);
        assert!(!t.member.holds(&t.org, "users.manage").await);
        t.member.set_roles(&t.org, &t.admin.id, &["member"]).await.fails(403, "not-allowed");
    }

    /// Only the owner makes admins, by promotion as by invitation; the form shows it locked, with who could.
    async fn w_30_only_the_owner_makes_admins__de(database) {
        let t = team(database).await;
        let refused = t.admin.set_roles(&t.org, &t.member.id, &["admin"]).await.fails(409, "role-not-yours");
        assert_eq!(refused["who_could"], json!(["Owner"]));
        assert!(refused.text.contains("Only the owner can make someone an admin"), "{}", refused.text);
        let invite = json!({ "to": "dora@northwind.example", "roles": ["admin"] });
        t.admin.post(&t.at("/invitations"), invite).await.fails(409, "role-not-yours");
        assert_eq!(t.owner.roles_of(&t.org, &t.member.id).await, json!(["member"]));
        let offered = t.admin.get(&t.at("/roles/offered")).await.is(200);
        let admin = offered["items"].as_array().unwrap().iter().find(|role| role["role"] == "admin").unwrap();
        assert_eq!(admin["allowed"], false);
        assert_eq!(admin["locked"], "Only the owner can make someone an admin");
        t.owner.set_roles(&t.org, &t.member.id, &["admin"]).await.is(200);
        assert!(t.member.holds(&t.org, "users.manage").await);
    }

    /// Ownership moves by the owner alone, in one change; the old owner is an admin afterwards.
    async fn w_26_w_31_only_the_owner_transfers__de(database) {
        let t = team(database).await;
        t.admin.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.fails(403, "not-allowed");
        t.admin.post(&t.at("/transfer"), json!({ "to": t.admin.id })).await.fails(403, "not-allowed");
        t.owner.post(&t.at("/transfer"), json!({ "to": t.owner.id })).await.fails(409, "transfer-to-self");
        let stranger = t.server.person("eve@elsewhere.example").await;
        t.owner.post(&t.at("/transfer"), json!({ "to": stranger.id })).await.fails(409, "transfer-to-non-member");
        t.owner.act(&t.at(&format!("/members/{}/suspend", t.member.id))).await.is(200);
        t.owner.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.fails(409, "transfer-to-non-member");
        t.owner.act(&t.at(&format!("/members/{}/reinstate", t.member.id))).await.is(200);
        t.server.pass(Span::minutes(16));
        t.owner.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.fails(403, "step-up");
        let again = t.server.sign_in(t.owner.user(), &t.owner.address).await;
        again.post(&t.at("/transfer"), json!({ "to": t.member.id })).await.is(200);
        assert_eq!(t.admin.roles_of(&t.org, &t.member.id).await, json!(["owner"]));
        assert_eq!(t.admin.roles_of(&t.org, &t.owner.id).await, json!(["admin"]));
        assert!(t.member.holds(&t.org, "billing.manage").await && !t.owner.holds(&t.org, "billing.manage").await);
    }
}
