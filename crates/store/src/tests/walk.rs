//! People do what comes to their mind: both databases and the simplest memory answer alike and hold the same, refusals included.

use super::stage::{Stage, user};
use crate::WriteError;
use guildhall_core::{Permit, Principal, TenantId, account, organization, text::Slug, time::Span};
use guildhall_testkit::both_databases;

/// Steps of one walk. Most are refused.
const STEPS: usize = 80;

/// The generator of Knuth's MMIX.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

async fn step(stage: &Stage, chance: &mut Chance, org: TenantId, people: &[Principal]) -> Result<(), WriteError> {
    let (by, whom) = (&chance.of(people), &chance.of(people));
    match chance.below(11) {
        0 => stage.change(by, org, whom, chance.of(&[&["admin"] as &[&str], &["member"], &["owner"], &[]])).await,
        1 => stage.suspend(by, org, whom).await,
        2 => stage.reinstate(by, org, whom).await,
        3 => stage.leave(by, org).await.map(drop),
        4 => stage.transfer(by, org, whom).await,
        5 => stage.remove(by, org, whom).await.map(drop),
        6 => stage.bar(whom).await.map(drop),
        7 => stage.let_in(whom).await,
        8 => {
            let handle = Slug::parse(chance.of(&["ann", "bob", "cat"])).unwrap();
            stage.run(|world| account::update(world, Permit::own(by)?, handle.clone().into())).await.map(drop)
        }
        9 => {
            let slug = Some(Slug::parse(chance.of(&["north", "south"])).unwrap());
            let update = organization::Update { name: None, slug, external_id: None };
            stage.run(|world| organization::update(world, world.sight(org)?.permit(by, org.scope())?, update.clone(), None)).await.map(drop)
        }
        _ => {
            stage.wait(chance.of(&[Span::days(1), organization::NAME_RESTS]));
            Ok(())
        }
    }
}

both_databases! {
    async fn whatever_people_do_the_tables_hold_what_the_simplest_memory_holds(database) {
        let seed = std::env::var("GUILDHALL_SEED").map_or_else(|_| u64::from(std::process::id()), |seed| seed.parse().unwrap());
        println!("GUILDHALL_SEED={seed}");
        let (stage, mut chance) = (Stage::beside_memory(database.url(), "standard").await, Chance(seed));
        let ann = stage.person().await;
        let org = stage.found(&ann, "north-wind").await;
        let mut people = vec![ann.clone()];
        for role in ["admin", "owner", "member"] {
            let who = stage.join(&ann, org, &["member"]).await;
            stage.change(&ann, org, &who, &[role]).await.unwrap();
            people.push(who);
        }
        people.push(stage.person().await);
        let mut done = 0;
        for n in 0..STEPS {
            match step(&stage, &mut chance, org, &people).await {
                Ok(()) => done += 1,
                Err(WriteError::Stop(_)) => {}
                Err(fault @ WriteError::Fault(_)) => panic!("step {n}: {fault:?}"),
            }
        }
        let n = people.iter().filter(|who| stage.store.is_barred(user(who))).count();
        println!("{done} of {STEPS} were done, {n} are barred");
        assert!(stage.store.verify().await.unwrap().is_sound());
    }
}
