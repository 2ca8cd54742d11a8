//! The link in an invitation's mail: opened, which changes nothing (L-15), then accepted, declined, or not wanted.

use super::Status;
use crate::{
    App, Failure, events,
    place::{self, Written},
    users,
};
use guildhall_core::{
    Actor, AddressId, InvitationId, OrganizationId, Permit, Principal, Refusal, RoleKey, StreamId, Tenant, TenantId, Timestamp, UserId,
    World,
    change::Invitee,
    id::InvitationKind,
    invitation::{self, Joining},
    link::{self, LinkKind},
    op,
    text::Name,
};
use guildhall_store::Event;

/// The first and last generation of links that are good: all that were mailed, until the invitation ends.
const GENERATIONS: std::ops::RangeInclusive<u32> = 1..=1;

/// What stands behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub id: InvitationId,
    pub organization: OrganizationId,
    pub organization_name: Name,
    pub organization_slug: String,
    pub roles: Vec<RoleKey>,
    /// The inviter's name, where a person invited and has one.
    pub invited_by: Option<String>,
    /// The address, or the handle.
    pub to: String,
    /// The address, where it was invited by one.
    pub address: Option<AddressId>,
    pub status: Status,
    pub expires_at: Timestamp,
    pub who: Whom,
}

/// Who stands before the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Nobody is signed in, and nobody has the address: an account can be made here.
    New,
    /// Nobody is signed in, and somebody has the address or handle: they sign in first.
    MustSignIn,
    /// The one it is for.
    Invited,
    /// Somebody signed in who hasn't proven the address. `addable`: nobody else has, so they may add it by a mailed code.
    Other { addable: bool },
}

/// The invitation that a link's token was made for. A wrong token answers like one that never was.
fn invitation_of(app: &App, kind: LinkKind, token: &str) -> Result<InvitationId, Failure> {
    let id = link::id_of::<InvitationKind>(token).ok_or(Failure::NotFound)?;
    if link::check(app.key(), kind, id, GENERATIONS, token) { Ok(id) } else { Err(Failure::NotFound) }
}

/// The invitation that a link to join is for; refuses what is no link of ours.
pub fn is_link(app: &App, token: &str) -> Result<InvitationId, Failure> {
    invitation_of(app, LinkKind::Invitation, token)
}

/// The invitation that an "I don't know these people" link is about; refuses what is no link of ours.
pub fn is_unwanted_link(app: &App, token: &str) -> Result<InvitationId, Failure> {
    invitation_of(app, LinkKind::Unwanted, token)
}

/// The tenant and invitation that a link's token is good for.
async fn behind(app: &App, kind: LinkKind, token: &str) -> Result<(TenantId, InvitationId), Failure> {
    let id = invitation_of(app, kind, token)?;
    let (tenant, _) = app.store().find_invitation(id).await?.ok_or(Failure::NotFound)?;
    Ok((tenant, id))
}

async fn tenant_of(app: &App, tenant: TenantId) -> Result<guildhall_store::TenantView, Failure> {
    let view = app.store().tenant(tenant).await?.ok_or(Failure::NotFound)?;
    if view.tenant.is_deleted() { Err(Refusal::OrganizationDeleted.into()) } else { Ok(view) }
}

/// Looks behind the link. Changes nothing, however often it is fetched.
pub async fn open(app: &App, who: Option<&Principal>, token: &str) -> Result<Opened, Failure> {
    let (tenant, id) = behind(app, LinkKind::Invitation, token).await?;
    let view = tenant_of(app, tenant).await?;
    opened(app, who, &view.tenant, id).await
}

async fn opened(app: &App, who: Option<&Principal>, tenant: &Tenant, id: InvitationId) -> Result<Opened, Failure> {
    let store = app.store();
    let invitation = tenant.invitation(id).ok_or(Failure::NotFound)?;
    let organization = tenant.organization(tenant.root()).ok_or(Failure::NotFound)?;
    let (to, address, holder) = match invitation.invitee {
        Invitee::Address(address) => {
            let holder = store.holder_of(&[address]).await?.into_iter().flatten().next();
            (store.address(address).await?.and_then(|row| row.typed), Some(address), holder)
        }
        Invitee::User(user) => (store.find_user(user).await?.and_then(|row| row.handle), None, Some(user)),
    };
    let invited_by = match &invitation.invited_by {
        Actor::User { id } => store.find_user(*id).await?.and_then(|row| row.name),
        Actor::Key { .. } | Actor::Operator { .. } | Actor::System { .. } => None,
    };
    let whom = match (who.and_then(Principal::user), holder) {
        (None, None) => Whom::New,
        (None, Some(_)) => Whom::MustSignIn,
        (Some(user), Some(holder)) if user == holder => Whom::Invited,
        (Some(_), holder) => Whom::Other { addable: holder.is_none() && address.is_some() },
    };
    Ok(Opened {
        id,
        organization: tenant.id,
        organization_name: organization.name.clone(),
        organization_slug: organization.slug.clone(),
        roles: invitation.grants.iter().flat_map(|grant| grant.roles.clone()).collect(),
        invited_by,
        to: to.unwrap_or_default(),
        address,
        status: Status::of(invitation, app.now()),
        expires_at: invitation.expires_at,
        who: whom,
    })
}

