//! Invitations that wait, and what somebody must see to: a mail that didn't leave, a right that was lost.

use crate::{
    harness::Someone,
    stage::{PEOPLE, Team, row},
};
use guildhall_core::{mail::Template, time::Span};
use guildhall_store::QueuedMail;
use guildhall_testkit::both_databases;
use serde_json::{Value, json};

const DORA: &str = "dora@x.example";

impl Team {
    async fn row(&mut self) -> String {
        row(&self.ann.get(PEOPLE).await, DORA)
    }
    /// The same invitation, by itself and in the lists.
    async fn state(&self, invitation: &str, of: &str) -> Value {
        let base = format!("/v1/organizations/{}", self.org);
        let alone = self.owner.get(&format!("{base}/invitations/{invitation}")).await.is(200)[of].clone();
        for list in ["invitations", "members?status=invited"] {
            let listed = self.owner.get(&format!("{base}/{list}")).await.is(200);
            let items = listed["items"].as_array().unwrap();
            assert_eq!(items.iter().find(|item| item["invitation"] == invitation).unwrap()[of], alone, "{list}");
        }
        alone
    }
    /// The invitation's mails that are due.
    async fn due(&self) -> Vec<QueuedMail> {
        let due = self.server.store().due_mails(100).await.unwrap();
        due.into_iter().filter(|mail| matches!(mail.order.template, Template::Invitation { .. } | Template::Reminder { .. })).collect()
    }
    async fn remind(&self, invitation: &str) {
        self.server.pass(Span::minutes(61));
        self.owner.post(&format!("/v1/organizations/{}/invitations/{invitation}/remind", self.org), json!({})).await.is(200);
    }
    async fn accepts(&self, invitation: &str) -> u16 {
        self.server.nobody().post("/v1/invitations/accept", json!({ "token": self.server.link(invitation) })).await.status
    }
    async fn invites(&self, who: &Someone) -> String {
        self.server.invite(who, &self.org, DORA, &["member"]).await
    }
}

both_databases! {
    async fn a_mail_that_was_given_up_is_shown_with_why_and_sent_again(database) {
        let mut team = Team::new(database, "workjet").await;
        let invitation = team.invites(&team.owner).await;
        assert_eq!(team.state(&invitation, "delivery").await, "queued");
        team.server.pass(Span::seconds(11));
        let [mail] = team.due().await.try_into().unwrap();
        team.server.store().mail_refused(mail.id, "permanent error (550): 5.1.1 no such mailbox").await.unwrap();
        let shown = team.row().await;
        assert!(shown.contains("Not delivered") && shown.contains("The mail server refused it: 550 5.1.1 no such mailbox."), "{shown}");
        assert!(!shown.contains(">Invited<"), "{shown}");
        assert_eq!(team.state(&invitation, "delivery").await, "failed");
        team.remind(&invitation).await;
        assert_eq!(team.state(&invitation, "delivery").await, "queued");
        assert!(!team.row().await.contains("Not delivered"));
        let [again] = team.due().await.try_into().unwrap();
        team.server.store().mail_sent(again.id).await.unwrap();
        assert_eq!(team.state(&invitation, "delivery").await, "sent");
    }

    /// How the mail server is reached is told to nobody who only invites.
    async fn why_a_mail_did_not_leave_names_nothing_of_the_deployment(database) {
        let mut team = Team::new(database, "workjet").await;
        team.invites(&team.owner).await;
        team.server.pass(Span::seconds(11));
        let [mail] = team.due().await.try_into().unwrap();
        team.server.store().mail_refused(mail.id, "Connection error: tcp connect to 10.0.0.5:25").await.unwrap();
        let shown = team.row().await;
        assert!(shown.contains("Not delivered") && !shown.contains("10.0.0.5"), "{shown}");
    }

    async fn who_was_invited_again_after_reminders_is_reminded_again(database) {
        let team = Team::new(database, "workjet").await;
        let invitation = team.invites(&team.owner).await;
        team.remind(&invitation).await;
        assert_eq!(team.invites(&team.owner).await, invitation);
        team.remind(&invitation).await;
        assert_eq!(team.due().await.len(), 4, "each has its mail");
    }

    async fn l_14_who_invited_and_may_no_longer_is_shown_to_who_can_renew(database) {
        let mut team = Team::new(database, "workjet").await;
        let (ben, _) = team.joined("ben@northwind.example", &["admin"]).await;
        let invitation = team.invites(&ben).await;
        assert_eq!(team.state(&invitation, "needs_renewal").await, false);
        team.owner.set_roles(&team.org, &ben.id, &["member"]).await.is(200);
        let shown = team.row().await;
        assert!(shown.contains("Needs renewal") && shown.contains("renews it."), "{shown}");
        assert_eq!(team.state(&invitation, "needs_renewal").await, true);
        assert_eq!(team.accepts(&invitation).await, 409, "as the page says");
        assert_eq!(team.invites(&team.owner).await, invitation);
        assert_eq!(team.state(&invitation, "needs_renewal").await, false);
        assert!(!team.row().await.contains("Needs renewal"));
        assert_eq!(team.accepts(&invitation).await, 201);
    }

    async fn l_14_a_program_whose_key_was_revoked_needs_somebody_to_renew(database) {
        let mut team = Team::new(database, "workjet").await;
        let key = team.server.key(Some(&team.org), &["invitation.create"]).await;
        let invitation = team.invites(&key).await;
        assert!(!team.row().await.contains("Needs renewal"));
        guildhall_server::keys::revoke(&team.server.app, "a test", key.id.parse().unwrap()).await.unwrap();
        assert!(team.row().await.contains("Needs renewal"));
        assert_eq!(team.state(&invitation, "needs_renewal").await, true);
        assert_eq!(team.accepts(&invitation).await, 409);
    }
}
