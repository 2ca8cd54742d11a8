//! The pages of signing in. GET and HEAD consume nothing: every step is a form that posts.

mod link;
mod provider;

pub use provider::returned_page;

use super::{
    Arrived, Asked, address,
    mailed::{self, Ended, Outcome},
    page,
    session::{self, Account},
};
use crate::{
    App, Failure,
    http::{Form, FormToken, MaybeWho, Person, Query, ReturnTo, browser},
    portal::{
        text::{self, with_query},
        view::{
            Action, Field, How, Icon, Link, Look, Notice, Tone,
            outside::{CheckMailPage, LinkPage, SignInPage},
        },
    },
    users,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use guildhall_core::{SignInId, text::Address};
use guildhall_store::{Purpose, SignInRow};
use serde::Deserialize;

/// Seconds until another code may be asked for.
const RESEND_IN: u32 = 30;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in).post(ask))
        .route("/sign-in/again", get(again))
        .route("/sign-in/code", get(code).post(type_code))
        .route("/sign-in/code/again", post(send_again))
        .route("/sign-in/link/{token}", get(link::take))
        .route("/sign-in/link", get(link::show).post(link::act))
        .route("/sign-out", post(sign_out))
        .merge(provider::routes())
}

#[derive(Debug, Default, Deserialize)]
struct Back {
    #[serde(default)]
    return_to: ReturnTo,
    /// They come from deleting their account.
    #[serde(default)]
    deleted: String,
    /// They come back from a provider that knew them from before.
    #[serde(default)]
    known: String,
}

pub(super) fn show(status: StatusCode, page: &impl askama::Template) -> Result<Response, Failure> {
    let html = page.render().map_err(|error| Failure::broken(format!("a page can't be rendered: {error}")))?;
    Ok((status, Html(html)).into_response())
}

/// To a path of ours, after a form was sent.
pub(super) fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// The page of signing in, which leads there.
fn sign_in_at(return_to: &ReturnTo) -> String {
    if *return_to == ReturnTo::default() { "/sign-in".to_owned() } else { with_query("/sign-in", &[("return_to", return_to.path())]) }
}

/// Seconds to wait until a form may be sent again.
struct Wait(i64);

impl Wait {
    fn on(self, mut form: Response) -> Response {
        *form.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        form.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(self.0));
        form
    }
}

/// What the form says that was sent too often; another failure has a page of its own.
fn too_often(app: &App, failure: Failure) -> Result<(String, Wait), Failure> {
    let Failure::Limited { retry_at, .. } = failure else { return Err(failure) };
    let now = app.now();
    let why = format!("Too many requests. Another mail can be asked for in {}.", text::until(now, retry_at));
    Ok((why, Wait(((retry_at.0 - now.0 + 999_999) / 1_000_000).max(1))))
}

/// The plain page: a provider's account that waited in this browser waits no more, whoever sits here now.
async fn sign_in(
    State(app): State<App>,
    MaybeWho(who): MaybeWho,
    FormToken(token): FormToken,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if who.is_some() {
        return Ok(go(back.return_to.path()));
    }
    let notice = (!back.deleted.is_empty()).then(|| Notice::new(Tone::Ok, "The account is deleted, and you are signed out everywhere."));
    let mut response = show(StatusCode::OK, &sign_in_page(&app, token, &back.return_to, String::new(), None, notice))?;
    if browser::cookie(&headers, &browser::identity_cookie(&app)).is_some() {
        browser::forget(&app, &browser::identity_cookie(&app), response.headers_mut());
    }
    Ok(response)
}

/// Signing in again, before something that asks for a fresh sign-in: the address is filled in.
async fn again(
    State(app): State<App>,
    Person(who): Person,
    FormToken(token): FormToken,
    Query(back): Query<Back>,
) -> Result<Response, Failure> {
    let user = who.user().ok_or(Failure::NotSignedIn)?;
    let address = app.store().find_user(user).await?.and_then(|row| row.primary).unwrap_or_default();
    let notice = if back.known.is_empty() {
        Notice::new(Tone::Neutral, "This needs a sign-in within the last 15 minutes. Sign in once more to go on.")
    } else {
        Notice::new(
            Tone::Warn,
            "This needs a sign-in within the last 15 minutes, and the provider didn't ask you to sign in anew. Use a mailed code.",
        )
    };
    show(StatusCode::OK, &sign_in_page(&app, token, &back.return_to, address, None, Some(notice)))
}

