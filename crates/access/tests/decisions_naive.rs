//! Deciding, deciding in a batch, searching and explaining all say what the definition says, in every small world, for
//! every preset; and publishing a change says what building anew says.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod decisions_world;

use decisions_world::*;
use guildhall_access::{
    Model, Operation, ScopeKind,
    model::presets,
    snapshot::{Decision, Facts, Micros, Owns, Snapshot, Step},
};
use proptest::{prelude::*, test_runner::TestRunner};
use std::{collections::BTreeSet, sync::Arc};

/// Before, between and at the moments of change.
const TIMES: [Micros; 4] = [0, 10, 25, 30];

fn agrees(model: &Arc<Model>, facts: &Facts) -> Result<(), TestCaseError> {
    let snapshot = Snapshot::build(model, facts.clone()).unwrap();
    let naive = Naive { model, facts };
    for now in TIMES {
        let mut batch = Vec::new();
        let mut expected = Vec::new();
        for (who, what, place) in questions(model) {
            let asked = (who, what, place, now);
            let right = naive.allowed(who, what, place, Owns::No, now);
            prop_assert_eq!(snapshot.allowed(who, what, place, now), right, "{:?}", asked);
            let own = naive.allowed(who, what, place, Owns::Yes, now);
            prop_assert_eq!(snapshot.allowed_own(who, what, place, Owns::Yes, now), own, "own {:?}", asked);
            let why = snapshot.explain(who, what, place, now);
            prop_assert_eq!(why.allowed, right);
            if right {
                is_a_path(&naive, &why, place, now)?;
            }
            let why = snapshot.explain_own(who, what, place, Owns::Yes, now);
            prop_assert_eq!(why.allowed, own);
            let numbers = (snapshot.subject_ix(who), snapshot.permission_ix(what), snapshot.scope_ix(place));
            if let (Some(who), Some(what), Some(place)) = numbers {
                batch.push((who, what, place));
                expected.push(right);
            }
        }
        prop_assert_eq!(snapshot.allowed_batch(&batch, now), expected);
        searches_filter(model, &snapshot, now)?;
        operations_follow_permissions(&snapshot, now)?;
        for who in (0..=PEOPLE + TEAMS).map(subject) {
            for place in (0..10).map(scope) {
                let held = snapshot.roles_at(who, place, now);
                let keys: BTreeSet<_> = held.iter().map(|h| h.role.clone()).collect();
                prop_assert_eq!(keys, naive.roles_at(who, place, now));
            }
        }
    }
    Ok(())
}

/// The path begins with what is held, goes down scope by scope to the one asked about, and ends with the permission.
fn is_a_path(naive: &Naive<'_>, why: &Decision, place: guildhall_access::ScopeId, now: Micros) -> Result<(), TestCaseError> {
    let mut at = None;
    for (n, step) in why.path.iter().enumerate() {
        match step {
            Step::Holds { role, scope, team } => {
                prop_assert_eq!(n, 0);
                prop_assert!(naive.facts.assignments.iter().any(|a| a.scope == *scope
                    && team.is_none_or(|t| t == a.subject)
                    && a.from.is_none_or(|from| from <= now)
                    && a.until.is_none_or(|until| now < until)
                    && (a.roles.contains(role) || naive.model.organization.base_role.as_ref() == Some(role))));
                at = Some(*scope);
            }
            Step::Implies { scope, .. } => {
                let parent = naive.facts.scopes.iter().find(|s| s.id == *scope).and_then(|s| s.parent);
                prop_assert_eq!(parent, at);
                at = Some(*scope);
            }
            Step::Permits { .. } | Step::PermitsOwn { .. } => prop_assert_eq!(n, why.path.len() - 1),
        }
    }
    prop_assert_eq!(at, Some(place));
    Ok(())
}

fn searches_filter(model: &Model, snapshot: &Snapshot, now: Micros) -> Result<(), TestCaseError> {
    for permission in &model.permissions {
        let what = permission.key.as_str();
        for place in (0..10).map(scope) {
            let all = (0..=PEOPLE + TEAMS).map(subject);
            let who: Vec<_> = all.filter(|s| snapshot.allowed(*s, what, place, now)).collect();
            prop_assert_eq!(&snapshot.subjects(what, place, now), &who);
            let (mut paged, mut after) = (Vec::new(), None);
            loop {
                let page = snapshot.subjects_after(what, place, now, after, 2);
                prop_assert!(page.len() <= 2);
                after = page.last().copied();
                if after.is_none() {
                    break;
                }
                paged.extend(page);
            }
            prop_assert_eq!(paged, who);
        }
        for who in (0..=PEOPLE + TEAMS).map(subject) {
            let places: BTreeSet<_> = (0..10).map(scope).filter(|x| snapshot.allowed(who, what, *x, now)).collect();
            prop_assert_eq!(snapshot.scopes(who, what, now).into_iter().collect::<BTreeSet<_>>(), places);
        }
    }
    for who in (0..=PEOPLE + TEAMS).map(subject) {
        for place in (0..10).map(scope) {
            let keys = model.permissions.iter().map(|p| &p.key);
            let right: Vec<_> = keys.filter(|p| snapshot.allowed(who, p.as_str(), place, now)).collect();
            prop_assert_eq!(snapshot.actions(who, place, now), right);
        }
    }
    Ok(())
}

fn operations_follow_permissions(snapshot: &Snapshot, now: Micros) -> Result<(), TestCaseError> {
    for place in (0..10).map(scope) {
        let kind = snapshot.scope(place).map(|s| s.kind);
        for operation in Operation::ALL {
            let opened = kind.and_then(|kind: ScopeKind| snapshot.opened_by(*operation, kind));
            for who in (0..PEOPLE).map(subject) {
                let right = opened.is_some_and(|p| snapshot.allowed(who, p.as_str(), place, now));
                prop_assert_eq!(snapshot.may(who, *operation, place, now), right);
            }
        }
    }
    Ok(())
}

fn check(model: &Arc<Model>, cases: u32) {
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    runner.run(&facts(model), |facts| agrees(model, &facts)).unwrap();
}

#[test]
fn the_definition_holds_in_small_worlds() {
    check(&small(), 60);
}

#[test]
fn the_definition_holds_for_every_preset() {
    for known in presets() {
        check(&preset(known.id), 12);
    }
}
