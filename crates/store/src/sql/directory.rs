//! The directory: copies of what lists of people show, for sorting and searching. Written in the commit that admits, changes or removes.
//!
//! One row for each member and each listed invitation of a scope. The tables of state stay the truth; nothing is decided by a copy.

pub(crate) mod person;
pub(crate) mod row;
pub(crate) mod tenant;

pub(crate) use person::{erase, user_changed};
pub(crate) use tenant::tenant_changed;

use crate::{
    Fault,
    db::{Db, statements},
    sql::state::values,
};
use guildhall_core::{Model, RoleKey};

statements! {
    LIST_RANKS(directory) = "SELECT DISTINCT roles, role_rank FROM directory";
    SET_RANK(directory) = "UPDATE directory SET role_rank = $2 WHERE roles = $1 AND role_rank <> $2";
}

/// Ranks every row by this model: the order of its roles may be another than when the rows were written.
pub(crate) async fn rank_anew(db: &Db, model: &Model) -> Result<(), Fault> {
    for row in db.query_long(&LIST_RANKS, Vec::new()).await? {
        // What can't be read is damaged: `verify` names it.
        let Ok(roles) = row.json::<Vec<RoleKey>>("roles") else { continue };
        let rank = row::rank(model, &roles);
        if rank != row.int("role_rank")? {
            db.execute(&SET_RANK, values![row.text("roles")?, rank]).await?;
        }
    }
    Ok(())
}

/// What `status` holds.
pub(crate) const JOINED: i64 = 0;
pub(crate) const SUSPENDED: i64 = 1;
pub(crate) const PENDING: i64 = 2;
pub(crate) const DECLINED: i64 = 3;
/// What `kind` holds.
pub(crate) const MEMBER: i64 = 0;
pub(crate) const INVITATION: i64 = 1;
