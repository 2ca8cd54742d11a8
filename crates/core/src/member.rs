//! Members: their roles changed, suspended, reinstated, removed, leaving.

use crate::{
    Decided, Draft, InvitationId, Permit, Refusal, RoleKey, ScopeId, Stop, Tenant, TenantChange, User, UserChange, UserId, World,
    change::{Ending, Invitee, Withdrawal},
    grant,
    mail::{MailOrder, Recipient, Template},
    op, organization, ownership,
    tenant::{InvitationStatus, Membership, Standing},
};

/// Replaces the roles a member holds at the permit's scope, whole. Taking the old and giving the new are checked alike; making or
/// unmaking an owner asks for a fresh sign-in.
pub fn change_roles(
    world: &World<'_>,
    permit: Permit<op::MemberChangeRoles>,
    user: UserId,
    roles: &[RoleKey],
    expected: Option<u64>,
) -> Result<Decided<()>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let membership = tenant.membership(user, scope).ok_or(Stop::NotFound)?;
    unchanged_since(membership, expected)?;
    let kind = tenant.kind_of(scope).ok_or(Stop::NotFound)?;
    let to = grant::shape(&tenant.model, kind, roles)?;
    let from = membership.roles.clone();
    let own_step = permit.actor.user() == Some(user);
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    if from == to {
        return Ok(draft.decided(()));
    }
    let taken: Vec<RoleKey> = from.iter().filter(|role| !to.contains(role)).cloned().collect();
    let given: Vec<RoleKey> = to.iter().filter(|role| !from.contains(role)).cloned().collect();
    ownership::only_transfer_moves_it(tenant, scope, &taken, &given)?;
    grant::check_take(&grant::moment(world), tenant, draft.actor(), scope, &taken)?;
    grant::check_give(&grant::moment(world), tenant, draft.actor(), scope, &given)?;
    if taken.contains(tenant.top_role()) || given.contains(tenant.top_role()) {
        draft.must_be_fresh()?;
    }
    if taken.contains(tenant.top_role()) {
        ownership::take(world, tenant, scope, user, &mut draft)?;
    }
    if given.contains(tenant.top_role()) {
        ownership::give(world, tenant, scope, user, &mut draft)?;
    }
    draft.tenant(tenant.id, TenantChange::MembershipRolesChanged { scope, user, from: from.clone(), to: to.clone() });
    if !own_step {
        let titles = |roles: &[RoleKey]| roles.iter().map(ToString::to_string).collect();
        let by = draft.actor().clone();
        let template = Template::RoleChanged { organization: tenant.id, by, from: titles(&from), to: titles(&to) };
        mail(world, tenant, user, "roles", template, &mut draft);
    }
    Ok(draft.decided(()))
}

/// Holds a member's access here until they are reinstated. Not one's own, and not the last owner's.
pub fn suspend(world: &World<'_>, permit: Permit<op::MemberSuspend>, user: UserId) -> Result<Decided<()>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let membership = tenant.membership(user, scope).ok_or(Stop::NotFound)?;
    if permit.actor.user() == Some(user) {
        return Err(Refusal::SuspendSelf.into());
    }
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    if membership.standing == Standing::Suspended {
        return Ok(draft.decided(()));
    }
    ownership::only_transfer_moves_it(tenant, scope, &membership.roles, &[])?;
    grant::check_take(&grant::moment(world), tenant, draft.actor(), scope, &membership.roles)?;
    if membership.roles.contains(tenant.top_role()) {
        draft.must_be_fresh()?;
        ownership::another_remains(world, tenant, scope, user, &mut draft)?;
    }
    draft.tenant(tenant.id, TenantChange::MembershipSuspended { scope, user });
    Ok(draft.decided(()))
}

/// Gives a suspended member back what they held; checked like giving it.
pub fn reinstate(world: &World<'_>, permit: Permit<op::MemberSuspend>, user: UserId) -> Result<Decided<()>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let membership = tenant.membership(user, scope).ok_or(Stop::NotFound)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    if membership.standing == Standing::Active {
        return Ok(draft.decided(()));
    }
    grant::check_give(&grant::moment(world), tenant, draft.actor(), scope, &membership.roles)?;
    if membership.roles.contains(tenant.top_role()) {
        draft.must_be_fresh()?;
    }
    draft.tenant(tenant.id, TenantChange::MembershipReinstated { scope, user });
    Ok(draft.decided(()))
}

/// What happens to the pending invitations that the removed person sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SentInvitations {
    #[default]
    Withdraw,
    /// They pass to who removes, as their own; what that person may not give is withdrawn.
    TakeOver,
}

/// What a removal ends: what the dialog lists (L-4) and the answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Scopes left, the one asked for included.
    pub scopes: Vec<ScopeId>,
    /// Pending invitations they sent here.
    pub sent: Vec<InvitationId>,
    /// Pending invitations to them.
    pub received: Vec<InvitationId>,
}

/// What removing this user from the scope would end, as far as the tenant knows.
pub fn removal_of(tenant: &Tenant, user: &User, scope: ScopeId) -> Removal {
    let mut removal = Removal::default();
    for at in tenant.scopes() {
        if tenant.membership(user.id, at).is_some() && tenant.is_within(at, scope) {
            removal.scopes.push(at);
        }
    }
    if scope != tenant.root() {
        return removal;
    }
    for (id, invitation) in tenant.invitations() {
        if invitation.status != InvitationStatus::Pending {
            continue;
        }
        let to_them = match invitation.invitee {
            Invitee::Address(address) => user.addresses.contains(&address),
            Invitee::User(id) => id == user.id,
        };
        if to_them {
            removal.received.push(*id);
        } else if invitation.invited_by.user() == Some(user.id) {
            removal.sent.push(*id);
        }
    }
    removal.sent.sort_unstable();
    removal.received.sort_unstable();
    removal
}

