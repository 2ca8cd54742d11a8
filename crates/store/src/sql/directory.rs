//! The directory: copies of what lists of people show, for sorting and searching. Written in the commit that admits, changes or removes.
//!
//! One row for each member and each listed invitation of a scope. The tables of state stay the truth; nothing is decided by a copy.

pub(crate) mod person;
pub(crate) mod row;
pub(crate) mod tenant;

pub(crate) use person::{erase, user_changed};
pub(crate) use tenant::tenant_changed;

/// What `status` holds.
pub(crate) const JOINED: i64 = 0;
pub(crate) const SUSPENDED: i64 = 1;
pub(crate) const PENDING: i64 = 2;
pub(crate) const DECLINED: i64 = 3;
/// What `kind` holds.
pub(crate) const MEMBER: i64 = 0;
pub(crate) const INVITATION: i64 = 1;
