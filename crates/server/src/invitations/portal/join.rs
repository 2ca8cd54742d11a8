//! The page behind an invitation's link, in each of its states. The link's token leaves the address at once, into a
//! cookie of this browser. Looking at the page changes nothing, and it never signs in somebody who has an account.

use super::{
    Nothing,
    guest::{Followed, Guest, follow},
};
use crate::{
    App, Failure,
    http::{Form, Path, ReturnTo},
    invitations::{
        Status,
        link::{self, Opened, Whom},
    },
    portal::{
        flash::{self, Flash},
        inside::initial,
        refused, text,
        view::{
            Action, Fact, Field, How, Look, Notice, Page, Place, Theme, Tone,
            outside::{AcceptPage, AcceptState},
        },
        visit::rendered,
    },
    sign_in::{
        Asked, address, page,
        session::{self, Account, By},
    },
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use guildhall_core::{
    Principal,
    link::{LinkKind, token as link_token},
    text::{Address, Name},
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/join/{invitation}", get(look).post(accept))
        .route("/join/{invitation}/add", post(add))
        .route("/join/{invitation}/decline", post(decline))
}

/// A mailed link, or its page: a token has a dot, an id has none.
async fn look(State(app): State<App>, Path(text): Path<String>, guest: Followed) -> Result<Response, Failure> {
    if text.contains('.') {
        return follow(&app, &text);
    }
    let guest = match guest {
        Ok(guest) => guest,
        Err(closed) => return Ok(closed),
    };
    let opened = link::open(&guest.app, guest.who.as_ref(), &guest.token).await?;
    answer(&guest, &opened, Tried::default()).await
}

/// What was wrong with what was just sent.
#[derive(Default)]
struct Tried {
    notice: Option<Notice>,
    name: String,
    name_error: Option<String>,
    status: Option<StatusCode>,
}

async fn answer(guest: &Guest, opened: &Opened, tried: Tried) -> Result<Response, Failure> {
    let name = opened.organization_name.as_str();
    let status = tried.status.unwrap_or(StatusCode::OK);
    let view = match opened.status {
        Status::Pending => pending(guest, opened, tried).await?,
        Status::Expired => {
            let by = opened.invited_by.as_deref().unwrap_or("Whoever invited you");
            let lead = format!("It was good until {}. {by} can invite you again.", text::full_date(opened.expires_at));
            ended(guest, opened, "This invitation has expired", lead).await?
        }
        Status::Revoked => {
            let lead = format!("{name} took it back. Ask the person who invited you, if you expected it.");
            ended(guest, opened, "This invitation was withdrawn", lead).await?
        }
        Status::Declined => {
            let lead = "Ask the person who invited you to send another, if you changed your mind.".to_owned();
            ended(guest, opened, "This invitation was declined", lead).await?
        }
        Status::Accepted if guest.who.is_some() && opened.who == Whom::Invited => {
            ended(guest, opened, &format!("You already belong to {name}"), "You accepted this invitation.".to_owned()).await?
        }
        Status::Accepted if guest.who.is_some() => {
            ended(guest, opened, "This invitation was accepted", "Somebody with another account used it.".to_owned()).await?
        }
        Status::Accepted => {
            let lead = format!("Sign in to get to {name}.");
            ended(guest, opened, "This invitation was accepted", lead).await?
        }
    };
    rendered(status, &view)
}

async fn frame(guest: &Guest, opened: &Opened, heading: String, lead: String) -> Result<AcceptPage, Failure> {
    let theme = if guest.who.is_some() { guest.person().await?.1 } else { Theme::System };
    let name = opened.organization_name.to_string();
    let head = page::outside(&guest.app, &heading, guest.form_token.clone());
    Ok(AcceptPage {
        page: Page { theme, place: page::product(&guest.app), ..head },
        place: Place { initial: initial(&name), name, href: String::new(), note: String::new(), current: false },
        heading,
        lead,
        facts: Vec::new(),
        state: AcceptState::Ended { actions: Vec::new() },
        notice: None,
        refuse: Vec::new(),
        footer: Vec::new(),
    })
}

async fn ended(guest: &Guest, opened: &Opened, heading: &str, lead: String) -> Result<AcceptPage, Failure> {
    let view = frame(guest, opened, heading.to_owned(), lead).await?;
    let to = match (&guest.who, opened.status) {
        (Some(_), Status::Accepted) if opened.who == Whom::Invited => {
            Action::new(&format!("Open {}", opened.organization_name), How::Page, &format!("/o/{}", opened.organization_slug))
        }
        (Some(_), _) => Action::new("Go to the start", How::Page, "/"),
        (None, Status::Accepted) => {
            let to = format!("/o/{}", opened.organization_slug);
            Action::new("Sign in", How::Page, &text::with_query("/sign-in", &[("return_to", &to)]))
        }
        (None, _) => Action::new("Sign in", How::Page, "/sign-in"),
    };
    Ok(AcceptPage { state: AcceptState::Ended { actions: vec![Action { look: Look::Primary, ..to }] }, ..view })
}

async fn pending(guest: &Guest, opened: &Opened, tried: Tried) -> Result<AcceptPage, Failure> {
    let name = opened.organization_name.as_str();
    let join = format!("Join {name}");
    let to = if opened.to.contains('@') { opened.to.clone() } else { format!("@{}", opened.to) };
    let lead = match &opened.invited_by {
        Some(by) => format!("{by} invited {to}."),
        None => format!("{to} is invited."),
    };
    let view = frame(guest, opened, join.clone(), lead).await?;
    let primary = |action: Action| Action { look: Look::Primary, ..action };
    let mut notice = tried.notice;
    let state = match opened.who {
        Whom::New if opened.address.is_some() => {
            // The link may have been forwarded: who makes the account is told whose it will be.
            let whose = format!("This makes an account for {to}: whoever reads mail there can sign in to it.");
            notice = notice.or_else(|| Some(Notice::new(Tone::Neutral, &whose)));
            AcceptState::New {
                action: guest.at(""),
                name: Field {
                    value: tried.name,
                    error: tried.name_error,
                    autocomplete: "name",
                    autofocus: true,
                    help: Some("Others here see it.".to_owned()),
                    optional: true,
                    ..Field::text("name", "Your name")
                },
                submit: join,
            }
        }
        Whom::New | Whom::MustSignIn => {
            let sign_in = text::with_query("/sign-in", &[("return_to", &guest.at(""))]);
            AcceptState::SignIn { actions: vec![primary(Action::new("Sign in to join", How::Page, &sign_in))] }
        }
        Whom::Invited => AcceptState::Invited { as_person: guest.person().await?.0, action: guest.at(""), submit: join },
        Whom::Other { addable } => {
            let (person, _) = guest.person().await?;
            let mut actions = Vec::new();
            if addable {
                actions.push(primary(Action::new("Add the address", How::Post, &guest.at("add"))));
            }
            let change = text::with_query("/sign-out", &[("return_to", &guest.at(""))]);
            actions.push(Action::new("Change user", How::Post, &change));
            let other = if addable {
                format!(
                    "You are signed in as {}, and that account doesn’t have {to}. Add it only if that mailbox is yours: we mail a code \
                     there, and whoever reads mail there can sign in to your account afterwards.",
                    person.name
                )
            } else {
                format!("You are signed in as {}, and {to} belongs to somebody else’s account. Change user to join.", person.name)
            };
            notice = notice.or_else(|| Some(Notice::new(Tone::Warn, &other)));
            AcceptState::Other { as_person: person, actions }
        }
    };
    Ok(AcceptPage { state, notice, facts: facts(guest, opened), refuse: refuse(guest, opened), ..view })
}

fn facts(guest: &Guest, opened: &Opened) -> Vec<Fact> {
    let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
    let mut facts = vec![
        fact(guest.app.model().words.get("invite_role"), text::roles(guest.app.model(), &opened.roles)),
        fact("Expires", text::full_date(opened.expires_at)),
    ];
    if opened.organization_name.is_mixed_script() {
        facts.push(fact("Address", opened.organization_slug.clone()));
    }
    facts
}

/// Declining is for whom it is for; "I don't know these people" is for whoever got the mail.
fn refuse(guest: &Guest, opened: &Opened) -> Vec<Action> {
    let quiet = |action: Action| Action { look: Look::Quiet, ..action };
    let mut refuse = Vec::new();
    if opened.who == Whom::Invited {
        refuse.push(quiet(Action::new("Decline", How::Post, &guest.at("decline"))));
    }
    if opened.address.is_some() {
        let unwanted = format!("/unwanted/{}", link_token(guest.app.key(), LinkKind::Unwanted, opened.id, 1));
        refuse.push(quiet(Action::new("I don’t know these people", How::Page, &unwanted)));
    }
    refuse
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Joining {
    name: String,
}

async fn accept(guest: Followed, asked: Asked, Form(joining): Form<Joining>) -> Result<Response, Failure> {
    let guest = match guest {
        Ok(guest) => guest,
        Err(closed) => return Ok(closed),
    };
    let opened = link::open(&guest.app, guest.who.as_ref(), &guest.token).await?;
    match (&guest.who, opened.who) {
        (None, Whom::New) if opened.address.is_some() => accept_as_new(&guest, &asked, &opened, joining).await,
        (None, _) => {
            let to = text::with_query("/sign-in", &[("return_to", &guest.at(""))]);
            Ok(Redirect::to(&to).into_response())
        }
        (Some(who), _) => joined(&guest, who, &opened).await,
    }
}

async fn accept_as_new(guest: &Guest, asked: &Asked, opened: &Opened, joining: Joining) -> Result<Response, Failure> {
    let typed = joining.name.trim();
    let name = match (typed.is_empty(), Name::parse(typed)) {
        (true, _) => None,
        (false, Ok(name)) => Some(name),
        (false, Err(bad)) => {
            let name_error = Some(text::sentence(&bad.to_string()));
            let status = Some(StatusCode::UNPROCESSABLE_ENTITY);
            return answer(guest, opened, Tried { name: joining.name, name_error, status, notice: None }).await;
        }
    };
    match link::accept_as_new(&guest.app, &guest.token, name).await {
        Ok(written) => {
            let begun = session::begin(&guest.app, asked, written.value.0, By::Invitation, Account::New).await?;
            let there = crate::users::portal::welcome::before(&format!("/o/{}", opened.organization_slug));
            let mut response = Redirect::to(&there).into_response();
            let said = Flash::told(format!("Welcome to {}.", opened.organization_name));
            let headers = response.headers_mut();
            headers.append(header::SET_COOKIE, flash::set(&guest.app, &begun.principal, &said)?);
            headers.append(header::SET_COOKIE, begun.cookie);
            guest.forget(headers);
            Ok(response)
        }
        Err(failure) => again(guest, failure, joining.name).await,
    }
}

/// The page once more, as it stands now, with why it was refused.
async fn again(guest: &Guest, failure: Failure, name: String) -> Result<Response, Failure> {
    let status = Some(refused::status(&failure));
    let said = refused::in_place(guest.app.model(), failure)?;
    let opened = link::open(&guest.app, guest.who.as_ref(), &guest.token).await?;
    answer(guest, &opened, Tried { notice: Some(Notice::new(Tone::Bad, &said)), name, name_error: None, status }).await
}

async fn joined(guest: &Guest, who: &Principal, opened: &Opened) -> Result<Response, Failure> {
    match link::accept(&guest.app, who, &guest.token).await {
        Ok(_) => {
            let mut response = Redirect::to(&format!("/o/{}", opened.organization_slug)).into_response();
            let said = Flash::told(format!("Welcome to {}.", opened.organization_name));
            response.headers_mut().append(header::SET_COOKIE, flash::set(&guest.app, who, &said)?);
            guest.forget(response.headers_mut());
            Ok(response)
        }
        Err(failure) => again(guest, failure, String::new()).await,
    }
}

/// Mails a code to the invited address, to add it to the account they are in. Who typed it comes back to accept.
async fn add(guest: Followed, asked: Asked, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let guest = match guest {
        Ok(guest) => guest,
        Err(closed) => return Ok(closed),
    };
    let who = guest.who.as_ref().ok_or(Failure::NotSignedIn)?;
    let here = guest.at("");
    if !who.is_stepped_up(guest.app.now()) {
        return Ok(Redirect::to(&text::with_query("/sign-in/again", &[("return_to", &here)])).into_response());
    }
    let opened = link::open(&guest.app, Some(who), &guest.token).await?;
    if opened.status != Status::Pending || opened.who != (Whom::Other { addable: true }) {
        return Ok(Redirect::to(&here).into_response());
    }
    match address::ask(&guest.app, &asked, who, &Address::parse(&opened.to)?, &ReturnTo::from(here)).await {
        Ok(id) => Ok(Redirect::to(&text::with_query("/sign-in/code", &[("sign_in", &id.to_string())])).into_response()),
        Err(failure) => again(&guest, failure, String::new()).await,
    }
}

async fn decline(guest: Followed, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let guest = match guest {
        Ok(guest) => guest,
        Err(closed) => return Ok(closed),
    };
    let app = &guest.app;
    let who = guest.who.as_ref().ok_or(Failure::NotSignedIn)?;
    match link::decline(app, who, &guest.token).await {
        Ok(_) => {
            let mut response = Redirect::to("/").into_response();
            response
                .headers_mut()
                .append(header::SET_COOKIE, flash::set(app, who, &Flash::told("Declined. Whoever invited you sees that."))?);
            guest.forget(response.headers_mut());
            Ok(response)
        }
        Err(failure) => again(&guest, failure, String::new()).await,
    }
}
