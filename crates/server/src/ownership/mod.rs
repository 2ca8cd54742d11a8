//! Ownership: transferred, and the organization left.

pub mod api;
pub mod portal;

use crate::{
    App, Failure,
    place::{self, Written},
};
use guildhall_core::{
    Decided, OrganizationId, Permit, Principal, Stop, StreamId, UserId, World,
    member::{self, Removal},
    op, ownership,
    tenant::Thing,
};

/// Transfers the top role to an active member. Asks for a fresh sign-in.
pub async fn transfer(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    to: UserId,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::read::<op::OwnershipTransfer>(app, who, organization).await?;
    place::stepped_up(app, who)?;
    place::write::<op::OwnershipTransfer, _>(app, who, organization, move |world, tenant, permit| {
        tenant.unchanged(Thing::Organization(organization.scope()), expected)?;
        ownership::transfer(world, permit, to)
    })
    .await
}

/// Leaves the organization, on one's own.
pub async fn leave(app: &App, who: &Principal, organization: OrganizationId) -> Result<Written<Removal>, Failure> {
    leaving(app, who, organization, member::leave).await
}

/// What [`leave`] would end, or why it would be refused: the command itself, run without its changes.
pub async fn leave_preview(app: &App, who: &Principal, organization: OrganizationId) -> Result<Written<Removal>, Failure> {
    leaving(app, who, organization, |world, permit| Ok(member::leave(world, permit)?.preview())).await
}

type Leave = fn(&World<'_>, Permit<op::MemberLeave>) -> Result<Decided<Removal>, Stop>;

async fn leaving(app: &App, who: &Principal, organization: OrganizationId, command: Leave) -> Result<Written<Removal>, Failure> {
    place::person(who)?;
    let found = place::ground(app, organization).await?;
    let (tenant, scope, who) = (found.tenant().id, found.scope, who.clone());
    let committed = app
        .store()
        .write(&[StreamId::Tenant(tenant)], move |world: &World<'_>| {
            command(world, Permit::leaving(&world.sight(tenant)?, world.tenant(tenant)?, &who, scope)?)
        })
        .await?;
    place::in_tenant(app, tenant, committed).await
}