/// Removes a member from the permit's scope and all below it. In force with the commit.
pub fn remove(
    world: &World<'_>,
    permit: Permit<op::MemberRemove>,
    user: UserId,
    sent: SentInvitations,
    expected: Option<u64>,
) -> Result<Decided<Removal>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let membership = tenant.membership(user, scope).ok_or(Stop::NotFound)?;
    unchanged_since(membership, expected)?;
    let why = if permit.actor.user() == Some(user) { Ending::Left } else { Ending::Removed };
    let draft = Draft::new(permit, world.now);
    end(world, tenant, scope, user, why, sent, draft)
}

/// Leaves, on one's own.
pub fn leave(world: &World<'_>, permit: Permit<op::MemberLeave>) -> Result<Decided<Removal>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let user = permit.actor.user().ok_or(Stop::NotFound)?;
    let why = match tenant.membership(user, scope).ok_or(Refusal::NotAMember)?.standing {
        Standing::Active => Ending::Left,
        Standing::Suspended => Ending::LeftSuspended,
    };
    end(world, tenant, scope, user, why, SentInvitations::Withdraw, Draft::new(permit, world.now))
}

/// Ends a membership and all below it. The rules of an ending stand here, whoever asks.
pub(crate) fn end(
    world: &World<'_>,
    tenant: &Tenant,
    scope: ScopeId,
    user: UserId,
    why: Ending,
    sent: SentInvitations,
    mut draft: Draft,
) -> Result<Decided<Removal>, Stop> {
    let person = world.user(user)?;
    draft.read(tenant.stream(), tenant.revision());
    draft.read(person.stream(), person.revision);
    let removal = removal_of(tenant, person, scope);
    for at in &removal.scopes {
        let Some(membership) = tenant.membership(user, *at) else { continue };
        ownership::only_transfer_moves_it(tenant, *at, &membership.roles, &[])?;
        if why == Ending::Removed {
            grant::check_take(&grant::moment(world), tenant, draft.actor(), *at, &membership.roles)?;
        }
        if membership.roles.contains(tenant.top_role()) {
            // Nobody is kept: leaving asks for no fresh sign-in.
            if why == Ending::Removed {
                draft.must_be_fresh()?;
            }
            ownership::take(world, tenant, *at, user, &mut draft)?;
        }
        let roles = membership.roles.clone();
        draft.tenant(tenant.id, TenantChange::MembershipEnded { scope: *at, user, roles, why });
    }
    end_invitations(world, tenant, user, &removal, sent, &mut draft);
    if why == Ending::Removed {
        let template = Template::Removed { organization: tenant.id, by: draft.actor().clone() };
        mail(world, tenant, user, "removed", template, &mut draft);
    }
    Ok(draft.decided(removal))
}

fn end_invitations(world: &World<'_>, tenant: &Tenant, user: UserId, removal: &Removal, sent: SentInvitations, draft: &mut Draft) {
    for id in &removal.received {
        draft.tenant(tenant.id, TenantChange::InvitationRevoked { id: *id, why: Withdrawal::InviteeRemoved });
    }
    let heir = draft.actor().clone();
    // Who removes themselves leaves nothing behind.
    let sent = if heir.user() == Some(user) { SentInvitations::Withdraw } else { sent };
    for id in &removal.sent {
        let Some(invitation) = tenant.invitation(*id) else { continue };
        let may = sent == SentInvitations::TakeOver
            && invitation.grants.iter().all(|grant| {
                grant::may_still_invite(&grant::moment(world), tenant, &heir, grant.scope)
                    && grant::check_give(&grant::moment(world), tenant, &heir, grant.scope, &grant.roles).is_ok()
            });
        let change = if may {
            TenantChange::InvitationTakenOver { id: *id, from: invitation.invited_by.clone(), to: heir.clone() }
        } else {
            TenantChange::InvitationRevoked { id: *id, why: Withdrawal::InviterRemoved }
        };
        draft.tenant(tenant.id, change);
    }
}

fn unchanged_since(membership: &Membership, expected: Option<u64>) -> Result<(), Refusal> {
    match expected {
        Some(expected) if expected != membership.revision => Err(Refusal::ChangedMeanwhile { revision: membership.revision }),
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn mail(world: &World<'_>, tenant: &Tenant, user: UserId, what: &str, template: Template, draft: &mut Draft) {
    let key = format!("{}:{user}:{what}:{}", tenant.id, tenant.revision() + 1);
    draft.mail(MailOrder { key, to: Recipient::User(user), template, not_before: world.now });
}

/// Where another takes a person's last own organization, they get a personal one in the same change.
pub(crate) fn owns_none_after(world: &World<'_>, tenant: &Tenant, person: &User, scope: ScopeId, draft: &mut Draft) -> Result<(), Stop> {
    let last = scope == tenant.root() && person.owns.contains_key(&scope) && person.n_roots_owned() == 1;
    if !tenant.model.organization.everyone_owns_one || !last {
        return Ok(());
    }
    if draft.actor().user() == Some(person.id) {
        return Err(Refusal::LastOwnedOrganization.into());
    }
    organization::found_personal(world, draft, person.id);
    Ok(())
}

/// Records that the person no longer holds the top role there.
pub(crate) fn top_role_lost(tenant: &Tenant, person: &User, scope: ScopeId, draft: &mut Draft) {
    draft.read(person.stream(), person.revision);
    draft.user(person.id, UserChange::TopRoleLost { tenant: tenant.id, organization: scope });
}
