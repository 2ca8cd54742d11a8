//! The directory says what the state says, whatever happened; it follows the person, and goes with them.

use super::stage::{Stage, session, user};
use crate::{
    MemberQuery,
    db::{Row, Value, statements},
};
use guildhall_core::{Permit, Principal, TenantId, account, change::Invitee, invitation, member, op, time::Span};
use guildhall_testkit::both_databases;
use std::collections::BTreeMap;

statements! {
    MEMBERS(membership) = "SELECT m.tenant, m.scope, m.user_id AS id, m.standing AS text, m.revision AS n FROM membership m";
    INVITED(invitation) = "SELECT i.tenant, g.scope, i.id, i.status AS text, i.revision AS n FROM invitation i
        JOIN invitation_grant g ON g.tenant = i.tenant AND g.invitation = i.id WHERE i.status = 'pending' OR i.status = 'declined'";
    ROWS(directory) = "SELECT tenant, scope, id, status AS n, roles AS text, revision FROM directory";
    ROLES(membership_role) = "SELECT tenant, scope, user_id AS id, role AS text, 0 AS n FROM membership_role";
    GRANTED(invitation_grant) = "SELECT g.tenant, g.scope, g.invitation AS id, g.role AS text, 0 AS n FROM invitation_grant g
        JOIN invitation i ON i.tenant = g.tenant AND i.id = g.invitation WHERE i.status = 'pending' OR i.status = 'declined'";
    COPIED_ROLES(directory_role) = "SELECT tenant, scope, id, role AS text, 0 AS n FROM directory_role";
    COUNTS(directory_count) = "SELECT tenant, scope, tenant AS id, '' AS text, status * 1000000 + n AS n FROM directory_count WHERE n <> 0";
    REAL_COUNTS(directory) = "SELECT tenant, scope, tenant AS id, '' AS text, status * 1000000 + COUNT(*) AS n FROM directory
        GROUP BY tenant, scope, status";
    ORPHANS(directory_term) = "SELECT tenant, scope, id, word AS text, 0 AS n FROM directory_term t WHERE NOT EXISTS
        (SELECT 1 FROM directory d WHERE d.tenant = t.tenant AND d.scope = t.scope AND d.id = t.id)";
    TERMS(directory_term) = "SELECT tenant, scope, id, word AS text, 0 AS n FROM directory_term WHERE id = $1";
    COPY_ROW(directory) = "INSERT INTO directory SELECT $1, $1, id, kind, subject, name_key, name, handle, address, roles, role_rank, status,
        status_key, last_active_at, joined_at, invited_by, expires_at, sent_at, reminders, listed_until, revision FROM directory WHERE tenant = $2
        AND id = $3";
    COUNT_NAMED(directory) = "SELECT COUNT(*) AS n FROM directory WHERE subject = $1 AND name = $2";
    TEXTS(address) = "SELECT key FROM address WHERE key IS NOT NULL UNION ALL SELECT name FROM person WHERE name IS NOT NULL
        UNION ALL SELECT handle FROM person WHERE handle IS NOT NULL UNION ALL SELECT subject FROM identity WHERE subject IS NOT NULL
        UNION ALL SELECT address FROM directory WHERE address IS NOT NULL UNION ALL SELECT name FROM directory WHERE name IS NOT NULL
        UNION ALL SELECT word FROM directory_term UNION ALL SELECT user_agent FROM session WHERE user_agent IS NOT NULL
        UNION ALL SELECT network FROM event WHERE network IS NOT NULL";
}

type Key = (u128, u128, u128);

fn key(row: &Row) -> Key {
    (row.uuid("tenant").unwrap().as_u128(), row.uuid("scope").unwrap().as_u128(), row.uuid("id").unwrap().as_u128())
}

async fn all(stage: &Stage, statement: &'static crate::db::Statement) -> Vec<(Key, String, i64)> {
    let rows = stage.store.db().query(statement, &[]).await.unwrap();
    let mut rows: Vec<_> = rows.iter().map(|row| (key(row), row.text("text").unwrap(), row.int("n").unwrap())).collect();
    rows.sort();
    rows
}

