//! What roles amount to: the model's roles and an organization's own, with its changes to the matrix laid over them.

use super::{
    facts::{Cell, CustomRole},
    limits::Limit,
    scopes::Shape,
};
use crate::{
    Model, PermissionKey, RoleKey, ScopeKind,
    model::{Permission, PermissionIx},
};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Words of a [`RoleSet`]: room for `Limit::Roles`.
const WORDS: usize = Limit::Roles.most() / 64;

/// A set of roles, by index in [`Roles`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RoleSet([u64; WORDS]);

impl RoleSet {
    pub(super) fn insert(&mut self, role: u16) {
        if let Some(word) = self.0.get_mut(usize::from(role) / 64) {
            *word |= 1 << (role % 64);
        }
    }
    pub(super) fn union(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a |= b);
    }
    fn common(&self, other: &Self) -> Self {
        let mut both = *self;
        both.0.iter_mut().zip(other.0).for_each(|(a, b)| *a &= b);
        both
    }
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|w| *w == 0)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> {
        let of_word = |(n, word): (u16, u64)| {
            let without_lowest = |left: &u64| Some(left & left.wrapping_sub(1)).filter(|left| *left != 0);
            let words = std::iter::successors(Some(word).filter(|word| *word != 0), without_lowest);
            words.filter_map(move |left| u16::try_from(left.trailing_zeros()).ok()).map(move |bit| n * 64 + bit)
        };
        (0u16..).zip(self.0).flat_map(of_word)
    }
}

/// A set of permissions, by [`PermissionIx`].
pub(super) type PermissionSet = Box<[u64]>;

pub(super) fn has(set: &[u64], permission: PermissionIx) -> bool {
    set.get(usize::from(permission.0) / 64).is_some_and(|word| word >> (permission.0 % 64) & 1 == 1)
}

fn put(set: &mut [u64], permission: PermissionIx) {
    if let Some(word) = set.get_mut(usize::from(permission.0) / 64) {
        *word |= 1 << (permission.0 % 64);
    }
}

fn take(set: &mut [u64], permission: PermissionIx) {
    if let Some(word) = set.get_mut(usize::from(permission.0) / 64) {
        *word &= !(1 << (permission.0 % 64));
    }
}

#[derive(Clone, Debug)]
pub(super) struct Roles {
    pub(super) n_words: usize,
    by_key: FxHashMap<RoleKey, u16>,
    list: Vec<Role>,
    /// How many of `list` are the model's, which stand first.
    n_model: usize,
    top: Option<u16>,
    pub(super) base: Option<u16>,
    /// The roles of each kind of scope: a role held elsewhere gives nothing.
    of_kind: [RoleSet; 2],
    /// The permissions of each kind of scope, at the root and elsewhere.
    asked: [[PermissionSet; 2]; 2],
}

#[derive(Clone, Debug)]
struct Role {
    key: RoleKey,
    /// None: known only because somebody is said to hold it.
    at: Option<ScopeKind>,
    implies: [RoleSet; 2],
    permits: PermissionSet,
    own: PermissionSet,
}

fn slot<T>(pair: &[T; 2], kind: ScopeKind) -> &T {
    let [organization, workspace] = pair;
    match kind {
        ScopeKind::Organization => organization,
        ScopeKind::Workspace => workspace,
    }
}

fn slot_mut<T>(pair: &mut [T; 2], kind: ScopeKind) -> &mut T {
    let [organization, workspace] = pair;
    match kind {
        ScopeKind::Organization => organization,
        ScopeKind::Workspace => workspace,
    }
}

type Cells = [(PermissionKey, RoleKey, Cell)];

impl Roles {
    pub(super) fn new(model: &Model, custom: &[CustomRole], cells: &Cells) -> Result<Self, Limit> {
        Limit::Permissions.check(model.permissions.len())?;
        let n_words = model.permissions.len().div_ceil(64).max(1);
        let none = || vec![0; n_words].into_boxed_slice();
        let mut asked = [[none(), none()], [none(), none()]];
        for (permission, at) in indexed(&model.permissions) {
            for kind in &permission.at {
                let [at_root, elsewhere] = slot_mut(&mut asked, *kind);
                put(at_root, at);
                if !permission.roots_only {
                    put(elsewhere, at);
                }
            }
        }
        let mut roles = Self {
            n_words,
            by_key: FxHashMap::default(),
            list: Vec::new(),
            n_model: model.roles.len(),
            top: None,
            base: None,
            of_kind: [RoleSet::default(); 2],
            asked,
        };
        for role in &model.roles {
            roles.intern(&role.key)?;
        }
        roles.top = roles.ix(model.organization.top_role.as_str());
        roles.base = match &model.organization.base_role {
            Some(key) => roles.ix(key.as_str()),
            None => None,
        };
        roles.overlay(model, custom, cells)?;
        Ok(roles)
    }

