//! The person and their own things; and users as a host product knows them.

mod adding;
pub mod api;
pub(crate) mod body;
pub mod portal;
mod programs;
pub mod suspension;

use crate::{
    App, Failure,
    http::limits,
    place::{self, Written},
};
use guildhall_core::{
    AddressId, Decided, IdentityId, Permit, Principal, Refusal, SessionId, Stop, StreamId, UserId, World,
    account::{self, Birth},
    op,
    text::{Address, Handle, Name},
};
use guildhall_store::{MyAddress, MyIdentity, MyOrganization, SessionRow, UserRow};

/// Who is signed in.
pub async fn me(app: &App, who: &Principal) -> Result<UserRow, Failure> {
    place::own_permit(app, who)?;
    app.store().find_user(place::person(who)?).await?.ok_or(Failure::NotSignedIn)
}

/// What a profile changes; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub name: Option<Name>,
    pub handle: Option<Handle>,
    pub theme: Option<Theme>,
    /// A language tag.
    pub locale: Option<String>,
}

/// How one's pages look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// As the system does.
    System,
    Light,
    Dark,
}

impl Theme {
    fn stored(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// Runs a command on one's own things, where the account is still at the revision that is expected.
async fn own<T: Send + 'static>(
    app: &App,
    who: &Principal,
    expected: Option<u64>,
    command: impl Fn(&World<'_>, Permit<op::Own>) -> Result<Decided<T>, Stop> + Send + Sync + 'static,
) -> Result<Written<T>, Failure> {
    let user = place::person(who)?;
    place::own(app, who, move |world, permit| {
        world.user(user)?.unchanged(expected)?;
        command(world, permit)
    })
    .await
}

/// Changes name, handle and theme. Answers with the user's revision where name or handle changed.
/// `expected`: the account's revision, where it must not have changed.
pub async fn update(app: &App, who: &Principal, profile: Profile, expected: Option<u64>) -> Result<Option<u64>, Failure> {
    let permit = place::own_permit(app, who)?;
    let UserRow { handle: is_now, revision: now, .. } = me(app, who).await?;
    // What is no change of the account, as its theme is, rests on this alone.
    if expected.is_some_and(|expected| expected != now) {
        return Err(Refusal::ChangedMeanwhile { revision: now }.into());
    }
    let handle = profile.handle.filter(|handle| is_now.as_deref() != Some(handle.as_str()));
    if handle.is_some() {
        limits::take_renames(app, who, None).await?;
    }
    let mut revision = None;
    if profile.name.is_some() || handle.is_some() {
        let update = account::Update { name: profile.name, handle };
        let written = own(app, who, expected, move |world, permit| account::update(world, permit, update.clone())).await?;
        revision = Some(written.revision);
    }
    if profile.theme.is_some() || profile.locale.is_some() {
        let now = me(app, who).await?;
        let theme = match profile.theme {
            Some(theme) => theme.stored(),
            None => now.theme.as_deref(),
        };
        app.store().set_preferences(&permit, theme, profile.locale.as_deref().or(now.locale.as_deref())).await?;
    }
    Ok(revision)
}

/// One's proven addresses, in the order in which they were proven.
pub async fn addresses(app: &App, who: &Principal) -> Result<Vec<MyAddress>, Failure> {
    Ok(app.store().list_addresses(&place::own_permit(app, who)?).await?)
}

/// Makes a proven address the primary one. Asks for a fresh sign-in.
pub async fn make_primary(app: &App, who: &Principal, address: AddressId, expected: Option<u64>) -> Result<Written<()>, Failure> {
    place::stepped_up(app, who)?;
    own(app, who, expected, move |world, permit| account::make_primary(world, permit, address)).await
}

/// Gives an address up. Asks for a fresh sign-in.
pub async fn remove_address(app: &App, who: &Principal, address: AddressId, expected: Option<u64>) -> Result<Written<()>, Failure> {
    place::stepped_up(app, who)?;
    own(app, who, expected, move |world, permit| account::remove_address(world, permit, address)).await
}

/// One's linked providers.
pub async fn identities(app: &App, who: &Principal) -> Result<Vec<MyIdentity>, Failure> {
    Ok(app.store().list_identities(&place::own_permit(app, who)?).await?)
}

/// Unlinks a provider. Asks for a fresh sign-in.
pub async fn unlink(app: &App, who: &Principal, identity: IdentityId, expected: Option<u64>) -> Result<Written<()>, Failure> {
    place::stepped_up(app, who)?;
    let mine = identities(app, who).await?;
    let row = mine.into_iter().find(|row| row.id == identity).ok_or(Failure::NotFound)?;
    let key = row.claim_key();
    own(app, who, expected, move |world, permit| account::unlink(world, permit, identity, key.clone())).await
}

/// Where one is signed in.
pub async fn sessions(app: &App, who: &Principal) -> Result<Vec<SessionRow>, Failure> {
    Ok(app.store().list_sessions(&place::own_permit(app, who)?).await?)
}

/// Ends one of one's sessions, at once.
pub async fn end_session(app: &App, who: &Principal, session: SessionId) -> Result<(), Failure> {
    let permit = place::own_permit(app, who)?;
    if app.store().end_session(&permit, session).await? { Ok(()) } else { Err(Failure::NotFound) }
}

/// Ends all of one's sessions but this one. Answers how many.
pub async fn end_other_sessions(app: &App, who: &Principal) -> Result<u64, Failure> {
    let permit = place::own_permit(app, who)?;
    let this = who.session().ok_or(Failure::NotSignedIn)?;
    Ok(app.store().end_other_sessions(&permit, this).await?)
}

/// The organizations one belongs to.
pub async fn organizations(app: &App, who: &Principal) -> Result<Vec<MyOrganization>, Failure> {
    Ok(app.store().organizations_of(&place::own_permit(app, who)?).await?)
}

/// Deletes one's account: barred everywhere at once; a job leaves tenant by tenant. Asks for a fresh sign-in.
pub async fn delete_account(app: &App, who: &Principal, expected: Option<u64>) -> Result<Written<()>, Failure> {
    let user = place::person(who)?;
    place::stepped_up(app, who)?;
    let written = own(app, who, expected, account::delete).await?;
    app.store().end_sessions_of(user).await?;
    Ok(written)
}

/// A user as a host product makes one: it vouches for the address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    pub external_id: Option<String>,
    pub address: Option<Address>,
    pub name: Option<Name>,
}

/// Makes a user, for a program of the deployment.
pub async fn create(app: &App, who: &Principal, new: NewUser) -> Result<Written<UserId>, Failure> {
    Permit::<op::UserCreate>::program(who, app.now())?;
    if new.address.is_none() && new.external_id.is_none() {
        return Err(Failure::rejected("", "neither `address` nor `external_id`; a user needs one of them to be known by"));
    }
    let address = match &new.address {
        Some(address) => app.store().intern_addresses(std::slice::from_ref(address)).await?.first().copied(),
        None => None,
    };
    let birth = Birth { address, provider: None, name: new.name, external_id: new.external_id };
    let who = who.clone();
    let committed =
        app.store().write(&[], move |world: &World<'_>| account::create(world, Permit::program(&who, world.now)?, birth.clone())).await?;
    let id = committed.value;
    let revision = committed.revisions.iter().find(|(stream, _)| *stream == StreamId::User(id)).map_or(0, |(_, revision)| *revision);
    Ok(Written { value: id, revision, at: committed.at })
}

/// The address their mail goes to.
pub(crate) async fn primary_address(app: &App, user: UserId) -> Result<Option<AddressId>, Failure> {
    Ok(app.store().find_user(user).await?.and_then(|row| row.primary_id))
}

/// A user by the id the host product gave, for a program of the deployment.
pub async fn by_external_id(app: &App, who: &Principal, external_id: &str) -> Result<UserRow, Failure> {
    Permit::<op::UserCreate>::program(who, app.now())?;
    app.store().find_user_by_external_id(external_id).await?.ok_or(Failure::NotFound)
}

/// A user, for a program of the deployment.
pub async fn find(app: &App, who: &Principal, user: UserId) -> Result<UserRow, Failure> {
    Permit::<op::UserCreate>::program(who, app.now())?;
    app.store().find_user(user).await?.ok_or(Failure::NotFound)
}
