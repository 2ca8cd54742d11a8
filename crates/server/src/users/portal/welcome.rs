//! The first page of who is new: what others are to call them. It can wait.

use super::{Said, not_kept, read};
use crate::{
    Failure,
    http::{Form, Query, ReturnTo},
    portal::{
        text,
        view::{Action, Field, How, Look, Page, outside::WelcomePage},
        visit::{Visit, rendered},
    },
    sign_in::page,
    users::{self, Profile},
};
use axum::{http::StatusCode, response::Response};
use serde::Deserialize;

/// Where somebody goes who has an account since this moment, before they go there.
pub(crate) fn before(return_to: &str) -> String {
    text::with_query("/welcome", &[("return_to", return_to)])
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    name: String,
    handle: String,
    return_to: ReturnTo,
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Sent>) -> Result<Response, Failure> {
    let sent = Sent { name: visit.me.name.clone().unwrap_or_default(), handle: visit.me.handle.clone().unwrap_or_default(), ..asked };
    answer(&visit, sent, Said::default(), StatusCode::OK)
}

pub(super) async fn save(visit: Visit, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    let (name, handle) = match read(&visit, &sent.name, &sent.handle) {
        Ok(read) => read,
        Err(said) => return answer(&visit, sent, *said, StatusCode::UNPROCESSABLE_ENTITY),
    };
    match users::update(&visit.app, &visit.who, Profile { name, handle, ..Profile::default() }, None).await {
        Ok(_) => Ok(visit.go(sent.return_to.path())),
        Err(failure) => {
            let (status, said) = not_kept(&visit, failure)?;
            answer(&visit, sent, said, status)
        }
    }
}

/// What was said on the way here waits for the page after this one.
fn answer(visit: &Visit, sent: Sent, said: Said, status: StatusCode) -> Result<Response, Failure> {
    let name = Field {
        value: sent.name,
        error: said.name_error,
        help: Some("Others here see it.".to_owned()),
        autocomplete: "name",
        autofocus: true,
        ..Field::text("name", "Your name")
    };
    let handle = Field {
        value: sent.handle,
        error: said.handle_error,
        help: Some("Others can invite you by it. Lower-case letters, digits and dashes.".to_owned()),
        autocomplete: "username",
        optional: visit.me.handle.is_none(),
        ..Field::text("handle", "Handle")
    };
    let view = WelcomePage {
        page: Page { theme: visit.theme(), ..page::outside(&visit.app, "Welcome", visit.form_token.clone()) },
        lead: "Say what others are to call you. Both can be changed in your profile.".to_owned(),
        action: "/welcome".to_owned(),
        fields: vec![name, handle],
        later: Action { look: Look::Quiet, ..Action::new("Later", How::Page, sent.return_to.path()) },
        return_to: sent.return_to.path().to_owned(),
        notice: said.refused,
        footer: Vec::new(),
    };
    rendered(status, &view)
}
