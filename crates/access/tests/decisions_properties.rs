//! What must be true of decisions whatever the model, each asked of random worlds; and every world of a very small kind.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod decisions_world;

use decisions_world::*;
use guildhall_access::{
    Model, ScopeId, ScopeKind, SubjectId,
    snapshot::{Assignment, Cell, FactChange, Facts, Limit, Owns, ScopeFact, Snapshot, Step},
};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};

type Answers = BTreeSet<(SubjectId, String, ScopeId, Owned)>;
type Owned = bool;

/// All that is allowed at a moment.
fn allowed(model: &Arc<Model>, facts: &Facts, now: i64) -> Answers {
    answers(model, &Snapshot::build(model, facts.clone()).unwrap(), now)
}

fn answers(model: &Model, snapshot: &Snapshot, now: i64) -> Answers {
    let mut all = Answers::new();
    for (who, what, place) in questions(model) {
        for (owns, owned) in [(Owns::No, false), (Owns::Yes, true)] {
            if snapshot.allowed_own(who, what, place, owns, now) {
                all.insert((who, what.to_owned(), place, owned));
            }
        }
    }
    all
}

fn plain(subject: SubjectId, scope: ScopeId, roles: &[&str]) -> Assignment {
    Assignment { subject, scope, roles: roles.iter().map(|r| (*r).into()).collect(), from: None, until: None }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_assignment_more_takes_nothing_away(facts in facts(&small()), more in assignment(&small()), at in 0..=14usize) {
        let model = small();
        let before = allowed(&model, &facts, 25);
        let mut facts = facts;
        facts.assignments.insert(at.min(facts.assignments.len()), more);
        let after = allowed(&model, &facts, 25);
        prop_assert!(before.is_subset(&after));
        // And so one less gives nothing.
        facts.assignments.remove(0);
        prop_assert!(allowed(&model, &facts, 25).is_subset(&after));
    }

    #[test]
    fn one_team_more_takes_nothing_away(facts in facts(&small()), team in 0..TEAMS, member in 0..PEOPLE) {
        let model = small();
        let before = allowed(&model, &facts, 25);
        let mut facts = facts;
        facts.team_members.push((subject(PEOPLE + team), subject(member)));
        prop_assert!(before.is_subset(&allowed(&model, &facts, 25)));
    }

    #[test]
    fn order_repetition_and_seed_do_not_matter(facts in facts(&small()), seed in any::<u64>()) {
        let model = small();
        let before = allowed(&model, &facts, 25);
        let mut facts = facts;
        facts.assignments.reverse();
        facts.team_members.reverse();
        facts.assignments.extend(facts.assignments.clone());
        facts.team_members.extend(facts.team_members.clone());
        facts.seed = seed;
        prop_assert_eq!(allowed(&model, &facts, 25), before);
    }

    #[test]
    fn the_union_of_two_roles_allows_what_either_allows(a in roles(&small()), b in roles(&small()), tree in scopes(), n in 0..9u128) {
        let model = small();
        let world = |roles: Vec<_>| {
            let held = Assignment { roles, ..plain(subject(0), scope(n), &[]) };
            allowed(&model, &Facts { scopes: tree.clone(), assignments: vec![held], ..Facts::default() }, 0)
        };
        let both = world(a.iter().chain(&b).cloned().collect());
        let either: Answers = world(a).union(&world(b)).cloned().collect();
        prop_assert_eq!(both, either);
    }

    #[test]
    fn the_top_role_holds_everything_below_it(facts in facts(&small()), at in any::<prop::sample::Index>()) {
        let model = small();
        let organizations: Vec<ScopeId> = facts.scopes.iter().filter(|s| s.kind == ScopeKind::Organization).map(|s| s.id).collect();
        let place = *at.get(&organizations);
        let mut facts = facts;
        facts.assignments.push(plain(subject(0), place, &["top"]));
        let snapshot = Snapshot::build(&model, facts).unwrap();
        for scope in (0..9).map(scope).filter(|s| snapshot.way_up(*s).contains(&place)) {
            let fact = snapshot.scope(scope).unwrap();
            for permission in &model.permissions {
                let asked = permission.at.contains(&fact.kind) && (!permission.roots_only || fact.parent.is_none());
                prop_assert_eq!(snapshot.allowed(subject(0), permission.key.as_str(), scope, 25), asked);
            }
        }
    }

    #[test]
    fn what_is_taken_from_the_top_role_stays(facts in facts(&small())) {
        let model = small();
        let before = allowed(&model, &facts, 25);
        let mut facts = facts;
        facts.matrix.extend(model.permissions.iter().map(|p| (p.key.clone(), "top".into(), Cell::Taken)));
        prop_assert_eq!(allowed(&model, &facts, 25), before);
    }

    #[test]
    fn nothing_changes_before_valid_until(facts in facts(&small()), now in 0..40i64) {
        let model = small();
        let snapshot = Snapshot::build(&model, facts.clone()).unwrap();
        let moments: BTreeSet<i64> = facts.assignments.iter()
            .filter(|a| facts.scopes.iter().any(|s| s.id == a.scope))
            .filter(|a| a.from.unwrap_or(i64::MIN) < a.until.unwrap_or(i64::MAX))
            .flat_map(|a| [a.from, a.until]).flatten().collect();
        let until = snapshot.valid_until(now);
        prop_assert_eq!(until, moments.range(now + 1..).next().copied());
        let last = until.unwrap_or(1_000) - 1;
        prop_assert_eq!(answers(&model, &snapshot, now), answers(&model, &snapshot, last));
    }

    #[test]
    fn the_explained_path_taken_away_changes_the_answer_or_leaves_another(facts in facts(&small())) {
        let model = small();
        let snapshot = Snapshot::build(&model, facts.clone()).unwrap();
        let permitted = questions(&model).filter(|(who, what, place)| snapshot.allowed(*who, what, *place, 25));
        for (who, what, place) in permitted.take(20).collect::<Vec<_>>() {
            let why = snapshot.explain(who, what, place, 25);
            let Some(Step::Holds { role, scope, team }) = why.path.first() else { panic!("{why:?}") };
            let mut less = facts.clone();
            // The base role goes with the membership, any other role by itself.
            less.assignments.retain(|a| a.subject != team.unwrap_or(who) || a.scope != *scope || *role != "base".into());
            for a in less.assignments.iter_mut().filter(|a| a.subject == team.unwrap_or(who) && a.scope == *scope) {
                a.roles.retain(|r| r != role);
            }
            let other = Snapshot::build(&model, less).unwrap().explain(who, what, place, 25);
            prop_assert!(!other.allowed || other.path != why.path);
        }
    }

    #[test]
    fn a_preview_is_deciding_after_applying(facts in facts(&small()), held in prop::collection::vec(assignment(&small()), 0..4)) {
        let model = small();
        let now = Snapshot::build(&model, facts.clone()).unwrap();
        let change = FactChange::Assignments { subject: subject(0), assignments: held.clone() };
        let preview = now.apply(std::slice::from_ref(&change), 2).unwrap();
        let mut after = facts;
        after.assignments.retain(|a| a.subject != subject(0));
        after.assignments.extend(held.into_iter().map(|a| Assignment { subject: subject(0), ..a }));
        prop_assert_eq!(answers(&model, &preview, 25), allowed(&model, &after, 25));
    }
}

