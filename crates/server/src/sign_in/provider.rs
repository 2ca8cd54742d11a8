//! OpenID Connect: the code flow with PKCE, state and nonce, with any provider; and what is believed of what it says.

mod client;

use client::Prompt;
pub use client::{Checked, Claims, Providers};

use super::{
    Arrived, Asked, arrive, note,
    session::{self, Account, By},
};
use crate::{
    App, Failure,
    config::Provider,
    http::{ReturnTo, browser},
};
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use guildhall_core::{
    Principal, SignInId, UserId,
    account::ProviderAccount,
    id::SignInKind,
    link,
    text::{Address, Name},
    time::Span,
};
use guildhall_store::ProviderFlow;
use serde::{Deserialize, Serialize};

/// How long somebody may take at the provider.
const GOOD_FOR: Span = Span::minutes(10);

/// What came of coming back.
#[derive(Clone, Debug)]
pub enum Returned {
    Arrived {
        arrived: Arrived,
        return_to: ReturnTo,
    },
    /// Linked to the account that is signed in.
    Linked {
        return_to: ReturnTo,
    },
    /// The provider isn't authoritative for the address: it must be proven by mail first, in this browser.
    ProveFirst {
        address: Address,
        remember: HeaderValue,
        return_to: ReturnTo,
    },
    /// The provider said no, or the way back was too old, used, or another browser's.
    Failed {
        return_to: ReturnTo,
    },
}

/// Sends the browser to the provider. With `who`, the account is linked to theirs on the way back.
pub async fn start(app: &App, asked: &Asked, id: &str, who: Option<&Principal>, return_to: &ReturnTo) -> Result<url::Url, Failure> {
    let one = app.providers().find(id).ok_or(Failure::NotFound)?;
    let now = app.now();
    let flow: SignInId = app.fresh();
    let state = format!("{flow}.{}", BASE64URL_NOPAD.encode(&app.random::<32>()?));
    let nonce = app.key().derive("nonce").tag(&flow.to_string());
    app.store()
        .create_provider_flow(&ProviderFlow {
            id: flow,
            provider: id.to_owned(),
            state_hash: link::hash(&state),
            nonce_hash: link::hash(&nonce),
            cookie_hash: asked.browser.hash(),
            user: who.and_then(Principal::user),
            return_to: Some(return_to.path().to_owned()),
            created_at: now,
            expires_at: now + GOOD_FOR,
        })
        .await?;
    // Who is signed in comes for a fresh sign-in: the provider is asked for one too.
    let prompt = if who.is_none() && asked.already.is_some() { Prompt::Anew } else { Prompt::AsKnown };
    one.authorization(&redirect_to(app, id), state, nonce, &verifier(app, flow), prompt).await.map_err(|why| away(id, &why))
}

fn away(id: &str, why: &str) -> Failure {
    Failure::Fault(guildhall_store::Fault::Away(format!("the provider `{id}`: {why}")))
}

fn redirect_to(app: &App, id: &str) -> String {
    app.url(&format!("/sign-in/provider/{id}/callback"))
}

/// Derived, so that it stands nowhere.
fn verifier(app: &App, flow: SignInId) -> String {
    app.key().derive("pkce").tag(&flow.to_string())
}

/// The browser comes back with a code and the state it left with.
pub async fn finish(app: &App, asked: &Asked, id: &str, code: &str, state: &str) -> Result<Returned, Failure> {
    let one = app.providers().find(id).ok_or(Failure::NotFound)?;
    let Some(flow) = link::id_of::<SignInKind>(state) else { return Ok(Returned::Failed { return_to: ReturnTo::default() }) };
    let Some(flow) = app.store().take_provider_flow(flow, &link::hash(state)).await? else {
        return Ok(Returned::Failed { return_to: ReturnTo::default() });
    };
    let user = asked.already.as_ref().and_then(Principal::user);
    // Another browser, another provider, or no longer who began to link.
    if flow.provider != id || flow.cookie_hash != asked.browser.hash() || (flow.user.is_some() && flow.user != user) {
        note(app, asked, "sign_in.failed", flow.user, serde_json::json!({ "why": "state", "provider": id })).await?;
        return Ok(Returned::Failed { return_to: ReturnTo::default() });
    }
    let return_to = ReturnTo::from(flow.return_to.unwrap_or_default());
    let nonce = app.key().derive("nonce").tag(&flow.id.to_string());
    let claims = match one.claims(&redirect_to(app, id), code, nonce, verifier(app, flow.id)).await {
        Ok(claims) => claims,
        Err(why) => {
            tracing::warn!(provider = id, why, "a sign-in with a provider failed");
            note(app, asked, "sign_in.failed", flow.user, serde_json::json!({ "why": "provider", "provider": id })).await?;
            return Ok(Returned::Failed { return_to });
        }
    };
    settle(app, asked, one.provider(), claims, flow.user, return_to).await
}

