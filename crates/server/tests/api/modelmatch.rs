//! M: who sees the members, invites, and cancels invitations.

use crate::harness::{Server, Someone};
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

struct Match {
    server: Server,
    org: String,
    owner: Someone,
    admin: Someone,
    member: Someone,
    viewer: Someone,
}

impl Match {
    async fn new(database: &Database) -> Self {
        let server = Server::start(database, "modelmatch").await;
        let owner = server.person("ann@match.example").await;
        let org = server.found(&owner, "match").await;
        let admin = server.join(&owner, &org, "ben@match.example", &["admin"]).await;
        let member = server.join(&owner, &org, "cleo@match.example", &["member"]).await;
        let viewer = server.join(&owner, &org, "dan@match.example", &["viewer"]).await;
        Self { server, org, owner, admin, member, viewer }
    }
    fn at(&self, rest: &str) -> String {
        format!("/v1/organizations/{}{rest}", self.org)
    }
}

both_databases! {
    /// Everyone of the organization sees its members; nobody else does.
    async fn m_7_everyone_views_members__de(database) {
        let m = Match::new(database).await;
        for person in [&m.owner, &m.admin, &m.member, &m.viewer] {
            assert_eq!(person.people(&m.org).await.len(), 4);
            assert!(person.holds(&m.org, "members.view").await);
        }
        let stranger = m.server.person("eve@elsewhere.example").await;
        stranger.get(&m.at("/members")).await.fails(404, "not-found");
        assert!(!stranger.holds(&m.org, "members.view").await);
    }

    /// Member and above invite, with roles up to their own; only the owner makes admins.
    async fn m_14_member_and_above_invite__de(database) {
        let m = Match::new(database).await;
        let path = m.at("/invitations");
        m.viewer.post(&path, json!({ "to": "x@match.example" })).await.fails(403, "not-allowed");
        m.member.post(&path, json!({ "to": "x@match.example", "roles": ["admin"] })).await.fails(409, "role-not-yours");
        m.admin.post(&path, json!({ "to": "x@match.example", "roles": ["admin"] })).await.fails(409, "role-not-yours");
        let id = m.server.invite(&m.member, &m.org, "emil@match.example", &["member"]).await;
        let emil = m.server.accept_new(&id, "emil@match.example").await;
        assert!(emil.holds(&m.org, "members.invite").await);
        let id = m.server.invite(&m.owner, &m.org, "fay@match.example", &["admin"]).await;
        let fay = m.server.accept_new(&id, "fay@match.example").await;
        assert!(fay.holds(&m.org, "data.export").await);
    }

    /// Cancelling is apart from inviting: a member invites and can't cancel, not even their own; an admin can.
    async fn m_15_admins_and_above_cancel__de(database) {
        let m = Match::new(database).await;
        let id = m.server.invite(&m.member, &m.org, "emil@match.example", &["viewer"]).await;
        m.server.pass(guildhall_core::time::Span::minutes(1));
        let path = m.at(&format!("/invitations/{id}"));
        m.member.delete(&path).await.fails(403, "not-allowed");
        m.viewer.delete(&path).await.fails(403, "not-allowed");
        m.admin.delete(&path).await.is(200);
        assert_eq!(m.member.get(&path).await.is(200)["status"], "revoked");
        let late = json!({ "token": m.server.link(&id), "name": "Emil" });
        m.server.nobody().post("/v1/invitations/accept", late).await.fails(409, "invitation-revoked");
        // Before they are accepted: afterwards there is nothing left to cancel.
        let id = m.server.invite(&m.member, &m.org, "fay@match.example", &["viewer"]).await;
        let fay = m.server.accept_new(&id, "fay@match.example").await;
        m.admin.delete(&m.at(&format!("/invitations/{id}"))).await.fails(409, "invitation-accepted");
        assert!(fay.holds(&m.org, "members.view").await);
    }

    /// Who just invited takes it back in the seconds before the mail leaves, without the right to cancel.
    async fn one_s_own_invitation_is_taken_back_before_its_mail_leaves(database) {
        let m = Match::new(database).await;
        let id = m.server.invite(&m.member, &m.org, "emil@match.example", &["viewer"]).await;
        let path = m.at(&format!("/invitations/{id}/undo"));
        m.admin.act(&path).await.fails(404, "not-found");
        m.member.act(&path).await.is(200);
        let id = m.server.invite(&m.member, &m.org, "emil@match.example", &["viewer"]).await;
        m.server.pass(guildhall_core::time::Span::seconds(11));
        m.member.act(&m.at(&format!("/invitations/{id}/undo"))).await.fails(404, "not-found");
    }
}
