//! `Idempotency-Key`: a POST that is sent again with the same key is answered again, not done again, for 24 hours.
//!
//! Only what was done is remembered. A failure changed nothing, so it is tried anew. What was done is done once even where its
//! answer gets lost: a hang-up doesn't stop it, and after a crash the commit itself tells whose doing it was.

use crate::{
    App, Failure,
    http::{FOUR_MIB, MaybeWho, json::bounded},
    place,
};
use axum::{
    body::Body,
    extract::{FromRequestParts as _, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use data_encoding::BASE64;
use futures_util::FutureExt as _;
use guildhall_core::{Denied, OrganizationId, Principal, link, op, time::Span};
use guildhall_store::{Recalled, Reservation};
use std::{panic::AssertUnwindSafe, time::Duration};

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
    let asked = Asked { who, key, hash };
    // In a task of its own: who asked may go away, and what was done for them must be remembered nevertheless.
    match tokio::spawn(asked.once(app.clone(), Request::from_parts(parts, Body::from(bytes)), next)).await {
        Ok(answer) => answer,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(Failure::broken("the server stopped while it was answering")),
    }
}

/// How long an answer may take to be made: longer than whoever asked waits for it.
fn to_the_end(app: &App) -> Duration {
    2 * app.config().http.request_time
}

/// When a request in progress counts as given up: surely after its end, so that no two are at work.
fn patience(app: &App) -> Span {
    Span::seconds(i64::try_from(to_the_end(app).as_secs() + 60).unwrap_or(3_600))
}

/// A request that is done once.
struct Asked {
    who: Principal,
    key: String,
    hash: [u8; 32],
}

impl Asked {
    async fn once(self, app: App, request: Request, next: Next) -> Result<Response, Failure> {
        let Self { who, key, hash } = &self;
        match app.store().recall(who, key, hash, patience(&app)).await? {
            Recalled::New(reservation) => answer(&app, &reservation, next.run(request)).await,
            Recalled::InProgress => Err(Failure::IdempotencyConflict("A request with this key is still at work.")),
            Recalled::Different => Err(Failure::IdempotencyConflict("This key was used for another request.")),
            Recalled::Done => Err(Failure::AnswerLost),
            Recalled::Answered { status, body } => {
                still_sees(&app, who, request.uri().path()).await?;
                Ok(replay(status, body))
            }
        }
    }
}

/// An answer about an organization is told again only to who still sees it (L-1). Having left tells nothing of it.
async fn still_sees(app: &App, who: &Principal, path: &str) -> Result<(), Failure> {
    let Some((organization, act)) = path.strip_prefix("/v1/organizations/").and_then(|rest| rest.split_once('/')) else { return Ok(()) };
    if act == "leave" {
        return Ok(());
    }
    let organization: OrganizationId = organization.parse().map_err(|_| Failure::NotFound)?;
    let ground = place::ground(app, organization).await?;
    match ground.view.sight(app.store()).permit::<op::OrganizationSee>(who, ground.scope) {
        // A key sees what its scopes let it do; that the organization is there is no secret to it.
        Ok(_) | Err(Denied::KeyLacks { .. }) => Ok(()),
        Err(Denied::NotVisible | Denied::NotAllowed { .. } | Denied::Barred) => Err(Failure::NotFound),
    }
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

/// Makes the answer and keeps it. Whatever ends without one gives the key free again, unless something was done.
async fn answer(app: &App, reservation: &Reservation, work: impl Future<Output = Response>) -> Result<Response, Failure> {
    let work = AssertUnwindSafe(app.store().answering(reservation, work)).catch_unwind();
    let kept = match tokio::time::timeout(to_the_end(app), work).await {
        Ok(Ok(response)) => keep(app, reservation, response).await,
        Ok(Err(panic)) => {
            app.store().forget(reservation).await?;
            std::panic::resume_unwind(panic)
        }
        Err(_) => Err(Failure::TimedOut),
    };
    if kept.as_ref().map_or(true, |response| !response.status().is_success()) {
        app.store().forget(reservation).await?;
    }
    kept
}

async fn keep(app: &App, reservation: &Reservation, response: Response) -> Result<Response, Failure> {
    if !response.status().is_success() {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = bounded(body, 4 * FOUR_MIB).await?;
    if let Ok(text) = std::str::from_utf8(&bytes) {
        app.store().remember(reservation, parts.status.as_u16(), text).await?;
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