/// What is believed, and what follows. The claims were verified.
pub async fn settle(
    app: &App,
    asked: &Asked,
    provider: &Provider,
    claims: Claims,
    linking: Option<UserId>,
    return_to: ReturnTo,
) -> Result<Returned, Failure> {
    let address = claims.email.as_deref().and_then(|email| Address::parse(email).ok());
    let label = address.as_ref().map_or_else(|| provider.title.clone(), |address| format!("{}: {}", provider.title, address.typed()));
    let account = ProviderAccount { issuer: claims.issuer.clone(), subject: claims.subject.clone(), label };
    if let (Some(_), Some(who)) = (linking, &asked.already) {
        arrive::link(app, who, account).await?;
        note(app, asked, "identity.linked", linking, serde_json::json!({ "provider": provider.id })).await?;
        return Ok(Returned::Linked { return_to });
    }
    // Who signs in again is as fresh as the provider says; where it says nothing, its word is taken.
    let by = By::Provider { known_since: asked.already.as_ref().and(claims.auth_time) };
    // Issuer and subject identify the account; nothing else does.
    if let Some(user) = app.store().find_user_by_identity(&account.issuer, &account.subject).await? {
        let begun = session::begin(app, asked, user.id, by, Account::Known).await?;
        return Ok(Returned::Arrived { arrived: Arrived::In(begun), return_to });
    }
    let name = claims.name.as_deref().and_then(|name| Name::parse(name).ok());
    let arrived = match address {
        Some(address) if is_authoritative(provider, &address, &claims) => {
            let ids = app.store().intern_addresses(std::slice::from_ref(&address)).await?;
            let id = ids.first().copied().ok_or_else(|| Failure::broken("an address without an id"))?;
            arrive::by_address(app, asked, id, Some(account), name, by).await?
        }
        Some(address) => {
            let remember = remember(app, asked, &Remembered { account, name, address: address.key().to_owned() })?;
            return Ok(Returned::ProveFirst { address, remember, return_to });
        }
        None => arrive::by_account(app, asked, account, name, by).await?,
    };
    Ok(Returned::Arrived { arrived, return_to })
}

/// Whether the provider speaks for the address: configured for its domain, or Google with `hd`, or Google for gmail.com.
/// `email_verified` alone is never enough; where it is denied, nothing is.
fn is_authoritative(provider: &Provider, address: &Address, claims: &Claims) -> bool {
    let domain = address.domain();
    if claims.email_verified == Some(false) {
        return false;
    }
    if provider.domains.iter().any(|known| known == domain) {
        return true;
    }
    let hosted = claims.hosted_domain.as_deref().is_some_and(|hosted| hosted.eq_ignore_ascii_case(domain));
    provider.google && claims.email_verified == Some(true) && (hosted || domain == "gmail.com")
}

/// A provider's account that waits, in this browser only, until the address it stated is proven by mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Remembered {
    pub(super) account: ProviderAccount,
    pub(super) name: Option<Name>,
    /// The address's key. Proving another one links nothing.
    pub(super) address: String,
}

fn remember(app: &App, asked: &Asked, what: &Remembered) -> Result<HeaderValue, Failure> {
    let json = serde_json::to_vec(&(what, app.now().0 + GOOD_FOR.0)).map_err(|error| Failure::broken(error.to_string()))?;
    let body = BASE64URL_NOPAD.encode(&json);
    let value = format!("{body}.{}", app.key().derive("identity").tag(&bound(asked.browser.hash(), &body)));
    let cookie = browser::set(app, &browser::identity_cookie(app), &value, 600);
    HeaderValue::from_str(&cookie).map_err(|error| Failure::broken(error.to_string()))
}

fn bound(browser: [u8; 32], body: &str) -> String {
    format!("{}.{body}", BASE64URL_NOPAD.encode(&browser))
}

/// What [`remember`] left in this browser.
pub(super) fn remembered(app: &App, browser: [u8; 32], headers: &HeaderMap) -> Option<Remembered> {
    let value = browser::cookie(headers, &browser::identity_cookie(app))?;
    let (body, tag) = value.split_once('.')?;
    if !app.key().derive("identity").check_tag(&bound(browser, body), tag) {
        return None;
    }
    let json = BASE64URL_NOPAD.decode(body.as_bytes()).ok()?;
    let (what, until): (Remembered, i64) = serde_json::from_slice(&json).ok()?;
    (app.now().0 < until).then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l_37_a_provider_is_believed_only_for_what_it_is_authoritative_for() {
        let provider = |domains: &[&str], google| Provider {
            id: "x".to_owned(),
            title: "X".to_owned(),
            issuer: "https://x.example".parse().unwrap(),
            client_id: String::new(),
            client_secret: String::new(),
            domains: domains.iter().map(ToString::to_string).collect(),
            google,
        };
        let claims = |hosted: Option<&str>| Claims {
            issuer: "https://x.example".to_owned(),
            subject: "1".to_owned(),
            email: None,
            email_verified: Some(true),
            hosted_domain: hosted.map(str::to_owned),
            name: None,
            auth_time: None,
        };
        let address = |text: &str| Address::parse(text).unwrap();
        let (corp, gmail) = (address("ann@corp.example"), address("ann@gmail.com"));
        assert!(!is_authoritative(&provider(&[], false), &corp, &claims(Some("corp.example"))), "verified says nothing");
        assert!(is_authoritative(&provider(&["corp.example"], false), &corp, &claims(None)));
        assert!(!is_authoritative(&provider(&["corp.example"], false), &gmail, &claims(None)));
        assert!(is_authoritative(&provider(&[], true), &corp, &claims(Some("corp.example"))));
        assert!(!is_authoritative(&provider(&[], true), &corp, &claims(Some("other.example"))));
        assert!(is_authoritative(&provider(&[], true), &gmail, &claims(None)));
        let denied = Claims { email_verified: Some(false), ..claims(Some("corp.example")) };
        assert!(!is_authoritative(&provider(&["corp.example"], true), &corp, &denied), "the provider itself says it isn't proven");
        let unsaid = Claims { email_verified: None, ..claims(Some("corp.example")) };
        assert!(is_authoritative(&provider(&["corp.example"], false), &corp, &unsaid), "its domain's provider need not say so");
        assert!(!is_authoritative(&provider(&[], true), &corp, &unsaid));
        assert!(!is_authoritative(&provider(&[], true), &corp, &claims(None)), "a Google account made with somebody's address");
    }
}
