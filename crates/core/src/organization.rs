//! Organizations: founded, renamed, deleted.

use crate::{
    Actor, AddressId, Claim, ClaimKind, Decided, Draft, InvitationId, OrganizationId, Permit, Refusal, RoleKey, Stop, StreamId,
    TenantChange, Timestamp, UserChange, UserId, World,
    change::{Invitee, Via},
    decided::Grant,
    mail::{MailOrder, Recipient, Template},
    op,
    tenant::Thing,
    text::{Name, Slug},
    time::Span,
};

/// What a deleted organization kept is erased after so long.
pub const ERASED_AFTER: Span = Span::days(30);
/// A slug or handle is free again so long after a change or deletion.
pub const NAME_RESTS: Span = Span::days(90);

/// Who owns a new organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstOwner {
    User(UserId),
    /// Nobody has proven the address yet: the organization waits, reachable by nobody, for this invitation.
    Invited(AddressId),
}

/// A new root organization. Its owner holds the top role from the first moment (A-1, I-39).
pub fn found(
    world: &World<'_>,
    permit: Permit<op::OrganizationFound>,
    name: Name,
    slug: &Slug,
    owner: FirstOwner,
    external_id: Option<String>,
) -> Result<Decided<OrganizationId>, Stop> {
    let id: OrganizationId = world.fresh();
    let mut draft = Draft::new(permit, world.now);
    found_root(&mut draft, id, name, slug.as_str(), false);
    if let Some(external_id) = external_id {
        take_external_id(id, &external_id, &mut draft);
    }
    match owner {
        FirstOwner::User(user) => {
            let user = world.user(user)?;
            if user.status != crate::user::AccountStatus::Active {
                return Err(Refusal::AccountBarred.into());
            }
            draft.read(user.stream(), user.revision);
            own(world, &mut draft, id, user.id, Via::Founding);
        }
        FirstOwner::Invited(address) => invite_first(world, &mut draft, id, address),
    }
    Ok(draft.decided(id))
}

fn found_root(draft: &mut Draft, id: OrganizationId, name: Name, slug: &str, personal: bool) {
    draft.read(StreamId::Tenant(id), 0);
    draft.claim(take_slug(id, slug));
    draft.tenant(id, TenantChange::OrganizationFounded { id: id.scope(), parent: None, name, slug: slug.to_owned(), personal });
}

fn take_slug(id: OrganizationId, slug: &str) -> Claim {
    let refusal = Refusal::SlugTaken { slug: slug.to_owned() };
    Claim::Take { kind: ClaimKind::Slug, key: slug.to_owned(), holder: id.as_u128(), refusal }
}

fn take_external_id(id: OrganizationId, external_id: &str, draft: &mut Draft) {
    let refusal = Refusal::ExternalIdTaken { external_id: external_id.to_owned() };
    let (kind, key) = (ClaimKind::OrganizationExternalId, external_id.to_owned());
    draft.claim(Claim::Take { kind, key, holder: id.as_u128(), refusal });
    let external_id = Some(external_id.to_owned());
    draft.tenant(id, TenantChange::OrganizationExternalIdSet { id: id.scope(), external_id });
}

fn own(world: &World<'_>, draft: &mut Draft, id: OrganizationId, user: UserId, via: Via) {
    let roles: Vec<RoleKey> = vec![world.model.organization.top_role.clone()];
    draft.tenant(id, TenantChange::MembershipStarted { scope: id.scope(), user, roles, via, invited_by: None });
    draft.user(user, UserChange::TopRoleGained { tenant: id, organization: id.scope() });
}

fn invite_first(world: &World<'_>, draft: &mut Draft, organization: OrganizationId, address: AddressId) {
    let id: InvitationId = world.fresh();
    let grants = vec![Grant { scope: organization.scope(), roles: vec![world.model.organization.top_role.clone()] }];
    // A person founds for themselves only; what waits for somebody is a program's or an operator's doing.
    let invited_by = match draft.actor() {
        Actor::User { .. } => Actor::System { reason: "founding".to_owned() },
        other @ (Actor::Key { .. } | Actor::Operator { .. } | Actor::System { .. }) => other.clone(),
    };
    let expires_at = world.now + Span::days(i64::from(world.model.invitation.days));
    let invitee = Invitee::Address(address);
    draft.tenant(organization, TenantChange::InvitationCreated { id, invitee, grants, invited_by, expires_at });
    let template = Template::Invitation { organization, invitation: id, generation: 1 };
    draft.mail(MailOrder {
        key: crate::invitation::mail_key(id, world.now),
        to: Recipient::Address(address),
        template,
        not_before: world.now,
    });
}

