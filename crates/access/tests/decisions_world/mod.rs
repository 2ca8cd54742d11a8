//! What the tests of decisions share: small models, small worlds, and the definition of a decision written out over
//! plain sets. It reads the model's lists and the facts; nothing of what a snapshot compiles is used.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]
#![allow(clippy::type_complexity, reason = "tables read best written out")]

use guildhall_access::{
    Model, PermissionKey, RoleKey, ScopeId, ScopeKind, SubjectId,
    model::{Permission, PermissionIx, Role},
    snapshot::{Assignment, Cell, CustomRole, Facts, Micros, Owns, ScopeFact},
};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Moments that assignments begin or end at, and questions are asked at.
pub const MOMENTS: [Micros; 3] = [10, 20, 30];

pub fn preset(id: &str) -> Arc<Model> {
    Arc::new(Model::preset(id).unwrap())
}

/// A model with all that decisions depend on: every kind of permission, implication, own things, a base role.
pub fn small() -> Arc<Model> {
    use ScopeKind::{Organization as O, Workspace as W};
    let mut model = Model::preset("standard").unwrap();
    let (role, permission) = (model.roles[0].clone(), model.permissions[0].clone());
    let roles: [(&str, ScopeKind, &[(ScopeKind, &str)]); 8] = [
        ("top", O, &[(W, "lead")]),
        ("admin", O, &[(O, "admin"), (W, "steward"), (W, "guest")]),
        ("clerk", O, &[(O, "base")]),
        ("base", O, &[(O, "base")]),
        ("lead", W, &[]),
        ("steward", W, &[]),
        ("guest", W, &[]),
        ("idle", W, &[]),
    ];
    let permissions: [(&str, &[ScopeKind], bool, &[&str], &[&str]); 10] = [
        ("see", &[O, W], false, &["top", "admin", "clerk", "base", "lead", "steward", "guest"], &[]),
        ("admit", &[O], false, &["top", "admin"], &[]),
        ("bill", &[O], true, &["top", "clerk"], &[]),
        ("pay", &[O], true, &["top"], &["clerk", "base"]),
        ("end", &[O], false, &["top"], &[]),
        ("edit", &[W], false, &["top", "lead"], &["guest"]),
        ("drop", &[W], false, &["top", "lead", "steward"], &[]),
        ("hidden", &[W], false, &["top"], &[]),
        ("both", &[O, W], false, &["top", "admin"], &["lead", "base"]),
        ("none", &[O], false, &["top"], &[]),
    ];
    model.organization.top_role = "top".into();
    model.organization.base_role = Some("base".into());
    model.permissions = permissions
        .iter()
        .map(|(key, at, roots_only, roles, own)| Permission {
            key: (*key).into(),
            at: at.to_vec(),
            roots_only: *roots_only,
            roles: roles.iter().map(|r| (*r).into()).collect(),
            own: own.iter().map(|r| (*r).into()).collect(),
            ..permission.clone()
        })
        .collect();
    model.roles = roles
        .iter()
        .map(|(key, at, implied)| {
            let mut implies = BTreeMap::new();
            for (kind, role) in *implied {
                implies.entry(*kind).or_insert_with(Vec::new).push(RoleKey::from(*role));
            }
            let holds = |p: &Permission| p.roles.iter().any(|r| r.as_str() == *key);
            Role { key: (*key).into(), at: *at, implies, permissions: indices(&model, holds), ..role.clone() }
        })
        .collect();
    Arc::new(model)
}

fn indices(model: &Model, which: impl Fn(&Permission) -> bool) -> Vec<PermissionIx> {
    let indexed = model.permissions.iter().zip((0..).map(PermissionIx));
    indexed.filter(|(p, _)| which(p)).map(|(_, ix)| ix).collect()
}

/// The definition.
pub struct Naive<'a> {
    pub model: &'a Model,
    pub facts: &'a Facts,
}

