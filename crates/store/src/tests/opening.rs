//! Opening: the lock, the model, and what is found without opening.

use super::{
    dump::statement,
    stage::{Stage, options, user},
};
use crate::{Fault, HeldRole, OpenError, Options, RolesGone, Store, WriteError};
use guildhall_core::{KeyId, Model, Permit, account, key::KeyRecord, link, op, permit::Place, text::Name};
use guildhall_testkit::{Database, Kind, both_databases};
use std::sync::Arc;

both_databases! {
    async fn a_second_process_is_refused_and_told_who_holds_it(database) {
        let stage = Stage::open(database.url(), "standard").await;
        let (second, _) = options(database.url(), "standard");
        let refused = Store::open(second.clone()).await.unwrap_err();
        let OpenError::Locked { holder } = &refused else { panic!("{refused}") };
        assert!(holder.contains(&format!("process {}", std::process::id())), "{holder}");
        assert!(refused.to_string().contains("stop that one first"));
        if let Some(path) = database.url().strip_prefix("sqlite://") {
            let link = format!("{path}.link");
            std::os::unix::fs::symlink(path, &link).unwrap();
            let (by_link, _) = options(&format!("sqlite://{link}"), "standard");
            assert_eq!(Store::open(by_link).await.unwrap_err(), refused, "whatever link leads to it");
        }
        let seen = Store::inspect(database.url(), None).await.unwrap();
        assert_eq!(seen.lock_holder.as_ref(), Some(holder));
        assert_eq!((seen.model.as_deref(), seen.migrations.0), (Some("standard"), seen.migrations.1));
        stage.store.close().await;
        reopen(&second).await;
    }

    /// Beside a running server keys are made and revoked, which it sees at once; streams are its own.
    async fn beside_another_process_only_rows_outside_of_streams_are_written(database) {
        let stage = Stage::open(database.url(), "standard").await;
        let ann = stage.person().await;
        let (second, _) = options(database.url(), "standard");
        let beside = Store::open_beside(second).await.unwrap();
        assert!(!beside.is_barred(user(&ann)));
        let record = KeyRecord {
            id: KeyId::from_u128(7),
            title: "made beside".to_owned(),
            tenant: None,
            scopes: ["*".to_owned()].into(),
            hash: link::hash("secret"),
            created_at: beside.now(),
            expires_at: None,
            revoked_at: None,
        };
        let operator = || Permit::<op::Operate>::operator("a test", Place::Deployment);
        beside.create_key(&operator(), &record).await.unwrap();
        assert!(stage.store.find_key(record.id).await.unwrap().unwrap().is_live(stage.store.now()));
        assert!(beside.revoke_key(&operator(), record.id).await.unwrap());
        assert!(!stage.store.find_key(record.id).await.unwrap().unwrap().is_live(stage.store.now()));
        let refused = beside.write(&[], |world| account::update(world, Permit::own(&ann)?, Name::parse("Anna").unwrap().into())).await;
        let Err(WriteError::Fault(Fault::Away(why))) = refused else { panic!("{refused:?}") };
        assert!(why.contains("another process writes"), "{why}");
    }

    async fn another_model_is_refused_and_both_are_named(database) {
        let (first, _) = options(database.url(), "standard");
        Store::open(first.clone()).await.unwrap().close().await;
        reopen(&first).await.close().await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let (other, _) = options(database.url(), "pipes");
        let refused = Store::open(other).await.unwrap_err();
        assert_eq!(refused, OpenError::OtherModel { database: "standard".into(), given: "pipes".into() });
    }

    /// Under another id for its top role, every organization would be without an owner.
    async fn a_model_whose_top_role_nobody_holds_is_refused_and_says_which_role_is_gone(database) {
        let (ann, org) = {
            let stage = Stage::open(database.url(), "standard").await;
            let ann = stage.person().await;
            (ann.clone(), stage.found(&ann, "north-wind").await)
        };
        let (given, _) = options(database.url(), "standard");
        let text = given.model.text.replace("owner", "boss").replace("bossship", "ownership");
        let renamed = Options { model: Arc::new(Model::load("boss.toml", &text).unwrap()), ..given.clone() };
        for _ in 0..2 {
            let refused = Store::open(renamed.clone()).await.unwrap_err();
            let gone = vec![HeldRole { role: "owner".into(), n: 1 }];
            assert_eq!(refused, OpenError::TopRoleGone { top_role: "boss".into(), roles: gone.clone() }, "{refused}");
            assert!(refused.to_string().contains("the role `owner`, which one person holds"), "{refused}");
            assert_eq!(Store::inspect(database.url(), Some(&renamed.model)).await.unwrap().roles_gone, RolesGone { roles: gone, is_top_gone: true });
        }
        let store = reopen(&given).await;
        let view = store.tenant(org).await.unwrap().unwrap();
        assert!(view.sight(&store).permit::<op::OrganizationDelete>(&ann, org.scope()).is_ok(), "as before");
    }

    async fn a_new_database_is_looked_at_without_being_made(database) {
        let seen = Store::inspect(database.url(), None).await;
        match database.kind() {
            Kind::Sqlite => assert!(seen.is_err() && !database.file().unwrap().exists()),
            Kind::Postgres => assert_eq!((seen.clone().unwrap().model, seen.unwrap().migrations.0), (None, 0)),
        }
    }

    async fn a_changed_text_of_the_same_model_is_kept_and_what_was_barred_stays_barred(database) {
        let (ann, first) = {
            let stage = Stage::open(database.url(), "standard").await;
            let ann = stage.person().await;
            stage.bar(&ann).await.unwrap();
            let hash = stage.store.inner.model_hash;
            stage.store.close().await;
            (user(&ann), hash)
        };
        let (mut changed, _) = options(database.url(), "standard");
        let mut model = guildhall_core::Model::clone(&changed.model);
        model.text.push_str("\n# a word more\n");
        changed.model = std::sync::Arc::new(model);
        let store = reopen(&changed).await;
        assert_ne!(store.inner.model_hash, first);
        assert!(store.is_barred(ann));
        assert_eq!(store.db().query(&crate::sql::meta::LIST_MODELS, &[]).await.unwrap().len(), 2);
        assert!(store.verify().await.unwrap().is_sound());
    }

    /// Lists are sorted by it.
    async fn a_model_whose_roles_stand_in_another_order_ranks_everybody_anew(database) {
        let ranks = |store: Store| async move {
            let rows = store.db().query(statement("SELECT roles, role_rank FROM directory"), &[]).await.unwrap();
            let mut ranks: Vec<_> = rows.iter().map(|row| (row.text("roles").unwrap(), row.int("role_rank").unwrap())).collect();
            ranks.sort();
            ranks
        };
        let (given, _) = options(database.url(), "standard");
        {
            let stage = Stage::open(database.url(), "standard").await;
            let ann = stage.person().await;
            let org = stage.found(&ann, "north-wind").await;
            for role in ["admin", "member"] {
                stage.join(&ann, org, &[role]).await;
            }
            assert_eq!(ranks(stage.store.clone()).await, [("[\"admin\"]".into(), 1), ("[\"member\"]".into(), 2), ("[\"owner\"]".into(), 0)]);
        }
        let mut model = Model::clone(&given.model);
        model.text.push_str("\n# another order\n");
        let (admin, member) = (place(&model, "admin"), place(&model, "member"));
        model.roles.swap(admin, member);
        let store = reopen(&Options { model: Arc::new(model), ..given }).await;
        assert_eq!(ranks(store.clone()).await, [("[\"admin\"]".into(), 2), ("[\"member\"]".into(), 1), ("[\"owner\"]".into(), 0)]);
    }
}

