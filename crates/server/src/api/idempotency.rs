//! `Idempotency-Key`: a POST that is sent again with the same key is answered again, not done again, for 24 hours.
//!
//! Only what was done is remembered. A failure changed nothing, so it is tried anew.

use crate::{
    App, Failure,
    http::{FOUR_MIB, MaybeWho, json::bounded},
};
use axum::{
    body::Body,
    extract::{FromRequestParts as _, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use guildhall_core::{Principal, link};
use guildhall_store::Recalled;

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is an earlier one's.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What changes nothing is answered as things stand, never as they stood: an access that ended is not granted again.
pub(crate) const ONLY_ASK: [&str; 2] = ["/v1/decisions", "/v1/invitations/open"];

/// The layer around every route of the API.
pub async fn idempotent(State(app): State<App>, request: Request, next: Next) -> Response {
    let only_asks = ONLY_ASK.contains(&request.uri().path());
    if *request.method() != Method::POST || only_asks || !request.headers().contains_key(HEADER) {
        return next.run(request).await;
    }
    run(&app, request, next).await.unwrap_or_else(axum::response::IntoResponse::into_response)
}

async fn run(app: &App, request: Request, next: Next) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let key = key_in(&parts.headers)?;
    let MaybeWho(who) = MaybeWho::from_request_parts(&mut parts, app).await?;
    // Nobody has nothing that could be kept apart from somebody else's.
    let Some(who) = who else { return Ok(next.run(Request::from_parts(parts, body)).await) };
    let bytes = bounded(body, FOUR_MIB).await?;
    let hash = link::hash(&asked(&parts, &bytes));
    match app.store().recall(&who, &key, &hash).await? {
        Recalled::New => {}
        Recalled::InProgress => return Err(Failure::IdempotencyConflict("A request with this key is still at work.")),
        Recalled::Different => return Err(Failure::IdempotencyConflict("This key was used for another request.")),
        Recalled::Answered { status, body } => return Ok(replay(status, body)),
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    keep(app, &who, &key, response).await
}

/// 1 to 200 visible characters.
fn key_in(headers: &HeaderMap) -> Result<String, Failure> {
    let mut values = headers.get_all(HEADER).iter();
    let one = values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok());
    one.filter(|key| (1..=200).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or_else(|| Failure::rejected("header Idempotency-Key", "1 to 200 visible characters, such as a fresh UUID"))
}

fn asked(parts: &Parts, body: &[u8]) -> String {
    format!("{} {}\n{}", parts.method, parts.uri, BASE64.encode(body))
}

fn replay(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json), (REPLAYED, HeaderValue::from_static("true"))], body).into_response()
}

async fn keep(app: &App, who: &Principal, key: &str, response: Response) -> Result<Response, Failure> {
    if !response.status().is_success() {
        app.store().forget(who, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = bounded(body, 4 * FOUR_MIB).await?;
    if let Ok(text) = std::str::from_utf8(&bytes) {
        app.store().remember(who, key, parts.status.as_u16(), text).await?;
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
