//! What else is written in the commit of a change: personal data, and the copies that lists read.
//!
//! The engine calls these inside the commit's transaction, after the rows of state are written: first each [`personal`] write, then
//! [`tenant_changed`] and [`user_changed`] once for each stream that changed. An `Err` undoes the whole commit.

use crate::{
    Fault,
    db::Tx,
    memory::Step,
    sql::{directory, person},
};
use guildhall_core::{Change, Model, PersonalWrite, TenantId, Timestamp, UserId};

/// Writes one piece of personal data.
pub(crate) async fn personal(tx: &Tx, write: &PersonalWrite, at: Timestamp) -> Result<(), Fault> {
    person::personal(tx, write, at).await
}

/// Keeps `directory` and its words in step with members and invitations.
pub(crate) async fn tenant_changed(tx: &Tx, model: &Model, tenant: TenantId, step: &Step) -> Result<(), Fault> {
    directory::tenant_changed(tx, model, tenant, step).await
}

/// The same after a user's own stream changed.
pub(crate) async fn user_changed(tx: &Tx, user: UserId, changes: &[Change], at: Timestamp) -> Result<(), Fault> {
    directory::user_changed(tx, user, changes, at).await
}
