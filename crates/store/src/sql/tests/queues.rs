//! The outbox, events, the log as it is listed, organizations and unwanted senders.

use super::stage::{Stage, system, user};
use crate::{ChangeQuery, Event, MailFate, MailFilter, sql::outbox::BACK_OFF};
use guildhall_core::{Change, Permit, TenantChange, invitation, mail::Template, op, time::Span};
use guildhall_testkit::both_databases;

both_databases! {
    async fn a_mail_is_due_after_its_moment_and_tried_again(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let id = stage.invite(&ann, org, "bob@example.org").await;
        let operate: Permit<op::Operate> = system();
        let list = async |filter| stage.store.list_mails(&operate, filter, None, None, 10).await.unwrap().rows;
        assert!(stage.store.due_mails(10).await.unwrap().is_empty(), "sending may still be undone");
        assert_eq!(stage.store.next_mail_at().await.unwrap(), Some(stage.store.now() + invitation::UNDO));
        stage.wait(invitation::UNDO);
        let mut mail = stage.store.due_mails(10).await.unwrap().remove(0);
        assert!(matches!(mail.order.template, Template::Invitation { invitation, .. } if invitation == id));
        for span in BACK_OFF {
            let fate = stage.store.mail_failed(&mail, "connection refused").await.unwrap();
            assert_eq!(fate, MailFate::RetryAt(stage.store.now() + span));
            assert!(stage.store.due_mails(10).await.unwrap().is_empty());
            stage.wait(span);
            mail = stage.store.due_mails(10).await.unwrap().remove(0);
        }
        assert_eq!(stage.store.mail_failed(&mail, &"ü".repeat(500)).await.unwrap(), MailFate::Dead);
        assert_eq!((list(MailFilter::Dead).await.len(), list(MailFilter::Waiting).await.len()), (1, 0));
        assert!(list(MailFilter::Dead).await[0].last_error.as_ref().unwrap().len() <= 300);
        assert!(stage.store.revive_mail(&operate, mail.id).await.unwrap());
        assert_eq!(stage.store.due_mails(10).await.unwrap().len(), 1);
        stage.store.mail_sent(mail.id).await.unwrap();
        assert!(stage.store.due_mails(10).await.unwrap().is_empty());
        assert_eq!(stage.store.next_mail_at().await.unwrap(), None);
        let all = list(MailFilter::All).await;
        assert!(all.len() == 1 && all[0].sent_at.is_some());
    }

    async fn events_are_listed_to_whom_they_concern(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let (org, other) = (stage.found(&ann, "north-wind").await, stage.found(&ann, "south-wind").await);
        for n in 0..5 {
            let event = Event {
                kind: "export.made".to_owned(),
                actor: ann.actor(),
                tenant: Some(if n < 4 { org } else { other }),
                user: Some(user(&ann)),
                network: Some("192.0.2.0/24".to_owned()),
                detail: serde_json::json!({ "n": n }),
            };
            stage.store.add_event(&event).await.unwrap();
        }
        let audit = stage.permit::<op::AuditView>(&ann, org).await;
        let first = stage.store.list_events(&audit, None, None, 3).await.unwrap();
        let second = stage.store.list_events(&audit, first.next.as_ref(), None, 3).await.unwrap();
        let ns: Vec<_> = first.rows.iter().chain(&second.rows).map(|row| row.event.detail["n"].as_i64().unwrap()).collect();
        assert_eq!(ns, [3, 2, 1, 0]);
        assert_eq!(second.next, None);
        let back = stage.store.list_events(&audit, None, second.previous.as_ref(), 3).await.unwrap();
        assert_eq!(back.rows, first.rows);
        assert_eq!(stage.store.list_own_events(&Permit::own(&ann).unwrap(), None, None, 10).await.unwrap().rows.len(), 5);
        stage.wait(Span::days(401));
        stage.store.prune().await.unwrap();
        assert!(stage.store.list_events(&audit, None, None, 3).await.unwrap().rows.is_empty());
    }

    async fn the_log_is_listed_newest_first_by_page(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let bob = stage.join(&ann, org, "Bob", "bob@example.org").await;
        for n in 0..5 {
            stage.invite(&ann, org, &format!("p{n}@example.org")).await;
        }
        let audit = stage.permit::<op::AuditView>(&ann, org).await;
        let (mut seen, mut query) = (Vec::new(), ChangeQuery { limit: 3, ..ChangeQuery::default() });
        loop {
            let page = stage.store.list_changes(&audit, &query).await.unwrap();
            seen.extend(page.rows);
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        let places: Vec<_> = seen.iter().map(|row| (row.revision, row.seq)).collect();
        assert!(places.is_sorted_by(|a, b| a > b) && places.len() == 10, "{places:?}");
        assert!(matches!(seen.last().unwrap().change, Change::Tenant(TenantChange::OrganizationFounded { .. })));
        assert_eq!(seen[0].actor.user(), Some(user(&ann)));
        let view = stage.permit::<op::MemberView>(&ann, org).await;
        let his = stage.store.changes_of_member(&view, user(&bob), 5).await.unwrap();
        let kinds: Vec<_> = his.iter().map(|row| row.change.kind()).collect();
        assert_eq!(kinds, ["membership.started", "invitation.accepted"]);
        assert!(stage.store.list_own_changes(&Permit::own(&bob).unwrap(), &ChangeQuery { limit: 9, ..ChangeQuery::default() }).await.unwrap().rows.len() > 1);
    }

    async fn what_waits_for_somebody_is_listed_for_them_only(database) {
        let stage = Stage::open(database.url()).await;
        let (ann, bob) = (stage.person("Ann", "ann@example.org").await, stage.person("Bob", "bob@example.org").await);
        let (north, south) = (stage.found(&ann, "north-wind").await, stage.found(&ann, "south-wind").await);
        stage.handle(&bob, "bobby").await;
        let mailed = stage.invite(&ann, north, "BOB@example.org").await;
        let by_handle = stage.invite_all(&ann, south, &[guildhall_core::change::Invitee::User(user(&bob))]).await[0];
        stage.invite(&ann, north, "cat@example.org").await;
        let own = Permit::own(&bob).unwrap();
        let waiting = stage.store.invitations_for(&own).await.unwrap();
        assert_eq!(waiting.iter().map(|it| it.id).collect::<Vec<_>>(), [mailed, by_handle]);
        assert_eq!((waiting[0].organization_name.as_str(), waiting[0].invited_by_name.as_deref()), ("north-wind", Some("Ann")));
        assert!(stage.store.invitations_for(&Permit::own(&ann).unwrap()).await.unwrap().is_empty());
        let (tenant, row) = stage.store.find_invitation(mailed).await.unwrap().unwrap();
        assert_eq!((tenant, row.address.as_deref(), row.grants.len()), (north, Some("bob@example.org"), 1));
        assert_eq!((row.organization_name.as_str(), row.invited_by_name.as_deref()), ("north-wind", Some("Ann")));
        // "I don't know these people."
        let address = stage.address("bob@example.org").await;
        stage.store.block_sender(address, north).await.unwrap();
        assert!(stage.store.is_blocked(address, north).await.unwrap() && !stage.store.is_blocked(address, south).await.unwrap());
        assert_eq!(stage.store.invitations_for(&own).await.unwrap().len(), 1);
        stage.accept(&bob, south, by_handle).await;
        let mine = stage.store.organizations_of(&own).await.unwrap();
        assert_eq!((mine.len(), mine[0].slug.as_str(), &mine[0].roles[..]), (1, "south-wind", &[stage.role()][..]));
        assert!(stage.store.invitations_for(&own).await.unwrap().is_empty());
        stage.wait(Span::days(8));
        assert!(stage.store.invitations_for(&own).await.unwrap().is_empty());
    }

    async fn organizations_are_found_by_slug_and_listed_for_operators(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let mut all = Vec::new();
        for slug in ["aa", "bb", "cc", "dd", "ee"] {
            all.insert(0, stage.found(&ann, slug).await);
        }
        assert_eq!(stage.store.find_organization_by_slug("cc").await.unwrap().unwrap().id, all[2]);
        assert_eq!(stage.store.find_organization_by_slug("zz").await.unwrap(), None);
        assert_eq!(stage.store.find_organization(all[0]).await.unwrap().unwrap().name, "ee");
        let operate: Permit<op::Operate> = system();
        let first = stage.store.list_organizations(&operate, None, None, 2).await.unwrap();
        let second = stage.store.list_organizations(&operate, first.next.as_ref(), None, 2).await.unwrap();
        let ids: Vec<_> = first.rows.iter().chain(&second.rows).map(|row| row.id).collect();
        assert_eq!(ids, all[..4]);
        assert_eq!(stage.store.list_organizations(&operate, None, second.previous.as_ref(), 2).await.unwrap().rows, first.rows);
    }
}
