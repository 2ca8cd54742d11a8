//! What jobs finish: deleted accounts leave, deleted organizations are erased.

use super::stage::{Stage, user};
use crate::{
    sql::erase::AT_ONCE,
    tests::{
        dump::dump,
        failing::{Leaves, Memory, fails_everywhere},
    },
};
use guildhall_core::{
    OrganizationId, Permit, Refusal, Stop, TenantId, account,
    change::Invitee,
    op, organization,
    text::{Address, Name, Slug},
    time::Span,
};
use guildhall_testkit::both_databases;
use std::{cell::RefCell, collections::BTreeSet};

/// Every row that names the tenant, but for its resting slug, and for what the logs of people say of it by its id alone.
async fn rows_of(stage: &Stage, tenant: TenantId) -> Vec<String> {
    split(stage, tenant).await.0
}

/// The same, and every other row there is.
async fn split(stage: &Stage, tenant: TenantId) -> (Vec<String>, Vec<String>) {
    let id = format!("={:?}", tenant.uuid().as_bytes());
    let about = format!("about{id}");
    let is_of = |line: &String| line.contains(&id) && !line.starts_with("claim:") && !line.contains(&about);
    dump(stage.store.db()).await.into_iter().partition(is_of)
}

/// A deleted organization of more than 10,000 rows that is due, beside another one.
async fn large(stage: &Stage) -> (TenantId, TenantId) {
    let ann = stage.person("Ann", "ann@example.org").await;
    let (acme, other) = (stage.found(&ann, "acme").await, stage.found(&ann, "other").await);
    for (tenant, slug) in [(acme, "acme"), (other, "other")] {
        stage.join(&ann, tenant, "Bob", &format!("bob@{slug}.example")).await;
        stage.invite(&ann, tenant, "carla@example.org").await;
    }
    let addresses: Vec<Address> = (0..1_200).map(|n| Address::parse(&format!("p{n}@example.org")).unwrap()).collect();
    let invitees: Vec<Invitee> = stage.store.intern_addresses(&addresses).await.unwrap().into_iter().map(Invitee::Address).collect();
    stage.invite_all(&ann, acme, &invitees).await;
    stage.run(|world| organization::delete(world, world.sight(acme)?.permit(&ann, acme.scope())?, None)).await.unwrap();
    stage.wait(Span::days(31));
    (acme, other)
}

