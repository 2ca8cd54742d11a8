//! Somebody proved an address or a provider's account: who they are, whether they may come, and what waits for them.

use super::{
    Asked, note, operator,
    session::{self, Account, Begun, By},
};
use crate::{App, Failure, config::SignUp, invitations, place};
use guildhall_core::{
    AddressId, Permit, Principal, UserId, World,
    account::{self, Birth, ProviderAccount},
    op,
    permit::Place,
    text::Name,
};

/// What came of it.
#[derive(Clone, Debug)]
pub enum Arrived {
    In(Begun),
    /// Proven, but nobody here knows them, and only invited people may come.
    NotInvited,
}

/// An address that was just proven, by mail or by a provider that is authoritative for it.
pub async fn by_address(
    app: &App,
    asked: &Asked,
    address: AddressId,
    provider: Option<ProviderAccount>,
    name: Option<Name>,
    by: By,
) -> Result<Arrived, Failure> {
    if let Some(user) = app.store().find_user_by_address(address).await? {
        return enter(app, asked, user.id, by, provider).await;
    }
    let is_invited = !app.store().invitations_to(address).await?.is_empty()
        || operator::holds_link(app, asked.operator_link.as_deref()).await?.is_some();
    if !may_come(app, is_invited) {
        note(app, asked, "sign_in.not_invited", None, serde_json::json!({})).await?;
        return Ok(Arrived::NotInvited);
    }
    let user = be_born(app, Birth { address: Some(address), provider, name, external_id: None }).await?;
    let begun = session::begin(app, asked, user, by, Account::New).await?;
    invitations::accept_by_signing_in(app, &begun.principal, true).await?;
    Ok(Arrived::In(begun))
}

/// Begins the session, then links what came along.
async fn enter(app: &App, asked: &Asked, user: UserId, by: By, provider: Option<ProviderAccount>) -> Result<Arrived, Failure> {
    let begun = session::begin(app, asked, user, by, Account::Known).await?;
    if let Some(provider) = provider {
        link(app, &begun.principal, provider).await?;
    }
    Ok(Arrived::In(begun))
}

/// A provider's account that says nothing that could be believed about an address.
pub async fn by_account(app: &App, asked: &Asked, provider: ProviderAccount, name: Option<Name>, by: By) -> Result<Arrived, Failure> {
    if app.config().sign_up != SignUp::Open {
        note(app, asked, "sign_in.not_invited", None, serde_json::json!({})).await?;
        return Ok(Arrived::NotInvited);
    }
    let user = be_born(app, Birth { address: None, provider: Some(provider), name, external_id: None }).await?;
    session::begin(app, asked, user, by, Account::New).await.map(Arrived::In)
}

/// Who may make an account. Domains admit nobody until they can be proven.
fn may_come(app: &App, is_invited: bool) -> bool {
    match app.config().sign_up {
        SignUp::Open => true,
        SignUp::Invited | SignUp::Domain => is_invited,
    }
}

pub(crate) async fn be_born(app: &App, birth: Birth) -> Result<UserId, Failure> {
    let committed = app
        .store()
        .write(&[], move |world: &World<'_>| {
            let permit = Permit::<op::UserCreate>::system("proved who they are at sign-in", Place::Deployment);
            account::create(world, permit, birth.clone())
        })
        .await?;
    app.post().wake();
    Ok(committed.value)
}

/// Links a provider's account: it is authoritative for the person's proven address, or the person asked from their session.
pub(super) async fn link(app: &App, who: &Principal, provider: ProviderAccount) -> Result<(), Failure> {
    let user = place::person(who)?;
    let known = app.store().find_user_by_identity(&provider.issuer, &provider.subject).await?;
    if known.is_some_and(|known| known.id == user) {
        return Ok(());
    }
    place::own(app, who, move |world, permit| account::link(world, permit, provider.clone())).await?;
    Ok(())
}
