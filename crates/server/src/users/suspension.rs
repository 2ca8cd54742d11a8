//! Accounts barred everywhere and let in again: by a program of the deployment, or by an operator.

use crate::{App, Failure, place::Written};
use guildhall_core::{
    Denied, Permit, Principal, StreamId, Timestamp, UserId, World,
    account::{self, Suspension},
    op,
    permit::Place,
    text::Address,
};

/// Who does it.
#[derive(Clone, Debug)]
pub enum By {
    /// A key of the deployment with the scope `account.suspend`.
    Program(Principal),
    /// Somebody at the command line; `reason` stands in the log.
    Operator { reason: String },
}

impl By {
    fn permit(&self, now: Timestamp) -> Result<Permit<op::AccountSuspend>, Denied> {
        match self {
            Self::Program(who) => Permit::program(who, now),
            Self::Operator { reason } => Ok(Permit::operator(reason, Place::Deployment)),
        }
    }
}

/// Bars the account everywhere with this commit, and ends its sessions. Names the organizations left without an owner.
pub async fn suspend(app: &App, by: By, user: UserId) -> Result<Written<Suspension>, Failure> {
    by.permit(app.now())?;
    let bar = move |world: &World<'_>| account::suspend(world, by.permit(world.now)?, user);
    let committed = app.store().write(&[StreamId::User(user)], bar).await?;
    app.store().end_sessions_of(user).await?;
    let revision = committed.revision_of(StreamId::User(user)).unwrap_or_default();
    Ok(Written { value: committed.value, revision, at: committed.at })
}

/// Lets a suspended account in again. They sign in anew.
pub async fn reinstate(app: &App, by: By, user: UserId) -> Result<Written<()>, Failure> {
    by.permit(app.now())?;
    if app.store().is_barred(user) {
        // A session that began in the moment of the suspension, or outlived a crash after it, must not live again.
        app.store().end_sessions_of(user).await?;
    }
    let let_in = move |world: &World<'_>| account::reinstate(world, by.permit(world.now)?, user);
    let committed = app.store().write(&[StreamId::User(user)], let_in).await?;
    let revision = committed.revision_of(StreamId::User(user)).unwrap_or_default();
    Ok(Written { value: (), revision, at: committed.at })
}

/// The account that has proven the address, for an operator who knows no id.
pub async fn who_has(app: &App, address: &Address) -> Result<UserId, Failure> {
    let ids = app.store().intern_addresses(std::slice::from_ref(address)).await?;
    let id = ids.first().ok_or_else(|| Failure::broken("an address without an id"))?;
    Ok(app.store().find_user_by_address(*id).await?.ok_or(Failure::NotFound)?.id)
}