both_databases! {
    async fn a_deleted_organization_is_erased_when_its_days_are_over(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let (acme, other) = (stage.found(&ann, "acme").await, stage.found(&ann, "other").await);
        stage.join(&ann, acme, "Bob", "bob@example.org").await;
        stage.invite(&ann, acme, "carla@example.org").await;
        stage.run(|world| organization::delete(world, world.sight(acme)?.permit(&ann, acme.scope())?, None)).await.unwrap();
        stage.wait(Span::seconds(30 * 24 * 3600 - 60));
        assert_eq!(stage.store.list_due(10).await.unwrap(), []);
        assert!(!stage.store.erase_organization(acme).await.unwrap(), "a minute is left");
        assert!(rows_of(&stage, acme).await.len() > 10);
        let of_other = rows_of(&stage, other).await;

        stage.wait(Span::seconds(61));
        assert_eq!(stage.store.list_due(10).await.unwrap(), [acme]);
        assert!(stage.store.erase_organization(acme).await.unwrap());
        assert_eq!(rows_of(&stage, acme).await, Vec::<String>::new());
        assert_eq!(rows_of(&stage, other).await, of_other);
        assert!(stage.store.tenant(acme).await.unwrap().is_none());
        assert_eq!(stage.store.list_due(10).await.unwrap(), []);
        assert!(!stage.store.erase_organization(acme).await.unwrap());
        assert!(!stage.store.erase_organization(other).await.unwrap());
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
        // Its slug rests on.
        let again = stage.run(|world| {
            let (name, slug) = (Name::parse("Acme").unwrap(), Slug::parse("acme").unwrap());
            let first = organization::FirstOwner::User(user(&ann));
            organization::found(world, Permit::founder(&ann)?, name, &slug, first, None)
        });
        let taken = Refusal::SlugTaken { slug: "acme".to_owned() };
        assert_eq!(again.await, Err(crate::WriteError::Stop(Stop::Refused(taken))));
    }

    async fn a_large_organization_is_erased_some_rows_at_a_time(database) {
        let stage = Stage::open(database.url()).await;
        let (acme, _) = large(&stage).await;
        let (mut n, mut steps, mut next) = (rows_of(&stage, acme).await.len(), 0, Some(0));
        assert!(n > 10_000, "{n} rows");
        while let Some(at) = next {
            next = stage.store.erase_some(acme, at).await.unwrap();
            let left = rows_of(&stage, acme).await.len();
            assert!(n - left <= usize::try_from(AT_ONCE).unwrap(), "{n} rows became {left}");
            (n, steps) = (left, steps + 1);
        }
        assert!(n == 0 && steps > 10, "{n} rows are left after {steps} steps");
    }

    /// Wherever it stops, nobody sees anything of what is left, `verify` is content, nobody else's rows have changed, and the next run goes on.
    async fn erasing_a_large_organization_may_stop_anywhere(database) {
        let stage = Stage::open(database.url()).await;
        let (acme, other) = large(&stage).await;
        let (all, others) = split(&stage, acme).await;
        let left = RefCell::new(BTreeSet::new());
        let check = async || {
            let (rows, beside) = split(&stage, acme).await;
            assert!(beside == others, "another's rows have changed");
            assert_eq!(stage.store.verify().await.unwrap().problems, []);
            match stage.store.tenant(acme).await.unwrap() {
                Some(_) => assert!(rows == all, "nothing has begun"),
                None => assert_eq!(stage.store.list_due(10).await.unwrap().contains(&acme), !rows.is_empty()),
            }
            left.borrow_mut().insert(rows.len());
        };
        let erase = async || stage.store.erase_organization(acme).await;
        fails_everywhere(&stage.store, (Memory::Cleared, Leaves::Steps), erase, check).await;
        let left = left.into_inner();
        assert!(left.contains(&0) && left.len() > 5, "{left:?}");
        assert!(stage.store.tenant(other).await.unwrap().is_some());
    }

    async fn a_deleted_organization_gives_up_its_external_id(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let acme = stage.found(&ann, "acme").await;
        let update = organization::Update { external_id: Some(Some("customer-7".to_owned())), ..organization::Update::default() };
        stage.run(|world| organization::update(world, world.sight(acme)?.permit(&ann, acme.scope())?, update.clone(), None)).await.unwrap();
        stage.run(|world| organization::delete(world, world.sight(acme)?.permit(&ann, acme.scope())?, None)).await.unwrap();
        assert_eq!(stage.store.find_organization_by_external_id("customer-7").await.unwrap(), None);
        let next: OrganizationId = stage.found(&ann, "next").await;
        stage.run(|world| organization::update(world, world.sight(next)?.permit(&ann, next.scope())?, update.clone(), None)).await.unwrap();
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
    }

    async fn a_deleted_account_leaves_each_tenant(database) {
        let stage = Stage::open(database.url()).await;
        let ann = stage.person("Ann", "ann@example.org").await;
        let (acme, other) = (stage.found(&ann, "acme").await, stage.found(&ann, "other").await);
        let bob = stage.join(&ann, acme, "Bob", "bob@example.org").await;
        let invited = stage.invite(&ann, other, "bob@example.org").await;
        stage.accept(&bob, other, invited).await;
        assert_eq!(stage.store.list_leaving(None, 10).await.unwrap(), []);
        stage.run(|world| account::delete(world, Permit::own(&bob)?)).await.unwrap();
        let mut leaving = stage.store.list_leaving(None, 10).await.unwrap();
        leaving.sort_unstable();
        assert_eq!(leaving, [(acme, user(&bob)), (other, user(&bob))]);
        for (tenant, who) in leaving {
            stage.run(|world| account::leave_after_deletion(world, tenant, who)).await.unwrap();
            assert_eq!(stage.store.tenant(tenant).await.unwrap().unwrap().tenant.memberships().len(), 1);
            let counts = stage.store.count_members(&stage.permit::<op::MemberView>(&ann, tenant).await).await.unwrap();
            assert_eq!(counts.joined, 1);
        }
        assert_eq!(stage.store.list_leaving(None, 10).await.unwrap(), []);
        assert_eq!(stage.store.verify().await.unwrap().problems, []);
    }
}
