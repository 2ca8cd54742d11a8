//! The pages behind two links in mails: "I don't know these people" and "this wasn't me". A GET changes nothing.

use super::render;
use crate::{
    App, Failure,
    http::{Form, FormToken, Path},
    invitations,
    portal::view::{Action, How, Icon, Look, outside::LinkPage},
    sign_in::page,
};
use askama::Template as _;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use guildhall_core::{Actor, UserId};
use guildhall_store::Event;
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new().route("/unwanted/{token}", get(unwanted_page).post(unwanted)).route("/not-me/{token}", get(not_me_page).post(not_me))
}

fn told(app: &App, token: String, heading: &str, lead: &str, actions: Vec<Action>) -> Result<Response, Failure> {
    let page = page::outside(app, heading, token);
    let (heading, lead) = (heading.to_owned(), lead.to_owned());
    let view = LinkPage { page, icon: Icon::Mail, heading, lead, actions, note: None, footer: Vec::new() };
    Ok(Html(view.render().map_err(|error| Failure::broken(error.to_string()))?).into_response())
}

async fn unwanted_page(State(app): State<App>, Path(token): Path<String>, FormToken(form_token): FormToken) -> Result<Response, Failure> {
    // Only a token of ours becomes a part of the form's address.
    invitations::link::is_unwanted_link(&app, &token)?;
    let stop = Action { look: Look::Primary, ..Action::new("No more mail from them", How::Post, &format!("/unwanted/{token}")) };
    let lead = "The invitation is withdrawn, and this address gets no more mail from that organization. Whoever runs this service sees how often that happens.";
    told(&app, form_token, "You don't know these people?", lead, vec![stop])
}

/// By the page's button, or by a mail program (RFC 8058), which sends neither cookie nor form token: the link's own token is what counts.
async fn unwanted(
    State(app): State<App>,
    Path(token): Path<String>,
    FormToken(form_token): FormToken,
    _: Bytes,
) -> Result<Response, Failure> {
    invitations::link::unwanted(&app, &token).await?;
    told(&app, form_token, "No more mail from them", "The invitation is withdrawn.", Vec::new())
}

async fn not_me_page(State(app): State<App>, Path(token): Path<String>, FormToken(form_token): FormToken) -> Result<Response, Failure> {
    render::not_me(&app, &token).ok_or(Failure::NotFound)?;
    let end = Action { look: Look::Primary, ..Action::new("End every session", How::Post, &format!("/not-me/{token}")) };
    let lead = "If you didn't change the addresses of your account, end every session of it now, then sign in and look at your addresses.";
    told(&app, form_token, "This wasn't you?", lead, vec![end])
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn not_me(
    State(app): State<App>,
    Path(token): Path<String>,
    FormToken(form_token): FormToken,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let user: UserId = render::not_me(&app, &token).ok_or(Failure::NotFound)?;
    let n = app.store().end_sessions_of(user).await?;
    let detail = serde_json::json!({ "sessions": n });
    let actor = Actor::System { reason: "this wasn't me".to_owned() };
    app.store()
        .add_event(&Event { kind: "sessions.ended".to_owned(), actor, tenant: None, user: Some(user), network: None, detail })
        .await?;
    let sign_in = Action { look: Look::Primary, ..Action::new("Sign in", How::Page, "/sign-in?return_to=/profile/addresses") };
    told(
        &app,
        form_token,
        "Every session has ended",
        "Sign in and look at your addresses. Whoever runs this service can undo more.",
        vec![sign_in],
    )
}
