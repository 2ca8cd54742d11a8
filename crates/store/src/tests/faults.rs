//! The n-th operation fails, for n = 1, 2, 3… until none does: each time nothing is half done, and trying again works.

use super::{
    dump::dump,
    stage::{Stage, principal, user},
};
use crate::{Fault, WriteError};
use guildhall_core::{
    AddressId, Decided, Permit, Stop, UserId, World, account,
    change::Invitee,
    invitation::{self, Joining},
    member, ownership,
    text::{Name, Slug},
};
use guildhall_testkit::both_databases;

/// Runs the command with the first, second, … operation failing, and at last with none.
async fn fails_everywhere<T: Send + 'static>(stage: &Stage, decide: impl Fn(&World<'_>) -> Result<Decided<T>, Stop> + Send + Sync) -> u64 {
    let before = dump(stage.db()).await;
    for n in 1.. {
        // Half of the times with everything to be loaded first.
        if n % 2 == 0 {
            stage.store.inner.memory.clear().await;
        }
        stage.db().fail_at(n);
        let outcome = stage.store.write(&[], &decide).await;
        let left = stage.db().left();
        stage.db().fail_at(0);
        match outcome {
            Ok(_) => {
                assert!(left > 0, "the failure of operation {n} went unnoticed");
                assert_ne!(dump(stage.db()).await, before);
                stage.check().await;
                return n;
            }
            Err(WriteError::Fault(Fault::Away(_))) => {
                assert_eq!(dump(stage.db()).await, before, "operation {n} failed and left something");
                stage.check().await;
            }
            Err(WriteError::Stop(stop)) => panic!("operation {n} failed and became {stop:?}"),
            Err(WriteError::Fault(fault)) => panic!("operation {n} failed and became {fault:?}"),
        }
    }
    unreachable!("a command has an end")
}

both_databases! {
    async fn nothing_is_ever_half_done(database) {
        let stage = Stage::open(database.url(), "appcircle").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let (address, new) = (AddressId::from_u128(77), UserId::new(stage.store.fresh()));
        let id = stage.invite(&ann, org, Invitee::Address(address), &[]).await;
        let joining = Joining::NewUser { address, name: Some(Name::parse("Dan").unwrap()) };
        let n = fails_everywhere(&stage, |world| invitation::accept(world, Permit::new_user(new, org), id, &joining)).await;
        assert!(n > 20, "only {n} operations");
        let dan = principal(new);
        let (whom, scope) = (user(&dan), org.scope());
        fails_everywhere(&stage, |world| account::set_handle(world, Permit::own(&dan)?, Slug::parse("dan").unwrap())).await;
        fails_everywhere(&stage, |world| ownership::transfer(world, world.sight(org)?.permit(&ann, scope)?, whom)).await;
        let sent = member::SentInvitations::Withdraw;
        let whom = user(&ann);
        fails_everywhere(&stage, |world| member::remove(world, world.sight(org)?.permit(&dan, scope)?, whom, sent, None)).await;
        fails_everywhere(&stage, |world| account::delete(world, Permit::own(&ann)?)).await;
    }

    async fn who_goes_away_while_a_commit_runs_leaves_nothing_stale(database) {
        let stage = Stage::open(database.url(), "standard").await;
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        for n in 0..20_u32 {
            let store = stage.store.clone();
            let ann = ann.clone();
            let task = tokio::spawn(async move {
                let name = Name::parse(&format!("North {n}")).unwrap();
                let update = guildhall_core::organization::Update { name: Some(name), slug: None, external_id: None };
                store
                    .write(&[], |world| {
                        guildhall_core::organization::update(world, world.sight(org)?.permit(&ann, org.scope())?, update.clone(), None)
                    })
                    .await
            });
            tokio::time::sleep(std::time::Duration::from_micros(u64::from(n) * 100)).await;
            task.abort();
            stage.check().await;
        }
        stage.found(&ann, "still-works").await;
    }
}