/// Compares every copy with what it is a copy of.
async fn check(stage: &Stage) {
    let mut expected: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    let status = |text: &str| match text {
        "active" => 0,
        "suspended" => 1,
        "pending" => 2,
        _ => 3,
    };
    for (key, text, revision) in all(stage, &MEMBERS).await.into_iter().chain(all(stage, &INVITED).await) {
        expected.insert(key, (status(&text), revision));
    }
    let found = stage.store.db().query(&ROWS, &[]).await.unwrap();
    let found: BTreeMap<Key, (i64, i64)> =
        found.iter().map(|row| (key(row), (row.int("n").unwrap(), row.int("revision").unwrap()))).collect();
    assert_eq!(found, expected);
    let mut roles = all(stage, &ROLES).await;
    roles.extend(all(stage, &GRANTED).await);
    roles.sort();
    assert_eq!(all(stage, &COPIED_ROLES).await, roles);
    assert_eq!(all(stage, &COUNTS).await, all(stage, &REAL_COUNTS).await);
    assert!(all(stage, &ORPHANS).await.is_empty());
    assert_eq!(stage.store.verify().await.unwrap().problems, []);
}

async fn remove(stage: &Stage, by: &Principal, org: TenantId, whom: &Principal, sent: member::SentInvitations) {
    let whom = user(whom);
    stage.run(|world| member::remove(world, world.sight(org)?.permit(by, org.scope())?, whom, sent, None)).await.unwrap();
}

