//! What a snapshot is compiled from, and what may change in one without compiling it again.

use crate::{PermissionKey, RoleKey, ScopeId, ScopeKind, SubjectId};
use std::collections::BTreeMap;

/// Microseconds since 1970-01-01 UTC. Time is a value: every decision is given `now`.
pub type Micros = i64;

/// A tenant's access state: what a snapshot is compiled from.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The tenant's revision that these facts are the state of.
    pub revision: u64,
    /// Parents before children; the first is the root organization. A scope whose parent is unknown is left out.
    pub scopes: Vec<ScopeFact>,
    /// Several for one subject and scope add up. One at an unknown scope gives nothing, nor does a role that is
    /// unknown or of another kind of scope.
    pub assignments: Vec<Assignment>,
    /// (team, member): the member holds what the team holds. Teams don't nest. Leave out suspended members.
    pub team_members: Vec<(SubjectId, SubjectId)>,
    /// The organization's own roles.
    pub custom_roles: Vec<CustomRole>,
    /// The organization's own changes to cells of the matrix; the last one of a cell counts. Without effect on the
    /// top role. What is not in the model is passed over.
    pub matrix: Vec<(PermissionKey, RoleKey, Cell)>,
    /// Keys the hash of ids: random, one per process, so that ids can't be chosen to collide.
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeFact {
    pub id: ScopeId,
    pub kind: ScopeKind,
    /// None for the root organization alone.
    pub parent: Option<ScopeId>,
}

/// One subject's direct roles at one scope. A suspended or removed subject has none of these: leave it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub subject: SubjectId,
    pub scope: ScopeId,
    /// Replaced whole. May be empty (a membership without a role). At an organization the model's `base_role` comes
    /// with it; what a team holds is no membership of its members, so they don't get it from there.
    pub roles: Vec<RoleKey>,
    /// In force from here on, if set.
    pub from: Option<Micros>,
    /// No longer in force from here on, if set.
    pub until: Option<Micros>,
}

/// An organization's own role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomRole {
    /// Never the key of one of the model's roles: such a custom role is passed over.
    pub key: RoleKey,
    pub at: ScopeKind,
    pub permissions: Vec<PermissionKey>,
    /// The roles that follow from it at each kind of scope below, as in the model.
    pub implies: BTreeMap<ScopeKind, Vec<RoleKey>>,
}

/// One cell of the matrix, as an organization set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// The role holds the permission.
    Given,
    /// The role does not hold the permission, not even for its own things.
    Taken,
}

/// One change of the facts, for [`super::Snapshot::apply`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactChange {
    /// All of the subject's assignments, replaced whole; their `subject` is not looked at. Empty: holds nothing
    /// itself (suspended, removed). Its teams stay as they are.
    Assignments { subject: SubjectId, assignments: Vec<Assignment> },
    /// The teams the subject is in, replaced whole.
    Teams { member: SubjectId, teams: Vec<SubjectId> },
    /// The team and its memberships are gone.
    TeamDeleted { team: SubjectId },
    /// A new scope, or one that moves under another parent. The root can't move.
    Scope(ScopeFact),
    /// The scope and all below it are gone for good, and what is held there with them.
    ScopeDeleted { scope: ScopeId },
    /// All of the organization's own roles and cells, replaced whole. Touches no subject.
    Matrix { custom_roles: Vec<CustomRole>, cells: Vec<(PermissionKey, RoleKey, Cell)> },
}
