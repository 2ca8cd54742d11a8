//! Accounts: born, named, proven addresses, linked providers, suspended by operators, deleted.

use crate::{
    AddressId, Claim, ClaimKind, Decided, Draft, IdentityId, OrganizationId, Permit, PersonalWrite, Refusal, ScopeId, Stop, StreamId,
    Tenant, TenantId, User, UserChange, UserId, World,
    change::Withdrawal,
    decided::take_address,
    mail::{MailOrder, Recipient, Template},
    member, op, organization,
    text::{Handle, Name},
    user::AccountStatus,
};
use serde::{Deserialize, Serialize};

/// A provider's account: issuer and subject, and nothing else, identify it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAccount {
    pub issuer: String,
    pub subject: String,
    /// What the profile shows: the provider's title and the address it stated.
    pub label: String,
}

/// How somebody new proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    pub address: Option<AddressId>,
    pub provider: Option<ProviderAccount>,
    pub name: Option<Name>,
    pub external_id: Option<String>,
}

/// A new account. Where everyone owns an organization, its personal one comes in the same commit.
pub fn create(world: &World<'_>, permit: Permit<op::UserCreate>, birth: Birth) -> Result<Decided<UserId>, Stop> {
    let id: UserId = world.fresh();
    let mut draft = Draft::new(permit, world.now);
    draft.read(StreamId::User(id), 0);
    draft.user(id, UserChange::UserCreated {});
    if let Some(address) = birth.address {
        prove(&mut draft, id, address);
    }
    if let Some(provider) = birth.provider {
        link_in(world, &mut draft, id, provider);
    }
    if let Some(name) = birth.name {
        rename_in(&mut draft, id, name);
    }
    if let Some(external_id) = birth.external_id {
        take_external_id(id, &external_id, &mut draft);
    }
    if world.model.organization.everyone_owns_one {
        organization::found_personal(world, &mut draft, id);
    }
    Ok(draft.decided(id))
}

/// The same within another commit: somebody new accepts an invitation by its mailed link.
pub(crate) fn born(world: &World<'_>, draft: &mut Draft, id: UserId, address: AddressId, name: Option<Name>) {
    draft.user(id, UserChange::UserCreated {});
    prove(draft, id, address);
    if let Some(name) = name {
        rename_in(draft, id, name);
    }
    if world.model.organization.everyone_owns_one {
        organization::found_personal(world, draft, id);
    }
}

fn prove(draft: &mut Draft, user: UserId, address: AddressId) {
    draft.claim(take_address(address, user));
    draft.user(user, UserChange::AddressProven { address });
}

fn rename_in(draft: &mut Draft, user: UserId, name: Name) {
    draft.user(user, UserChange::NameChanged {});
    draft.personal(PersonalWrite::Name { user, name });
}

fn link_in(world: &World<'_>, draft: &mut Draft, user: UserId, provider: ProviderAccount) {
    let identity: IdentityId = world.fresh();
    let key = format!("{} {}", provider.issuer, provider.subject);
    draft.claim(Claim::Take { kind: ClaimKind::Identity, key, holder: user.as_u128(), refusal: Refusal::IdentityTaken });
    draft.user(user, UserChange::IdentityLinked { identity });
    let ProviderAccount { issuer, subject, label } = provider;
    draft.personal(PersonalWrite::Identity { user, identity, issuer, subject, label });
}

fn take_external_id(user: UserId, external_id: &str, draft: &mut Draft) {
    let refusal = Refusal::ExternalIdTaken { external_id: external_id.to_owned() };
    draft.claim(Claim::Take { kind: ClaimKind::UserExternalId, key: external_id.to_owned(), holder: user.as_u128(), refusal });
    draft.user(user, UserChange::ExternalIdSet { external_id: Some(external_id.to_owned()) });
}

/// One's own account, active, with a draft that rests on it.
fn mine<'a>(world: &World<'a>, permit: Permit<op::Own>) -> Result<(&'a User, Draft), Stop> {
    let user = world.user(permit.actor.user().ok_or(Stop::NotFound)?)?;
    if user.status != AccountStatus::Active {
        return Err(Refusal::AccountBarred.into());
    }
    let mut draft = Draft::new(permit, world.now);
    draft.read(user.stream(), user.revision);
    Ok((user, draft))
}

/// What changes of how one is known. `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    pub name: Option<Name>,
    /// The old one rests 90 days, and is never redirected.
    pub handle: Option<Handle>,
}

impl From<Name> for Update {
    fn from(name: Name) -> Self {
        Self { name: Some(name), handle: None }
    }
}
impl From<Handle> for Update {
    fn from(handle: Handle) -> Self {
        Self { name: None, handle: Some(handle) }
    }
}