impl Naive<'_> {
    fn scope(&self, id: ScopeId) -> Option<&ScopeFact> {
        self.facts.scopes.iter().find(|s| s.id == id)
    }

    fn kind_of(&self, role: &RoleKey) -> Option<ScopeKind> {
        let of_model = self.model.roles.iter().find(|r| r.key == *role).map(|r| r.at);
        of_model.or_else(|| self.facts.custom_roles.iter().find(|r| r.key == *role).map(|r| r.at))
    }

    fn implies(&self, role: &RoleKey, kind: ScopeKind) -> BTreeSet<RoleKey> {
        let of_model = self.model.roles.iter().find(|r| r.key == *role).map(|r| &r.implies);
        let implies = of_model.or_else(|| self.facts.custom_roles.iter().find(|r| r.key == *role).map(|r| &r.implies));
        let mut all: BTreeSet<RoleKey> = implies.and_then(|i| i.get(&kind)).into_iter().flatten().cloned().collect();
        if *role == self.model.organization.top_role {
            all.insert(role.clone());
        }
        all
    }

    fn assigned(&self, who: SubjectId, scope: &ScopeFact, now: Micros) -> impl Iterator<Item = &Assignment> {
        let begun = move |a: &&Assignment| a.from.is_none_or(|from| from <= now);
        let not_ended = move |a: &&Assignment| a.until.is_none_or(|until| now < until);
        let id = scope.id;
        self.facts.assignments.iter().filter(move |a| a.subject == who && a.scope == id).filter(begun).filter(not_ended)
    }

    /// at(s, x)
    pub fn roles_at(&self, who: SubjectId, scope: ScopeId, now: Micros) -> BTreeSet<RoleKey> {
        let Some(scope) = self.scope(scope) else { return BTreeSet::new() };
        let mut here: BTreeSet<RoleKey> = BTreeSet::new();
        for own in self.assigned(who, scope, now) {
            here.extend(own.roles.iter().cloned());
            here.extend(self.model.organization.base_role.clone().filter(|_| scope.kind == ScopeKind::Organization));
        }
        for (team, _) in self.facts.team_members.iter().filter(|(_, member)| *member == who) {
            self.assigned(*team, scope, now).for_each(|a| here.extend(a.roles.iter().cloned()));
        }
        here.retain(|role| self.kind_of(role) == Some(scope.kind));
        for above in scope.parent.map(|parent| self.roles_at(who, parent, now)).unwrap_or_default() {
            here.extend(self.implies(&above, scope.kind));
        }
        here
    }

    fn permits(&self, role: &RoleKey, permission: &Permission) -> bool {
        if *role == self.model.organization.top_role {
            return true;
        }
        let cell = |(p, r, _): &&(PermissionKey, RoleKey, Cell)| *p == permission.key && r == role;
        if let Some((.., cell)) = self.facts.matrix.iter().rfind(cell) {
            return *cell == Cell::Given;
        }
        let custom = self.facts.custom_roles.iter().find(|r| r.key == *role);
        permission.roles.contains(role) || custom.is_some_and(|r| r.permissions.contains(&permission.key))
    }

    fn permits_own(&self, role: &RoleKey, permission: &Permission) -> bool {
        let cell = |(p, r, _): &(PermissionKey, RoleKey, Cell)| *p == permission.key && r == role;
        permission.own.contains(role) && !self.facts.matrix.iter().any(|c| cell(c) && c.2 == Cell::Taken) || self.permits(role, permission)
    }

    pub fn allowed(&self, who: SubjectId, permission: &str, scope: ScopeId, owns: Owns, now: Micros) -> bool {
        let Some(permission) = self.model.permissions.iter().find(|p| p.key.as_str() == permission) else {
            return false;
        };
        let Some(fact) = self.scope(scope) else { return false };
        let asked = permission.at.contains(&fact.kind) && (!permission.roots_only || fact.parent.is_none());
        asked
            && self.roles_at(who, scope, now).iter().any(|role| match owns {
                Owns::Yes => self.permits_own(role, permission),
                Owns::No => self.permits(role, permission),
            })
    }
}

/// Subjects of the worlds: people, then teams. The last person and the last scope are never in the facts.
pub const PEOPLE: u128 = 5;
pub const TEAMS: u128 = 2;

pub fn subject(n: u128) -> SubjectId {
    SubjectId(100 + n)
}
pub fn scope(n: u128) -> ScopeId {
    ScopeId(1000 + n)
}

