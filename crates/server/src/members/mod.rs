//! Members: listed, found, their roles changed, suspended, reinstated, removed.

pub mod api;
pub(crate) mod body;
pub mod bulk;
pub mod portal;

use crate::{
    App, Failure,
    place::{self, Ground, Written},
};
use guildhall_core::{
    InvitationId, OrganizationId, Principal, RoleKey, ScopeId, Tenant, Timestamp, UserId,
    change::Invitee,
    member, op,
    tenant::{Standing, Thing},
    text::Name,
};
use guildhall_store::{ChangeRow, Fault, MemberCounts, MemberQuery, MemberRow, Page, Rows};

pub use guildhall_core::member::{Removal, SentInvitations};

/// A page of people, and the revision of the tenant it is about.
#[derive(Clone, Debug)]
pub struct Listed {
    pub page: Page<MemberRow>,
    pub revision: u64,
}

/// People and invitations of the organization, as one list. Invitations are there only for who may see them.
pub async fn list(app: &App, who: &Principal, organization: OrganizationId, query: &MemberQuery) -> Result<Listed, Failure> {
    let (ground, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    let sight = ground.view.sight(app.store());
    let mut query = query.clone();
    if sight.permit::<op::InvitationView>(who, ground.scope).is_err() {
        query.rows = Rows::Members;
    }
    let page = app.store().list_members(&permit, &query).await?;
    Ok(Listed { page, revision: permit.revision() })
}

/// How many belong, wait, are suspended. Who may not see invitations is told of none.
pub async fn count(app: &App, who: &Principal, organization: OrganizationId) -> Result<MemberCounts, Failure> {
    let (ground, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    let counts = app.store().count_members(&permit).await?;
    if ground.view.sight(app.store()).permit::<op::InvitationView>(who, ground.scope).is_ok() {
        return Ok(counts);
    }
    Ok(MemberCounts { joined: counts.joined, suspended: counts.suspended, ..MemberCounts::default() })
}

/// One member with what was last changed about them.
#[derive(Clone, Debug)]
pub struct Found {
    pub row: MemberRow,
    /// Only for themselves, and for who could have made such changes or may read the audit log.
    pub changes: Vec<ChangeRow>,
    pub revision: u64,
}

/// How many recent changes a person's page shows.
const RECENT: u32 = 20;

/// One member, with what was last changed about them where the reader may know it.
pub async fn find(app: &App, who: &Principal, organization: OrganizationId, user: UserId) -> Result<Found, Failure> {
    let (ground, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    let row = app.store().find_member(&permit, user).await?.ok_or(Failure::NotFound)?;
    let changes =
        if sees_changes(app, who, &ground, user) { app.store().changes_of_member(&permit, user, RECENT).await? } else { Vec::new() };
    Ok(Found { row, changes, revision: permit.revision() })
}

fn sees_changes(app: &App, who: &Principal, ground: &Ground, user: UserId) -> bool {
    let sight = ground.view.sight(app.store());
    who.user() == Some(user)
        || sight.permit::<op::MemberChangeRoles>(who, ground.scope).is_ok()
        || sight.permit::<op::AuditView>(who, ground.scope).is_ok()
}

/// A listed invitation, as a row of the list of people.
pub async fn find_invited(app: &App, who: &Principal, organization: OrganizationId, id: InvitationId) -> Result<MemberRow, Failure> {
    place::read::<op::InvitationView>(app, who, organization).await?;
    let (_, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    app.store().find_invited(&permit, id).await?.ok_or(Failure::NotFound)
}

/// An organization one belonged to, or belongs to without access.
#[derive(Clone, Debug)]
pub struct Former {
    pub id: OrganizationId,
    pub name: Name,
    pub how: Lost,
}

/// How access was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    Suspended,
    Removed,
    /// By themselves.
    Left,
}

/// Whether who asks was removed from the organization of this slug, left it, or is suspended there: they knew of it, so they are told.
pub async fn former(app: &App, who: &Principal, slug: &str) -> Result<Option<Former>, Failure> {
    let user = place::person(who)?;
    let Some(row) = app.store().find_organization_by_slug(slug).await? else { return Ok(None) };
    let ground = place::ground(app, row.id).await?;
    let tenant = ground.tenant();
    let standing = tenant.membership(user, ground.scope).map(|membership| membership.standing);
    let how = match standing {
        Some(Standing::Active) => None,
        Some(Standing::Suspended) => Some(Lost::Suspended),
        // Who left while suspended counts among the removed where invitations from before are concerned, but left all the same.
        None if app.store().left(&place::own_permit(app, who)?, tenant.id).await? => Some(Lost::Left),
        None => tenant.removed_at(user).map(|_| Lost::Removed),
    };
    Ok(tenant.organization(ground.scope).zip(how).map(|(it, how)| Former { id: row.id, name: it.name.clone(), how }))
}

/// Replaces the roles held at the organization, whole. `expected`: the member's revision, where it must not have changed.
/// Asks for a fresh sign-in where that makes or unmakes an owner.
pub async fn change_roles(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    user: UserId,
    roles: Vec<RoleKey>,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::write::<op::MemberChangeRoles, _>(app, who, organization, move |world, _, permit| {
        member::change_roles(world, permit, user, &roles, expected)
    })
    .await
}

/// Holds a member's access until they are reinstated. Of an owner: asks for a fresh sign-in.
pub async fn suspend(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    user: UserId,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::write::<op::MemberSuspend, _>(app, who, organization, move |world, tenant, permit| {
        unchanged(tenant, organization, user, expected)?;
        member::suspend(world, permit, user)
    })
    .await
}

/// Gives a suspended member back what they held.
pub async fn reinstate(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    user: UserId,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::write::<op::MemberSuspend, _>(app, who, organization, move |world, tenant, permit| {
        unchanged(tenant, organization, user, expected)?;
        member::reinstate(world, permit, user)
    })
    .await
}

fn unchanged(tenant: &Tenant, organization: OrganizationId, user: UserId, expected: Option<u64>) -> Result<(), guildhall_core::Refusal> {
    tenant.unchanged(Thing::Member(user, organization.scope()), expected)
}

/// Removes a member from the organization and all below it, at once. What ended is the answer. Of an owner: asks for a fresh sign-in.
pub async fn remove(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    user: UserId,
    sent: SentInvitations,
    expected: Option<u64>,
) -> Result<Written<Removal>, Failure> {
    place::write::<op::MemberRemove, _>(app, who, organization, move |world, _, permit| member::remove(world, permit, user, sent, expected))
        .await
}

/// What a removal would end (L-4), before anybody decides on it. Their sessions lose this organization too; none is ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemovalPreview {
    /// The organizations and workspaces left, with their names; the one asked for first.
    pub places: Vec<(ScopeId, Name)>,
    /// Pending invitations they sent: withdrawn, or taken over.
    pub sent: Vec<InvitationLine>,
    /// Pending invitations to them: withdrawn.
    pub received: Vec<InvitationLine>,
    /// How many sessions of theirs lose this organization.
    pub n_sessions: u64,
    pub revision: u64,
}

/// A pending invitation in a preview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationLine {
    pub id: InvitationId,
    /// The address, or the handle.
    pub to: String,
    pub roles: Vec<RoleKey>,
    pub expires_at: Timestamp,
}

/// What [`remove`] would end, or why it would be refused: the command itself, run without its changes.
pub async fn removal_preview(app: &App, who: &Principal, organization: OrganizationId, user: UserId) -> Result<RemovalPreview, Failure> {
    let written = place::write::<op::MemberRemove, _>(app, who, organization, move |world, _, permit| {
        Ok(member::remove(world, permit, user, SentInvitations::Withdraw, None)?.preview())
    })
    .await?;
    let ground = place::ground(app, organization).await?;
    let (removal, tenant) = (written.value, ground.tenant());
    let named = |scope: &ScopeId| tenant.organization(*scope).map(|it| (*scope, it.name.clone()));
    let mut preview = RemovalPreview {
        places: removal.scopes.iter().filter_map(named).collect(),
        revision: written.revision,
        n_sessions: app.store().count_sessions(user).await?,
        ..RemovalPreview::default()
    };
    for id in &removal.sent {
        preview.sent.extend(line(app, tenant, *id).await?);
    }
    for id in &removal.received {
        preview.received.extend(line(app, tenant, *id).await?);
    }
    Ok(preview)
}

async fn line(app: &App, tenant: &Tenant, id: InvitationId) -> Result<Option<InvitationLine>, Fault> {
    let Some(invitation) = tenant.invitation(id) else { return Ok(None) };
    let to = match invitation.invitee {
        Invitee::Address(address) => app.store().address(address).await?.and_then(|row| row.typed),
        Invitee::User(user) => app.store().find_user(user).await?.and_then(|row| row.handle),
    };
    let roles = invitation.grants.iter().flat_map(|grant| grant.roles.clone()).collect();
    Ok(Some(InvitationLine { id, to: to.unwrap_or_default(), roles, expires_at: invitation.expires_at }))
}
