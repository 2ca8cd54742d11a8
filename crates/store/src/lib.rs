//! Keeps changes and finds facts, on SQLite and Postgres: one SQL text for both, no SQL anywhere else.
//!
//! A write is a function handed to [`Store::write`]; what it decides is committed, and state and snapshots in memory advance.
//! Readers take a [`TenantView`] from memory, and rows from finders that take their place from a permit.

pub mod fault;
pub mod open;
pub mod store;
#[cfg(debug_assertions)]
pub mod testing;
pub mod verify;
pub mod write;

pub(crate) mod commit;
pub(crate) mod db;
pub(crate) mod hooks;
pub(crate) mod loader;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod sql;

pub use db::{BadAddress, check_address};
pub use fault::Fault;
pub use open::{HeldRole, Inspection, OpenError, RolesGone, held};
pub use sql::{
    address::AddressRow,
    change::{ChangeQuery, ChangeRow},
    event::{Event, EventRow},
    idempotency::{Recalled, Reservation},
    invitation::{InvitationRow, WaitingInvitation},
    key::KeyRow,
    limit::{Limited, Taken},
    member::{InvitedBy, MemberCounts, MemberQuery, MemberRow, MemberSort, MemberStatus, Rows},
    operator::OperatorLink,
    organization::{MyOrganization, OrganizationRow},
    outbox::{Delivery, MailFate, MailFilter, MailRow, QueuedMail},
    page::{Cursor, MOST_ROWS, Page},
    person::{MyAddress, MyIdentity, UserRow},
    session::SessionRow,
    sign_in::{CODE_TRIES, Proof, ProviderFlow, Purpose, SignInRow},
};
pub use store::{Options, Store, TenantView};
pub use write::{Committed, WriteError};

#[cfg(test)]
mod tests;