/// Changes name and handle: both, or neither where the handle is another's.
pub fn update(world: &World<'_>, permit: Permit<op::Own>, Update { name, handle }: Update) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    if let Some(name) = name {
        rename_in(&mut draft, user.id, name);
    }
    let Some(handle) = handle else { return Ok(draft.decided(())) };
    let free_at = world.now + organization::NAME_RESTS;
    draft.claim(Claim::Release { kind: ClaimKind::Handle, key: None, holder: user.id.as_u128(), free_at });
    let refusal = Refusal::HandleTaken { handle: handle.to_string() };
    draft.claim(Claim::Take { kind: ClaimKind::Handle, key: handle.to_string(), holder: user.id.as_u128(), refusal });
    draft.user(user.id, UserChange::HandleChanged {});
    draft.personal(PersonalWrite::Handle { user: user.id, handle });
    Ok(draft.decided(()))
}

/// Adds an address whose mailbox was just proven. The old primary address gets a mail.
pub fn add_address(world: &World<'_>, permit: Permit<op::Own>, address: AddressId) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    if !user.addresses.contains(&address) {
        prove(&mut draft, user.id, address);
        tell_old_addresses(world, user, &mut draft);
    }
    Ok(draft.decided(()))
}

pub fn make_primary(world: &World<'_>, permit: Permit<op::Own>, address: AddressId) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    if !user.addresses.contains(&address) {
        return Err(Stop::NotFound);
    }
    if user.primary != Some(address) {
        draft.user(user.id, UserChange::AddressMadePrimary { address });
        tell_old_addresses(world, user, &mut draft);
    }
    Ok(draft.decided(()))
}

/// Gives an address up: free for others at once. Not the last way to sign in.
pub fn remove_address(world: &World<'_>, permit: Permit<op::Own>, address: AddressId) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    if !user.addresses.contains(&address) {
        return Err(Stop::NotFound);
    }
    if user.addresses.len() == 1 {
        return Err(Refusal::LastSignInMethod.into());
    }
    let (key, holder) = (Some(address.to_string()), user.id.as_u128());
    draft.claim(Claim::Release { kind: ClaimKind::Address, key, holder, free_at: world.now });
    draft.user(user.id, UserChange::AddressRemoved { address });
    tell_old_addresses(world, user, &mut draft);
    Ok(draft.decided(()))
}

fn tell_old_addresses(world: &World<'_>, user: &User, draft: &mut Draft) {
    for address in &user.addresses {
        let key = format!("{}:addresses:{}:{address}", user.id, user.revision);
        let (to, template) = (Recipient::Address(*address), Template::AddressChanged { user: user.id });
        draft.mail(MailOrder { key, to, template, not_before: world.now });
    }
}

/// Links a provider's account, from a session or because the provider is authoritative for a proven address.
pub fn link(world: &World<'_>, permit: Permit<op::Own>, provider: ProviderAccount) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    link_in(world, &mut draft, user.id, provider);
    tell_of_identities(world, user, &mut draft);
    Ok(draft.decided(()))
}

/// Another way in, or one less, is told to every address: whoever didn't do it can end it from there.
fn tell_of_identities(world: &World<'_>, user: &User, draft: &mut Draft) {
    for address in &user.addresses {
        let key = format!("{}:identities:{}:{address}", user.id, user.revision);
        let (to, template) = (Recipient::Address(*address), Template::IdentitiesChanged { user: user.id });
        draft.mail(MailOrder { key, to, template, not_before: world.now });
    }
}

pub fn unlink(world: &World<'_>, permit: Permit<op::Own>, identity: IdentityId, key: String) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    if !user.identities.contains(&identity) {
        return Err(Stop::NotFound);
    }
    if user.addresses.is_empty() && user.identities.len() == 1 {
        return Err(Refusal::LastSignInMethod.into());
    }
    draft.claim(Claim::Release { kind: ClaimKind::Identity, key: Some(key), holder: user.id.as_u128(), free_at: world.now });
    draft.user(user.id, UserChange::IdentityUnlinked { identity });
    draft.personal(PersonalWrite::IdentityGone { identity });
    tell_of_identities(world, user, &mut draft);
    Ok(draft.decided(()))
}

/// What an operator's suspension leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspension {
    /// Organizations without an owner who can act: "Appoint an owner" (L-35).
    pub without_owner: Vec<OrganizationId>,
}

/// Bars an account everywhere, by an operator. Never refused.
pub fn suspend(world: &World<'_>, permit: Permit<op::AccountSuspend>, user: UserId) -> Result<Decided<Suspension>, Stop> {
    let user = world.user(user)?;
    if user.status == AccountStatus::Deleted {
        return Err(Stop::NotFound);
    }
    let mut suspension = Suspension::default();
    let mut draft = Draft::new(permit, world.now);
    draft.read(user.stream(), user.revision);
    for (scope, tenant) in owned(world, user, user.owns.iter().map(|(scope, tenant)| (*scope, *tenant)))? {
        // What is said rests on these: an owner who leaves meanwhile has it said again.
        draft.read(tenant.stream(), tenant.revision());
        match another_owner(world, tenant, scope, user.id)? {
            Some(other) => draft.read(other.stream(), other.revision),
            None => suspension.without_owner.push(OrganizationId::from_scope(scope)),
        }
    }
    if user.status == AccountStatus::Active {
        draft.user(user.id, UserChange::UserSuspended {});
    }
    Ok(draft.decided(suspension))
}

