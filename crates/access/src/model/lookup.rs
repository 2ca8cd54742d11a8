//! Finding things in a model, and the few computations everyone needs.

use super::{Feature, Located, Model, Permission, PermissionIx, Plan, Role, check, error::Problems, parse};
use crate::{Operation, PermissionKey, RoleKey, ScopeKind, operation::Part};
use std::collections::BTreeSet;

impl Model {
    /// Reads and checks a model file. `file_name` is only for messages.
    ///
    /// # Errors
    /// Everything that is wrong with the file, in the file's order.
    pub fn load(file_name: &str, text: &str) -> Result<Self, Vec<Located>> {
        parse::load(file_name, text)
    }

    /// Checks the model again, after a change made to it in memory; what it finds has no place in a file.
    pub fn recheck(&self) -> Vec<Located> {
        let mut problems = Problems::new("", "");
        check::all(self, &mut problems);
        problems.into_found()
    }

    /// The role of this id.
    pub fn role(&self, key: &RoleKey) -> Option<&Role> {
        self.roles.iter().find(|role| role.key == *key)
    }

    /// The roles at this kind of scope that somebody gives: not those that only follow from others, nor the one that comes with
    /// every membership.
    pub fn given_by_hand(&self, kind: ScopeKind) -> impl Iterator<Item = &Role> {
        let base = self.organization.base_role.as_ref();
        self.roles.iter().filter(move |role| role.at == kind && role.membership && Some(&role.key) != base)
    }

    /// The role's title, after its module's where it has one: `Build: Manager`.
    pub fn full_title(&self, role: &Role) -> String {
        let module = self.modules.iter().find(|module| Some(&module.key) == role.module.as_ref());
        module.map_or_else(|| role.title.clone(), |module| format!("{}: {}", module.title, role.title))
    }

    /// What a role is called above its column: its title, with its place where another column is called the same (P-22).
    pub fn column_title(&self, role: &Role, columns: &[&Role]) -> String {
        if columns.iter().filter(|other| other.title == role.title).count() < 2 {
            return role.title.clone();
        }
        format!("{} ({})", role.title, self.words.get(role.at.as_str()))
    }

    /// Whether this is the role that holds everything.
    pub fn is_top(&self, key: &RoleKey) -> bool {
        self.organization.top_role == *key
    }

    /// The permission of this id.
    pub fn permission(&self, key: &PermissionKey) -> Option<&Permission> {
        self.permissions.iter().find(|permission| permission.key == *key)
    }

    /// The index of the permission of this id.
    pub fn permission_ix(&self, key: &PermissionKey) -> Option<PermissionIx> {
        index(self.permissions.iter().position(|permission| permission.key == *key)).map(PermissionIx)
    }

    /// The permission at this index.
    pub fn permission_at(&self, ix: PermissionIx) -> Option<&Permission> {
        self.permissions.get(usize::from(ix.0))
    }

    /// The one permission that opens this operation at this kind of scope; none: it is closed there, or the model
    /// lacks its part.
    pub fn permission_of(&self, operation: Operation, kind: ScopeKind) -> Option<PermissionIx> {
        self.opened.get(&(operation, kind)).copied()
    }

    /// The plan an organization has unless operators set another. A loaded model always has one.
    pub fn default_plan(&self) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.default)
    }

    /// The feature without which a plan lacks this operation.
    pub fn feature_locking(&self, operation: Operation) -> Option<&Feature> {
        self.features.iter().find(|feature| feature.locked_operations.contains(&operation))
    }

    /// Whether the model has the part an operation belongs to, at this kind of scope. What it has is opened or closed.
    pub fn has(&self, operation: Operation, kind: ScopeKind) -> bool {
        operation.kinds().contains(&kind) && self.has_kind(kind) && self.has_part(operation.part())
    }

    /// Whether there are scopes of this kind.
    pub fn has_kind(&self, kind: ScopeKind) -> bool {
        match kind {
            ScopeKind::Organization => true,
            ScopeKind::Workspace => self.workspaces.is_some(),
        }
    }

    /// Whether the model has this part.
    pub fn has_part(&self, part: Part) -> bool {
        match part {
            Part::Always => true,
            Part::SubOrganizations => self.organization.depth > 0,
            Part::Workspaces => self.workspaces.is_some(),
            Part::Teams => self.teams.is_some(),
            Part::CustomRoles => self.custom_roles.is_some(),
        }
    }

    /// What follows, at a scope of this kind right below, from the roles held above: their implied roles, and the top
    /// role itself (P-19).
    pub fn flow(&self, above: &BTreeSet<RoleKey>, kind: ScopeKind) -> BTreeSet<RoleKey> {
        let mut below = BTreeSet::new();
        for role in above.iter().filter_map(|key| self.role(key)) {
            below.extend(role.implies.get(&kind).into_iter().flatten().cloned());
            if self.is_top(&role.key) {
                below.insert(role.key.clone());
            }
        }
        below
    }

    /// Every permission these roles hold together at a scope of this kind, by the model's own matrix. Permissions for
    /// roots only are among them: whether a scope is a root is the caller's to say.
    pub fn permissions_of<'r>(&self, roles: impl IntoIterator<Item = &'r RoleKey>, kind: ScopeKind) -> BTreeSet<PermissionIx> {
        self.held(roles, kind, |role| &role.permissions)
    }

    /// What these roles hold there for their holder's own things only.
    pub fn own_permissions_of<'r>(&self, roles: impl IntoIterator<Item = &'r RoleKey>, kind: ScopeKind) -> BTreeSet<PermissionIx> {
        self.held(roles, kind, |role| &role.own)
    }

    fn held<'r>(
        &self,
        roles: impl IntoIterator<Item = &'r RoleKey>,
        kind: ScopeKind,
        which: impl Fn(&Role) -> &Vec<PermissionIx>,
    ) -> BTreeSet<PermissionIx> {
        let mut held = BTreeSet::new();
        for role in roles.into_iter().filter_map(|key| self.role(key)) {
            // A role counts at its own kind of scope; the top role everywhere.
            if role.at == kind || self.is_top(&role.key) {
                let exists = |ix: &&PermissionIx| self.permission_at(**ix).is_some_and(|p| p.at.contains(&kind));
                held.extend(which(role).iter().filter(exists));
            }
        }
        held
    }
}

fn index(position: Option<usize>) -> Option<u16> {
    position.and_then(|position| u16::try_from(position).ok())
}
