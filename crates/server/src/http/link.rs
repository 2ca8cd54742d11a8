//! A mailed link: its token leaves the address at once, into a cookie of this browser, before any page is shown.

use crate::{App, Failure, http::browser};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Redirect, Response},
};

/// To the link's page, where the token is held for so many seconds. What can be no token is not found.
pub(crate) fn take(app: &App, cookie: &str, token: &str, seconds: u32, page: &str) -> Result<Response, Failure> {
    let plain = token.len() <= 200 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !plain {
        return Err(Failure::NotFound);
    }
    let mut response = Redirect::to(page).into_response();
    let value = HeaderValue::from_str(&browser::set(app, cookie, token, seconds));
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, value.map_err(|error| Failure::broken(error.to_string()))?);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

/// The token of a link that was followed in this browser.
pub(crate) fn held(headers: &HeaderMap, cookie: &str) -> Option<String> {
    browser::cookie(headers, cookie).map(str::to_owned)
}
