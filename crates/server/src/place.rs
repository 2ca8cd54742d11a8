//! Where an action happens: an organization's tenant, the permit to read there, and the one way to a commit.

use crate::{App, Failure};
use guildhall_core::{
    Decided, OrganizationId, Permit, Principal, ScopeId, Stop, StreamId, Tenant, TenantId, Timestamp, UserId, World, op, permit::Op,
};
use guildhall_store::{Committed, TenantView};

/// What was committed, and the revision that it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    pub value: T,
    /// Of the tenant, or of the user where one's own things changed.
    pub revision: u64,
    pub at: Timestamp,
}

impl<T> Written<T> {
    /// The same commit with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: f(self.value), revision: self.revision, at: self.at }
    }
}

/// An organization, found: its tenant as it is now, and its scope in it.
#[derive(Debug)]
pub struct Ground {
    pub view: TenantView,
    pub scope: ScopeId,
}

impl Ground {
    pub fn tenant(&self) -> &Tenant {
        &self.view.tenant
    }
}

/// Finds the organization, whoever asks: the caller must make a permit before it tells anything.
pub(crate) async fn ground(app: &App, organization: OrganizationId) -> Result<Ground, Failure> {
    let store = app.store();
    let scope = organization.scope();
    // A root is its tenant: the common case asks no database.
    if let Some(view) = store.tenant(organization).await? {
        return Ok(Ground { view, scope });
    }
    let tenant = store.find_organization(organization).await?.map(|row| row.tenant).ok_or(Failure::NotFound)?;
    let view = store.tenant(tenant).await?.ok_or(Failure::NotFound)?;
    Ok(Ground { view, scope })
}

/// The organization and the permit to read there. Whoever reads was active there.
pub(crate) async fn read<O: Op>(app: &App, who: &Principal, organization: OrganizationId) -> Result<(Ground, Permit<O>), Failure> {
    let ground = ground(app, organization).await?;
    let permit = ground.view.sight(app.store()).permit::<O>(who, ground.scope)?;
    app.store().note_activity(&permit).await?;
    Ok((ground, permit))
}

/// Runs a command at the organization under its tenant's lock: decision, permit, command, commit.
pub(crate) async fn write<O: Op, T: Send + 'static>(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    command: impl Fn(&World<'_>, &Tenant, Permit<O>) -> Result<Decided<T>, Stop> + Send + Sync + 'static,
) -> Result<Written<T>, Failure> {
    let found = ground(app, organization).await?;
    let (tenant, scope, who) = (found.tenant().id, found.scope, who.clone());
    let committed = app
        .store()
        .write(&[StreamId::Tenant(tenant)], move |world: &World<'_>| {
            let permit = world.sight(tenant)?.permit::<O>(&who, scope)?;
            command(world, world.tenant(tenant)?, permit)
        })
        .await?;
    in_tenant(app, tenant, committed).await
}

/// Runs a command on the person's own things.
pub(crate) async fn own<T: Send + 'static>(
    app: &App,
    who: &Principal,
    command: impl Fn(&World<'_>, Permit<op::Own>) -> Result<Decided<T>, Stop> + Send + Sync + 'static,
) -> Result<Written<T>, Failure> {
    let user = person(who)?;
    let who = who.clone();
    let committed = app.store().write(&[StreamId::User(user)], move |world: &World<'_>| command(world, Permit::own(&who)?)).await?;
    Ok(of_stream(app, StreamId::User(user), committed).unwrap_or_else(|(value, at)| Written { value, revision: 0, at }))
}

/// The commit, numbered by the tenant; by what the tenant has now where nothing changed.
pub(crate) async fn in_tenant<T>(app: &App, tenant: TenantId, committed: Committed<T>) -> Result<Written<T>, Failure> {
    match of_stream(app, StreamId::Tenant(tenant), committed) {
        Ok(written) => Ok(written),
        Err((value, at)) => {
            let revision = app.store().tenant(tenant).await?.map_or(0, |view| view.tenant.revision());
            Ok(Written { value, revision, at })
        }
    }
}

fn of_stream<T>(app: &App, stream: StreamId, committed: Committed<T>) -> Result<Written<T>, (T, Timestamp)> {
    app.post().wake();
    let Committed { value, at, revisions } = committed;
    match revisions.iter().find(|(changed, _)| *changed == stream) {
        Some((_, revision)) => Ok(Written { value, revision: *revision, at }),
        None => Err((value, at)),
    }
}

/// The user who asks; a key is refused.
pub(crate) fn person(who: &Principal) -> Result<UserId, Failure> {
    who.user().ok_or_else(|| Failure::NotAllowed { what: "own".to_owned(), who_could: vec!["a signed-in person".to_owned()] })
}

/// Refuses a person whose sign-in is older than what asks to step up allows. A key is always fresh.
pub(crate) fn stepped_up(app: &App, who: &Principal) -> Result<(), Failure> {
    if who.is_stepped_up(app.now()) { Ok(()) } else { Err(Failure::StepUp) }
}

/// Whether this user's own things may be read: the account counts.
pub(crate) fn own_permit(app: &App, who: &Principal) -> Result<Permit<op::Own>, Failure> {
    let user = person(who)?;
    if app.store().is_barred(user) {
        return Err(Failure::NotSignedIn);
    }
    Ok(Permit::own(who)?)
}
