//! The browser at the other end: its cookies, and the form token that is bound to them.

use crate::{App, Failure};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use data_encoding::BASE64URL_NOPAD;
use guildhall_core::link;

/// A random name for this browser, in a cookie: sign-ins are bound to it, and so are forms.
#[derive(Clone)]
pub struct Browser {
    name: String,
    /// Whether the answer must set the cookie.
    pub(crate) is_new: bool,
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser(…)")
    }
}

impl Browser {
    pub(crate) fn of(app: &App, headers: &HeaderMap) -> Result<Self, Failure> {
        let known = cookie(headers, &browser_cookie(app)).filter(|name| name.len() == 43);
        match known {
            Some(name) => Ok(Self { name: name.to_owned(), is_new: false }),
            None => Ok(Self { name: BASE64URL_NOPAD.encode(&app.random::<32>()?), is_new: true }),
        }
    }
    /// Stands for whoever holds the session, for programs that keep no other cookie.
    pub(crate) fn of_session(session: guildhall_core::SessionId) -> Self {
        Self { name: format!("session {session}"), is_new: false }
    }
    /// What is stored to know this browser again.
    pub fn hash(&self) -> [u8; 32] {
        link::hash(&self.name)
    }
    pub(crate) fn set_cookie(&self, app: &App) -> Option<HeaderValue> {
        HeaderValue::from_str(&set(app, &browser_cookie(app), &self.name, 400 * 24 * 3600)).ok()
    }
    fn token(&self, app: &App, headers: &HeaderMap) -> String {
        app.key().derive("form").tag(&self.bound(app, headers))
    }
    /// Bound to the session too: a token from before a sign-in is none after it.
    fn bound(&self, app: &App, headers: &HeaderMap) -> String {
        format!("{}\n{}", self.name, cookie(headers, &session_cookie(app)).unwrap_or_default())
    }
    pub(crate) fn check_token(&self, app: &App, headers: &HeaderMap, token: &str) -> bool {
        !self.is_new && app.key().derive("form").check_tag(&self.bound(app, headers), token)
    }
}

impl FromRequestParts<App> for Browser {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Some(browser) = parts.extensions.get::<Self>() {
            return Ok(browser.clone());
        }
        let browser = Self::of(app, &parts.headers)?;
        parts.extensions.insert(browser.clone());
        Ok(browser)
    }
}

/// What every form of a page carries as `form_token`.
#[derive(Clone, Debug)]
pub struct FormToken(pub String);

impl FromRequestParts<App> for FormToken {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let browser = Browser::from_request_parts(parts, app).await?;
        Ok(Self(browser.token(app, &parts.headers)))
    }
}

/// `__Host-` where there is TLS. On loopback another name, with model and port: hosts share cookies between ports.
fn name(app: &App, what: &str) -> String {
    if app.is_tls() {
        return format!("__Host-guildhall-{what}");
    }
    let port = app.base_url().rsplit(':').next().unwrap_or_default();
    format!("guildhall-{}-{port}-{what}", app.model().id)
}

pub(crate) fn session_cookie(app: &App) -> String {
    name(app, "session")
}

/// A provider's account that waits for its address to be proven.
pub(crate) fn identity_cookie(app: &App) -> String {
    name(app, "identity")
}

/// A sign-in link's token, after it left the address.
pub(crate) fn link_cookie(app: &App) -> String {
    name(app, "link")
}

/// A link to join, after it left the address: one for each invitation, so that several can be open side by side.
pub(crate) fn join_cookie(app: &App, invitation: guildhall_core::InvitationId) -> String {
    name(app, &format!("join-{invitation}"))
}

/// "I don't know these people", after it left the address: one for each invitation, as to join.
pub(crate) fn unwanted_cookie(app: &App, invitation: guildhall_core::InvitationId) -> String {
    name(app, &format!("unwanted-{invitation}"))
}

/// "This wasn't me", after it left the address.
pub(crate) fn not_me_cookie(app: &App) -> String {
    name(app, "not-me")
}

/// The first operator's link, until it is used.
pub(crate) fn operator_cookie(app: &App) -> String {
    name(app, "operator")
}

fn browser_cookie(app: &App) -> String {
    name(app, "browser")
}

/// The value of a cookie. Two of one name: none is trusted.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut found = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(key, _)| *key == name).map(|(_, value)| value);
    let first = found.next();
    if found.next().is_some() { None } else { first }
}

/// The browser forgets a cookie of ours.
pub(crate) fn forget(app: &App, name: &str, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::from_str(&set(app, name, "", 0)) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// A `Set-Cookie` for so many seconds.
pub(crate) fn set(app: &App, name: &str, value: &str, seconds: u32) -> String {
    let secure = if app.is_tls() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}
