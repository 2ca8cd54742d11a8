//! Organizations: founded, seen, renamed, deleted.

pub mod api;
pub mod portal;

use crate::{
    App, Failure,
    config::Founders,
    events::Asker,
    http::limits::{self, Limit},
    place::{self, Written},
};
use guildhall_core::{
    OrganizationId, Permit, Principal, RoleKey, StreamId, Timestamp, UserId, World, op,
    organization::{self, FirstOwner},
    tenant::Standing,
    text::{Address, Name, Slug},
    time::Span,
};
use guildhall_store::{ChangeRow, Fault, MemberCounts};

pub use guildhall_core::organization::Update;

/// A new organization.
#[derive(Clone, Debug)]
pub struct New {
    pub name: Name,
    pub slug: Slug,
    /// What the host product calls it; for programs.
    pub external_id: Option<String>,
    /// Whose it is; a person founds for themselves.
    pub owner: Option<Address>,
}

/// Whether this person may found an organization of their own.
pub(crate) async fn may_found(app: &App, user: UserId) -> Result<bool, Fault> {
    Ok(app.config().organizations == Founders::Anyone || app.store().is_operator(user).await?)
}

/// Founds an organization: a person for themselves, where anyone may; a program for an address.
pub async fn found(app: &App, who: &Principal, new: New) -> Result<Written<OrganizationId>, Failure> {
    let owner = match who.user() {
        Some(user) => {
            if app.store().is_barred(user) {
                return Err(Failure::NotSignedIn);
            }
            if new.owner.is_some() || new.external_id.is_some() {
                let what = "only a service key founds for others or sets `external_id`; leave it out";
                return Err(Failure::rejected(if new.owner.is_some() { "/owner" } else { "/external_id" }, what));
            }
            if !may_found(app, user).await? {
                return Err(Failure::NotAllowed { what: "organization.found".to_owned(), who_could: vec!["an operator".to_owned()] });
            }
            let at_most = app.config().limits.organizations_day;
            let limit = Limit { name: "organizations_day", key: &user.to_string(), window: Span::days(1), at_most };
            limits::take(app, &Asker { who: Some(who), ..Asker::default() }, limit).await?;
            FirstOwner::User(user)
        }
        None => {
            Permit::<op::OrganizationFound>::program(who, app.now())?;
            let address = new.owner.as_ref().ok_or_else(|| Failure::rejected("/owner", "missing; whose address is it for?"))?;
            first_owner(app, address).await?
        }
    };
    let (who, New { name, slug, external_id, .. }) = (who.clone(), new);
    let streams: Vec<StreamId> = match owner {
        FirstOwner::User(user) => vec![StreamId::User(user)],
        FirstOwner::Invited(_) => Vec::new(),
    };
    let command = move |world: &World<'_>| {
        let permit = if who.user().is_some() { Permit::founder(&who)? } else { Permit::program(&who, world.now)? };
        organization::found(world, permit, name.clone(), &slug, owner, external_id.clone())
    };
    let committed = app.store().write(&streams, command).await?;
    let id = committed.value;
    place::in_tenant(app, id, committed).await
}

/// Who has proven the address owns it at once; else the organization waits for that invitation.
async fn first_owner(app: &App, address: &Address) -> Result<FirstOwner, Failure> {
    let ids = app.store().intern_addresses(std::slice::from_ref(address)).await?;
    let id = ids.first().copied().ok_or_else(|| Failure::broken("an address was kept and has no id"))?;
    let holder = app.store().holder_of(&[id]).await?.into_iter().flatten().next();
    Ok(holder.map_or(FirstOwner::Invited(id), FirstOwner::User))
}

/// An organization as who asks sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: OrganizationId,
    pub name: Name,
    pub slug: String,
    pub personal: bool,
    pub external_id: Option<String>,
    /// What who asks holds here, directly.
    pub my_roles: Vec<RoleKey>,
    /// The operations they may do here.
    pub operations: Vec<guildhall_core::Operation>,
    /// The revision that last changed it: its `ETag`.
    pub changed: u64,
    /// The tenant's.
    pub revision: u64,
}

