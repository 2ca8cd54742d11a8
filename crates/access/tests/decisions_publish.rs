//! Publishing changes one after another gives what building anew gives.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod decisions_world;

use decisions_world::*;
use guildhall_access::{
    Model, ScopeId, ScopeKind,
    snapshot::{Assignment, FactChange, Facts, Owns, ScopeFact, Snapshot},
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};

fn change(model: &Model) -> impl Strategy<Value = FactChange> + use<> {
    let who = || (0..PEOPLE + TEAMS).prop_map(subject);
    let held = prop::collection::vec(assignment(model), 0..4);
    let teams = prop::collection::vec(PEOPLE..PEOPLE + TEAMS, 0..3);
    let kind = prop::sample::select(ScopeKind::ALL.to_vec());
    prop_oneof![
        6 => (who(), held).prop_map(|(subject, assignments)| FactChange::Assignments { subject, assignments }),
        3 => ((0..PEOPLE).prop_map(subject), teams)
            .prop_map(|(member, teams)| FactChange::Teams { member, teams: teams.into_iter().map(subject).collect() }),
        1 => (PEOPLE..PEOPLE + TEAMS).prop_map(|team| FactChange::TeamDeleted { team: subject(team) }),
        3 => (1..14u128, 0..12u128, kind)
            .prop_map(|(n, p, kind)| FactChange::Scope(ScopeFact { id: scope(n), kind, parent: Some(scope(p)) })),
        1 => (1..14u128).prop_map(|n| FactChange::ScopeDeleted { scope: scope(n) }),
        2 => overlay(model)
            .prop_map(|(custom_roles, cells)| FactChange::Matrix { custom_roles, cells: one_cell_each(cells) }),
    ]
}

/// The scope and all below it.
fn below(facts: &Facts, top: ScopeId) -> BTreeSet<ScopeId> {
    let mut all = BTreeSet::from([top]);
    while let Some(next) = facts.scopes.iter().find(|s| s.parent.is_some_and(|p| all.contains(&p)) && !all.contains(&s.id)) {
        all.insert(next.id);
    }
    all
}

/// The same change, to plain facts. False where a tenant's rules would not let it happen.
fn change_facts(facts: &mut Facts, gone: &mut BTreeSet<ScopeId>, change: &FactChange) -> bool {
    match change {
        FactChange::Assignments { subject, assignments } => {
            facts.assignments.retain(|a| a.subject != *subject);
            let own = assignments.iter().map(|a| Assignment { subject: *subject, ..a.clone() });
            let known = own.filter(|a| facts.scopes.iter().any(|s| s.id == a.scope));
            facts.assignments.extend(known.collect::<Vec<_>>());
        }
        FactChange::Teams { member, teams } => {
            facts.team_members.retain(|(_, m)| m != member);
            facts.team_members.extend(teams.iter().map(|t| (*t, *member)));
        }
        FactChange::TeamDeleted { team } => {
            facts.assignments.retain(|a| a.subject != *team);
            facts.team_members.retain(|(t, _)| t != team);
        }
        FactChange::Scope(fact) => {
            let parent = facts.scopes.iter().find(|s| Some(s.id) == fact.parent);
            let fits = parent.is_some_and(|p| p.kind == ScopeKind::Organization) && !gone.contains(&fact.id);
            let old = facts.scopes.iter().find(|s| s.id == fact.id);
            let below = below(facts, fact.id);
            if !fits || old.is_some_and(|o| o.kind != fact.kind) || fact.parent.is_some_and(|p| below.contains(&p)) {
                return false;
            }
            facts.scopes.retain(|s| s.id != fact.id);
            facts.scopes.push(fact.clone());
            // Parents before children.
            let (moved, rest) = std::mem::take(&mut facts.scopes).into_iter().partition(|s| below.contains(&s.id));
            facts.scopes = rest;
            let mut moved: Vec<ScopeFact> = moved;
            while !moved.is_empty() {
                let ready = moved.iter().position(|m| facts.scopes.iter().any(|s| Some(s.id) == m.parent)).unwrap();
                facts.scopes.push(moved.remove(ready));
            }
        }
        FactChange::ScopeDeleted { scope } => {
            let below = below(facts, *scope);
            facts.scopes.retain(|s| !below.contains(&s.id));
            facts.assignments.retain(|a| !below.contains(&a.scope));
            gone.extend(below);
        }
        FactChange::Matrix { custom_roles, cells } => {
            facts.custom_roles.clone_from(custom_roles);
            facts.matrix.clone_from(cells);
        }
    }
    true
}

fn same(model: &Model, left: &Snapshot, right: &Snapshot) -> Result<(), TestCaseError> {
    for now in [0, 10, 25, 30] {
        prop_assert_eq!(left.valid_until(now), right.valid_until(now));
        for (who, what, place) in questions(model) {
            let asked = (who, what, place, now);
            let (l, r) = (left.allowed(who, what, place, now), right.allowed(who, what, place, now));
            prop_assert_eq!(l, r, "{:?}", asked);
            let own = left.allowed_own(who, what, place, Owns::Yes, now);
            prop_assert_eq!(own, right.allowed_own(who, what, place, Owns::Yes, now), "own {:?}", asked);
            prop_assert_eq!(left.explain(who, what, place, now).allowed, l);
        }
        for place in (0..14).map(scope) {
            prop_assert_eq!(left.subjects("see", place, now), right.subjects("see", place, now));
            prop_assert_eq!(left.scope(place), right.scope(place));
            for who in (0..PEOPLE).map(subject) {
                let held = |s: &Snapshot| s.roles_at(who, place, now).into_iter().collect::<BTreeSet<_>>();
                prop_assert_eq!(held(left), held(right));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn publishing_is_building_anew(
        (facts, changes) in (facts(&small()), prop::collection::vec(change(&small()), 1..12)),
        together in any::<bool>(),
    ) {
        let model: Arc<Model> = small();
        let known: BTreeSet<ScopeId> = facts.scopes.iter().map(|s| s.id).collect();
        let mut facts = Facts {
            assignments: facts.assignments.iter().filter(|a| known.contains(&a.scope)).cloned().collect(),
            ..facts
        };
        let first = Snapshot::build(&model, facts.clone()).unwrap();
        let (before, mut gone) = (facts.clone(), BTreeSet::new());
        let changes: Vec<_> = changes.into_iter().filter(|c| change_facts(&mut facts, &mut gone, c)).collect();
        let published = if together {
            first.apply(&changes, 9).unwrap()
        } else {
            changes.iter().fold(first.apply(&[], 9).unwrap(), |s, c| s.apply(std::slice::from_ref(c), 9).unwrap())
        };
        facts.revision = 9;
        prop_assert_eq!(published.revision(), 9);
        same(&model, &published, &Snapshot::build(&model, facts).unwrap())?;
        // The one before has not moved.
        same(&model, &first, &Snapshot::build(&model, before).unwrap())?;
    }
}
