//! Forms of pages: from this origin, with the token this browser was given.

use crate::{
    App, Failure,
    http::{browser::Browser, json, origin},
};
use axum::{
    extract::{FromRequest, FromRequestParts as _, Request},
    http::header,
};
use serde::{Deserialize, de::DeserializeOwned};

/// The largest form: 10,000 addresses fit.
const LARGEST: usize = 1024 * 1024;

/// A form, read strictly in its types; fields it doesn't know are passed over. Repeated names make a list.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    form_token: String,
}

impl<T: DeserializeOwned> FromRequest<App> for Form<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        origin::check(app, &parts.headers)?;
        let browser = Browser::from_request_parts(&mut parts, app).await?;
        let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !media_type.starts_with("application/x-www-form-urlencoded") {
            return Err(Failure::UnsupportedMediaType { expected: "application/x-www-form-urlencoded" });
        }
        let bytes = json::bounded(body, LARGEST).await?;
        let Token { form_token } = serde_html_form::from_bytes(&bytes).map_err(|error| Failure::Malformed(error.to_string()))?;
        if !browser.check_token(app, &parts.headers, &form_token) {
            return Err(Failure::Forged);
        }
        serde_html_form::from_bytes(&bytes).map(Self).map_err(|error| Failure::rejected("", error))
    }
}
