//! The first operator: a one-time link that `serve` prints while there is none, and the page behind it.

use super::{
    Arrived, Asked, arrive, mailed, note, page, portal,
    session::{self, Account, By},
};
use crate::{
    App, Failure,
    http::{self, Form, FormToken, Path, ReturnTo, browser},
    portal::{
        text,
        view::{Action, Field, How, Look, outside::OperatorPage},
    },
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::get,
};
use guildhall_core::{
    account::Birth,
    id::SignInKind,
    link::{self, LinkKind},
    text::{Address, Name},
};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new().route("/operator/link/{token}", get(take)).route("/operator/first", get(show).post(claim))
}

/// A new link for the first operator; earlier ones end. `None`: there is one already.
pub async fn link(app: &App) -> Result<Option<String>, Failure> {
    let made = app.store().create_operator_link().await?;
    Ok(made.map(|made| app.url(&format!("/operator/link/{}", link::token(app.key(), LinkKind::Operator, made.id, made.generation)))))
}

/// Whether this browser holds a link that is still good: then its person may come, whatever sign-up says.
pub(super) async fn holds_link(app: &App, token: Option<&str>) -> Result<Option<(guildhall_core::SignInId, u32)>, Failure> {
    let Some(token) = token else { return Ok(None) };
    let Some(id) = link::id_of::<SignInKind>(token) else { return Ok(None) };
    let Some(row) = app.store().find_operator_link(id).await? else { return Ok(None) };
    let good = link::check(app.key(), LinkKind::Operator, id, row.generation..=row.generation, token)
        && row.used_at.is_none()
        && app.now() < row.expires_at;
    Ok(good.then_some((id, row.generation)))
}

/// How long a followed link stays open in its browser, in seconds.
const STAYS_OPEN: u32 = 3600;

async fn take(State(app): State<App>, Path(token): Path<String>) -> Result<Response, Failure> {
    http::link::take(&app, &browser::operator_cookie(&app), &token, STAYS_OPEN, "/operator/first")
}

fn held(app: &App, headers: &HeaderMap) -> Option<String> {
    http::link::held(headers, &browser::operator_cookie(app))
}

async fn show(State(app): State<App>, asked: Asked, FormToken(token): FormToken, headers: HeaderMap) -> Result<Response, Failure> {
    if holds_link(&app, held(&app, &headers).as_deref()).await?.is_none() {
        return gone(&app, token);
    }
    portal::show(StatusCode::OK, &first_page(&app, &asked, token, String::new(), None))
}

fn gone(app: &App, token: String) -> Result<Response, Failure> {
    let lead = "It was used, it is older than 24 hours, or there is an operator already. `guildhall operator link` prints another while there is none.";
    portal::told(app, token, "This link doesn't work", lead, vec![Action::new("Sign in", How::Page, "/sign-in")])
}

fn first_page(app: &App, asked: &Asked, token: String, address: String, error: Option<String>) -> OperatorPage {
    let signed_in = asked.already.is_some();
    let help = "No mail is sent yet, so nothing proves it. Once mail works, whoever reads it there signs in as you: look twice.";
    let field = Field {
        kind: "email",
        value: address,
        help: (!app.mails()).then(|| help.to_owned()),
        error,
        autocomplete: "email",
        autofocus: true,
        ..Field::text("address", "Email address")
    };
    // Where mail works, the page of welcome asks for it once the address is proven.
    let name = Field { autocomplete: "name", optional: true, ..Field::text("name", "Your name") };
    let fields = match (signed_in, app.mails()) {
        (true, _) => Vec::new(),
        (false, true) => vec![field],
        (false, false) => vec![name, field],
    };
    OperatorPage {
        page: page::outside(app, "Become the first operator", token),
        lead: "Operators found organizations where others may not. They hold nothing inside the organizations of others.".to_owned(),
        action: "/operator/first".to_owned(),
        fields,
        submit: if signed_in { "Become the operator".to_owned() } else { "Continue".to_owned() },
        footer: Vec::new(),
    }
}

#[derive(Debug, Deserialize)]
struct Claim {
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
}

async fn claim(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    headers: HeaderMap,
    Form(form): Form<Claim>,
) -> Result<Response, Failure> {
    let Some((id, generation)) = holds_link(&app, held(&app, &headers).as_deref()).await? else { return gone(&app, token) };
    if let Some(user) = asked.already.as_ref().and_then(guildhall_core::Principal::user) {
        if !app.store().use_operator_link(id, generation).await? {
            return gone(&app, token);
        }
        app.store().add_operator(user).await?;
        note(&app, &asked, "operator.added", Some(user), serde_json::json!({ "by": "link" })).await?;
        let start = Action { look: Look::Primary, ..Action::new("Go on", How::Page, "/") };
        return portal::told(&app, token, "You are the operator", "From here on you can found organizations.", vec![start]);
    }
    let address = match Address::parse(&form.address) {
        Ok(address) => address,
        Err(bad) => {
            let error = Some(text::sentence(&bad.to_string()));
            return portal::show(StatusCode::UNPROCESSABLE_ENTITY, &first_page(&app, &asked, token, form.address, error));
        }
    };
    let back = ReturnTo::from("/operator/first".to_owned());
    if app.mails() {
        // Where mail works, the address is proven first; the link waits in its cookie.
        let sign_in = mailed::ask(&app, &asked, &address, &back).await?;
        return Ok(portal::go(&format!("/sign-in/code?sign_in={sign_in}")));
    }
    let ids = app.store().intern_addresses(std::slice::from_ref(&address)).await?;
    let name = Name::parse(&form.name).ok();
    let user = match ids.first() {
        Some(id) if app.store().find_user_by_address(*id).await?.is_some() => {
            let error = Some("An account has this address already. Sign in to it first, then follow the link again.".to_owned());
            return portal::show(StatusCode::CONFLICT, &first_page(&app, &asked, token, form.address, error));
        }
        Some(id) => arrive::be_born(&app, Birth { address: Some(*id), provider: None, name, external_id: None }).await?,
        None => return Err(Failure::broken("an address without an id")),
    };
    let begun = session::begin(&app, &asked, user, By::Operator, Account::New).await?;
    portal::arrived_page(&app, token, Arrived::In(begun), &back)
}