/// Accepts as who is signed in. Without the address: refused. A link that somebody else forwarded proves nothing about who holds it, so
/// they add the address first, by the code that is mailed to it.
pub async fn accept(app: &App, who: &Principal, token: &str) -> Result<Written<TenantId>, Failure> {
    let (tenant, id) = behind(app, LinkKind::Invitation, token).await?;
    let user = place::person(who)?;
    if app.store().is_barred(user) {
        return Err(Failure::NotSignedIn);
    }
    let who = who.clone();
    let committed = app
        .store()
        .write(&[StreamId::Tenant(tenant), StreamId::User(user)], move |world: &World<'_>| {
            invitation::accept(world, Permit::invited(&who, tenant)?, id, &Joining::User)
        })
        .await?;
    Ok(place::in_tenant(app, tenant, committed).await?.map(|_| tenant))
}

/// Somebody new joins: the link proves the mailbox, and the account is made in the same commit. Answers with the user.
pub async fn accept_as_new(app: &App, token: &str, name: Option<Name>) -> Result<Written<(UserId, TenantId)>, Failure> {
    let (tenant, id) = behind(app, LinkKind::Invitation, token).await?;
    let view = tenant_of(app, tenant).await?;
    let opened = opened(app, None, &view.tenant, id).await?;
    let address = match (opened.who, opened.address) {
        (Whom::New, Some(address)) => address,
        // An account exists: the link never signs it in.
        (Whom::New | Whom::MustSignIn | Whom::Invited | Whom::Other { .. }, _) => return Err(Failure::NotSignedIn),
    };
    let user: UserId = app.fresh();
    let joining = Joining::NewUser { address, name };
    let committed = app
        .store()
        .write(&[StreamId::Tenant(tenant)], move |world: &World<'_>| {
            invitation::accept(world, Permit::new_user(user, tenant), id, &joining)
        })
        .await?;
    Ok(place::in_tenant(app, tenant, committed).await?.map(|user| (user, tenant)))
}

/// Declines as who is signed in.
pub async fn decline(app: &App, who: &Principal, token: &str) -> Result<Written<TenantId>, Failure> {
    let (_, id) = behind(app, LinkKind::Invitation, token).await?;
    super::decline(app, who, id).await
}

/// "I don't know these people": withdraws it, and no mail from them reaches who got it again.
pub async fn unwanted(app: &App, token: &str) -> Result<(), Failure> {
    let (tenant, id) = behind(app, LinkKind::Unwanted, token).await?;
    let view = app.store().tenant(tenant).await?.ok_or(Failure::NotFound)?;
    let blocks = match view.tenant.invitation(id).ok_or(Failure::NotFound)?.invitee {
        Invitee::Address(address) => Some(address),
        Invitee::User(user) => users::primary_address(app, user).await?,
    };
    if let Some(address) = blocks
        && !app.store().is_blocked(address, tenant).await?
    {
        app.store().block_sender(address, tenant).await?;
        let (kind, detail) = ("invitation.unwanted".to_owned(), serde_json::json!({ "invitation": id }));
        events::note(app, &Event { kind, actor: events::nobody(), tenant: Some(tenant), user: None, network: None, detail }).await?;
    }
    let withdrawn = app
        .store()
        .write(&[StreamId::Tenant(tenant)], move |world: &World<'_>| {
            let place = guildhall_core::permit::Place::Scope { tenant, scope: tenant.scope() };
            invitation::unwanted(world, Permit::<op::InvitationAnswer>::system("by the link in the mail", place), id)
        })
        .await
        .map_err(Failure::from);
    match withdrawn {
        // It had ended already: what was asked for is so.
        Ok(_) | Err(Failure::Refused(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}
