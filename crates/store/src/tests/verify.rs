//! Whatever is edited behind the store's back, `verify` names it: table, row and column.

use super::{
    dump::{TABLES, statement},
    stage::{Stage, user},
};
use crate::verify::{Problem, Report};
use guildhall_core::{
    AddressId, Permit, TenantId, account,
    change::Invitee,
    invitation, organization,
    text::{Name, Slug},
    time::Span,
};
use guildhall_testkit::both_databases;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A little of everything: at least one row in every table of state.
async fn world(stage: &Stage) -> TenantId {
    let ann = stage.person().await;
    let org = stage.found(&ann, "north-wind").await;
    let scope = org.scope();
    let update = organization::Update { name: Some(Name::parse("South").unwrap()), slug: None, external_id: Some(Some("x-1".into())) };
    stage.run(|world| organization::update(world, world.sight(org)?.permit(&ann, scope)?, update.clone(), None)).await.unwrap();
    let bob = stage.join(&ann, org, &["member"]).await;
    stage.change(&ann, org, &bob, &["admin"]).await.unwrap();
    stage.suspend(&ann, org, &bob).await.unwrap();
    let cat = stage.join(&ann, org, &["member"]).await;
    stage.remove(&ann, org, &cat).await.unwrap();
    let id = stage.invite(&ann, org, Invitee::Address(AddressId::from_u128(5)), &["member"]).await;
    stage.invite(&ann, org, Invitee::Address(AddressId::from_u128(5)), &["admin"]).await;
    stage.wait(Span::days(1));
    stage.run(|world| invitation::remind(world, world.sight(org)?.permit(&ann, scope)?, id)).await.unwrap();
    let provider = account::ProviderAccount { issuer: "https://id.example".into(), subject: "1".into(), label: "id".into() };
    stage.run(|world| account::link(world, Permit::own(&ann)?, provider.clone())).await.unwrap();
    stage.run(|world| account::update(world, Permit::own(&ann)?, Slug::parse("ann").unwrap().into())).await.unwrap();
    stage.bar(&bob).await.unwrap();
    let _ = user(&bob);
    org
}

async fn by_hand(stage: &Stage, edit: &str) -> u64 {
    stage.db().execute(statement(edit), vec![]).await.unwrap()
}

