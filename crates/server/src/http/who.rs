//! Who asks: a session's cookie or a service key, proven against what is stored.

use crate::{
    App, Failure, events,
    http::{browser, limits::KeyProven},
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use guildhall_core::{Principal, SessionId, key};

/// Somebody or some program; 401 for nobody.
#[derive(Clone, Debug)]
pub struct Who(pub Principal);

/// Perhaps somebody.
#[derive(Clone, Debug)]
pub struct MaybeWho(pub Option<Principal>);

/// A person, not a key.
#[derive(Clone, Debug)]
pub struct Person(pub Principal);

/// Found once per request, however many extractors ask.
#[derive(Clone)]
struct Found(Option<Principal>);

impl FromRequestParts<App> for MaybeWho {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Some(found) = parts.extensions.get::<Found>() {
            return Ok(Self(found.0.clone()));
        }
        let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
        let found = match (given.next(), given.next()) {
            (Some(value), None) => Some(by_key(app, parts, value.to_str().unwrap_or_default()).await?),
            // Of two, whoever stands in between may have meant the other.
            (Some(_), Some(_)) => return Err(Failure::NotSignedIn),
            (None, _) => by_session(app, parts).await?,
        };
        parts.extensions.insert(Found(found.clone()));
        Ok(Self(found))
    }
}

impl FromRequestParts<App> for Who {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let MaybeWho(who) = MaybeWho::from_request_parts(parts, app).await?;
        who.map(Self).ok_or(Failure::NotSignedIn)
    }
}

impl FromRequestParts<App> for Person {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Who(who) = Who::from_request_parts(parts, app).await?;
        if who.user().is_none() {
            return Err(Failure::NotAllowed { what: "a person's own things".to_owned(), who_could: vec!["a signed-in person".to_owned()] });
        }
        Ok(Self(who))
    }
}

/// A key that is given must be right: a wrong one is never taken for nobody.
async fn by_key(app: &App, parts: &Parts, authorization: &str) -> Result<Principal, Failure> {
    let (scheme, text) = authorization.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Failure::NotSignedIn);
    }
    let text = text.trim();
    let id = key::id_of(text).ok_or(Failure::NotSignedIn)?;
    let now = app.now();
    let principal = app.store().find_key(id).await?.and_then(|record| record.principal(text, now)).ok_or(Failure::NotSignedIn)?;
    if let Some(proven) = parts.extensions.get::<KeyProven>() {
        proven.note();
    }
    if let Some(event) = app.store().note_key_use(id).await? {
        events::say(&event);
    }
    Ok(principal)
}

async fn by_session(app: &App, parts: &mut Parts) -> Result<Option<Principal>, Failure> {
    let Some(value) = browser::cookie(&parts.headers, &browser::session_cookie(app)) else { return Ok(None) };
    let Some((id, token)) = value.split_once('.') else { return Ok(None) };
    let Ok(id) = id.parse::<SessionId>() else { return Ok(None) };
    let Some(record) = app.store().find_session(id).await? else { return Ok(None) };
    let now = app.now();
    let Some(principal) = record.principal(token, now) else { return Ok(None) };
    if app.store().is_barred(record.user) {
        return Ok(None);
    }
    app.store().touch_session(&record).await?;
    Ok(Some(principal))
}