/// One person and one team over a root, a sub-organization and a workspace in it: every set of roles of a few, at every
/// place, held oneself or by the team.
#[test]
fn every_very_small_world_is_decided_by_the_definition() {
    let model = small();
    let (o, w) = (ScopeKind::Organization, ScopeKind::Workspace);
    let fact = |n, kind, parent: Option<u128>| ScopeFact { id: scope(n), kind, parent: parent.map(scope) };
    let scopes = vec![fact(0, o, None), fact(1, o, Some(0)), fact(2, w, Some(1))];
    let sets: [&[&str]; 8] = [&[], &["top"], &["admin"], &["clerk"], &["lead"], &["guest"], &["admin", "clerk"], &["steward", "guest"]];
    let mut n_worlds = 0;
    for n in 0..sets.len().pow(4) {
        let set = |place: u32| sets[n / sets.len().pow(place) % sets.len()];
        let held = [(0, 0, 0), (0, 1, 1), (0, 2, 2), (PEOPLE, 0, 3)];
        let assignments = held.into_iter().filter(|(.., at)| !set(*at).is_empty());
        let facts = Facts {
            scopes: scopes.clone(),
            assignments: assignments.map(|(who, place, at)| plain(subject(who), scope(place), set(at))).collect(),
            team_members: vec![(subject(PEOPLE), subject(0))],
            ..Facts::default()
        };
        let snapshot = Snapshot::build(&model, facts.clone()).unwrap();
        let naive = Naive { model: &model, facts: &facts };
        for place in (0..3).map(scope) {
            for permission in &model.permissions {
                let what = permission.key.as_str();
                for owns in [Owns::No, Owns::Yes] {
                    let ours = snapshot.allowed_own(subject(0), what, place, owns, 0);
                    assert_eq!(ours, naive.allowed(subject(0), what, place, owns, 0), "{what} at {place:?} {facts:?}");
                }
            }
        }
        n_worlds += 1;
    }
    assert_eq!(n_worlds, 4096);
}

