//! A tenant's access state, compiled: immutable, compact, answered from memory in nanoseconds.
//!
//! [`Snapshot::build`] compiles facts; [`Snapshot::apply`] makes the next revision's, sharing what does not change.
//! A decision is a union of sets of roles on the way from a scope to the root. What a set of roles permits at the end
//! of each kind of way is worked out beforehand, so deciding is finding the subject's words and testing a bit.

mod build;
mod decide;
mod explain;
mod facts;
mod intern;
mod limits;
mod people;
mod roles;
mod rows;
mod scopes;
mod search;
mod text;

pub use decide::Owns;
pub use explain::{Decision, Held, Step};
pub use facts::{Assignment, Cell, CustomRole, FactChange, Facts, Micros, ScopeFact};
pub use limits::Limit;
pub use text::parse_uuid;

pub use crate::model::PermissionIx;
use crate::{Model, Operation, PermissionKey, ScopeId, ScopeKind};
use std::sync::Arc;

/// A subject's number in one snapshot and those made from it by [`Snapshot::apply`]. Building anew gives new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectIx(pub u32);

/// A scope's number in one snapshot and those made from it by [`Snapshot::apply`]. Building anew gives new ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeIx(pub u16);

/// A tenant's access state at one revision. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Snapshot {
    model: Arc<Model>,
    revision: u64,
    names: Arc<decide::Names>,
    roles: Arc<roles::Roles>,
    scopes: Arc<scopes::Scopes>,
    rows: Arc<rows::Rows>,
    people: Arc<people::People>,
    moments: Arc<build::Moments>,
}

impl Snapshot {
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The revision that every answer of this snapshot is about.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The first moment after `now` at which an assignment begins or ends: until then, without a change, every answer
    /// stays. None: for ever.
    pub fn valid_until(&self, now: Micros) -> Option<Micros> {
        let (at, _) = self.moments.range(now.checked_add(1)?..).next()?;
        Some(*at)
    }

    /// Which operation is opened here by which permission, if any.
    pub fn opened_by(&self, operation: Operation, kind: ScopeKind) -> Option<&PermissionKey> {
        let ix = self.model.opened.get(&(operation, kind))?;
        self.model.permissions.get(usize::from(ix.0)).map(|p| &p.key)
    }

    /// The scope, with its kind and parent; None where it isn't in this tenant.
    pub fn scope(&self, scope: ScopeId) -> Option<ScopeFact> {
        self.scopes.fact(self.scopes.ix(scope)?)
    }

    /// The scope and those above it, the root last. Empty where it isn't in this tenant.
    pub fn way_up(&self, scope: ScopeId) -> Vec<ScopeId> {
        let way = self.scopes.ix(scope).map_or(&[][..], |ix| self.scopes.way(ix));
        way.iter().filter_map(|link| self.scopes.id(link.scope)).collect()
    }
}