/// A tree of up to nine scopes: organizations below organizations, workspaces as leaves.
pub fn scopes() -> impl Strategy<Value = Vec<ScopeFact>> {
    prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..8).prop_map(|below| {
        let mut all = vec![ScopeFact { id: scope(0), kind: ScopeKind::Organization, parent: None }];
        for (n, (parent, organization)) in (1..).zip(below) {
            let organizations: Vec<_> = all.iter().filter(|s| s.kind == ScopeKind::Organization).collect();
            let parent = Some(parent.get(&organizations).id);
            let kind = if organization { ScopeKind::Organization } else { ScopeKind::Workspace };
            all.push(ScopeFact { id: scope(n), kind, parent });
        }
        all
    })
}

pub fn moment() -> impl Strategy<Value = Option<Micros>> {
    prop_oneof![3 => Just(None), 1 => prop::sample::select(MOMENTS.to_vec()).prop_map(Some)]
}

/// Some of the model's roles, a custom one, and sometimes one that nobody declared.
pub fn roles(model: &Model) -> impl Strategy<Value = Vec<RoleKey>> + use<> {
    let mut keys: Vec<RoleKey> = model.roles.iter().map(|r| r.key.clone()).collect();
    keys.extend(["custom".into(), "unheard-of".into()]);
    prop::collection::vec(prop::sample::select(keys), 0..4)
}

pub fn assignment(model: &Model) -> impl Strategy<Value = Assignment> + use<> {
    (0..PEOPLE + TEAMS, 0..9u128, roles(model), moment(), moment()).prop_map(|(who, place, roles, from, until)| Assignment {
        subject: subject(who),
        scope: scope(place),
        roles,
        from,
        until,
    })
}

pub type Overlay = (Vec<CustomRole>, Vec<(PermissionKey, RoleKey, Cell)>);

pub fn overlay(model: &Model) -> impl Strategy<Value = Overlay> + use<> {
    let permissions: Vec<PermissionKey> = model.permissions.iter().map(|p| p.key.clone()).collect();
    let mut roles: Vec<RoleKey> = model.roles.iter().map(|r| r.key.clone()).collect();
    let implied = prop::collection::vec(prop::sample::select(roles.clone()), 0..2);
    roles.extend(["custom".into(), "unheard-of".into()]);
    let kind = || prop::sample::select(ScopeKind::ALL.to_vec());
    let held = prop::collection::vec(prop::sample::select(permissions.clone()), 0..5);
    let custom = (kind(), held, kind(), implied).prop_map(|(at, permissions, below, implied)| CustomRole {
        key: "custom".into(),
        at,
        permissions,
        implies: BTreeMap::from([(below, implied)]),
    });
    let cell = prop_oneof![Just(Cell::Given), Just(Cell::Taken)];
    let cells = (prop::sample::select(permissions), prop::sample::select(roles), cell);
    (prop::collection::vec(custom, 0..2), prop::collection::vec(cells, 0..5))
}

pub fn facts(model: &Model) -> impl Strategy<Value = Facts> + use<> {
    let members = prop::collection::vec((0..TEAMS, 0..PEOPLE), 0..5);
    let assignments = prop::collection::vec(assignment(model), 0..14);
    (scopes(), assignments, members, overlay(model), any::<u64>()).prop_map(
        |(scopes, assignments, members, (custom_roles, matrix), seed)| Facts {
            revision: 1,
            scopes,
            assignments,
            team_members: members.into_iter().map(|(t, m)| (subject(PEOPLE + t), subject(m))).collect(),
            custom_roles,
            matrix: one_cell_each(matrix),
            seed,
        },
    )
}

/// The last one of each cell, as an organization keeps them.
pub fn one_cell_each(cells: Vec<(PermissionKey, RoleKey, Cell)>) -> Vec<(PermissionKey, RoleKey, Cell)> {
    let last: BTreeMap<_, _> = cells.into_iter().map(|(p, r, cell)| ((p, r), cell)).collect();
    last.into_iter().map(|((p, r), cell)| (p, r, cell)).collect()
}

/// Who, what, where: every question of a world, with some that nothing is known of.
pub fn questions(model: &Model) -> impl Iterator<Item = (SubjectId, &str, ScopeId)> {
    let permissions = || model.permissions.iter().map(|p| p.key.as_str()).chain(["unheard.of"]);
    let whats = move |who, place| permissions().map(move |what| (subject(who), what, scope(place)));
    (0..=PEOPLE + TEAMS).flat_map(move |who| (0..10).flat_map(move |place| whats(who, place)))
}
