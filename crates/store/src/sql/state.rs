//! The tables of state: what each change writes into them, and how state is read back from them.
//!
//! Writing is a pure function from a change to statements: the commit runs them, and `verify` runs them again on an empty database.

pub(crate) mod invitation;
pub(crate) mod member;
pub(crate) mod organization;
pub(crate) mod user;

use guildhall_core::{Change, StreamId, TenantId, Timestamp, UserId, change::BadChange};

pub(crate) use crate::db::Write;

/// Where a change stands: everything its rows need beside itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) stream: StreamId,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
}

/// What this change writes, in order.
pub(crate) fn writes(change: &Change, at: At) -> Result<Vec<Write>, BadChange> {
    let mut out = Vec::new();
    let broken = || BadChange { kind: change.kind().to_owned(), version: change.version() };
    match (change, at.stream) {
        (Change::Tenant(change), StreamId::Tenant(tenant)) => {
            let place = Tenant { tenant, revision: at.revision, at: at.at };
            organization::writes(change, place, &mut out);
            member::writes(change, place, &mut out).map_err(|_| broken())?;
            invitation::writes(change, place, &mut out).map_err(|_| broken())?;
        }
        (Change::User(change), StreamId::User(user)) => user::writes(change, User { user, revision: at.revision, at: at.at }, &mut out),
        (Change::Tenant(_), StreamId::User(_)) | (Change::User(_), StreamId::Tenant(_)) => return Err(broken()),
    }
    Ok(out)
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Tenant {
    pub(crate) tenant: TenantId,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct User {
    pub(crate) user: UserId,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
}

/// The values of a statement, each turned into a [`Value`].
macro_rules! values {
    ($($value:expr),* $(,)?) => { ::std::vec::Vec::from([$($crate::db::Value::from($value)),*]) };
}
pub(crate) use values;