#[test]
fn long_lists_are_searched_like_short_ones() {
    let model = small();
    let mut facts = Facts { scopes: vec![ScopeFact { id: scope(0), kind: ScopeKind::Organization, parent: None }], ..Facts::default() };
    for n in 1..60 {
        facts.scopes.push(ScopeFact { id: scope(n), kind: ScopeKind::Workspace, parent: Some(scope(0)) });
        if n % 2 == 0 {
            facts.assignments.push(plain(subject(0), scope(n), &["guest"]));
        }
    }
    let snapshot = Snapshot::build(&model, facts.clone()).unwrap();
    for n in 1..60 {
        assert_eq!(snapshot.allowed(subject(0), "see", scope(n), 0), n % 2 == 0);
    }
    assert_eq!(snapshot.scopes(subject(0), "see", 0).len(), 29);
    let fewer = snapshot.with_subject(subject(0), facts.assignments[..3].to_vec(), 2).unwrap();
    assert_eq!(fewer.scopes(subject(0), "see", 0).len(), 3);
}

#[test]
fn what_exceeds_a_limit_is_refused_by_name() {
    let model = small();
    let organization = |n: u128, parent: Option<u128>| ScopeFact { id: scope(n), kind: ScopeKind::Organization, parent: parent.map(scope) };
    let refused = |facts: Facts| Snapshot::build(&model, facts).unwrap_err();

    let chain = (0..17).map(|n: u128| organization(n, n.checked_sub(1))).collect();
    assert_eq!(refused(Facts { scopes: chain, ..Facts::default() }), Limit::ScopeDepth);
    let wide = (0..65_001).map(|n: u128| organization(n, (n > 0).then_some(0))).collect();
    assert_eq!(refused(Facts { scopes: wide, ..Facts::default() }), Limit::Scopes);
    let teams = (0..257).map(|n| (subject(1 + n), subject(0))).collect();
    assert_eq!(refused(Facts { team_members: teams, ..Facts::default() }), Limit::TeamsPerMember);
    let root = || vec![organization(0, None)];
    let roles = (0..1024).map(|n| Assignment { roles: vec![format!("r{n}").as_str().into()], ..plain(subject(0), scope(0), &[]) });
    assert_eq!(refused(Facts { scopes: root(), assignments: roles.collect(), ..Facts::default() }), Limit::Roles);
    let set = |n: u32| (0..17).filter(|bit| n >> bit & 1 == 1).map(|bit| format!("r{bit}").as_str().into()).collect();
    let sets = (0..70_000).map(|n| Assignment { roles: set(n), ..plain(subject(u128::from(n)), scope(0), &[]) });
    assert_eq!(refused(Facts { scopes: root(), assignments: sets.collect(), ..Facts::default() }), Limit::RoleSets);
    assert_eq!(Limit::Scopes.to_string(), "more than 65000 scopes in one tenant");
}
