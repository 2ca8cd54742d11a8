//! What asking leaves behind: when somebody was last active, and lines of the security log.

use crate::harness::{Server, Someone};
use guildhall_core::{Actor, OrganizationId, Permit, op, permit::Place, time::Span};
use guildhall_store::Event;
use guildhall_testkit::both_databases;
use serde_json::{Value, json};

async fn last_active(asks: &Someone, organization: &str, of: &Someone) -> Value {
    asks.get(&format!("/v1/organizations/{organization}/members/{}", of.id)).await.is(200)["member"]["last_active_at"].clone()
}

/// The organization's security log, the oldest line first, without the making of keys.
async fn log(server: &Server, organization: &str) -> Vec<Event> {
    let id: OrganizationId = organization.parse().unwrap();
    let permit = Permit::<op::AuditView>::system("a test", Place::Scope { tenant: id, scope: id.scope() });
    let page = server.store().list_events(&permit, None, None, 100).await.unwrap();
    let mut events: Vec<Event> = page.rows.into_iter().map(|row| row.event).filter(|event| event.kind != "key.created").collect();
    events.reverse();
    events
}

both_databases! {
    async fn whoever_reads_in_an_organization_was_last_active_then(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "north").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["viewer"]).await;
        let joined = last_active(&ann, &org, &ben).await;
        server.pass(Span::days(2));
        assert_eq!(last_active(&ann, &org, &ben).await, joined, "being looked at is no activity");
        ben.get(&format!("/v1/organizations/{org}")).await.is(200);
        let seen = last_active(&ann, &org, &ben).await;
        assert!(seen.as_str().unwrap() > joined.as_str().unwrap(), "{seen} after {joined}");
        server.pass(Span::minutes(30));
        ben.get(&format!("/v1/organizations/{org}/members")).await.is(200);
        assert_eq!(last_active(&ann, &org, &ben).await, seen, "noted once an hour");
        server.pass(Span::minutes(31));
        ben.get(&format!("/v1/organizations/{org}/members")).await.is(200);
        assert_ne!(last_active(&ann, &org, &ben).await, seen);
    }

    async fn refusals_and_limits_stand_in_the_security_log(database) {
        let server = Server::with(database, "standard", |config| config.limits.renames_day = 1).await;
        let (ann, eve) = (server.person("ann@x.example").await, server.person("eve@x.example").await);
        let org = server.found(&ann, "north").await;
        let ben = server.join(&ann, &org, "ben@x.example", &["viewer"]).await;
        let path = format!("/v1/organizations/{org}");
        ben.remove(&org, &ann.id).await.fails(403, "not-allowed");
        ann.post(&format!("{path}/leave"), json!({})).await.fails(409, "last-owner");
        ann.patch(&path, json!({ "slug": "north-1" })).await.is(200);
        ann.patch(&path, json!({ "slug": "north-2" })).await.fails(429, "limited");
        eve.remove(&org, &ann.id).await.fails(404, "not-found");
        let log = log(&server, &org).await;
        let lines: Vec<(&str, &Actor, &Value)> = log.iter().map(|event| (event.kind.as_str(), &event.actor, &event.detail)).collect();
        let (by_ann, by_ben) = (Actor::User { id: ann.user() }, Actor::User { id: ben.user() });
        assert_eq!(lines, [
            ("refused", &by_ben, &json!({ "code": "not-allowed", "operation": "member.remove" })),
            ("refused", &by_ann, &json!({ "code": "last-owner" })),
            ("limit.reached", &by_ann, &json!({ "limit": "renames_day" })),
        ]);
    }

    /// And two names of one mailbox are one.
    async fn a_limit_that_a_row_reaches_is_noted(database) {
        let server = Server::with(database, "pipes", |config| config.limits.mails_to_stranger_day = 1).await;
        let (ann, ben) = (server.person("ann@x.example").await, server.person("ben@y.example").await);
        ben.patch("/v1/user", json!({ "handle": "ben-y" })).await.is(200);
        let org = server.found(&ann, "north").await;
        let path = format!("/v1/organizations/{org}/invitations");
        ann.post(&path, json!({ "to": "@ben-y", "roles": ["member"] })).await.is(201);
        ann.post(&path, json!({ "to": "ben@y.example", "roles": ["member"] })).await.fails(429, "limited");
        let log = log(&server, &org).await;
        let lines: Vec<_> = log.iter().map(|event| (event.kind.as_str(), &event.detail)).collect();
        assert_eq!(lines, [("limit.reached", &json!({ "limit": "recipient" }))], "once");
    }

    /// "I don't know these people": operators see how often.
    async fn who_does_not_know_these_people_is_counted(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "north").await;
        let invitation = server.invite(&ann, &org, "cleo@y.example", &[]).await;
        for _ in 0..2 {
            server.nobody().post("/v1/invitations/unwanted", json!({ "token": server.unwanted_link(&invitation) })).await.is(200);
        }
        let log = log(&server, &org).await;
        let lines: Vec<_> = log.iter().map(|event| (event.kind.as_str(), &event.detail)).collect();
        assert_eq!(lines, [("invitation.unwanted", &json!({ "invitation": invitation }))]);
    }

    async fn who_is_refused_again_and_again_does_not_fill_the_log(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "north").await;
        for _ in 0..12 {
            ann.post(&format!("/v1/organizations/{org}/leave"), json!({})).await.fails(409, "last-owner");
        }
        assert_eq!(log(&server, &org).await.len(), 10, "ten a minute of one network");
        server.pass(Span::minutes(1));
        ann.post(&format!("/v1/organizations/{org}/leave"), json!({})).await.fails(409, "last-owner");
        assert_eq!(log(&server, &org).await.len(), 11);
    }

    async fn the_use_of_a_key_stands_in_the_security_log_once_a_day(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let org = server.found(&ann, "north").await;
        let key = server.key(Some(&org), &["*"]).await;
        for pause in [Span::minutes(0), Span::minutes(2), Span::hours(25), Span::minutes(2)] {
            server.pass(pause);
            key.get(&format!("/v1/organizations/{org}")).await.is(200);
        }
        let log = log(&server, &org).await;
        let line = ("key.used", json!({ "key": key.id }));
        assert_eq!(log.iter().map(|event| (event.kind.as_str(), event.detail.clone())).collect::<Vec<_>>(), [line.clone(), line]);
    }
}
