//! Roles: what each may do, and which of them somebody may give.

pub mod api;
pub mod portal;

use crate::{
    App, Failure,
    place::{self, Ground},
};
use guildhall_access::PermissionKey;
use guildhall_core::{OrganizationId, Principal, Refusal, RoleKey, ScopeKind, could_give, op};

/// A role of the model with all that it permits, the organization's own changes included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleLine {
    pub role: RoleKey,
    /// With its module's title before it.
    pub title: String,
    pub description: String,
    pub at: ScopeKind,
    pub module: Option<String>,
    pub permissions: Vec<PermissionKey>,
}

/// The role reference, for who may see it.
pub async fn reference(app: &App, who: &Principal, organization: OrganizationId) -> Result<Vec<RoleLine>, Failure> {
    let (ground, _) = place::read::<op::RoleView>(app, who, organization).await?;
    let snapshot = &ground.tenant().snapshot;
    let model = app.model();
    let line = |role: &guildhall_access::model::Role| RoleLine {
        role: role.key.clone(),
        title: model.full_title(role),
        description: role.description.clone(),
        at: role.at,
        module: role.module.clone(),
        permissions: snapshot.permissions_of(role.key.as_str()).into_iter().cloned().collect(),
    };
    Ok(model.roles.iter().map(line).collect())
}

/// A role as a form offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub role: RoleKey,
    pub title: String,
    pub description: String,
    pub module: Option<String>,
    /// Why it can't be given by who asks; `None`: it can.
    pub locked: Option<Refusal>,
}

/// The roles that exist for members of the organization, each open or locked for who asks.
pub async fn may_give(app: &App, who: &Principal, organization: OrganizationId) -> Result<Vec<Offer>, Failure> {
    let (ground, _) = place::read::<op::MemberView>(app, who, organization).await?;
    Ok(offers(app, who, &ground))
}

fn offers(app: &App, who: &Principal, ground: &Ground) -> Vec<Offer> {
    let sight = ground.view.sight(app.store());
    let model = app.model();
    let offer = |role: &guildhall_access::model::Role| Offer {
        role: role.key.clone(),
        title: model.full_title(role),
        description: role.description.clone(),
        module: role.module.clone(),
        locked: could_give(&sight, ground.tenant(), who, ground.scope, &role.key).err(),
    };
    model.given_by_hand(ScopeKind::Organization).map(offer).collect()
}

/// What an invitation may be given, in the model's order: the roles a form shows, open or locked. Empty: the model fixes it. Who
/// invites need not see who is here.
pub async fn may_invite_as(app: &App, who: &Principal, organization: OrganizationId) -> Result<Vec<Offer>, Failure> {
    let (ground, _) = place::read::<op::InvitationCreate>(app, who, organization).await?;
    let (offered, mut offers) = (&app.model().invitation.offered, offers(app, who, &ground));
    if !offered.is_empty() {
        offers.retain(|offer| offered.contains(&offer.role));
        offers.sort_by_key(|offer| offered.iter().position(|role| *role == offer.role));
    }
    Ok(offers)
}
