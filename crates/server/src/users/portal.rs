//! A person's own pages: profile, addresses, sessions, and the end of the account.

mod addresses;
mod identities;
pub(crate) mod sessions;
pub(crate) mod welcome;

use crate::{
    App, Failure,
    http::{Form, browser},
    place,
    portal::{
        flash::Flash,
        refused, text,
        view::{
            Action, Choice, Fact, Field, How, Look, Notice, Panel, Select, Tone, Width,
            mine::ProfilePage,
            organization::{Danger, DeleteOrganizationPage},
        },
        visit::Visit,
    },
    users::{self, Profile, Theme},
};
use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use guildhall_core::{
    Refusal,
    text::{Handle, Name},
};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/profile", get(show).post(save))
        .route("/welcome", get(welcome::show).post(welcome::save))
        .route("/profile/delete", get(ask_delete).post(delete))
        .route("/profile/addresses", get(addresses::show).post(addresses::add))
        .route("/profile/addresses/{address}/primary", post(addresses::make_primary))
        .route("/profile/addresses/{address}/remove", get(addresses::ask_remove).post(addresses::remove))
        .route("/profile/identities/{identity}/unlink", get(identities::ask_unlink).post(identities::unlink))
        .route("/profile/sessions", get(sessions::show))
        .route("/profile/sessions/end-others", post(sessions::end_others))
        .route("/profile/sessions/{session}/end", post(sessions::end))
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    name: String,
    handle: String,
    theme: String,
}

#[derive(Default)]
struct Said {
    name_error: Option<String>,
    handle_error: Option<String>,
    refused: Option<Notice>,
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    let sent =
        Sent { name: visit.me.name.clone().unwrap_or_default(), handle: visit.me.handle.clone().unwrap_or_default(), theme: String::new() };
    answer(&visit, sent, Said::default(), StatusCode::OK).await
}

async fn answer(visit: &Visit, sent: Sent, said: Said, status: StatusCode) -> Result<Response, Failure> {
    let handle_help = match visit.me.handle {
        Some(_) => "Others can invite you by it. Your old one rests for 90 days after a change.",
        None => "Others can invite you by it. Lower-case letters, digits and dashes.",
    };
    let english = Choice { value: "en".to_owned(), title: "English".to_owned(), help: None, chosen: true, locked: None };
    let delete = Action {
        look: Look::Danger,
        ..Action::new("Delete account", if visit.is_stepped_up() { How::Dialog } else { How::Page }, "/profile/delete")
    };
    let view = ProfilePage {
        page: visit.page("Profile"),
        shell: visit.shell("profile"),
        person: visit.person(),
        action: "/profile".to_owned(),
        fields: vec![
            Field { value: sent.name, error: said.name_error, autocomplete: "name", ..Field::text("name", "Name") },
            Field {
                value: sent.handle,
                error: said.handle_error,
                help: Some(handle_help.to_owned()),
                autocomplete: "username",
                optional: visit.me.handle.is_none(),
                ..Field::text("handle", "Handle")
            },
        ],
        language: Select { name: "language".to_owned(), label: "Language".to_owned(), help: None, error: None, options: vec![english] },
        refused: said.refused.or_else(|| visit.notices().into_iter().next()),
        linked: identities::rows(visit).await?,
        link: identities::link(visit),
        dangers: vec![Danger {
            title: "Delete your account".to_owned(),
            note: "You leave everywhere at once, and what is personal is erased.".to_owned(),
            action: delete,
        }],
    };
    visit.show_as(status, &view)
}

