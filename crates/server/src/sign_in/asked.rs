//! The browser that asks: what sessions and limits know of it.

use super::provider::{self, Remembered};
use crate::{
    App, Failure,
    http::{Browser, MaybeWho, Network, browser},
};
use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use guildhall_core::Principal;

/// Which browser asks, from where, and who is signed in there already.
#[derive(Clone, Debug)]
pub struct Asked {
    pub browser: Browser,
    pub network: Network,
    pub user_agent: String,
    pub already: Option<Principal>,
    /// The first operator's link, if this browser holds one.
    pub(super) operator_link: Option<String>,
    /// A provider's account whose address this browser is about to prove.
    pub(super) remembered: Option<Remembered>,
}

impl FromRequestParts<App> for Asked {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let user_agent = user_agent.chars().take(300).collect();
        let MaybeWho(already) = MaybeWho::from_request_parts(parts, app).await?;
        let browser = Browser::from_request_parts(parts, app).await?;
        Ok(Self {
            operator_link: browser::cookie(&parts.headers, &browser::operator_cookie(app)).map(str::to_owned),
            remembered: provider::remembered(app, browser.hash(), &parts.headers),
            browser,
            network: Network::from_request_parts(parts, app).await?,
            user_agent,
            already: already.filter(|who| who.user().is_some()),
        })
    }
}
