//! Ownership: the top role moves, and somebody who can act always holds it.

use crate::{
    Decided, Denied, Draft, Model, Permit, Refusal, RoleKey, ScopeId, Stop, Tenant, TenantChange, UserChange, UserId, World,
    mail::Template, member, op, permit::Op as _, tenant::Standing, user::AccountStatus,
};
use guildhall_access::model::Holders;

/// Where exactly one holds the top role, only transfer moves it; it can't be given or taken in any other way.
pub(crate) fn only_transfer_moves_it(tenant: &Tenant, scope: ScopeId, taken: &[RoleKey], given: &[RoleKey]) -> Result<(), Refusal> {
    let moves = taken.contains(tenant.top_role()) || given.contains(tenant.top_role());
    match tenant.holders() {
        Holders::ExactlyOne if moves => Err(Refusal::OwnerMustTransfer { organization: crate::Id::from_scope(scope) }),
        Holders::ExactlyOne | Holders::AtLeastOne => Ok(()),
    }
}

/// Reads, and so holds, the stream of one other owner who can sign in; refuses where there is none (L-7, L-10, L-11).
pub(crate) fn another_remains(world: &World<'_>, tenant: &Tenant, scope: ScopeId, but: UserId, draft: &mut Draft) -> Result<(), Stop> {
    // Owners above count too: access flows down.
    let mut at = Some(scope);
    while let Some(here) = at {
        for holder in tenant.active_top_holders(here).filter(|holder| *holder != but) {
            let user = world.user(holder)?;
            if user.can_sign_in() {
                draft.read(user.stream(), user.revision);
                return Ok(());
            }
        }
        at = tenant.organization(here).and_then(|organization| organization.parent);
    }
    Err(Refusal::LastOwner { organization: crate::Id::from_scope(scope) }.into())
}

/// Takes the top role from a user: another remains, and the person's own stream knows.
pub(crate) fn take(world: &World<'_>, tenant: &Tenant, scope: ScopeId, user: UserId, draft: &mut Draft) -> Result<(), Stop> {
    let person = world.user(user)?;
    another_remains(world, tenant, scope, user, draft)?;
    member::top_role_lost(tenant, person, scope, draft);
    member::owns_none_after(world, tenant, person, scope, draft)
}

/// Gives the top role to a member.
pub(crate) fn give(world: &World<'_>, tenant: &Tenant, scope: ScopeId, user: UserId, draft: &mut Draft) -> Result<(), Stop> {
    let person = world.user(user)?;
    if person.status == AccountStatus::Deleted {
        return Err(Stop::NotFound);
    }
    draft.read(person.stream(), person.revision);
    draft.user(user, UserChange::TopRoleGained { tenant: tenant.id, organization: scope });
    Ok(())
}

/// Transfers ownership of the root to an active member. One atomic change: the old owner holds what the model says.
pub fn transfer(world: &World<'_>, permit: Permit<op::OwnershipTransfer>, to: UserId) -> Result<Decided<()>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    // Only who has it gives it away: no program, and nobody else whose role opens the operation.
    let from = permit.actor.user().filter(|user| tenant.top_holders(scope).any(|holder| holder == *user));
    let Some(from) = from else {
        let owner = tenant.model.role(tenant.top_role()).map_or_else(|| tenant.top_role().to_string(), |role| role.title.clone());
        return Err(Denied::NotAllowed { operation: op::OwnershipTransfer::NAME, holders: vec![owner] }.into());
    };
    if from == to {
        return Err(Refusal::TransferToSelf.into());
    }
    let old = tenant.membership(from, scope).filter(|m| m.roles.contains(tenant.top_role())).ok_or(Stop::NotFound)?;
    let new = tenant.membership(to, scope).ok_or(Refusal::TransferToNonMember)?;
    let (giver, heir) = (world.user(from)?, world.user(to)?);
    if new.standing != Standing::Active || !heir.can_sign_in() {
        return Err(Refusal::TransferToNonMember.into());
    }
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    draft.read(heir.stream(), heir.revision);
    member::top_role_lost(tenant, giver, scope, &mut draft);
    member::owns_none_after(world, tenant, giver, scope, &mut draft)?;
    if !new.roles.contains(tenant.top_role()) {
        draft.user(to, UserChange::TopRoleGained { tenant: tenant.id, organization: scope });
        let (from, to_roles) = (new.roles.clone(), vec![tenant.top_role().clone()]);
        draft.tenant(tenant.id, TenantChange::MembershipRolesChanged { scope, user: to, from, to: to_roles });
    }
    let after = after_transfer(&tenant.model);
    draft.tenant(tenant.id, TenantChange::MembershipRolesChanged { scope, user: from, from: old.roles.clone(), to: after });
    member::mail(world, tenant, to, "ownership", Template::OwnershipReceived { organization: tenant.id }, &mut draft);
    member::mail(world, tenant, from, "ownership", Template::OwnershipGiven { organization: tenant.id, to }, &mut draft);
    Ok(draft.decided(()))
}

/// What the old owner holds afterwards: the model's word for it, else what every new member gets.
pub fn after_transfer(model: &Model) -> Vec<RoleKey> {
    model.organization.after_transfer.clone().map_or_else(|| model.invitation.default.clone(), |role| vec![role])
}
