//! What a system is (the access model) and the question it answers: may this subject do this here?
//!
//! Pure: no clock, no IO, no async, no database. Time is a value.

pub mod id;
pub mod model;
pub mod operation;
pub mod snapshot;

pub use id::{PermissionKey, RoleKey, ScopeId, SubjectId, TenantId};
pub use model::Model;
pub use operation::{Operation, ScopeKind};
pub use snapshot::{Decision, Facts, Snapshot};
