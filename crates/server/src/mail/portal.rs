//! The pages behind two links in mails: "I don't know these people" and "this wasn't me". Their tokens leave the address at once,
//! and a GET changes nothing.

use super::render;
use crate::{
    App, Failure,
    http::{Form, FormToken, Path, browser, link},
    invitations,
    portal::{
        view::{Action, How, Icon, Look, outside::LinkPage},
        visit::rendered,
    },
    sign_in::page,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, post},
};
use guildhall_core::{Actor, InvitationId, UserId};
use guildhall_store::Event;
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/unwanted/{token}", get(unwanted_page).post(unwanted_by_program))
        .route("/unwanted/{invitation}/stop", post(unwanted))
        .route("/not-me", get(not_me_page).post(not_me))
        .route("/not-me/{token}", get(take_not_me))
}

/// How long a followed link stays open in its browser, in seconds.
const STAYS_OPEN: u32 = 3600;

#[derive(Debug, Deserialize)]
struct Nothing {}

fn told(app: &App, token: String, heading: &str, lead: &str, actions: Vec<Action>) -> Result<Response, Failure> {
    let page = page::outside(app, heading, token);
    let (heading, lead) = (heading.to_owned(), lead.to_owned());
    let view = LinkPage { page, icon: Icon::Mail, heading, lead, actions, note: None, footer: Vec::new() };
    rendered(StatusCode::OK, &view)
}

/// The link wasn't followed in this browser lately.
fn closed(app: &App) -> Result<Response, Failure> {
    rendered(StatusCode::NOT_FOUND, &page::closed_link(app, Vec::new(), None))
}

/// A mailed link, or its page: a token has a dot, an id has none.
async fn unwanted_page(
    State(app): State<App>,
    Path(text): Path<String>,
    FormToken(form_token): FormToken,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if text.contains('.') {
        let invitation = invitations::link::is_unwanted_link(&app, &text)?;
        return link::take(&app, &browser::unwanted_cookie(&app, invitation), &text, STAYS_OPEN, &format!("/unwanted/{invitation}"));
    }
    let invitation: InvitationId = text.parse().map_err(|_| Failure::NotFound)?;
    if link::held(&headers, &browser::unwanted_cookie(&app, invitation)).is_none() {
        return closed(&app);
    }
    let to = format!("/unwanted/{invitation}/stop");
    let stop = Action { look: Look::Primary, ..Action::new("No more mail from them", How::Post, &to) };
    let lead = "The invitation will be withdrawn, and this address will get no more mail from that organization.";
    told(&app, form_token, "You don’t know these people?", lead, vec![stop])
}

/// By the page's button.
async fn unwanted(
    State(app): State<App>,
    Path(invitation): Path<InvitationId>,
    FormToken(form_token): FormToken,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let cookie = browser::unwanted_cookie(&app, invitation);
    let Some(token) = link::held(&headers, &cookie) else { return closed(&app) };
    let mut response = no_more(&app, form_token, &token).await?;
    browser::forget(&app, &cookie, response.headers_mut());
    Ok(response)
}

/// By a mail program (RFC 8058), which sends neither cookie nor form token: the link's own token is what counts.
async fn unwanted_by_program(
    State(app): State<App>,
    Path(token): Path<String>,
    FormToken(form_token): FormToken,
) -> Result<Response, Failure> {
    no_more(&app, form_token, &token).await
}

async fn no_more(app: &App, form_token: String, token: &str) -> Result<Response, Failure> {
    invitations::link::unwanted(app, token).await?;
    told(app, form_token, "No more mail from them", "The invitation is withdrawn.", Vec::new())
}

async fn take_not_me(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Failure> {
    render::not_me(&app, &token).ok_or(Failure::NotFound)?;
    link::take(&app, &browser::not_me_cookie(&app), &token, STAYS_OPEN, "/not-me")
}

/// Whose account the link followed in this browser speaks of.
fn whose(app: &App, headers: &HeaderMap) -> Option<UserId> {
    link::held(headers, &browser::not_me_cookie(app)).and_then(|token| render::not_me(app, &token))
}

async fn not_me_page(State(app): State<App>, FormToken(form_token): FormToken, headers: HeaderMap) -> Result<Response, Failure> {
    if whose(&app, &headers).is_none() {
        return closed(&app);
    }
    let end = Action { look: Look::Primary, ..Action::new("End every session", How::Post, "/not-me") };
    let lead = "If you didn’t change how your account signs in, end every session of it now, then sign in and look at its addresses and linked accounts.";
    told(&app, form_token, "This wasn’t you?", lead, vec![end])
}

async fn not_me(
    State(app): State<App>,
    FormToken(form_token): FormToken,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let Some(user) = whose(&app, &headers) else { return closed(&app) };
    let n = app.store().end_sessions_of(user).await?;
    let detail = serde_json::json!({ "sessions": n });
    let actor = Actor::System { reason: "this wasn't me".to_owned() };
    app.store()
        .add_event(&Event { kind: "sessions.ended".to_owned(), actor, tenant: None, user: Some(user), network: None, detail })
        .await?;
    let sign_in = Action { look: Look::Primary, ..Action::new("Sign in", How::Page, "/sign-in?return_to=/profile/addresses") };
    let lead = "Sign in, and look at your addresses and linked accounts. Whoever runs this service can undo more.";
    let mut response = told(&app, form_token, "Every session has ended", lead, vec![sign_in])?;
    browser::forget(&app, &browser::not_me_cookie(&app), response.headers_mut());
    Ok(response)
}
