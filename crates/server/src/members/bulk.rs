//! Several people at once: each row has a result of its own, and one that is refused fails only itself (L-30).

use super::{Removal, SentInvitations};
use crate::{
    App, Failure,
    place::{self, Written},
};
use guildhall_core::{OrganizationId, Principal, RoleKey, UserId, op};

/// Most rows of one request.
pub const MOST: usize = 1_000;

/// What became of each row, in the order given.
#[derive(Debug)]
pub struct Results<T> {
    pub rows: Vec<(UserId, Result<T, Failure>)>,
    /// The tenant's, after the last of them.
    pub revision: u64,
}

/// Does it for one after the other. Where the world fails, the rest is not tried: it would fail alike, and slowly.
pub(crate) async fn each<T>(rows: impl Iterator<Item = impl Future<Output = Result<T, Failure>>>) -> Vec<Result<T, Failure>> {
    let mut results = Vec::new();
    let mut fault = None;
    for row in rows {
        let result = match &fault {
            Some(fault) => Err(Failure::Fault(Clone::clone(fault))),
            None => row.await,
        };
        if let (None, Err(Failure::Fault(failed))) = (&fault, &result) {
            tracing::error!(fault = %failed, "a row of several met a fault; the rest is not tried");
            fault = Some(failed.clone());
        }
        results.push(result);
    }
    results
}

/// Replaces the roles of each, whole, as [`super::change_roles`] does for one. Who may change nobody's here is told so at once.
pub async fn change_roles(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    changes: Vec<(UserId, Vec<RoleKey>)>,
) -> Result<Results<()>, Failure> {
    place::read::<op::MemberChangeRoles>(app, who, organization).await?;
    let users: Vec<UserId> = changes.iter().map(|(user, _)| *user).collect();
    let rows = changes.into_iter().map(|(user, roles)| super::change_roles(app, who, organization, user, roles, None));
    gathered(app, organization, users, each(rows).await).await
}

/// Removes each, as [`super::remove`] does one. Who may remove nobody here is told so at once.
pub async fn remove(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    users: Vec<UserId>,
    sent: SentInvitations,
) -> Result<Results<Removal>, Failure> {
    place::read::<op::MemberRemove>(app, who, organization).await?;
    let rows = users.clone().into_iter().map(|user| super::remove(app, who, organization, user, sent, None));
    gathered(app, organization, users, each(rows).await).await
}

async fn gathered<T>(
    app: &App,
    organization: OrganizationId,
    users: Vec<UserId>,
    results: Vec<Result<Written<T>, Failure>>,
) -> Result<Results<T>, Failure> {
    let rows = users.into_iter().zip(results).map(|(user, result)| (user, result.map(|written| written.value))).collect();
    Ok(Results { rows, revision: place::ground(app, organization).await?.tenant().revision() })
}