/// On Postgres only: a file's lock can't be lost while its holder lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_that_was_lost_is_taken_again_and_everything_read_anew() {
    let database = Database::postgres();
    let stage = Stage::open(database.url(), "standard").await;
    let ann = stage.person().await;
    let org = stage.found(&ann, "north-wind").await;
    let before = stage.store.tenant(org).await.unwrap().unwrap();
    let kill = "SELECT CAST(count(pg_terminate_backend(pid)) AS BIGINT) FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    stage.db().query(statement(kill), &[]).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    // While another process has it, nothing is answered, and nobody is told that it is.
    let (other, _) = options(database.url(), "standard");
    let other = Store::open(other).await.unwrap();
    assert!(matches!(stage.store.ready().await, Err(Fault::Away(why)) if why.contains("another process")));
    other.close().await;
    let begun = std::time::Instant::now();
    while stage.store.ready().await.is_err() {
        assert!(begun.elapsed().as_secs() < 10, "the lock is free, and not taken");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let after = stage.store.tenant(org).await.unwrap().unwrap();
    assert!(!std::sync::Arc::ptr_eq(&before.tenant, &after.tenant));
    let (second, _) = options(database.url(), "standard");
    assert!(matches!(Store::open(second).await, Err(OpenError::Locked { .. })), "it is held again");
    stage.found(&ann, "east-wind").await;
}

fn place(model: &Model, role: &str) -> usize {
    model.roles.iter().position(|known| known.key.as_str() == role).unwrap()
}

/// Opens once the lock is free: the connection that holds an advisory lock ends a moment after its store.
async fn reopen(options: &crate::Options) -> Store {
    for _ in 0..100 {
        match Store::open(options.clone()).await {
            Err(OpenError::Locked { .. }) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            opened => return opened.unwrap(),
        }
    }
    panic!("the lock stays");
}