/// The organization, for whoever belongs to it.
pub async fn see(app: &App, who: &Principal, organization: OrganizationId) -> Result<Seen, Failure> {
    let (ground, permit) = place::read::<op::OrganizationSee>(app, who, organization).await?;
    let tenant = ground.tenant();
    let it = tenant.organization(ground.scope).ok_or(Failure::NotFound)?;
    let sight = ground.view.sight(app.store());
    let membership = who.user().and_then(|user| tenant.membership(user, ground.scope));
    let may = |operation: &guildhall_core::Operation| who.user().is_some_and(|user| sight.may(user, *operation, ground.scope));
    Ok(Seen {
        id: organization,
        name: it.name.clone(),
        slug: it.slug.clone(),
        personal: it.personal,
        external_id: it.external_id.clone(),
        my_roles: membership.filter(|m| m.standing == Standing::Active).map(|m| m.roles.clone()).unwrap_or_default(),
        operations: guildhall_core::Operation::ALL.iter().copied().filter(may).collect(),
        changed: it.revision,
        revision: permit.revision(),
    })
}

/// The organization of this slug, for whoever belongs to it.
pub async fn by_slug(app: &App, who: &Principal, slug: &str) -> Result<Seen, Failure> {
    let row = app.store().find_organization_by_slug(slug).await?.ok_or(Failure::NotFound)?;
    see(app, who, row.id).await
}

/// The organization that the host product calls so, for programs.
pub async fn by_external_id(app: &App, who: &Principal, external_id: &str) -> Result<Seen, Failure> {
    let row = app.store().find_organization_by_external_id(external_id).await?.ok_or(Failure::NotFound)?;
    see(app, who, row.id).await
}

/// Changes name, slug or external id. `expected`: the organization's own revision.
pub async fn update(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    update: Update,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    let (ground, _) = place::read::<op::OrganizationUpdate>(app, who, organization).await?;
    if update.external_id.is_some() {
        may_set_external_id(who)?;
    }
    let is_now = ground.tenant().organization(ground.scope).map(|it| it.slug.as_str());
    if update.slug.as_ref().is_some_and(|slug| Some(slug.as_str()) != is_now) {
        limits::take_renames(app, who, Some(ground.tenant().id)).await?;
    }
    place::write::<op::OrganizationUpdate, _>(app, who, organization, move |world, _, permit| {
        organization::update(world, permit, update.clone(), expected)
    })
    .await
}

/// External ids are the host product's, across all organizations: whoever sets one sees by the answer which ones there are.
fn may_set_external_id(who: &Principal) -> Result<(), Failure> {
    if who.key().is_some() && who.tenant().is_none() {
        return Ok(());
    }
    let who_could = vec!["a key of the deployment with the scope `organization.update`".to_owned()];
    Err(Failure::NotAllowed { what: "the host product's own ids".to_owned(), who_could })
}

/// What this revision changed of the organization itself: for who tried to change the same.
pub async fn last_change(app: &App, who: &Principal, organization: OrganizationId, revision: u64) -> Result<Option<ChangeRow>, Failure> {
    let (_, permit) = place::read::<op::OrganizationUpdate>(app, who, organization).await?;
    Ok(app.store().change_at(&permit, revision).await?)
}

/// What deleting ends: how many people lose access.
pub async fn deletion_preview(app: &App, who: &Principal, organization: OrganizationId) -> Result<MemberCounts, Failure> {
    place::read::<op::OrganizationDelete>(app, who, organization).await?;
    let (_, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    Ok(app.store().count_members(&permit).await?)
}

/// Deletes it: access ends at once; the answer says when it is erased. Asks for a fresh sign-in.
pub async fn delete(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    expected: Option<u64>,
) -> Result<Written<Timestamp>, Failure> {
    place::read::<op::OrganizationDelete>(app, who, organization).await?;
    place::stepped_up(app, who)?;
    place::write::<op::OrganizationDelete, _>(app, who, organization, move |world, _, permit| organization::delete(world, permit, expected))
        .await
}