/// The organization everyone owns: named by a word of the model, never after the person.
pub(crate) fn found_personal(world: &World<'_>, draft: &mut Draft, user: UserId) {
    let id: OrganizationId = world.fresh();
    let word = world.model.words.get("personal_organization");
    let Ok(name) = Name::parse(word).or_else(|_| Name::parse("Personal organization")) else { return };
    // The time-ordered beginning of an id repeats; its random end doesn't.
    let slug = format!("personal-{:012x}", id.as_u128() & 0xffff_ffff_ffff);
    found_root(draft, id, name, &slug, true);
    own(world, draft, id, user, Via::Personal);
}

/// What an organization's settings change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    pub name: Option<Name>,
    pub slug: Option<Slug>,
    /// What the host product calls it; `Some(None)` takes it away.
    pub external_id: Option<Option<String>>,
}

/// Changes name, slug and external id. An old slug is never redirected, and rests 90 days.
pub fn update(
    world: &World<'_>,
    permit: Permit<op::OrganizationUpdate>,
    update: Update,
    expected: Option<u64>,
) -> Result<Decided<()>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    let organization = tenant.organization(scope).ok_or(Stop::NotFound)?;
    tenant.unchanged(Thing::Organization(scope), expected)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    if let Some(to) = update.name.filter(|name| *name != organization.name) {
        draft.tenant(tenant.id, TenantChange::OrganizationRenamed { id: scope, from: organization.name.clone(), to });
    }
    if let Some(to) = update.slug.filter(|slug| slug.as_str() != organization.slug) {
        let holder = scope.0;
        let free_at = world.now + NAME_RESTS;
        draft.claim(Claim::Release { kind: ClaimKind::Slug, key: Some(organization.slug.clone()), holder, free_at });
        draft.claim(take_slug(OrganizationId::from_scope(scope), to.as_str()));
        let (from, to) = (organization.slug.clone(), to.as_str().to_owned());
        draft.tenant(tenant.id, TenantChange::OrganizationSlugChanged { id: scope, from, to });
    }
    if let Some(to) = update.external_id.filter(|to| *to != organization.external_id) {
        let (kind, holder) = (ClaimKind::OrganizationExternalId, scope.0);
        draft.claim(Claim::Release { kind, key: None, holder, free_at: world.now });
        match to {
            Some(to) => take_external_id(OrganizationId::from_scope(scope), &to, &mut draft),
            None => draft.tenant(tenant.id, TenantChange::OrganizationExternalIdSet { id: scope, external_id: None }),
        }
    }
    Ok(draft.decided(()))
}

/// Deletes the root organization: access ends at once; what it kept is erased after 30 days. Answers when.
pub fn delete(world: &World<'_>, permit: Permit<op::OrganizationDelete>, expected: Option<u64>) -> Result<Decided<Timestamp>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    tenant.unchanged(Thing::Organization(scope), expected)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    delete_in(world, tenant, scope, None, &mut draft)?;
    Ok(draft.decided(world.now + ERASED_AFTER))
}

/// `leaver`: whose account goes with it, and who so gets no personal organization.
pub(crate) fn delete_in(
    world: &World<'_>,
    tenant: &crate::Tenant,
    scope: crate::ScopeId,
    leaver: Option<UserId>,
    draft: &mut Draft,
) -> Result<(), Stop> {
    let erase_at = world.now + ERASED_AFTER;
    let holders: Vec<(crate::ScopeId, UserId)> =
        tenant.organizations().keys().flat_map(|at| tenant.top_holders(*at).map(move |user| (*at, user))).collect();
    let owners = world.all_users(holders.iter().map(|(_, user)| *user))?;
    for (at, user) in &holders {
        if tenant.is_within(*at, scope) {
            draft.user(*user, UserChange::TopRoleLost { tenant: tenant.id, organization: *at });
        }
    }
    let mut seen: Vec<UserId> = Vec::new();
    for owner in owners {
        draft.read(owner.stream(), owner.revision);
        let left_with_none = owner.owns.contains_key(&tenant.root()) && owner.n_roots_owned() == 1 && scope == tenant.root();
        if tenant.model.organization.everyone_owns_one && left_with_none && leaver != Some(owner.id) && !seen.contains(&owner.id) {
            // Nobody's own step leaves them owning none.
            if draft.actor().user() == Some(owner.id) {
                return Err(Refusal::LastOwnedOrganization.into());
            }
            found_personal(world, draft, owner.id);
        }
        seen.push(owner.id);
    }
    if let Some(organization) = tenant.organization(scope) {
        let free_at = world.now + NAME_RESTS;
        draft.claim(Claim::Release { kind: ClaimKind::Slug, key: Some(organization.slug.clone()), holder: scope.0, free_at });
        if organization.external_id.is_some() {
            let (kind, free_at) = (ClaimKind::OrganizationExternalId, world.now);
            draft.claim(Claim::Release { kind, key: None, holder: scope.0, free_at });
            draft.tenant(tenant.id, TenantChange::OrganizationExternalIdSet { id: scope, external_id: None });
        }
    }
    draft.tenant(tenant.id, TenantChange::OrganizationDeleted { id: scope, erase_at });
    Ok(())
}
