//! One's proven addresses: another is added by a mailed code, one is the primary, the last way in stays.

use crate::{
    Failure,
    http::{Form, Path, ReturnTo},
    place,
    portal::{
        flash::Flash,
        refused, text,
        view::{
            Action, Dated, Field, How, Icon, Look, Notice, Panel, Pill, Tone, Width,
            mine::{AddressRow, AddressesPage},
            people::RemovePage,
        },
        visit::Visit,
    },
    sign_in::{Asked, address},
    users,
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{AddressId, text::Address};
use serde::Deserialize;

const HERE: &str = address::MINE;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    address: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    answer(&visit, String::new(), None, None, StatusCode::OK).await
}

async fn answer(
    visit: &Visit,
    typed: String,
    error: Option<String>,
    refused: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let mine = users::addresses(&visit.app, &visit.who).await?;
    let stepped_up = visit.is_stepped_up();
    let row = |address: &guildhall_store::MyAddress| {
        let id = address.id.to_string();
        let make = Action { icon: Some(Icon::Mail), ..Action::new("Make primary", How::Post, &format!("{HERE}/{id}/primary")) };
        let how = if stepped_up { How::Dialog } else { How::Page };
        let remove = Action { icon: Some(Icon::Trash), look: Look::Danger, ..Action::new("Remove", how, &format!("{HERE}/{id}/remove")) };
        AddressRow {
            address: address.typed.clone().unwrap_or_default(),
            note: Dated::new("Proven on", text::on_full_date(address.proven_at)),
            pill: address.primary.then(|| Pill::new(Tone::Ok, "Primary")),
            menu: if address.primary { vec![remove] } else { vec![make, remove] },
            id,
        }
    };
    let field = Field {
        kind: "email",
        value: typed,
        error,
        help: Some("We mail it a code. Your other addresses hear of it too.".to_owned()),
        autocomplete: "email",
        ..Field::text("address", "Email address")
    };
    let n = u64::try_from(mine.len()).unwrap_or(u64::MAX);
    let view = AddressesPage {
        page: visit.page("Addresses"),
        shell: visit.shell("addresses"),
        state: format!("{}. Mail goes to the primary one.", text::count(n, "proven address", "proven addresses")),
        rows: mine.iter().map(row).collect(),
        add: HERE.to_owned(),
        field,
        notices: visit.notices().into_iter().chain(refused).collect(),
    };
    visit.show_as(status, &view)
}

async fn said(visit: &Visit, typed: String, failure: Failure) -> Result<Response, Failure> {
    let status = refused::status(&failure);
    let text = refused::in_place(visit.app.model(), failure)?;
    answer(visit, typed, None, Some(Notice::new(Tone::Bad, &text)), status).await
}

pub(super) async fn add(visit: Visit, asked: Asked, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    let address = match Address::parse(&sent.address) {
        Ok(address) => address,
        Err(bad) => {
            let error = Some(text::sentence(&bad.to_string()));
            return answer(&visit, sent.address, error, None, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    match address::ask(&visit.app, &asked, &visit.who, &address, &ReturnTo::from(HERE.to_owned())).await {
        Ok(id) => Ok(visit.go(&text::with_query("/sign-in/code", &[("sign_in", &id.to_string())]))),
        Err(failure) => said(&visit, sent.address, failure).await,
    }
}

pub(super) async fn make_primary(visit: Visit, Path(id): Path<AddressId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    match users::make_primary(&visit.app, &visit.who, id, None).await {
        Ok(_) => visit.go_saying(HERE, &Flash::told("Mail goes there now.")),
        Err(failure) => said(&visit, String::new(), failure).await,
    }
}

async fn mine(visit: &Visit, id: AddressId) -> Result<String, Failure> {
    let mine = users::addresses(&visit.app, &visit.who).await?;
    mine.into_iter().find(|address| address.id == id).and_then(|address| address.typed).ok_or(Failure::NotFound)
}

pub(super) async fn ask_remove(visit: Visit, Path(id): Path<AddressId>) -> Result<Response, Failure> {
    place::stepped_up(&visit.app, &visit.who)?;
    panel(&visit, id, None, StatusCode::OK).await
}

async fn panel(visit: &Visit, id: AddressId, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let address = mine(visit, id).await?;
    let view = RemovePage {
        page: visit.page("Remove address"),
        shell: visit.shell("addresses"),
        panel: Panel {
            title: format!("Remove {address}?"),
            intro: Some("You can no longer sign in with it. Invitations to it stop reaching you.".to_owned()),
            width: Width::Narrow,
            action: format!("{HERE}/{id}/remove"),
            cancel: HERE.to_owned(),
            submit: Some("Remove address".to_owned()),
            destroys: true,
            refused,
            typed: None,
        },
        ends: Vec::new(),
        passes: Vec::new(),
        offers: Vec::new(),
        instead: None,
    };
    visit.show_as(status, &view)
}

pub(super) async fn remove(visit: Visit, Path(id): Path<AddressId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let address = mine(&visit, id).await?;
    match users::remove_address(&visit.app, &visit.who, id, None).await {
        Ok(_) => visit.go_saying(HERE, &Flash::told(format!("{address} was removed."))),
        Err(failure) => {
            let status = refused::status(&failure);
            let text = refused::in_place(visit.app.model(), failure)?;
            panel(&visit, id, Some(Notice::new(Tone::Bad, &text)), status).await
        }
    }
}
