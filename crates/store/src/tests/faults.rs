//! Commands whose n-th operation fails: nothing is ever half done.

use super::{
    failing::{self, Leaves, Memory},
    stage::{Stage, keys, principal, user},
};
use guildhall_access::model::InviteBy;
use guildhall_core::{
    AddressId, Decided, Permit, Stop, UserId, World, account,
    change::Invitee,
    invitation::{self, Joining, Row},
    member, op, organization, ownership,
    text::{Name, Slug},
};
use guildhall_testkit::{Database, both_databases};

/// A stage, and what stands in its memory whenever a command is tried.
struct Trial {
    stage: Stage,
    memory: Memory,
}

impl Trial {
    /// Runs the command with the first, second, … operation failing, and at last with none.
    async fn fails<T: Send + 'static>(&self, decide: impl Fn(&World<'_>) -> Result<Decided<T>, Stop> + Send + Sync) -> u64 {
        let Self { stage, memory } = self;
        let write = async || stage.store.write(&[], &decide).await;
        failing::fails_everywhere(&stage.store, (*memory, Leaves::Nothing), write, async || stage.check().await).await
    }
}

/// The commands of accounts and of who joins and leaves, where everyone owns an organization and one owns it.
async fn people(trial: &Trial) {
    let stage = &trial.stage;
    let ann = stage.person().await;
    let org = stage.found(&ann, "north-wind").await;
    let (address, new) = (AddressId::from_u128(77), UserId::new(stage.store.fresh()));
    let id = stage.invite(&ann, org, Invitee::Address(address), &[]).await;
    let joining = Joining::NewUser { address, name: Some(Name::parse("Dan").unwrap()) };
    let n = trial.fails(|world| invitation::accept(world, Permit::new_user(new, org), id, &joining)).await;
    assert!(n > 20, "only {n} operations");
    let dan = principal(new);
    let (whom, scope) = (user(&dan), org.scope());
    trial.fails(|world| account::update(world, Permit::own(&dan)?, Slug::parse("dan").unwrap().into())).await;
    trial.fails(|world| account::update(world, Permit::own(&dan)?, Name::parse("Daniel").unwrap().into())).await;
    trial.fails(|world| ownership::transfer(world, world.sight(org)?.permit(&ann, scope)?, whom)).await;
    let sent = member::SentInvitations::Withdraw;
    let whom = user(&ann);
    trial.fails(|world| member::remove(world, world.sight(org)?.permit(&dan, scope)?, whom, sent, None)).await;
    trial.fails(|world| account::delete(world, Permit::own(&ann)?)).await;
}

/// The commands of organizations and their members, where there may be several owners.
async fn members(trial: &Trial) {
    let stage = &trial.stage;
    let ann = stage.person().await;
    let (name, slug, owner) =
        (Name::parse("North").unwrap(), Slug::parse("north-wind").unwrap(), organization::FirstOwner::User(user(&ann)));
    let n = trial.fails(|world| organization::found(world, Permit::founder(&ann)?, name.clone(), &slug, owner, Some("x-1".into()))).await;
    assert!(n > 10, "only {n} operations");
    let org = stage.store.find_organization_by_slug("north-wind").await.unwrap().unwrap().id;
    let scope = org.scope();
    let bob = stage.join(&ann, org, &["member"]).await;
    let whom = user(&bob);
    let row = |n| Row { invitee: Invitee::Address(AddressId::from_u128(n)), holder: None, roles: Some(keys(&["member"])) };
    let rows: Vec<Row> = (1..=5).map(row).collect();
    trial.fails(|world| invitation::invite(world, world.sight(org)?.permit(&ann, scope)?, None, InviteBy::List, &rows)).await;
    for roles in [keys(&["admin"]), keys(&["owner"])] {
        trial.fails(|world| member::change_roles(world, world.sight(org)?.permit(&ann, scope)?, whom, &roles, None)).await;
    }
    trial.fails(|world| member::suspend(world, world.sight(org)?.permit(&ann, scope)?, whom)).await;
    trial.fails(|world| member::reinstate(world, world.sight(org)?.permit(&ann, scope)?, whom)).await;
    let (name, slug) = (Name::parse("South").unwrap(), Slug::parse("south-wind").unwrap());
    let update = organization::Update { name: Some(name), slug: Some(slug), external_id: Some(Some("x-2".into())) };
    trial.fails(|world| organization::update(world, world.sight(org)?.permit(&bob, scope)?, update.clone(), None)).await;
    trial.fails(|world| member::leave(world, world.sight(org)?.permit::<op::MemberLeave>(&ann, scope)?)).await;
    trial.fails(|world| organization::delete(world, world.sight(org)?.permit(&bob, scope)?, None)).await;
}

both_databases! {
    async fn nothing_of_joining_and_leaving_is_ever_half_done(database) {
        for memory in Memory::BOTH {
            let database = Database::of(database.kind());
            people(&Trial { stage: Stage::open(database.url(), "appcircle").await, memory }).await;
        }
    }

    async fn nothing_in_an_organization_is_ever_half_done(database) {
        for memory in Memory::BOTH {
            let database = Database::of(database.kind());
            members(&Trial { stage: Stage::open(database.url(), "standard").await, memory }).await;
        }
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
                let update = organization::Update { name: Some(name), slug: None, external_id: None };
                store.write(&[], |world| organization::update(world, world.sight(org)?.permit(&ann, org.scope())?, update.clone(), None)).await
            });
            tokio::time::sleep(std::time::Duration::from_micros(u64::from(n) * 100)).await;
            task.abort();
            stage.check().await;
        }
        stage.found(&ann, "still-works").await;
    }
}
