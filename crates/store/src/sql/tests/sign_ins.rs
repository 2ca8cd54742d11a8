//! Sign-ins by mail and by provider: each once, however many come at once.

use super::stage::Stage;
use crate::{CODE_TRIES, Proof, Purpose, SignInRow, Store, db::statements, sql::state::values, tests::rows};
use guildhall_core::{SignInId, link, time::Span};
use guildhall_testkit::both_databases;

statements! {
    // What using one would be without its condition: see below that the race shows it.
    USE_CARELESSLY(sign_in) = "UPDATE sign_in SET used_at = $1 WHERE id = $2";
    COUNT_OPEN(sign_in) = "SELECT COUNT(*) AS n FROM sign_in WHERE used_at IS NULL AND ended_at IS NULL";
}

async fn new(stage: &Stage, id: u128, address: &str) -> SignInRow {
    rows::sign_in(id, stage.address(address).await, stage.store.now())
}

/// How many of twenty at once were told that they did it.
async fn race<F>(store: &Store, one: impl Fn(Store) -> F) -> usize
where
    F: Future<Output = bool> + Send + 'static,
{
    let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(one(store.clone()))).collect();
    let mut n = 0;
    for task in tasks {
        n += usize::from(task.await.unwrap());
    }
    n
}

both_databases! {
    async fn a_sign_in_is_used_once_however_many_come(database) {
        let stage = Stage::open(database.url()).await;
        let row = new(&stage, 1, "ann@example.org").await;
        stage.store.create_sign_in(&row).await.unwrap();
        assert_eq!(stage.store.find_sign_in(row.id).await.unwrap().as_ref(), Some(&row));
        assert!(!stage.store.use_sign_in(row.id, 2, Proof::Link).await.unwrap(), "another generation");
        let id = row.id;
        let used = race(&stage.store, |store| async move { store.use_sign_in(id, 1, Proof::Link).await.unwrap() }).await;
        assert_eq!(used, 1);
        // The same race notices when the condition is gone.
        let careless = race(&stage.store, |store| async move {
            store.db().execute(&USE_CARELESSLY, values![store.now(), id]).await.unwrap() == 1
        })
        .await;
        assert_eq!(careless, 20);
        let late = new(&stage, 2, "ann@example.org").await;
        stage.store.create_sign_in(&late).await.unwrap();
        stage.wait(Span::minutes(10));
        assert!(!stage.store.use_sign_in(late.id, 1, Proof::Link).await.unwrap(), "expired");
    }

    async fn five_wrong_codes_end_it_link_and_all(database) {
        let stage = Stage::open(database.url()).await;
        let row = new(&stage, 1, "ann@example.org").await;
        stage.store.create_sign_in(&row).await.unwrap();
        let id = row.id;
        let tries = race(&stage.store, |store| async move { store.count_code_try(id).await.unwrap().is_some() }).await;
        assert_eq!(tries, CODE_TRIES as usize);
        assert!(!stage.store.use_sign_in(id, 1, Proof::Link).await.unwrap());
        // The fifth may be the right one.
        let row = new(&stage, 2, "ann@example.org").await;
        stage.store.create_sign_in(&row).await.unwrap();
        for n in 1..=CODE_TRIES {
            assert_eq!(stage.store.count_code_try(row.id).await.unwrap().unwrap().attempts, n);
        }
        assert!(stage.store.use_sign_in(row.id, 1, Proof::Code).await.unwrap());
        assert!(stage.store.count_code_try(row.id).await.unwrap().is_none(), "used");
    }

    async fn the_newest_of_a_browser_address_and_purpose_only(database) {
        let stage = Stage::open(database.url()).await;
        let first = new(&stage, 1, "ann@example.org").await;
        let other = SignInRow { purpose: Purpose::AddAddress, ..new(&stage, 2, "ann@example.org").await };
        let elsewhere = new(&stage, 3, "bob@example.org").await;
        let stranger = SignInRow { cookie_hash: link::hash("another browser"), ..new(&stage, 4, "ann@example.org").await };
        for row in [&first, &other, &elsewhere, &stranger] {
            stage.store.create_sign_in(row).await.unwrap();
        }
        let mut tasks = Vec::new();
        for id in 10..30 {
            let (store, row) = (stage.store.clone(), new(&stage, id, "ann@example.org").await);
            tasks.push(tokio::spawn(async move { store.create_sign_in(&row).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let open = stage.store.db().query_one(&COUNT_OPEN, &[]).await.unwrap().unwrap();
        assert_eq!(open.int("n").unwrap(), 4, "one of the twenty, and the three others");
        assert!(!stage.store.use_sign_in(first.id, 1, Proof::Link).await.unwrap());
        assert!(stage.store.use_sign_in(other.id, 1, Proof::Link).await.unwrap());
        assert!(stage.store.use_sign_in(stranger.id, 1, Proof::Link).await.unwrap(), "of another browser");
        stage.wait(Span::days(2));
        stage.store.prune().await.unwrap();
        assert_eq!(stage.store.find_sign_in(first.id).await.unwrap(), None);
    }

    async fn a_provider_flow_is_taken_once_and_in_time(database) {
        let stage = Stage::open(database.url()).await;
        let flow = |id| rows::provider_flow(id, stage.store.now());
        stage.store.create_provider_flow(&flow(1)).await.unwrap();
        stage.store.create_provider_flow(&flow(2)).await.unwrap();
        let id = SignInId::from_u128(1);
        assert_eq!(stage.store.take_provider_flow(id, &link::hash("other")).await.unwrap(), None, "another state takes nothing");
        let taken = race(&stage.store, |store| async move {
            store.take_provider_flow(id, &link::hash("state")).await.unwrap().is_some()
        })
        .await;
        assert_eq!(taken, 1);
        stage.wait(Span::minutes(10));
        assert_eq!(stage.store.take_provider_flow(SignInId::from_u128(2), &link::hash("state")).await.unwrap(), None);
    }
}