both_databases! {
    async fn the_directory_says_what_the_state_says(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let scope = org.scope();
        check(&stage).await;
        let bob = stage.join(&ann, org, "Bob", "bob@example.org").await;
        let cat = stage.join(&ann, org, "Cat", "cat@example.org").await;
        check(&stage).await;
        let top = vec![stage.store.model().organization.top_role.clone()];
        for whom in [&bob, &cat] {
            stage.run(|world| member::change_roles(world, world.sight(org)?.permit(&ann, scope)?, user(whom), &top, None)).await.unwrap();
        }
        check(&stage).await;
        stage.run(|world| member::suspend(world, world.sight(org)?.permit(&ann, scope)?, user(&bob))).await.unwrap();
        check(&stage).await;
        stage.run(|world| member::reinstate(world, world.sight(org)?.permit(&ann, scope)?, user(&bob))).await.unwrap();
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(stage.invite(&bob, org, &format!("p{n}@example.org")).await);
        }
        check(&stage).await;
        // Twice in one request, and again while pending.
        let twice = stage.address("twice@example.org").await;
        let same = stage.invite_all(&ann, org, &[Invitee::Address(twice), Invitee::Address(twice)]).await;
        assert_eq!(same[0], same[1]);
        check(&stage).await;
        stage.wait(Span::hours(2));
        stage.run(|world| invitation::remind(world, world.sight(org)?.permit(&ann, scope)?, ids[0])).await.unwrap();
        stage.invite(&ann, org, "p1@example.org").await;
        check(&stage).await;
        let dan = stage.person("Dan", "p2@example.org").await;
        stage.run(|world| invitation::decline(world, Permit::invited(&dan, org)?, ids[2])).await.unwrap();
        check(&stage).await;
        // Bob's pass to Ann, who signed in again; then Cat's are withdrawn.
        let ann = stage.sign_in_again(&ann);
        remove(&stage, &ann, org, &bob, member::SentInvitations::TakeOver).await;
        check(&stage).await;
        stage.invite(&cat, org, "q@example.org").await;
        remove(&stage, &ann, org, &cat, member::SentInvitations::Withdraw).await;
        check(&stage).await;
        // Who declined is invited anew: one row, not two.
        stage.invite(&ann, org, "p2@example.org").await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let query = MemberQuery { search: Some("p2".to_owned()), limit: 10, ..MemberQuery::default() };
        assert_eq!(stage.store.list_members(&permit, &query).await.unwrap().rows.len(), 1);
    }

    async fn more_rows_than_one_commit_refreshes_are_left_to_a_job(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        for n in 1..=150_u128 {
            let values = [TenantId::from_u128(n).into(), org.into(), user(&ann).into()];
            stage.store.db().execute(&COPY_ROW, values.to_vec()).await.unwrap();
        }
        stage.rename(&ann, "Zoë").await;
        let named = async || {
            let values: [Value; 2] = [user(&ann).into(), "Zoë".into()];
            stage.store.db().query_one(&COUNT_NAMED, &values).await.unwrap().unwrap().int("n").unwrap()
        };
        assert_eq!(named().await, 100);
        assert_eq!(stage.store.stale_directories(10).await.unwrap(), [user(&ann)]);
        stage.store.refresh_directory(user(&ann)).await.unwrap();
        assert_eq!(named().await, 151);
        assert!(stage.store.stale_directories(10).await.unwrap().is_empty());
    }

    async fn nothing_personal_of_an_erased_person_is_left(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let quinn = stage.join(&ann, org, "Quinn Quux", "quinn@quux.example").await;
        stage.handle(&quinn, "quinn-q").await;
        stage.invite(&ann, org, "old@quux.example").await;
        let record = session(user(&quinn), 9, stage.store.now());
        stage.store.create_session(&record, Some("quinn's browser"), Some("quux")).await.unwrap();
        let other = stage.found(&ann, "south-wind").await;
        let spam = stage.found(&ann, "spam").await;
        stage.store.block_sender(stage.address("quinn@quux.example").await, spam).await.unwrap();
        let elsewhere = stage.invite(&ann, other, "quinn@quux.example").await;
        stage.run(|world| account::delete(world, Permit::own(&quinn)?)).await.unwrap();
        let left = async || {
            let rows = stage.store.db().query(&TEXTS, &[]).await.unwrap();
            let column = |row: &Row| row.text("key").unwrap();
            let mut left: Vec<String> = rows.iter().map(column).filter(|text| text.contains("quinn") || text.contains("quux")).collect();
            left.sort();
            left.dedup();
            left
        };
        // Another organization invited the same address: that is theirs, until it ends. So is what somebody else typed.
        assert!(!left().await.contains(&"quinn's browser".to_owned()));
        assert!(left().await.iter().all(|text| !text.contains("Quinn")));
        let terms = stage.store.db().query(&TERMS, &[user(&quinn).into()]).await.unwrap();
        assert!(terms.is_empty());
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let row = stage.store.find_member(&permit, user(&quinn)).await.unwrap().unwrap();
        assert_eq!((row.name, row.handle, row.address), (None, None, None));
        stage.run(|world| invitation::revoke(world, world.sight(other)?.permit(&ann, other.scope())?, elsewhere)).await.unwrap();
        check(&stage).await;
        assert_eq!(stage.store.erase_addresses().await.unwrap(), 1);
        check(&stage).await;
        let left = left().await;
        assert!(left.iter().all(|text| text.contains("old") || text == "quux"), "{left:?}");
        assert_eq!(stage.store.find_user_by_handle("quinn-q").await.unwrap(), None);
    }

    async fn activity_is_noted_once_an_hour(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let org = stage.found(&ann, "north-wind").await;
        let permit = stage.permit::<op::MemberView>(&ann, org).await;
        let active = async || stage.store.find_member(&permit, user(&ann)).await.unwrap().unwrap().last_active_at.unwrap();
        let founded = active().await;
        stage.wait(Span::minutes(59));
        stage.store.note_activity(&permit).await.unwrap();
        assert_eq!(active().await, founded);
        stage.wait(Span::minutes(1));
        stage.store.note_activity(&permit).await.unwrap();
        assert_eq!(active().await, stage.store.now());
    }
}