fn sign_in_page(app: &App, token: String, back: &ReturnTo, value: String, error: Option<String>, notice: Option<Notice>) -> SignInPage {
    let page = page::outside(app, "Sign in", token);
    let address =
        Field { kind: "email", value, error, autocomplete: "username", autofocus: true, ..Field::text("address", "Email address") };
    let to = |provider: &crate::config::Provider| {
        let href = with_query(&format!("/sign-in/provider/{}", provider.id), &[("return_to", back.path())]);
        Action::new(&format!("Continue with {}", provider.title), How::Post, &href)
    };
    let note = match app.config().sign_up {
        crate::config::SignUp::Open => None,
        crate::config::SignUp::Invited | crate::config::SignUp::Domain => Some("Only invited people can sign in.".to_owned()),
    };
    let notice = notice
        .or_else(|| (!app.mails()).then(|| Notice::new(Tone::Warn, "No mail server is configured here, so nobody can sign in by mail.")));
    SignInPage {
        page,
        action: "/sign-in".to_owned(),
        address: app.mails().then_some(address),
        return_to: back.path().to_owned(),
        providers: app.providers().iter().map(to).collect(),
        passkey: None,
        notice,
        note,
        footer: Vec::new(),
    }
}

#[derive(Debug, Deserialize)]
struct Asking {
    #[serde(default)]
    address: String,
    #[serde(default)]
    return_to: ReturnTo,
}

async fn ask(State(app): State<App>, FormToken(token): FormToken, asked: Asked, Form(form): Form<Asking>) -> Result<Response, Failure> {
    let address = match Address::parse(&form.address) {
        Ok(address) => address,
        Err(bad) => {
            let error = Some(text::sentence(&bad.to_string()));
            return show(StatusCode::UNPROCESSABLE_ENTITY, &sign_in_page(&app, token, &form.return_to, form.address, error, None));
        }
    };
    match mailed::ask(&app, &asked, &address, &form.return_to).await {
        Ok(id) => Ok(go(&with_query("/sign-in/code", &[("sign_in", &id.to_string())]))),
        Err(failure) => {
            let (why, wait) = too_often(&app, failure)?;
            Ok(wait.on(show(StatusCode::OK, &sign_in_page(&app, token, &form.return_to, form.address, Some(why), None))?))
        }
    }
}

#[derive(Debug, Deserialize)]
struct Waiting {
    sign_in: SignInId,
}

async fn code(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    Query(waiting): Query<Waiting>,
) -> Result<Response, Failure> {
    code_page(&app, &asked, token, waiting.sign_in, Said::default()).await
}

/// What the page of the code says of what was sent from it.
#[derive(Default)]
struct Said {
    status: StatusCode,
    error: Option<String>,
    notice: Option<Notice>,
}

async fn code_page(app: &App, asked: &Asked, token: String, id: SignInId, said: Said) -> Result<Response, Failure> {
    let Some(row) = mailed::waiting(app, asked, id).await? else { return ended_page(app, token, Ended::Unknown, &ReturnTo::default()) };
    let address = address_of(app, &row).await?;
    let here = with_query("/sign-in/code", &[("sign_in", &id.to_string())]);
    let back = mailed::back(&row);
    let change = match row.purpose {
        Purpose::SignIn => Link::new("Use another address", &with_query("/sign-in", &[("return_to", back.path())])),
        Purpose::AddAddress if back.path() == address::MINE => Link::new("Back to your addresses", back.path()),
        Purpose::AddAddress => Link::new("Back to the invitation", back.path()),
    };
    let view = CheckMailPage {
        page: page::outside(app, "Check your mail", token),
        address,
        action: here,
        code: Field { error: said.error, autocomplete: "one-time-code", autofocus: true, ..Field::text("code", "Code") },
        resend: with_query("/sign-in/code/again", &[("sign_in", &id.to_string())]),
        resend_in: RESEND_IN,
        change,
        mailbox: app.is_demo().then(|| Link::new("Open the demo's mailbox", "/mailbox")),
        notice: said.notice,
        footer: Vec::new(),
    };
    show(said.status, &view)
}

/// In one spelling for all: the one that was typed first would tell that the address is known.
async fn address_of(app: &App, row: &SignInRow) -> Result<String, Failure> {
    Ok(app.store().address(row.address).await?.and_then(|row| row.key).unwrap_or_default())
}

#[derive(Debug, Deserialize)]
struct Typed {
    #[serde(default)]
    code: String,
}

async fn type_code(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    Query(waiting): Query<Waiting>,
    Form(typed): Form<Typed>,
) -> Result<Response, Failure> {
    let outcome = mailed::by_code(&app, &asked, waiting.sign_in, &typed.code).await?;
    let Outcome::Wrong { left } = outcome else { return outcome_page(&app, token, outcome) };
    let tries = if left == 1 { "1 try is".to_owned() } else { format!("{left} tries are") };
    let error = format!("That isn't the code. {tries} left; the newest mail has the right one.");
    let said = Said { status: StatusCode::UNPROCESSABLE_ENTITY, error: Some(error), notice: None };
    code_page(&app, &asked, token, waiting.sign_in, said).await
}

