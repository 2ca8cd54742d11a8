//! The compiled decisions and Cedar agree; and where decisions are made wrong on purpose, they do not. `GUILDHALL_SEED` repeats a run,
//! `GUILDHALL_QUESTIONS` makes it longer.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use guildhall_access::{
    Model,
    model::presets,
    snapshot::{Cell, Facts, Snapshot},
};
use guildhall_fuzz::{Oracle, Policies, Random, World};
use std::sync::Arc;

/// About each preset; more where `GUILDHALL_QUESTIONS` says so, never fewer.
const QUESTIONS: usize = 100_000;
const QUESTIONS_PER_WORLD: usize = 500;
const NOW: i64 = 20;

#[derive(Debug, Default)]
struct Tally {
    questions: usize,
    allowed: usize,
    disagreements: Vec<String>,
}

/// Asks Cedar about the worlds as they are, and the snapshot about the worlds as `wrong` leaves them.
fn ask(id: &str, seed: u64, n_questions: usize, wrong: impl Fn(&mut Model, &mut Facts)) -> Tally {
    let model = Model::preset(id).unwrap();
    let mut random = Random(seed);
    let mut tally = Tally::default();
    while tally.questions < n_questions {
        let facts = World::SMALL.facts(&model, &mut random);
        let oracle = Oracle::new(&model, &facts, NOW).unwrap();
        let policies = if random.once_in(2) { Policies::OfPermissions } else { Policies::OfRoles };
        let (mut other_model, mut other_facts) = (model.clone(), facts.clone());
        wrong(&mut other_model, &mut other_facts);
        let snapshot = Snapshot::build(&Arc::new(other_model), other_facts).unwrap();
        for _ in 0..QUESTIONS_PER_WORLD {
            let q = World::SMALL.question(&model, &mut random).unwrap();
            let request = Oracle::request(&facts, q.subject, &q.permission, q.scope, q.owns).unwrap();
            let right = oracle.allowed(&request, &q.permission, policies);
            let ours = snapshot.allowed_own(q.subject, q.permission.as_str(), q.scope, q.owns, NOW);
            tally.questions += 1;
            tally.allowed += usize::from(right);
            if ours != right {
                tally.disagreements.push(format!("{id}: {q:?}: ours {ours}, Cedar {right}"));
            }
        }
    }
    tally
}

fn at_least(n_questions: usize, asked_for: Option<&str>) -> usize {
    asked_for.and_then(|n| n.parse().ok()).unwrap_or(0).max(n_questions)
}

fn agree(id: &str) {
    let wanted = at_least(QUESTIONS, std::env::var("GUILDHALL_QUESTIONS").ok().as_deref());
    let seed = Random::seed();
    let Tally { questions, allowed, disagreements } = ask(id, seed, wanted, |_, _| {});
    println!("{id}: {questions} questions, {allowed} allowed, {} disagreements, GUILDHALL_SEED={seed}", disagreements.len());
    assert!(disagreements.is_empty(), "GUILDHALL_SEED={seed}: {:#?}", disagreements.iter().take(10).collect::<Vec<_>>());
    assert!(allowed > questions / 50, "GUILDHALL_SEED={seed}: hardly anything is allowed: the questions show nothing");
}

#[test]
fn cedar_agrees_about_every_preset() {
    for preset in presets() {
        agree(preset.id);
    }
}

#[test]
fn more_questions_can_be_asked_and_never_fewer() {
    let asked_for = [None, Some("5"), Some("many"), Some("250000")];
    assert_eq!(asked_for.map(|n| at_least(QUESTIONS, n)), [QUESTIONS, QUESTIONS, QUESTIONS, 250_000]);
}

/// A way of deciding wrongly.
type Fault = fn(&mut Model, &mut Facts);

#[test]
fn cedar_notices_wrong_decisions() {
    let faults: [(&str, &str, Fault); 8] = [
        ("standard", "what is for roots only is asked everywhere", |model, _| {
            model.permissions.iter_mut().for_each(|p| p.roots_only = false);
        }),
        ("standard", "what has ended goes on", |_, facts| facts.assignments.iter_mut().for_each(|a| a.until = None)),
        ("standard", "what is yet to begin has begun", |_, facts| facts.assignments.iter_mut().for_each(|a| a.from = None)),
        ("standard", "teams give nothing", |_, facts| facts.team_members.clear()),
        ("standard", "nothing follows below", |model, _| model.roles.iter_mut().for_each(|r| r.implies.clear())),
        ("standard", "own things are nobody's", |model, _| model.permissions.iter_mut().for_each(|p| p.own.clear())),
        ("standard", "cells are read the wrong way round", |_, facts| {
            for (.., cell) in &mut facts.matrix {
                *cell = if *cell == Cell::Given { Cell::Taken } else { Cell::Given };
            }
        }),
        ("appcircle", "belonging gives nothing", |model, _| model.organization.base_role = None),
    ];
    for (id, name, fault) in faults {
        let seed = Random::seed();
        // Some are about what is asked once in ten thousand times.
        let noticed = (0..20).map(|n| ask(id, seed.wrapping_add(n), 10_000, fault)).find(|tally| !tally.disagreements.is_empty());
        let tally = noticed.unwrap_or_else(|| panic!("GUILDHALL_SEED={seed}: not noticed: {name}"));
        println!("{name}: {} of {} answers differ, GUILDHALL_SEED={seed}", tally.disagreements.len(), tally.questions);
    }
}
