//! A: teams, owners, roles of modules.

use crate::{
    harness::{Server, Someone},
    workjet::permissions,
};
use guildhall_core::{mail::Template, time::Span};
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

struct Circle {
    server: Server,
    org: String,
    owner: Someone,
    member: Someone,
}

impl Circle {
    async fn new(database: &Database) -> Self {
        let server = Server::start(database, "appcircle").await;
        let owner = server.person("ann@mobile.example").await;
        let org = server.found(&owner, "mobile").await;
        let member = server.join(&owner, &org, "ben@mobile.example", &[]).await;
        Self { server, org, owner, member }
    }
    fn at(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.org)
    }
    /// The personal organizations of somebody.
    async fn personal_of(&self, who: &Someone) -> Vec<String> {
        let all = who.get("/v1/user/organizations").await.is(200);
        let personal = all["items"].as_array().unwrap().iter().filter(|it| it["personal"] == true);
        personal.map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    }
}

both_databases! {
    /// Who creates a team is its owner, and administers it.
    async fn a_1_a_2_the_creator_is_owner__de(database) {
        let circle = Circle::new(database).await;
        assert_eq!(circle.owner.roles_of(&circle.org, &circle.owner.id).await, json!(["owner"]));
        for permission in permissions(&circle.owner).await {
            assert!(circle.owner.holds(&circle.org, &permission).await, "{permission}");
        }
        circle.owner.patch(&circle.at(""), json!({ "name": "Mobile Inc" })).await.is(200);
        assert_eq!(circle.member.get(&circle.at("")).await["name"], "Mobile Inc");
        let new = circle.server.join(&circle.owner, &circle.org, "cleo@mobile.example", &[]).await;
        circle.owner.remove(&circle.org, &new.id).await.is(200);
        new.get(&circle.at("")).await.fails(404, "not-found");
        circle.member.patch(&circle.at(""), json!({ "name": "Mine" })).await.fails(403, "not-allowed");
        circle.member.remove(&circle.org, &circle.owner.id).await.fails(403, "not-allowed");
    }

    /// At least one owner remains, whoever asks and however.
    async fn a_4_an_owner_remains__de(database) {
        let circle = Circle::new(database).await;
        // Owning another keeps A-5 out of the way.
        circle.server.found(&circle.owner, "another").await;
        circle.owner.set_roles(&circle.org, &circle.owner.id, &["build.manager"]).await.fails(409, "last-owner");
        circle.owner.act(&circle.at("/leave")).await.fails(409, "last-owner");
        circle.owner.set_roles(&circle.org, &circle.member.id, &["owner"]).await.is(200);
        circle.owner.act(&circle.at("/leave")).await.is(200);
        assert_eq!(circle.member.people(&circle.org).await.len(), 1);
        circle.member.act(&circle.at("/leave")).await.fails(409, "last-owner");
        // Nor does somebody else end it: not who manages everybody else, and no program.
        let manager = circle.server.join(&circle.member, &circle.org, "cleo@mobile.example", &["organization_management.manager"]).await;
        let program = circle.server.key(Some(&circle.org), &["*"]).await;
        for other in [&manager, &program] {
            let last = &circle.member.id;
            other.remove(&circle.org, last).await.fails(409, "role-not-takable");
            other.set_roles(&circle.org, last, &["build.viewer"]).await.fails(409, "role-not-takable");
            other.act(&circle.at(&format!("/members/{last}/suspend"))).await.fails(409, "role-not-takable");
        }
        // Who is suspended is no owner who remains.
        circle.member.set_roles(&circle.org, &manager.id, &["owner"]).await.is(200);
        circle.member.act(&circle.at(&format!("/members/{}/suspend", manager.id))).await.is(200);
        circle.member.act(&circle.at("/leave")).await.fails(409, "last-owner");
        circle.member.act(&circle.at(&format!("/members/{}/reinstate", manager.id))).await.is(200);
        circle.member.act(&circle.at("/leave")).await.is(200);
        assert_eq!(manager.people(&circle.org).await.len(), 1);
    }

    /// Everyone owns one: the last can't be left, given up or deleted by oneself; who is demoted by another gets a personal one.
    async fn a_5_everyone_owns_an_organization__de(database) {
        let circle = Circle::new(database).await;
        let [own]: [String; 1] = circle.personal_of(&circle.member).await.try_into().unwrap();
        assert_eq!(circle.member.roles_of(&own, &circle.member.id).await, json!(["owner"]));
        // Another owner, who deletes their personal one and then owns this one only.
        circle.owner.set_roles(&circle.org, &circle.member.id, &["owner"]).await.is(200);
        circle.member.delete(&format!("/v1/organizations/{own}")).await.is(200);
        circle.member.set_roles(&circle.org, &circle.member.id, &["build.viewer"]).await.fails(409, "last-owned-organization");
        circle.member.act(&circle.at("/leave")).await.fails(409, "last-owned-organization");
        circle.member.delete(&circle.at("")).await.fails(409, "last-owned-organization");
        circle.owner.set_roles(&circle.org, &circle.member.id, &["build.viewer"]).await.is(200);
        let [new]: [String; 1] = circle.personal_of(&circle.member).await.try_into().unwrap();
        assert_eq!(circle.member.roles_of(&new, &circle.member.id).await, json!(["owner"]));
    }

    /// Whoever loses their last one by another's hand gets a personal one: when they are removed, and when it is deleted.
    async fn a_5_who_loses_the_last_one_gets_a_personal_one__de(database) {
        let circle = Circle::new(database).await;
        let co_owner = async |address: &str| {
            let co_owner = circle.server.join(&circle.owner, &circle.org, address, &["owner"]).await;
            let [own]: [String; 1] = circle.personal_of(&co_owner).await.try_into().unwrap();
            co_owner.delete(&format!("/v1/organizations/{own}")).await.is(200);
            assert!(circle.personal_of(&co_owner).await.is_empty());
            co_owner
        };
        let (removed, last) = (co_owner("cleo@mobile.example").await, co_owner("dan@mobile.example").await);
        circle.owner.remove(&circle.org, &removed.id).await.is(200);
        removed.get(&circle.at("")).await.fails(404, "not-found");
        circle.owner.delete(&circle.at("")).await.is(200);
        for person in [&removed, &last] {
            let [own]: [String; 1] = circle.personal_of(person).await.try_into().unwrap();
            assert_eq!(person.roles_of(&own, &person.id).await, json!(["owner"]));
        }
        // Who owned another already gets none.
        assert_eq!(circle.personal_of(&circle.owner).await.len(), 1);
    }

    /// An owner types an address; the person waits as pending; the invitation can be sent again and revoked.
    async fn a_6_a_7_a_8_a_9_inviting_resending_revoking__de(database) {
        let circle = Circle::new(database).await;
        circle.member.post(&circle.at("/invitations"), json!({ "to": "cleo@mobile.example" })).await.fails(403, "not-allowed");
        let id = circle.server.invite(&circle.owner, &circle.org, "cleo@mobile.example", &[]).await;
        let status = |people: Vec<(String, String)>| people.into_iter().find(|(who, _)| who == "cleo@mobile.example").map(|(_, status)| status);
        assert_eq!(status(circle.owner.people(&circle.org).await).as_deref(), Some("invited"));
        let one = circle.at(&format!("/invitations/{id}"));
        circle.owner.act(&format!("{one}/remind")).await.fails(409, "reminder-too-soon");
        circle.server.pass(Span::hours(1));
        circle.member.act(&format!("{one}/remind")).await.fails(403, "not-allowed");
        circle.owner.act(&format!("{one}/remind")).await.is(200);
        let reminded = |template: &Template| matches!(template, Template::Reminder { invitation, .. } if invitation.to_string() == id);
        assert!(circle.server.due().await.iter().any(|mail| reminded(&mail.template)));
        circle.member.delete(&one).await.fails(403, "not-allowed");
        circle.owner.delete(&one).await.is(200);
        assert_eq!(status(circle.owner.people(&circle.org).await), None);
        let late = json!({ "token": circle.server.link(&id), "name": "Cleo" });
        circle.server.nobody().post("/v1/invitations/accept", late).await.fails(409, "invitation-revoked");
        circle.owner.delete(&one).await.fails(409, "invitation-revoked");
        // Another one is accepted, and the row waits no longer.
        let id = circle.server.invite(&circle.owner, &circle.org, "dan@mobile.example", &[]).await;
        let dan = |people: Vec<(String, String)>| people.into_iter().find(|(who, _)| who == "dan@mobile.example").unwrap().1;
        assert_eq!(dan(circle.owner.people(&circle.org).await), "invited");
        circle.server.accept_new(&id, "dan@mobile.example").await;
        assert_eq!(dan(circle.owner.people(&circle.org).await), "joined");
    }

    /// Whoever accepts is a member with read-only access in every module.
    async fn a_10_new_members_read_only__de(database) {
        let circle = Circle::new(database).await;
        let held = |permission: &str| {
            matches!(permission.rsplit_once('.'), Some((module, "view")) if module != "billing") || ["usage.own", "keys.own"].contains(&permission)
        };
        let all = permissions(&circle.owner).await;
        // One in each of the twelve modules that have a Viewer, and the people.
        assert_eq!(all.iter().filter(|it| held(it) && it.contains(".view")).count(), 13);
        assert!(all.iter().any(|it| it.ends_with(".operate")) && all.iter().any(|it| it.ends_with(".deliver")));
        for permission in all {
            assert_eq!(circle.member.holds(&circle.org, &permission).await, held(&permission), "{permission}");
        }
        let chosen = json!({ "to": "cleo@mobile.example", "roles": ["owner"] });
        circle.owner.post(&circle.at("/invitations"), chosen).await.fails(409, "invitation-role-fixed");
    }

    /// Roles of several modules are given together and united (L-22); anyone's, one's own included; Owner by owners only.
    async fn a_11_l_22_roles_of_modules_are_managed__de(database) {
        let circle = Circle::new(database).await;
        let org = &circle.org;
        circle.owner.set_roles(org, &circle.member.id, &["organization_management.manager", "build.viewer", "build.operator"]).await.is(200);
        for held in ["build.view", "build.operate", "organization_management.manage"] {
            assert!(circle.member.holds(org, held).await, "{held}");
        }
        assert!(!circle.member.holds(org, "build.manage").await && !circle.member.holds(org, "codepush.view").await);
        let new = circle.server.join(&circle.member, org, "cleo@mobile.example", &[]).await;
        circle.member.set_roles(org, &new.id, &["billing.manager"]).await.is(200);
        assert!(new.holds(org, "billing.manage").await && !new.holds(org, "build.view").await);
        circle.member.set_roles(org, &new.id, &["owner"]).await.fails(409, "role-not-yours");
        circle.member.set_roles(org, &circle.owner.id, &["build.viewer"]).await.fails(409, "role-not-takable");
        circle.owner.set_roles(org, &new.id, &["owner", "build.viewer"]).await.fails(409, "roles-dont-mix");
        let own = ["organization_management.manager", "billing.manager"];
        circle.member.set_roles(org, &circle.member.id, &own).await.is(200);
        assert!(circle.member.holds(org, "billing.manage").await && !circle.member.holds(org, "build.view").await);
        new.set_roles(org, &new.id, &["build.manager"]).await.fails(403, "not-allowed");
        circle.owner.set_roles(org, &new.id, &[]).await.is(200);
        assert_eq!(circle.owner.roles_of(org, &new.id).await, json!([]));
        assert!(new.holds(org, "people.view").await && !new.holds(org, "billing.manage").await);
    }

    /// A member is deleted from the organization, and nothing else of theirs.
    async fn a_12_a_member_is_deleted__de(database) {
        let circle = Circle::new(database).await;
        let denied = circle.member.remove(&circle.org, &circle.owner.id).await.fails(403, "not-allowed");
        assert_eq!(denied["who_could"], json!(["Owner", "Organization Management: Manager"]));
        circle.owner.remove(&circle.org, &circle.member.id).await.is(200);
        circle.member.get(&circle.at("")).await.fails(404, "not-found");
        circle.member.get("/v1/user").await.is(200);
        assert_eq!(circle.member.get("/v1/user/organizations").await["items"].as_array().unwrap().len(), 1, "their personal one");
    }

    /// The search finds members and invited people by their address.
    async fn a_20_the_search_finds_by_address__de(database) {
        let circle = Circle::new(database).await;
        circle.server.invite(&circle.owner, &circle.org, "zora@mobile.example", &[]).await;
        let found = |reply: crate::harness::Reply| -> Vec<String> {
            reply.is(200)["items"].as_array().unwrap().iter().map(|row| row["address"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(found(circle.owner.get(&circle.at("/members?search=ben")).await), ["ben@mobile.example"]);
        assert_eq!(found(circle.owner.get(&circle.at("/members?search=zora%40mob")).await), ["zora@mobile.example"]);
        assert_eq!(found(circle.owner.get(&circle.at("/members?search=mobile")).await).len(), 3);
        assert!(found(circle.owner.get(&circle.at("/members?search=nobody")).await).is_empty());
        circle.server.nobody().get(&circle.at("/members?search=ben")).await.fails(401, "not-signed-in");
        let stranger = circle.server.person("eve@elsewhere.example").await;
        stranger.get(&circle.at("/members?search=ben")).await.fails(404, "not-found");
    }
}
