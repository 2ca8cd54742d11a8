//! Access held, and given back.

use super::rows;
use crate::{
    Failure,
    http::{Form, Path, Query},
    members,
    portal::{
        flash::Flash,
        inside::Inside,
        text,
        view::{Fact, Notice, Panel, Width, people::RemovePage},
    },
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{Operation, UserId};
use guildhall_store::MemberRow;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    revision: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn ask(inside: Inside, Path((_, user)): Path<(String, UserId)>) -> Result<Response, Failure> {
    inside.needs(Operation::MemberSuspend)?;
    let row = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row;
    panel(&inside, user, &row, None, StatusCode::OK)
}

fn panel(inside: &Inside, user: UserId, row: &MemberRow, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let name = rows::name_of(row);
    let short = text::short(&name);
    let panel = Panel {
        title: format!("Suspend {name} in {}?", inside.name()),
        intro: Some(format!("{short} loses access at once, and keeps role and place here. You can reinstate them whenever you like.")),
        width: Width::Narrow,
        action: text::with_query(&inside.at(&format!("people/{user}/suspend")), &[("revision", &row.revision.to_string())]),
        cancel: inside.people(),
        submit: Some(format!("Suspend {short}")),
        destroys: true,
        refused,
        typed: None,
    };
    let view = RemovePage {
        page: inside.page("Suspend"),
        shell: inside.shell("people"),
        panel,
        ends: vec![Fact { label: "Role".to_owned(), value: text::roles(inside.model(), &row.roles) }],
        passes: Vec::new(),
        offers: Vec::new(),
        instead: None,
    };
    inside.visit.show_as(status, &view)
}

pub(super) async fn suspend(
    inside: Inside,
    Path((_, user)): Path<(String, UserId)>,
    Query(asked): Query<Asked>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let row = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row;
    match members::suspend(inside.app(), &inside.visit.who, inside.id(), user, asked.revision).await {
        Ok(_) => {
            let undo = inside.at(&format!("people/{user}/reinstate"));
            inside.visit.go_saying(&inside.people(), &Flash::told(format!("{} is suspended.", rows::name_of(&row))).undo(undo))
        }
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            panel(&inside, user, &row, Some(notice), status)
        }
    }
}

pub(super) async fn reinstate(
    inside: Inside,
    Path((_, user)): Path<(String, UserId)>,
    Query(asked): Query<Asked>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    let row = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?.row;
    match members::reinstate(inside.app(), &inside.visit.who, inside.id(), user, asked.revision).await {
        Ok(_) => inside.visit.go_saying(&inside.people(), &Flash::told(format!("{} has access again.", rows::name_of(&row)))),
        Err(failure) => inside.visit.go_refused(&inside.people(), failure),
    }
}