/// A world of which a copy of each table is kept beside.
async fn kept(database: &guildhall_testkit::Database) -> Stage {
    let stage = Stage::open(database.url(), "standard").await;
    world(&stage).await;
    assert_eq!(stage.store.verify().await.unwrap().problems, []);
    for table in TABLES {
        by_hand(&stage, &format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }
    stage
}

/// The problems after these statements were run by hand on the table; undone afterwards.
async fn after(stage: &Stage, table: &str, edits: &[&str]) -> Report {
    for edit in edits {
        assert!(by_hand(stage, edit).await > 0, "`{edit}` touched nothing");
    }
    let report = stage.store.verify().await.unwrap();
    by_hand(stage, &format!("DELETE FROM {table}")).await;
    by_hand(stage, &format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
    report
}

fn names(problems: &[Problem], table: &str, column: &str) -> bool {
    problems.iter().any(|problem| problem.table == table && problem.column == column && !problem.id.is_empty())
}

const EDITS: &[(&str, &str, &str)] = &[
    ("UPDATE organization SET name = 'East'", "organization", "name"),
    ("UPDATE organization SET erase_at = 7", "organization", "erase_at"),
    ("DELETE FROM organization_past", "organization_past", "from_revision"),
    ("UPDATE organization_past SET name = 'East'", "organization_past", "name"),
    ("UPDATE membership SET standing = 'active' WHERE standing = 'suspended'", "membership", "standing"),
    ("UPDATE membership SET joined_at = joined_at + 1", "membership", "joined_at"),
    ("UPDATE membership_past SET to_revision = to_revision + 1", "membership_past", "to_revision"),
    ("UPDATE membership_role SET role = 'owner' WHERE role = 'admin'", "membership_role", "role"),
    ("UPDATE membership_role_past SET role = 'owner'", "membership_role_past", "from_revision"),
    ("DELETE FROM removed", "removed", "user_id"),
    ("UPDATE removed SET user_id = tenant", "removed", "user_id"),
    ("UPDATE invitation SET status = 'pending' WHERE status = 'accepted'", "invitation", "status"),
    ("UPDATE invitation_past SET reminders = 3", "invitation_past", "reminders"),
    ("UPDATE invitation_grant SET role = 'owner'", "invitation_grant", "role"),
    ("UPDATE invitation_grant_past SET role = 'owner'", "invitation_grant_past", "role"),
    ("UPDATE user_account SET status = 'active' WHERE status = 'suspended'", "user_account", "status"),
    ("UPDATE user_address SET proven_at = 1", "user_address", "proven_at"),
    ("DELETE FROM user_identity", "user_identity", "identity"),
    ("UPDATE user_identity SET identity = user_id", "user_identity", "identity"),
    ("DELETE FROM top_role", "top_role", "organization"),
    ("UPDATE top_role SET organization = user_id", "top_role", "organization"),
    (
        "UPDATE claim SET holder = (SELECT min_id FROM (SELECT id AS min_id FROM user_account ORDER BY id LIMIT 1) x) WHERE kind = 'slug'",
        "claim",
        "holder",
    ),
    ("DELETE FROM claim WHERE kind = 'address'", "claim", "holder"),
    ("UPDATE model_text SET text = 'other'", "model_text", "hash"),
    ("UPDATE stream SET revision = revision + 1", "stream", "revision"),
    ("UPDATE stream SET last_at = last_at + 1", "stream", "last_at"),
    ("DELETE FROM stream WHERE kind = 'user'", "stream", "id"),
    ("DELETE FROM stream WHERE kind = 'tenant'", "organization", "tenant"),
    ("UPDATE change_log SET actor = '{\"by\":\"system\",\"reason\":\"me\"}'", "change_log", "hash"),
    ("UPDATE change_log SET at = at - 1 WHERE revision = 2", "change_log", "hash"),
    ("UPDATE change_log SET kind = 'membership.flown' WHERE kind = 'membership.suspended'", "change_log", "body"),
    ("UPDATE change_log SET about = NULL", "change_log", "about"),
    // Dropped from the middle, and from the end.
    ("DELETE FROM change_log WHERE revision = 2", "change_log", "revision"),
    ("DELETE FROM change_log WHERE kind = 'invitation.reminded'", "stream", "head_hash"),
    (
        "INSERT INTO change_log (stream, revision, seq, kind, version, at, actor, body, model, prev_hash, hash)
         SELECT stream, revision + 1, 0, kind, version, at, actor, body, model, hash, hash FROM change_log WHERE kind = 'user.suspended'",
        "change_log",
        "hash",
    ),
];

/// The copies that lists read. Ids that name nothing are a tenant's.
const EDITS_OF_COPIES: &[(&str, &str, &str)] = &[
    ("UPDATE directory SET kind = 1 WHERE kind = 0", "directory", "kind"),
    ("UPDATE directory SET subject = tenant WHERE kind = 0", "directory", "subject"),
    ("UPDATE directory SET name_key = 'zoe' WHERE kind = 0", "directory", "name_key"),
    ("UPDATE directory SET name = 'Zoe' WHERE kind = 0", "directory", "name"),
    ("UPDATE directory SET handle = NULL WHERE handle IS NOT NULL", "directory", "handle"),
    ("UPDATE directory SET address = 'zoe@example.org' WHERE kind = 1", "directory", "address"),
    ("UPDATE directory SET roles = '[\"owner\"]' WHERE kind = 1", "directory", "roles"),
    ("UPDATE directory SET role_rank = role_rank + 1 WHERE kind = 0", "directory", "role_rank"),
    ("UPDATE directory SET status = 0 WHERE status = 1", "directory", "status"),
    ("UPDATE directory SET status_key = status_key - 1 WHERE kind = 1", "directory", "status_key"),
    ("UPDATE directory SET last_active_at = joined_at - 1 WHERE kind = 0", "directory", "last_active_at"),
    ("UPDATE directory SET last_active_at = 1 WHERE kind = 1", "directory", "last_active_at"),
    ("UPDATE directory SET joined_at = joined_at + 1 WHERE kind = 0", "directory", "joined_at"),
    ("UPDATE directory SET invited_by = NULL WHERE invited_by IS NOT NULL", "directory", "invited_by"),
    ("UPDATE directory SET expires_at = expires_at + 1 WHERE kind = 1", "directory", "expires_at"),
    ("UPDATE directory SET sent_at = sent_at + 1 WHERE kind = 1", "directory", "sent_at"),
    ("UPDATE directory SET reminders = 0 WHERE reminders = 1", "directory", "reminders"),
    ("UPDATE directory SET listed_until = 1 WHERE kind = 1", "directory", "listed_until"),
    ("UPDATE directory SET revision = revision + 1", "directory", "revision"),
    ("DELETE FROM directory WHERE kind = 0", "directory", "id"),
    ("DELETE FROM directory WHERE kind = 1", "directory", "id"),
    (
        "INSERT INTO directory SELECT tenant, scope, tenant, kind, subject, name_key, name, handle, address, roles, role_rank, status, status_key,
            last_active_at, joined_at, invited_by, expires_at, sent_at, reminders, listed_until, revision FROM directory WHERE kind = 1",
        "directory",
        "id",
    ),
    ("UPDATE directory_role SET role = 'guest'", "directory_role", "role"),
    ("DELETE FROM directory_role WHERE role = 'owner'", "directory_role", "role"),
    ("INSERT INTO directory_role SELECT tenant, scope, 'guest', id FROM directory_role WHERE role = 'owner'", "directory_role", "role"),
    ("INSERT INTO directory_role SELECT tenant, scope, role, tenant FROM directory_role WHERE role = 'owner'", "directory_role", "role"),
    ("UPDATE directory_term SET word = 'zoe'", "directory_term", "word"),
    ("UPDATE directory_term SET name_key = 'zoe'", "directory_term", "word"),
    ("DELETE FROM directory_term", "directory_term", "word"),
    ("INSERT INTO directory_term SELECT tenant, scope, 'zoe', name_key, id FROM directory WHERE kind = 0", "directory_term", "word"),
    ("INSERT INTO directory_term SELECT DISTINCT tenant, scope, word, name_key, tenant FROM directory_term", "directory_term", "word"),
    ("UPDATE directory_count SET n = n + 1 WHERE status = 0", "directory_count", "n"),
    ("DELETE FROM directory_count WHERE n > 0", "directory_count", "n"),
    ("INSERT INTO directory_count SELECT DISTINCT tenant, scope, 3, 1 FROM directory", "directory_count", "n"),
];

both_databases! {
    async fn every_edit_behind_the_store_is_named(database) {
        let stage = kept(database).await;
        for (edit, table, column) in EDITS.iter().chain(EDITS_OF_COPIES) {
            let edited = edit.split_whitespace().find(|word| TABLES.contains(word)).unwrap();
            let report = after(&stage, edited, &[edit]).await;
            assert!(names(&report.problems, table, column), "`{edit}` should name {table}.{column}: {:#?}", report.problems);
        }
        assert_eq!(stage.store.verify().await.unwrap().problems, [], "each edit was undone");
    }

    async fn what_was_edited_in_the_directory_is_written_anew(database) {
        let stage = kept(database).await;
        assert_eq!(stage.store.rebuild_directory().await.unwrap(), 0, "it was sound");
        for (edit, ..) in EDITS_OF_COPIES {
            assert!(by_hand(&stage, edit).await > 0, "`{edit}` touched nothing");
            assert!(!stage.store.verify().await.unwrap().is_sound(), "`{edit}` is named");
            assert!(stage.store.rebuild_directory().await.unwrap() > 0, "`{edit}` is mended");
            assert_eq!(stage.store.verify().await.unwrap().problems, [], "`{edit}` was mended");
            assert_eq!(stage.store.rebuild_directory().await.unwrap(), 0, "`{edit}` was mended at once");
        }
        // Nothing but what stands in the directory alone is another now: when who is no longer as active was so.
        let odd = "SELECT d.id FROM directory d JOIN kept_directory k ON k.tenant = d.tenant AND k.scope = d.scope AND k.id = d.id
            WHERE k.name_key = d.name_key AND k.roles = d.roles AND k.role_rank = d.role_rank AND k.status_key = d.status_key
                AND k.listed_until = d.listed_until AND k.revision = d.revision AND k.last_active_at = d.last_active_at";
        let n = stage.db().query(statement(odd), &[]).await.unwrap().len();
        assert_eq!(n, stage.db().query(statement("SELECT id FROM kept_directory"), &[]).await.unwrap().len());
        // All of it gone.
        for table in ["directory", "directory_role", "directory_term", "directory_count"] {
            by_hand(&stage, &format!("DELETE FROM {table}")).await;
        }
        stage.store.rebuild_directory().await.unwrap();
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
    }

    /// What several statements compare may be written in between: nothing is named that is only seen so once.
    async fn a_busy_world_is_sound(database) {
        let stage = Stage::open(database.url(), "standard").await;
        let org = world(&stage).await;
        let ann = stage.person().await;
        let own = stage.found(&ann, "ann-s").await;
        // A few rounds of the writer for each look: a log that grows faster than it is read would never be read to its end.
        let rounds = Arc::new(Semaphore::new(0));
        let writer = {
            let (store, ann, rounds) = (stage.store.clone(), ann.clone(), Arc::clone(&rounds));
            tokio::spawn(async move {
                for n in 1.. {
                    rounds.acquire().await.unwrap().forget();
                    let name = Name::parse(&format!("Ann {n}")).unwrap();
                    store.write(&[], |world| account::update(world, Permit::own(&ann)?, name.clone().into())).await.unwrap();
                    let row = invitation::Row { invitee: Invitee::Address(AddressId::from_u128(1 + n % 7)), holder: None, roles: None };
                    let (way, scope) = (guildhall_access::model::InviteBy::Email, own.scope());
                    let rows = std::slice::from_ref(&row);
                    store.write(&[], |world| invitation::invite(world, world.sight(own)?.permit(&ann, scope)?, None, way, rows)).await.unwrap();
                    store.prune().await.unwrap();
                }
            })
        };
        for _ in 0..10 {
            rounds.add_permits(20);
            assert_eq!(stage.store.verify().await.unwrap().problems, []);
        }
        assert!(!writer.is_finished());
        writer.abort();
        // Long after, what is listed no longer may still stand or be dropped.
        stage.wait(Span::days(100));
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
        while stage.store.prune().await.unwrap() {}
        stage.store.erase_addresses().await.unwrap();
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
        assert!(stage.store.tenant(org).await.unwrap().is_some());
    }

    async fn two_entries_that_change_places_are_named(database) {
        let swap = [
            "UPDATE change_log SET revision = 1000 WHERE revision = 2",
            "UPDATE change_log SET revision = 2 WHERE revision = 3",
            "UPDATE change_log SET revision = 3 WHERE revision = 1000",
        ];
        let stage = kept(database).await;
        let report = after(&stage, "change_log", &swap).await;
        assert!(names(&report.problems, "change_log", "prev_hash") && names(&report.problems, "change_log", "hash"));
        let problem = &report.problems[0];
        assert_eq!(problem.id.split('/').count(), 3, "{problem:?}");
    }

    async fn a_sound_database_has_no_problems_and_says_what_is_not_determined(database) {
        let stage = Stage::open(database.url(), "appcircle").await;
        let ann = stage.person().await;
        stage.found(&ann, "north-wind").await;
        stage.run(|world| account::delete(world, Permit::own(&ann)?)).await.unwrap();
        let report = crate::verify::run(database.url()).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.problems);
        assert!(report.n_streams >= 3 && report.n_changes > 8);
        assert!(!Report::NOT_DETERMINED.is_empty());
    }
}