/// Another mail, to the same address, with the same place to return to.
async fn send_again(
    State(app): State<App>,
    asked: Asked,
    FormToken(token): FormToken,
    Query(waiting): Query<Waiting>,
    Form(_): Form<Typed>,
) -> Result<Response, Failure> {
    let Some(row) = mailed::waiting(&app, &asked, waiting.sign_in).await? else { return Ok(go("/sign-in")) };
    let address = Address::parse(&address_of(&app, &row).await?)?;
    let return_to = mailed::back(&row);
    let sent = match (row.purpose, &asked.already) {
        (Purpose::SignIn, _) => mailed::ask(&app, &asked, &address, &return_to).await,
        (Purpose::AddAddress, Some(who)) => address::ask(&app, &asked, who, &address, &return_to).await,
        (Purpose::AddAddress, None) => Err(Failure::NotSignedIn),
    };
    match sent {
        Ok(id) => Ok(go(&with_query("/sign-in/code", &[("sign_in", &id.to_string())]))),
        Err(failure) => {
            let (why, wait) = too_often(&app, failure)?;
            let said = Said { notice: Some(Notice::new(Tone::Warn, &why)), ..Said::default() };
            Ok(wait.on(code_page(&app, &asked, token, waiting.sign_in, said).await?))
        }
    }
}

/// What follows a code or a link.
fn outcome_page(app: &App, token: String, outcome: Outcome) -> Result<Response, Failure> {
    match outcome {
        Outcome::Arrived { arrived, return_to } => arrived_page(app, token, arrived, &return_to),
        Outcome::Added { return_to } => Ok(go(return_to.path())),
        Outcome::Wrong { .. } => ended_page(app, token, Ended::TooManyTries, &ReturnTo::default()),
        Outcome::Ended { why, return_to } => ended_page(app, token, why, &return_to),
        Outcome::OtherBrowser { return_to } => told(
            app,
            token,
            "Open this where you asked for it",
            "This link works only in the browser that asked for it. It is still good there, and so is the code beside it in the mail: type it where you asked.",
            vec![Action { look: Look::Primary, ..Action::new("Sign in here instead", How::Page, &sign_in_at(&return_to)) }],
        ),
        Outcome::OtherPerson => told(
            app,
            token,
            "For another account",
            "This link adds an address to an account that isn't signed in here. Sign in to that account, then open it again.",
            vec![Action { look: Look::Primary, ..Action::new("Sign in", How::Page, "/sign-in") }],
        ),
    }
}

pub(crate) fn arrived_page(app: &App, token: String, arrived: Arrived, return_to: &ReturnTo) -> Result<Response, Failure> {
    match arrived {
        Arrived::In(begun) => {
            let mut response = match begun.account {
                Account::Known if !begun.principal.is_stepped_up(app.now()) => {
                    go(&with_query("/sign-in/again", &[("return_to", return_to.path()), ("known", "1")]))
                }
                Account::New => go(&users::portal::welcome::before(return_to.path())),
                Account::Known => go(return_to.path()),
            };
            response.headers_mut().append(header::SET_COOKIE, begun.cookie);
            browser::forget(app, &browser::identity_cookie(app), response.headers_mut());
            Ok(response)
        }
        Arrived::NotInvited => told(
            app,
            token,
            "Nobody invited you yet",
            "The address is yours, but there is no account for it, and only invited people can make one. Ask someone in the organization to invite this address.",
            vec![Action::new("Use another address", How::Page, &sign_in_at(return_to))],
        ),
    }
}

fn ended_page(app: &App, token: String, ended: Ended, return_to: &ReturnTo) -> Result<Response, Failure> {
    let (heading, lead) = match ended {
        Ended::Unknown => ("This link doesn't work", "It is incomplete, or it was meant for another browser."),
        Ended::Used => ("Already used", "A link and its code work once."),
        Ended::Replaced => ("There is a newer mail", "Only the newest link and code work. Look for the latest mail."),
        Ended::Expired => ("This link has expired", "A link and its code work for 10 minutes."),
        Ended::TooManyTries => ("Too many wrong codes", "After five wrong codes a new mail is needed."),
    };
    let again = Action { look: Look::Primary, ..Action::new("Send another mail", How::Page, &sign_in_at(return_to)) };
    told(app, token, heading, lead, vec![again])
}

pub(super) fn told(app: &App, token: String, heading: &str, lead: &str, actions: Vec<Action>) -> Result<Response, Failure> {
    let view = LinkPage {
        page: page::outside(app, heading, token),
        icon: Icon::Mail,
        heading: heading.to_owned(),
        lead: lead.to_owned(),
        actions,
        note: None,
        footer: Vec::new(),
    };
    show(StatusCode::OK, &view)
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn sign_out(
    State(app): State<App>,
    asked: Asked,
    Query(back): Query<Back>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    // Changing user comes back to where it was asked.
    let mut response = go(&sign_in_at(&back.return_to));
    let headers = response.headers_mut();
    browser::forget(&app, &browser::identity_cookie(&app), headers);
    match &asked.already {
        Some(who) => {
            headers.append(header::SET_COOKIE, session::end(&app, who).await?);
        }
        None => browser::forget(&app, &browser::session_cookie(&app), headers),
    }
    // Not "cookies": they belong to the whole registrable domain, other products of the house included. Ours are cleared one by one.
    headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
}
