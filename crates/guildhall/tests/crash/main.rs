//! The real binary, killed without warning while it is busy, started again, again and again: nothing that was acknowledged is lost,
//! nothing is half done. `GUILDHALL_KILLS` says how often, on each database.

#![cfg(test)]
#![cfg(all(test, debug_assertions))]
#![allow(unreachable_pub, reason = "modules that several programs share say what they offer")]

#[path = "../client/mod.rs"]
mod client;
mod load;
mod product;
mod settle;

use client::{Random, figure, number};
use guildhall_testkit::{Database, Kind, both_databases};
use load::Worker;
use product::Product;
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// On each database, where nobody says how often.
const KILLS: usize = 100;
/// Then the next database is made: `verify` reads all that was ever written, after each kill.
const KILLS_ON_ONE: usize = 20;
/// Who acts at once, each on people of their own, two in each organization.
const WORKERS: usize = 8;
/// However slow the machine, it is killed then.
const PATIENCE: Duration = Duration::from_secs(20);

both_databases! {
    fn a_kill_at_any_moment_loses_nothing_acknowledged(database) {
        kill_again_and_again(database.kind());
    }
}

/// What came of killing it.
#[derive(Default)]
struct Tally {
    /// Kills between begin and commit.
    within: usize,
    acceptances: usize,
    removals: usize,
}

fn kill_again_and_again(kind: Kind) {
    let (kills, seed) = (number("GUILDHALL_KILLS", KILLS), Random::seed());
    println!("{kills} kills on {kind:?}, GUILDHALL_SEED={seed}");
    let (mut random, mut tally) = (Random(seed), Tally::default());
    for begun in (0..kills).step_by(KILLS_ON_ONE) {
        kill_on(&Database::of(kind), KILLS_ON_ONE.min(kills - begun), &mut random, &mut tally);
    }
    let Tally { within, acceptances, removals } = tally;
    figure(&format!(
        "{kills} kills on {kind:?}, {within} between begin and commit; {acceptances} acceptances and {removals} removals acknowledged and found"
    ));
    assert!(4 * within >= kills, "only {within} of {kills} kills fell between begin and commit");
    assert!(removals >= kills && acceptances >= kills, "the load was none");
}

/// Kills the product on one database, and looks after each kill.
fn kill_on(database: &Database, kills: usize, random: &mut Random, tally: &mut Tally) {
    let mut product = Product::new(database);
    product.start();
    let organizations: Vec<String> = (0..WORKERS / 2).map(|n| product.found(n)).collect();
    let mut workers: Vec<Worker> = (0..WORKERS).map(|n| Worker::new(n, organizations[n / 2].clone(), Random(random.next()))).collect();
    for kill in 0..kills {
        let (after, late) = (5 + random.index(60), Duration::from_micros(random.below(10_000)));
        tally.within += usize::from(kill_under_load(&mut product, &mut workers, after, late));
        product.verify();
        product.start();
        let everything = kill + 1 == kills || kill % 10 == 9;
        for worker in &mut workers {
            settle::settle(worker, &mut product.client(), product.key(), everything);
        }
        for (n, organization) in organizations.iter().enumerate() {
            settle::count(&workers[2 * n..2 * n + 2], organization, &mut product.client(), product.key());
        }
    }
    tally.acceptances += workers.iter().map(|worker| worker.acceptances).sum::<usize>();
    tally.removals += workers.iter().map(|worker| worker.removals).sum::<usize>();
}

/// Kills it a little `late` once `after` changes were acknowledged. Answers whether a transaction was open.
fn kill_under_load(product: &mut Product, workers: &mut [Worker], after: usize, late: Duration) -> bool {
    let (address, begun, acknowledged) = (product.address(), Instant::now(), AtomicUsize::new(0));
    let key = product.key().to_owned();
    std::thread::scope(|threads| {
        let running: Vec<_> = workers.iter_mut().map(|worker| threads.spawn(|| worker.run(address, &key, &acknowledged))).collect();
        while acknowledged.load(Ordering::Relaxed) < after && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(late);
        let was_within = product.kill();
        for one in running {
            if let Err(panic) = one.join() {
                std::panic::resume_unwind(panic);
            }
        }
        was_within
    })
}
