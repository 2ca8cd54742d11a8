//! The mailed link: fetched, shown, and used by its page's button.

use super::{Nothing, address_of, forget, go, outcome_page, told};
use crate::{
    App, Failure,
    http::{Form, FormToken, Path, browser},
    portal::view::{Action, How, Look},
    sign_in::{Asked, mailed},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use guildhall_store::Purpose;

/// The token leaves the address at once, into a cookie, before any page is shown.
pub(super) async fn take(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Failure> {
    let plain = token.len() <= 200 && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    if !plain {
        return Err(Failure::NotFound);
    }
    let mut response = go("/sign-in/link");
    let cookie = browser::set(&app, &browser::link_cookie(&app), &token, 600);
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn link_token(app: &App, headers: &HeaderMap) -> String {
    browser::cookie(headers, &browser::link_cookie(app)).unwrap_or_default().to_owned()
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
    forget(&app, &browser::link_cookie(&app), response.headers_mut());
    Ok(response)
}