    /// The organization's own roles and cells, replaced whole. Indices stay.
    pub(super) fn overlay(&mut self, model: &Model, custom: &[CustomRole], cells: &Cells) -> Result<(), Limit> {
        for role in &mut self.list {
            *role = Role::empty(role.key.clone(), self.n_words);
        }
        for role in &model.roles {
            self.fill(&role.key, role.at, &role.implies, &role.permissions)?;
        }
        for (permission, at) in indexed(&model.permissions) {
            for role in &permission.own {
                if let Some(role) = self.get_mut(role) {
                    put(&mut role.own, at);
                }
            }
        }
        let keys: FxHashMap<&str, PermissionIx> = indexed(&model.permissions).map(|(p, at)| (p.key.as_str(), at)).collect();
        for role in custom {
            if usize::from(self.intern(&role.key)?) < self.n_model {
                continue;
            }
            let permissions: Vec<_> = role.permissions.iter().filter_map(|p| keys.get(p.as_str()).copied()).collect();
            self.fill(&role.key, role.at, &role.implies, &permissions)?;
        }
        for (permission, role, cell) in cells {
            let (Some(at), Some(role)) = (keys.get(permission.as_str()), self.get_mut(role)) else { continue };
            match cell {
                Cell::Given => put(&mut role.permits, *at),
                Cell::Taken => {
                    take(&mut role.permits, *at);
                    take(&mut role.own, *at);
                }
            }
        }
        self.finish(model);
        Ok(())
    }

    fn fill(
        &mut self,
        key: &RoleKey,
        at: ScopeKind,
        implies: &BTreeMap<ScopeKind, Vec<RoleKey>>,
        permissions: &[PermissionIx],
    ) -> Result<(), Limit> {
        let mut filled = Role::empty(key.clone(), self.n_words);
        filled.at = Some(at);
        for permission in permissions {
            put(&mut filled.permits, *permission);
        }
        for (kind, implied) in implies {
            for role in implied {
                let ix = self.intern(role)?;
                slot_mut(&mut filled.implies, *kind).insert(ix);
            }
        }
        if let Some(role) = self.get_mut(key) {
            *role = filled;
        }
        Ok(())
    }

    /// The top role holds everything, always, and implies itself at every scope below (P-19). A role that nobody
    /// declared is implied by none.
    fn finish(&mut self, model: &Model) {
        if let Some(top) = self.top
            && let Some(role) = self.list.get_mut(usize::from(top))
        {
            role.own.fill(0);
            indexed(&model.permissions).for_each(|(_, p)| put(&mut role.permits, p));
            role.implies.iter_mut().for_each(|set| set.insert(top));
        }
        self.of_kind = [RoleSet::default(); 2];
        for (ix, role) in (0u16..).zip(&self.list) {
            if let Some(kind) = role.at {
                slot_mut(&mut self.of_kind, kind).insert(ix);
            }
        }
        let [mut declared, of_workspaces] = self.of_kind;
        declared.union(&of_workspaces);
        for role in &mut self.list {
            role.implies = role.implies.map(|set| set.common(&declared));
        }
    }

    /// Its index; a key that nobody declared gets one too, and gives nothing.
    pub(super) fn intern(&mut self, key: &RoleKey) -> Result<u16, Limit> {
        if let Some(ix) = self.by_key.get(key) {
            return Ok(*ix);
        }
        Limit::Roles.check(self.list.len() + 1)?;
        let ix = u16::try_from(self.list.len()).map_err(|_| Limit::Roles)?;
        self.by_key.insert(key.clone(), ix);
        self.list.push(Role::empty(key.clone(), self.n_words));
        Ok(ix)
    }

    pub(super) fn ix(&self, key: &str) -> Option<u16> {
        self.by_key.get(key).copied()
    }

    fn get(&self, ix: u16) -> Option<&Role> {
        self.list.get(usize::from(ix))
    }

    fn get_mut(&mut self, key: &RoleKey) -> Option<&mut Role> {
        let ix = *self.by_key.get(key)?;
        self.list.get_mut(usize::from(ix))
    }

    pub(super) fn key(&self, ix: u16) -> Option<&RoleKey> {
        self.get(ix).map(|r| &r.key)
    }

    /// What the role holds, wherever it is asked.
    pub(super) fn permits(&self, ix: u16) -> &[u64] {
        self.get(ix).map_or(&[], |r| &r.permits)
    }

    /// What the role holds for its holder's own things.
    pub(super) fn own(&self, ix: u16) -> &[u64] {
        self.get(ix).map_or(&[], |r| &r.own)
    }

    /// What can be asked at a scope of this kind.
    pub(super) fn asked(&self, kind: ScopeKind, root: bool) -> &[u64] {
        let [at_root, elsewhere] = slot(&self.asked, kind);
        if root { at_root } else { elsewhere }
    }

    /// Those of the set that are roles of this kind of scope.
    pub(super) fn valid(&self, set: &RoleSet, kind: ScopeKind) -> RoleSet {
        set.common(slot(&self.of_kind, kind))
    }

    /// The roles that follow at a scope of this kind from those held at its parent.
    pub(super) fn implied(&self, set: &RoleSet, kind: ScopeKind) -> RoleSet {
        let mut all = RoleSet::default();
        set.iter().filter_map(|r| self.get(r)).for_each(|r| all.union(slot(&r.implies, kind)));
        all
    }

    /// The roles held at the end of the way.
    pub(super) fn follow(&self, set: &RoleSet, shape: &Shape) -> RoleSet {
        shape.steps.iter().fold(self.valid(set, shape.start), |held, kind| self.implied(&held, *kind))
    }
}

impl Role {
    fn empty(key: RoleKey, n_words: usize) -> Self {
        let none = vec![0; n_words].into_boxed_slice();
        Self { key, at: None, implies: [RoleSet::default(); 2], permits: none.clone(), own: none }
    }
}

pub(super) fn indexed(permissions: &[Permission]) -> impl Iterator<Item = (&Permission, PermissionIx)> {
    permissions.iter().zip((0u16..).map(PermissionIx))
}
