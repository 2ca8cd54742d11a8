//! Cross-site requests: an unsafe method that a browser sends with our cookies must come from our own pages.

use crate::{App, Failure};
use axum::http::{HeaderMap, header};

/// The `Origin` is ours, or the browser says that the request comes from our own page. Neither said: refused.
pub fn check(app: &App, headers: &HeaderMap) -> Result<(), Failure> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (text(header::ORIGIN.as_str()), text("sec-fetch-site")) {
        // A page that sends no referrer posts with the origin `null`; a sandboxed frame does too, but from another site.
        (Some(origin), Some(site)) => (is_ours(app, origin) || origin == "null") && site == "same-origin",
        (Some(origin), None) => is_ours(app, origin),
        (None, Some(site)) => site == "same-origin",
        (None, None) => false,
    };
    if ours { Ok(()) } else { Err(Failure::Forged) }
}

fn is_ours(app: &App, origin: &str) -> bool {
    origin.eq_ignore_ascii_case(app.base_url())
}
