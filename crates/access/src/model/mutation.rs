//! Every cell and every grant rule of every preset is held by an example: changed, an example fails.

use super::{Giver, GrantRule, Model, PermissionIx, example::Examples, presets};
use crate::{Operation, RoleKey, ScopeKind};
use std::collections::BTreeSet;

/// How many changes of one sort were made, and what noticed them.
#[derive(Default)]
struct Count {
    changes: usize,
    by_examples: usize,
    /// What loading refuses, and so nobody can run: a top role that lacks something, a giver named needlessly.
    by_loading: usize,
    alive: Vec<String>,
}

/// What notices the change.
fn killed(mutant: &mut Model, examples: &Examples, what: impl Fn() -> String, count: &mut Count) {
    mutant.settle();
    count.changes += 1;
    if !examples.check(mutant).is_empty() {
        count.by_examples += 1;
    } else if mutant.recheck().is_empty() {
        count.alive.push(what());
    } else {
        count.by_loading += 1;
    }
}

/// `yes` becomes `no`, `no` becomes `yes`, `own` becomes both in turn.
fn cells(model: &Model, examples: &Examples, count: &mut Count) {
    for (p, permission) in model.permissions.iter().enumerate() {
        for role in &model.roles {
            if !model.is_top(&role.key) && !permission.at.contains(&role.at) {
                continue; // No such cell: the role is held where the permission doesn't exist.
            }
            let holds = permission.roles.contains(&role.key);
            let own = permission.own.contains(&role.key);
            for yes in [true, false] {
                if yes == holds && !own {
                    continue;
                }
                let mut mutant = model.clone();
                let row = &mut mutant.permissions[p];
                row.roles.retain(|key| *key != role.key);
                row.own.retain(|key| *key != role.key);
                if yes {
                    row.roles.push(role.key.clone());
                }
                let what = || format!("{}: {} × {} = {yes}", model.id, permission.key, role.key);
                killed(&mut mutant, examples, what, count);
            }
        }
    }
}

fn toggle(by: &mut Vec<Giver>, giver: &Giver) {
    if by.contains(giver) {
        by.retain(|other| other != giver);
    } else {
        by.push(giver.clone());
    }
}

fn rules(model: &Model, examples: &Examples, count: &mut Count) {
    let mut places: Vec<(Option<usize>, ScopeKind)> = model.roles.iter().enumerate().map(|(n, role)| (Some(n), role.at)).collect();
    if model.custom_roles.is_some() {
        places.push((None, ScopeKind::Organization));
    }
    for (place, at) in places {
        let fitting = model.roles.iter().filter(|role| role.at == at || model.is_top(&role.key));
        let mut givers: Vec<Giver> = fitting.map(|role| Giver::Role(role.key.clone())).collect();
        givers.push(Giver::UpToOwn);
        for giver in &givers {
            for take in [false, true] {
                let mut mutant = model.clone();
                let rule: &mut GrantRule = match place {
                    Some(n) => &mut mutant.roles[n].grant,
                    None => mutant.custom_roles.as_mut().unwrap(),
                };
                toggle(if take { &mut rule.taken_by } else { &mut rule.given_by }, giver);
                // Whatever may be said is said, so that it isn't the missing word that is noticed.
                rule.exceeds = Some("said".to_owned());
                let what = || format!("{}: {giver:?} at {place:?}, take: {take}", model.id);
                killed(&mut mutant, examples, what, count);
            }
        }
    }
}

/// What is implied, and what is for roots only.
fn others(model: &Model, examples: &Examples, count: &mut Count) {
    for (n, role) in model.roles.iter().enumerate() {
        for (kind, keys) in &role.implies {
            // The top role implies itself anyway (P-19).
            if model.is_top(&role.key) && *kind == ScopeKind::Organization {
                continue;
            }
            // What follows only shows, where the implied role holds nothing outside roots.
            let everywhere = |ix: &PermissionIx| model.permission_at(*ix).is_some_and(|p| !p.roots_only);
            if !model.permissions_of(keys, *kind).iter().any(everywhere) {
                continue;
            }
            let mut mutant = model.clone();
            mutant.roles[n].implies.remove(kind);
            killed(&mut mutant, examples, || format!("{}: {} implies {kind}", model.id, role.key), count);
        }
    }
    if model.organization.depth > 0 {
        for (n, permission) in model.permissions.iter().enumerate() {
            if !permission.at.contains(&ScopeKind::Organization) {
                continue;
            }
            let mut mutant = model.clone();
            mutant.permissions[n].roots_only = !permission.roots_only;
            killed(&mut mutant, examples, || format!("{}: {} roots only", model.id, permission.key), count);
        }
    }
}

type Change = fn(&Model, &Examples, &mut Count);

#[test]
fn every_cell_and_every_rule_is_held_by_an_example() {
    let mut alive = Vec::new();
    for preset in presets() {
        let model = Model::preset(preset.id).unwrap();
        let examples = Examples::parse(preset.id, preset.examples).unwrap();
        for (sort, change) in [("cells", cells as Change), ("rule entries", rules), ("implied and root marks", others)] {
            let mut count = Count::default();
            change(&model, &examples, &mut count);
            let Count { changes, by_examples, by_loading, alive: unnoticed } = count;
            println!("{}: {changes} {sort}: {by_examples} by examples, {by_loading} refused by loading", preset.id);
            alive.extend(unnoticed);
        }
    }
    assert!(alive.is_empty(), "nothing notices:\n{}", alive.join("\n"));
}

#[test]
fn every_operation_is_opened_closed_or_absent() {
    for preset in presets() {
        let model = Model::preset(preset.id).unwrap();
        for operation in Operation::ALL {
            for kind in operation.kinds() {
                let ways = [
                    model.permission_of(*operation, *kind).is_some(),
                    model.closed_at.contains(&(*operation, *kind)),
                    !model.has(*operation, *kind),
                ];
                assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{}: {operation} at {kind}", preset.id);
            }
        }
    }
}

#[test]
fn the_top_role_flows_down_and_others_only_as_implied() {
    let model = Model::preset("pipes").unwrap();
    let flow = |role: &str| model.flow(&BTreeSet::from([RoleKey::new(role)]), ScopeKind::Workspace);
    assert_eq!(flow("owner"), BTreeSet::from([RoleKey::new("owner"), RoleKey::new("workspace_owner")]));
    assert!(flow("member").is_empty());
}
