//! I: admins and users of an organization.

use crate::harness::{Server, Someone};
use guildhall_core::{mail::Template, time::Span};
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

struct Hub {
    server: Server,
    org: String,
    admin: Someone,
    user: Someone,
}

impl Hub {
    async fn new(database: &Database) -> Self {
        let server = Server::start(database, "aihub").await;
        let admin = server.person("ann@acme.example").await;
        let org = server.found(&admin, "acme").await;
        let user = server.join(&admin, &org, "ben@acme.example", &[]).await;
        Self { server, org, admin, user }
    }
    fn at(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.org)
    }
}

both_databases! {
    /// Admins manage the members; users can't.
    async fn i_3_i_4_i_47_admins_manage_members__de(database) {
        let hub = Hub::new(database).await;
        let new = hub.server.join(&hub.admin, &hub.org, "cleo@acme.example", &[]).await;
        hub.admin.set_roles(&hub.org, &new.id, &["admin"]).await.is(200);
        assert!(new.holds(&hub.org, "members.manage").await && !hub.user.holds(&hub.org, "members.manage").await);
        new.remove(&hub.org, &hub.user.id).await.is(200);
        assert_eq!(hub.admin.people(&hub.org).await.len(), 2);
        let hub_user = hub.server.join(&hub.admin, &hub.org, "dan@acme.example", &[]).await;
        hub_user.post(&hub.at("/invitations"), json!({ "to": "x@acme.example" })).await.fails(403, "not-allowed");
        hub_user.remove(&hub.org, &new.id).await.fails(403, "not-allowed");
        hub_user.set_roles(&hub.org, &new.id, &["user"]).await.fails(403, "not-allowed");
        assert_eq!(hub.admin.roles_of(&hub.org, &new.id).await, json!(["admin"]));
    }

    /// Several addresses at once, each with its result; sent with one request.
    async fn i_5_i_6_several_are_invited_at_once__de(database) {
        let hub = Hub::new(database).await;
        let rows: Vec<_> = ["c@acme.example", "not an address", "d@acme.example", "ben@acme.example"].iter().map(|to| json!({ "to": to })).collect();
        let path = hub.at("/invitations/batch");
        let sent = hub.admin.post(&path, json!({ "invitations": rows })).await.is(200);
        let outcomes: Vec<&str> = sent["results"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["invited", "rejected", "invited", "refused"]);
        assert_eq!(sent["results"][3]["code"], "already-member");
        let listed = hub.admin.get(&hub.at("/invitations")).await.is(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        hub.user.post(&path, json!({ "invitations": rows })).await.fails(403, "not-allowed");
    }

    /// The mail has a link; following it makes an account with the address proven. It makes one only, and signs nobody in.
    async fn i_7_the_mail_completes_the_sign_up__de(database) {
        let hub = Hub::new(database).await;
        hub.server.pass(Span::seconds(11));
        let before = hub.server.due().await.len();
        let id = hub.server.invite(&hub.admin, &hub.org, "cleo@new.example", &[]).await;
        hub.server.pass(Span::seconds(11));
        let mails = hub.server.due().await;
        assert_eq!(mails.len(), before + 1);
        let is_it = |template: &Template| matches!(template, Template::Invitation { invitation, .. } if invitation.to_string() == id);
        assert!(mails.iter().any(|mail| is_it(&mail.template)));
        let accept = |token: &str| json!({ "token": token, "name": "Cleo Kane" });
        let nobody = hub.server.nobody();
        nobody.post("/v1/invitations/accept", accept(&format!("{id}.forged"))).await.fails(404, "not-found");
        let joined = nobody.post("/v1/invitations/accept", accept(&hub.server.link(&id))).await.is(201);
        assert_eq!(joined["organization"], json!(hub.org));
        let cleo = hub.server.sign_in(joined["new_user"].as_str().unwrap().parse().unwrap(), "").await;
        let me = cleo.get("/v1/user").await.is(200);
        assert_eq!((&me["name"], &me["address"]), (&json!("Cleo Kane"), &json!("cleo@new.example")));
        assert_eq!(cleo.get("/v1/user/addresses").await["items"].as_array().unwrap().len(), 1);
        assert_eq!(hub.admin.people(&hub.org).await.iter().filter(|(who, _)| who == "cleo@new.example").count(), 1);
        nobody.post("/v1/invitations/accept", accept(&hub.server.link(&id))).await.fails(401, "not-signed-in");
        cleo.post("/v1/invitations/accept", accept(&hub.server.link(&id))).await.fails(409, "invitation-accepted");
    }

    /// Accepting joins at once.
    async fn i_8_accepting_joins__de(database) {
        let hub = Hub::new(database).await;
        let id = hub.server.invite(&hub.admin, &hub.org, "cleo@acme.example", &[]).await;
        let cleo = hub.server.accept_new(&id, "cleo@acme.example").await;
        cleo.get(&hub.at("")).await.is(200);
        assert_eq!(cleo.get("/v1/user/organizations").await["items"][0]["id"], json!(hub.org));
        let again = json!({ "token": hub.server.link(&id) });
        cleo.post("/v1/invitations/accept", again).await.fails(409, "invitation-accepted");
        hub.server.nobody().get(&hub.at("")).await.fails(401, "not-signed-in");
    }

    /// Everyone new gets User; nothing else can be chosen, other roles come later.
    async fn i_10_new_members_are_users__de(database) {
        let hub = Hub::new(database).await;
        assert_eq!(hub.admin.roles_of(&hub.org, &hub.user.id).await, json!(["user"]));
        let chosen = json!({ "to": "cleo@acme.example", "roles": ["admin"] });
        hub.admin.post(&hub.at("/invitations"), chosen).await.fails(409, "invitation-role-fixed");
        hub.admin.set_roles(&hub.org, &hub.user.id, &["admin"]).await.is(200);
        assert_eq!(hub.admin.roles_of(&hub.org, &hub.user.id).await, json!(["admin"]));
    }

    /// The status goes from invited to joined.
    async fn i_11_the_status_goes_from_invited_to_joined__de(database) {
        let hub = Hub::new(database).await;
        let id = hub.server.invite(&hub.admin, &hub.org, "cleo@acme.example", &[]).await;
        let status = |people: Vec<(String, String)>| people.into_iter().find(|(who, _)| who == "cleo@acme.example").unwrap().1;
        assert_eq!(status(hub.admin.people(&hub.org).await), "invited");
        assert!(!hub.user.people(&hub.org).await.iter().any(|(who, _)| who == "cleo@acme.example"), "invitations are for who may invite");
        hub.server.accept_new(&id, "cleo@acme.example").await;
        assert_eq!(status(hub.admin.people(&hub.org).await), "joined");
        assert_eq!(status(hub.user.people(&hub.org).await), "joined");
    }

    /// The bell sends a reminder: an hour apart, and five at most.
    async fn i_12_a_reminder_goes_out__de(database) {
        let hub = Hub::new(database).await;
        let id = hub.server.invite(&hub.admin, &hub.org, "cleo@acme.example", &[]).await;
        let remind = hub.at(&format!("/invitations/{id}/remind"));
        let soon = hub.admin.act(&remind).await.fails(409, "reminder-too-soon");
        assert!(soon.header("retry-after").is_some());
        hub.server.pass(Span::hours(1));
        hub.user.act(&remind).await.fails(403, "not-allowed");
        let before: Vec<String> = hub.server.due().await.into_iter().map(|mail| mail.key).collect();
        hub.admin.act(&remind).await.is(200);
        let due = hub.server.due().await;
        let new: Vec<_> = due.into_iter().filter(|mail| !before.contains(&mail.key)).map(|mail| mail.template).collect();
        assert!(
            matches!(new.as_slice(), [Template::Reminder { organization, invitation, .. }]
                if organization.to_string() == hub.org && invitation.to_string() == id),
            "{new:?}"
        );
        assert_eq!(hub.admin.get(&hub.at(&format!("/invitations/{id}"))).await["reminders"], 1);
        for _ in 0..4 {
            hub.server.pass(Span::hours(1));
            hub.admin.act(&remind).await.is(200);
        }
        hub.server.pass(Span::hours(1));
        hub.admin.act(&remind).await.fails(409, "reminders-used-up");
    }

    /// Admins give organization roles, admin included, and take them; a user can't.
    async fn i_13_i_14_i_31_admins_give_roles__de(database) {
        let hub = Hub::new(database).await;
        let titles: Vec<_> = hub.admin.get(&hub.at("/roles/offered")).await.is(200)["items"].as_array().unwrap().iter()
            .map(|role| role["role"].as_str().unwrap().to_owned()).collect();
        assert_eq!(titles, ["user", "admin"]);
        hub.admin.set_roles(&hub.org, &hub.user.id, &["admin"]).await.is(200);
        hub.user.set_roles(&hub.org, &hub.admin.id, &["user"]).await.is(200);
        assert!(hub.user.holds(&hub.org, "members.manage").await && !hub.admin.holds(&hub.org, "members.manage").await);
        hub.admin.set_roles(&hub.org, &hub.admin.id, &["admin"]).await.fails(403, "not-allowed");
        hub.user.set_roles(&hub.org, &hub.user.id, &["user"]).await.fails(409, "last-owner");
        hub.user.set_roles(&hub.org, &hub.admin.id, &["manager"]).await.fails(409, "role-unknown");
    }

    /// A member is removed from the organization's list, and is out.
    async fn i_16_a_member_is_removed__de(database) {
        let hub = Hub::new(database).await;
        hub.user.remove(&hub.org, &hub.admin.id).await.fails(403, "not-allowed");
        hub.admin.remove(&hub.org, &hub.user.id).await.is(200);
        hub.admin.remove(&hub.org, &hub.user.id).await.fails(404, "not-found");
        hub.user.get(&hub.at("")).await.fails(404, "not-found");
        assert_eq!(hub.admin.people(&hub.org).await.len(), 1);
    }

    /// Whoever creates the organization is its first admin; for an address that a program names, that person is.
    async fn i_39_the_creator_is_the_first_admin__de(database) {
        let hub = Hub::new(database).await;
        assert_eq!(hub.user.roles_of(&hub.org, &hub.admin.id).await, json!(["admin"]));
        let program = hub.server.key(None, &["*"]).await;
        let new = json!({ "name": "Initech", "slug": "initech", "owner": "gus@initech.example" });
        let id = program.post("/v1/organizations", new).await.is(201)["id"].as_str().unwrap().to_owned();
        let gus = hub.server.person("gus@initech.example").await;
        gus.get(&format!("/v1/organizations/{id}")).await.fails(404, "not-found");
        let waiting = gus.get("/v1/user/invitations").await.is(200)["items"][0]["invitation"].as_str().unwrap().to_owned();
        gus.act(&format!("/v1/user/invitations/{waiting}/accept")).await.is(200);
        assert!(gus.holds(&id, "members.manage").await);
        assert!(!hub.user.holds(&id, "members.manage").await);
    }
}