async fn save(visit: Visit, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    let (name, handle) = match read(&visit, &sent.name, &sent.handle) {
        Ok(read) => read,
        Err(said) => return answer(&visit, sent, *said, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    let theme = match sent.theme.as_str() {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        "system" => Some(Theme::System),
        _ => None,
    };
    match users::update(&visit.app, &visit.who, Profile { name, handle, theme, locale: None }, None).await {
        Ok(_) => visit.go_saying("/profile", &Flash::told("Saved.")),
        Err(failure) => {
            let (status, said) = not_kept(&visit, failure)?;
            answer(&visit, sent, said, status).await
        }
    }
}

/// Name and handle where they differ from what they are, or what is wrong with what was typed.
fn read(visit: &Visit, name: &str, handle: &str) -> Result<(Option<Name>, Option<Handle>), Box<Said>> {
    let wrong = |bad: guildhall_core::text::BadText| text::sentence(&bad.to_string());
    let typed = |text: &str, now: &Option<String>, emptied: &str| match (text.trim(), now.as_deref()) {
        ("", Some(_)) => Err(emptied.to_owned()),
        (text, now) => Ok((!text.is_empty() && now != Some(text)).then(|| text.to_owned())),
    };
    let name = typed(name, &visit.me.name, "A name can be changed, but not taken away: others know you by it.")
        .and_then(|typed| typed.map(|text| Name::parse(&text).map_err(wrong)).transpose());
    let handle = typed(handle, &visit.me.handle, "A handle can be changed, but not taken away.")
        .and_then(|typed| typed.map(|text| Handle::parse(text.trim_start_matches('@')).map_err(wrong)).transpose());
    match (name, handle) {
        (Ok(name), Ok(handle)) => Ok((name, handle)),
        (name, handle) => Err(Box::new(Said { name_error: name.err(), handle_error: handle.err(), ..Said::default() })),
    }
}

/// Why it wasn't kept, where it is to be said.
fn not_kept(visit: &Visit, failure: Failure) -> Result<(StatusCode, Said), Failure> {
    let is_handle = matches!(failure, Failure::Refused(Refusal::HandleTaken { .. }));
    let status = refused::status(&failure);
    let text = refused::in_place(visit.app.model(), failure)?;
    let said = if is_handle {
        Said { handle_error: Some(text), ..Said::default() }
    } else {
        Said { refused: Some(Notice::new(Tone::Bad, &text)), ..Said::default() }
    };
    Ok((status, said))
}

async fn ask_delete(visit: Visit) -> Result<Response, Failure> {
    place::stepped_up(&visit.app, &visit.who)?;
    show_delete(&visit, None, StatusCode::OK)
}

fn show_delete(visit: &Visit, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let word = visit.app.model().words.get("organization");
    let n = u64::try_from(visit.mine.len()).unwrap_or(u64::MAX);
    let view = DeleteOrganizationPage {
        page: visit.page("Delete account"),
        shell: visit.shell("profile"),
        panel: Panel {
            title: "Delete your account?".to_owned(),
            intro: Some("You are signed out everywhere at once. Name, handle and addresses are erased.".to_owned()),
            width: Width::Narrow,
            action: "/profile/delete".to_owned(),
            cancel: "/profile".to_owned(),
            submit: Some("Delete account".to_owned()),
            destroys: true,
            refused,
            typed: None,
        },
        ends: vec![Fact { label: format!("{}s you leave", text::capital(word)), value: text::grouped(n) }],
        notices: vec![Notice::new(
            Tone::Neutral,
            &format!("{} in which you are alone is deleted with it.", text::capital(&text::with_article(word))),
        )],
    };
    visit.show_as(status, &view)
}

#[derive(Debug, Deserialize)]
struct Nothing {}

async fn delete(visit: Visit, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    match users::delete_account(&visit.app, &visit.who, None).await {
        Ok(_) => {
            let mut response = visit.go("/sign-in?deleted=1");
            let gone = browser::set(&visit.app, &browser::session_cookie(&visit.app), "", 0);
            let gone = HeaderValue::from_str(&gone).map_err(|error| Failure::broken(error.to_string()))?;
            response.headers_mut().append(header::SET_COOKIE, gone);
            Ok(response)
        }
        Err(failure) => {
            let status = refused::status(&failure);
            let text = refused::in_place(visit.app.model(), failure)?;
            show_delete(&visit, Some(Notice::new(Tone::Bad, &text)), status)
        }
    }
}
