//! What a page says after a redirect, once: in a signed cookie that belongs to one session.

use crate::{App, Failure, http::browser};
use axum::http::{HeaderMap, HeaderValue};
use data_encoding::BASE64URL_NOPAD;
use guildhall_core::Principal;
use serde::{Deserialize, Serialize};

/// How long it waits for its page, in seconds.
const WAITS: u32 = 60;
/// Browsers keep cookies up to 4 kB.
const LARGEST: usize = 3_500;
/// Most rows that are tinted, or undone together.
pub(crate) const MOST: usize = 30;

/// A fact to tell, what takes it back, and which rows are new. A refusal is told as a notice above the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Flash {
    #[serde(rename = "t")]
    pub text: String,
    #[serde(rename = "b", default)]
    pub bad: bool,
    /// Where a form posts to take it back.
    #[serde(rename = "u", default)]
    pub undo: Option<String>,
    /// Ids of rows to show at the top, tinted.
    #[serde(rename = "f", default)]
    pub fresh: Vec<String>,
    /// What was typed wasn't taken, and goes into its form again.
    #[serde(rename = "d", default)]
    pub draft: bool,
}

impl Flash {
    pub(crate) fn told(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self { text: text.into(), bad: true, ..Self::default() }
    }
    #[must_use]
    pub(crate) fn undo(mut self, to: impl Into<String>) -> Self {
        self.undo = Some(to.into());
        self
    }
}

fn name(app: &App) -> String {
    format!("{}-said", browser::session_cookie(app))
}

fn bound(who: &Principal, body: &str) -> String {
    let session = who.session().map(|id| id.to_string()).unwrap_or_default();
    format!("{session}\n{body}")
}

/// The `Set-Cookie` that carries it to the next page.
pub(crate) fn set(app: &App, who: &Principal, flash: &Flash) -> Result<HeaderValue, Failure> {
    let json = serde_json::to_vec(flash).map_err(|error| Failure::broken(error.to_string()))?;
    let body = BASE64URL_NOPAD.encode(&json);
    let body = if body.len() > LARGEST { String::new() } else { body };
    let tag = app.key().derive("said").tag(&bound(who, &body));
    let cookie = browser::set(app, &name(app), &format!("{body}.{tag}"), WAITS);
    HeaderValue::from_str(&cookie).map_err(|error| Failure::broken(error.to_string()))
}

/// What was carried here, if it was carried by us.
pub(crate) fn read(app: &App, who: &Principal, headers: &HeaderMap) -> Option<Flash> {
    let (body, tag) = browser::cookie(headers, &name(app))?.split_once('.')?;
    if !app.key().derive("said").check_tag(&bound(who, body), tag) {
        return None;
    }
    serde_json::from_slice(&BASE64URL_NOPAD.decode(body.as_bytes()).ok()?).ok()
}

/// The `Set-Cookie` after it was said.
pub(crate) fn clear(app: &App) -> Option<HeaderValue> {
    HeaderValue::from_str(&browser::set(app, &name(app), "", 0)).ok()
}
