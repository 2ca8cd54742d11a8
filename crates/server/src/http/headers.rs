//! Security headers: on every answer, unless the handler set its own.

use crate::App;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Adds what is missing.
pub(crate) fn add(app: &App, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    if let Ok(policy) = HeaderValue::from_str(&policy(&app.providers().form_targets())) {
        set(header::CONTENT_SECURITY_POLICY, policy);
    }
    set(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    set(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    set(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    set(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    set(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    set(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if app.is_tls() {
        set(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
    }
}

/// Self for what is used, nothing inline. Chrome follows a form's redirects, so providers stand in `form-action`.
fn policy(form_targets: &[String]) -> String {
    let targets = form_targets.join(" ");
    let space = if form_targets.is_empty() { "" } else { " " };
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         form-action 'self'{space}{targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}
