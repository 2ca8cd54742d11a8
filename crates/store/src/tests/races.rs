//! Two processes on one database, as the start-up lock would never let them be: the revision in the database decides who was first.

use super::stage::{Stage, keys, principal, user};
use crate::{Fault, Store, WriteError, commit::Check};
use guildhall_core::{Decided, Permit, Principal, Refusal, Stop, StreamId, TenantId, World, member, op, permit::Place};
use guildhall_testkit::both_databases;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Two owners leave, each in a process of its own that knows the state before.
async fn both_leave(one: &Stage, other: &Stage, org: TenantId, who: [&Principal; 2]) -> [Result<(), WriteError>; 2] {
    for stage in [one, other] {
        // Both have everything in memory.
        stage.store.tenant(org).await.unwrap().unwrap();
        for who in who {
            let id = user(who);
            drop(stage.store.write::<(), _>(&[StreamId::User(id)], |_| Err(Stop::NotFound)).await);
        }
    }
    let leave = |store: Store, who: Principal| async move {
        let left = store.write(&[], |world| member::leave(world, world.sight(org)?.permit::<op::MemberLeave>(&who, org.scope())?)).await;
        left.map(|_| ())
    };
    let first = leave(one.store.clone(), who[0].clone()).await;
    let second = leave(other.store.clone(), who[1].clone()).await;
    [first, second]
}

async fn two_owners(stage: &Stage) -> (TenantId, Principal, Principal) {
    let ann = stage.person().await;
    let org = stage.found(&ann, "north-wind").await;
    let bob = stage.join(&ann, org, &["member"]).await;
    stage.change(&ann, org, &bob, &["owner"]).await.unwrap();
    (org, ann, bob)
}

both_databases! {
    async fn l_7_two_owners_leave_at_once_and_one_remains(database) {
        let one = Stage::open(database.url(), "standard").await;
        let (org, ann, bob) = two_owners(&one).await;
        let other = Stage::intruder(database.url(), "standard", Check::Revision).await;
        let [first, second] = both_leave(&one, &other, org, [&ann, &bob]).await;
        first.unwrap();
        assert!(matches!(second, Err(WriteError::Stop(Stop::Refused(Refusal::LastOwner { .. })))), "{second:?}");
        let after = other.store.tenant(org).await.unwrap().unwrap();
        assert_eq!(after.tenant.active_top_holders(org.scope()).collect::<Vec<_>>(), [user(&bob)]);
    }

    /// What the check is for: without it the second leaves too, by what it remembers.
    async fn without_the_check_nobody_would_remain(database) {
        let one = Stage::open(database.url(), "standard").await;
        let (org, ann, bob) = two_owners(&one).await;
        let other = Stage::intruder(database.url(), "standard", Check::Nothing).await;
        let [first, second] = both_leave(&one, &other, org, [&ann, &bob]).await;
        first.unwrap();
        // Decided wrongly; only the log's own key still stops it.
        let Err(WriteError::Fault(Fault::Statement { statement, .. })) = second else { panic!("{second:?}") };
        assert_eq!(statement, "APPEND");
    }

    async fn l_7_l_10_a_read_stream_holds_too(database) {
        // Leaving reads the stream of an owner who remains; their account is suspended meanwhile by another process.
        for check in [Check::Revision, Check::Nothing] {
            let database = guildhall_testkit::Database::of(database.kind());
            let one = Stage::open(database.url(), "standard").await;
            let (org, ann, bob) = two_owners(&one).await;
            let other = Stage::intruder(database.url(), "standard", check).await;
            other.store.tenant(org).await.unwrap().unwrap();
            for who in [&ann, &bob] {
                drop(other.store.write::<(), _>(&[StreamId::User(user(who))], |_| Err(Stop::NotFound)).await);
            }
            one.bar(&bob).await.unwrap();
            let left = other.store.write(&[], |world| {
                member::leave(world, world.sight(org)?.permit::<op::MemberLeave>(&ann, org.scope())?)
            });
            match (check, left.await) {
                (Check::Revision, Err(WriteError::Stop(Stop::Refused(Refusal::LastOwner { .. })))) | (Check::Nothing, Ok(_)) => {}
                (check, left) => panic!("{check:?}: {left:?}"),
            }
        }
    }

    async fn many_at_once_in_one_tenant_lose_nothing(database) {
        let stage = Arc::new(Stage::open(database.url(), "standard").await);
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let mut people = Vec::new();
        for _ in 0..16 {
            people.push(stage.join(&ann, org, &["member"]).await);
        }
        let going = Arc::new(AtomicBool::new(true));
        let (seen, reading) = (Arc::clone(&stage), Arc::clone(&going));
        let reader = tokio::spawn(async move {
            let mut last = 0;
            while reading.load(Ordering::SeqCst) {
                let view = seen.store.tenant(org).await.unwrap().unwrap();
                assert!(view.tenant.revision() >= last && view.tenant.snapshot.revision() == view.tenant.revision());
                last = view.tenant.revision();
                tokio::task::yield_now().await;
            }
        });
        let mut tasks = Vec::new();
        for who in &people {
            let (store, whom, ann) = (stage.store.clone(), user(who), ann.clone());
            tasks.push(tokio::spawn(async move {
                let roles = keys(&["admin"]);
                store
                    .write(&[], |world| {
                        member::change_roles(world, world.sight(org)?.permit(&ann, org.scope())?, whom, &roles, None)
                    })
                    .await
                    .unwrap()
                    .revision_of(StreamId::Tenant(org))
                    .unwrap()
            }));
        }
        let mut revisions = Vec::new();
        for task in tasks {
            revisions.push(task.await.unwrap());
        }
        going.store(false, Ordering::SeqCst);
        reader.await.unwrap();
        revisions.sort_unstable();
        revisions.dedup();
        assert_eq!(revisions.len(), 16, "each commit has a revision of its own");
        stage.check().await;
    }

    async fn ids_that_name_nothing_fill_no_memory(database) {
        let stage = Stage::open(database.url(), "standard").await;
        for n in 1..200 {
            let id = TenantId::from_u128(n);
            assert!(stage.store.tenant(id).await.unwrap().is_none());
            let stopped = stage.store.write::<(), _>(&[StreamId::Tenant(id)], |world| world.tenant(id).and(Err(Stop::NotFound))).await;
            assert_eq!(stopped.unwrap_err(), WriteError::Stop(Stop::NotFound));
        }
        assert_eq!(stage.store.inner.memory.n_slots(), 0);
    }

    async fn a_function_that_asks_for_ever_is_stopped(database) {
        let stage = Stage::open(database.url(), "standard").await;
        let needs = |_: &World<'_>| -> Result<Decided<()>, Stop> { Err(Stop::Needs(vec![StreamId::Tenant(TenantId::from_u128(1))])) };
        assert!(matches!(stage.store.write(&[], needs).await, Err(WriteError::Fault(_))));
        let nobody = principal(guildhall_core::UserId::from_u128(9));
        let place = Place::Deployment;
        let absent = stage.store.write(&[], |world| guildhall_core::account::suspend(world, Permit::system("test", place), user(&nobody))).await;
        assert_eq!(absent.unwrap_err(), WriteError::Stop(Stop::NotFound));
    }
}
