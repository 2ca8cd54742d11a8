//! The mailed link: fetched, shown, and used by its page's button.

use super::{Nothing, address_of, outcome_page, told};
use crate::{
    App, Failure,
    http::{Form, FormToken, Path, browser, link},
    portal::view::{Action, How, Look},
    sign_in::{Asked, mailed},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use guildhall_store::Purpose;

/// As long as the link itself is good, in seconds.
const STAYS_OPEN: u32 = 600;

pub(super) async fn take(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Failure> {
    link::take(&app, &browser::link_cookie(&app), &token, STAYS_OPEN, "/sign-in/link")
}

fn link_token(app: &App, headers: &HeaderMap) -> String {
    link::held(headers, &browser::link_cookie(app)).unwrap_or_default()
}

pub(super) async fn show(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match mailed::peek(&app, &asked, &link_token(&app, &headers)).await? {
        Err(outcome) => outcome_page(&app, token, outcome),
        Ok(row) => {
            let address = address_of(&app, &row).await?;
            let (heading, label, lead) = match row.purpose {
                Purpose::SignIn => ("Sign in", "Sign in", format!("You asked to sign in as {address}.")),
                Purpose::AddAddress => ("Add this address", "Add address", format!("You asked to add {address} to your account.")),
            };
            let button = Action { look: Look::Primary, ..Action::new(label, How::Post, "/sign-in/link") };
            told(&app, token, heading, &lead, vec![button])
        }
    }
}

pub(super) async fn act(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    headers: HeaderMap,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let outcome = mailed::by_link(&app, &asked, &link_token(&app, &headers)).await?;
    let mut response = outcome_page(&app, token, outcome)?;
    browser::forget(&app, &browser::link_cookie(&app), response.headers_mut());
    Ok(response)
}
