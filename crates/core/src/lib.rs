//! The rules: state, commands, changes and refusals, for tenants and for users.
//!
//! Pure. A command takes the state, a [`Permit`] and `now`, and answers with what was [`Decided`] or why it stopped.
//! Nothing here reads a clock, draws a random number, or knows a database.

pub mod account;
pub mod change;
pub mod decided;
pub mod id;
pub mod invitation;
pub mod key;
pub mod link;
pub mod mail;
pub mod member;
pub mod organization;
pub mod ownership;
pub mod permit;
pub mod refusal;
pub mod session;
pub mod tenant;
pub mod text;
pub mod time;
pub mod user;
pub mod world;

mod grant;

pub use change::{Change, StreamId, TenantChange, UserChange};
pub use decided::{Claim, ClaimKind, Decided, Draft, PersonalWrite};
pub use grant::{could_give, could_take};
pub use guildhall_access::{Model, Operation, RoleKey, ScopeId, ScopeKind, Snapshot, SubjectId};
pub use id::{AddressId, Id, IdentityId, InvitationId, KeyId, OrganizationId, SessionId, SignInId, TenantId, UserId, WorkspaceId};
pub use permit::{Actor, Denied, Permit, Principal, op};
pub use refusal::Refusal;
pub use tenant::{Tenant, TenantFacts};
pub use time::Timestamp;
pub use user::User;
pub use world::{Sight, Stop, World};