/// The organizations with the tenants they lie in, everything asked for at once: somebody may own very many.
fn owned<'a>(world: &World<'a>, user: &User, all: impl Iterator<Item = (ScopeId, TenantId)>) -> Result<Vec<(ScopeId, &'a Tenant)>, Stop> {
    let all: Vec<(ScopeId, TenantId)> = all.collect();
    let tenants = world.all_tenants(all.iter().map(|(_, tenant)| *tenant))?;
    let of = |id: TenantId| tenants.iter().find(|tenant| tenant.id == id).copied();
    let found: Vec<(ScopeId, &Tenant)> = all.into_iter().filter_map(|(scope, id)| Some((scope, of(id)?))).collect();
    world.all_users(found.iter().flat_map(|(scope, tenant)| tenant.active_top_holders(*scope)).filter(|other| *other != user.id))?;
    Ok(found)
}

fn another_owner<'a>(world: &World<'a>, tenant: &Tenant, scope: ScopeId, but: UserId) -> Result<Option<&'a User>, Stop> {
    let others = world.all_users(tenant.active_top_holders(scope).filter(|other| *other != but))?;
    Ok(others.into_iter().find(|other| other.can_sign_in()))
}

pub fn reinstate(world: &World<'_>, permit: Permit<op::AccountSuspend>, user: UserId) -> Result<Decided<()>, Stop> {
    let user = world.user(user)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(user.stream(), user.revision);
    match user.status {
        AccountStatus::Active => {}
        AccountStatus::Suspended => draft.user(user.id, UserChange::UserReinstated {}),
        AccountStatus::Deleted => return Err(Stop::NotFound),
    }
    Ok(draft.decided(()))
}

/// Deletes one's account: barred everywhere in this commit; a job then leaves tenant by tenant and erases.
/// Refused while one is the only owner of an organization with other members; those with no other member go along.
pub fn delete(world: &World<'_>, permit: Permit<op::Own>) -> Result<Decided<()>, Stop> {
    let (user, mut draft) = mine(world, permit)?;
    let mut held: Vec<TenantId> = Vec::new();
    for (root, tenant) in owned(world, user, user.roots_owned().map(|tenant| (tenant.scope(), tenant)))? {
        draft.read(tenant.stream(), tenant.revision());
        if tenant.memberships().keys().all(|(member, _)| *member == user.id) {
            organization::delete_in(world, tenant, root, Some(user.id), &mut draft)?;
            continue;
        }
        match another_owner(world, tenant, root, user.id)? {
            Some(other) => draft.read(other.stream(), other.revision),
            None => held.push(tenant.id),
        }
    }
    if !held.is_empty() {
        return Err(Refusal::SoleOwnerOf { organizations: held }.into());
    }
    release_everything(world, user, &mut draft);
    draft.user(user.id, UserChange::UserDeleted {});
    draft.personal(PersonalWrite::Erase { user: user.id });
    Ok(draft.decided(()))
}

fn release_everything(world: &World<'_>, user: &User, draft: &mut Draft) {
    let holder = user.id.as_u128();
    for kind in [ClaimKind::Address, ClaimKind::Identity, ClaimKind::UserExternalId] {
        draft.claim(Claim::Release { kind, key: None, holder, free_at: world.now });
    }
    let free_at = world.now + organization::NAME_RESTS;
    draft.claim(Claim::Release { kind: ClaimKind::Handle, key: None, holder, free_at });
}

/// One step of the job after a deletion: leaves one tenant. The account is barred already, so no rule can hold it.
pub fn leave_after_deletion(world: &World<'_>, tenant: TenantId, user: UserId) -> Result<Decided<member::Removal>, Stop> {
    let place = crate::permit::Place::Scope { tenant, scope: tenant.scope() };
    let permit: Permit<op::MemberLeave> = Permit::system("the account was deleted", place);
    let tenant = world.tenant(tenant)?;
    let person = world.user(user)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    let removal = member::removal_of(tenant, person, tenant.root());
    for scope in &removal.scopes {
        let Some(membership) = tenant.membership(user, *scope) else { continue };
        let (roles, why) = (membership.roles.clone(), crate::change::Ending::AccountDeleted);
        draft.tenant(tenant.id, crate::TenantChange::MembershipEnded { scope: *scope, user, roles, why });
    }
    let sent = removal.sent.iter().map(|id| (id, Withdrawal::InviterRemoved));
    for (id, why) in sent.chain(removal.received.iter().map(|id| (id, Withdrawal::InviteeRemoved))) {
        draft.tenant(tenant.id, crate::TenantChange::InvitationRevoked { id: *id, why });
    }
    Ok(draft.decided(removal))
}
