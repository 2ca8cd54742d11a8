//! Inviting from CSV: pasted, or read from a file by the script; looked at first, then a result for each row (L-21).

use super::{
    form::{MOST, counted, flash_of, panel, shown_saying, takes},
    known::{foretold, not_invited},
};
use crate::{
    Failure,
    http::Form,
    invitations::{self, Foreseen, RowResult, Wanted, list},
    place::Written,
    portal::{
        inside::Inside,
        text,
        view::{
            Field, Notice, Panel, Pill, Tone,
            people::{InviteCsvPage, InviteResult, InviteResultPage},
        },
    },
};
use axum::{http::StatusCode, response::Response};
use guildhall_access::model::{InvitationRole, InviteBy};
use guildhall_core::{Model, Operation, RoleKey};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    csv: String,
    /// The review was seen.
    reviewed: String,
}

pub(super) async fn ask(inside: Inside) -> Result<Response, Failure> {
    offered(&inside)?;
    show(&inside, String::new(), None, None, StatusCode::OK)
}

fn offered(inside: &Inside) -> Result<(), Failure> {
    inside.needs(Operation::InvitationCreate)?;
    if takes(inside, InviteBy::Csv) { Ok(()) } else { Err(Failure::NotFound) }
}

fn show(inside: &Inside, csv: String, error: Option<String>, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let handles = if takes(inside, InviteBy::Handle) { " or handle" } else { "" };
    let roles = match inside.model().invitation.role {
        InvitationRole::Fixed => "",
        InvitationRole::Required | InvitationRole::Optional => " and, where you like, role",
    };
    let field = Field {
        value: csv,
        error,
        placeholder: "email,role\nann@company.example,\nben@company.example,".to_owned(),
        help: Some(format!("The first line names the columns: email{handles}{roles}. At most {MOST} rows.")),
        ..Field::text("csv", "CSV")
    };
    let title = "Invite from CSV".to_owned();
    let view = InviteCsvPage {
        page: inside.page(&title),
        shell: inside.shell("people"),
        panel: Panel { action: inside.at("invite/csv"), refused, ..panel(inside, title, Some("Review".to_owned())) },
        field,
    };
    inside.visit.show_as(status, &view)
}

pub(super) async fn send(inside: Inside, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    offered(&inside)?;
    let wanted = match read(inside.model(), &sent.csv) {
        Ok(wanted) => wanted,
        Err(error) => return show(&inside, sent.csv, Some(error), None, StatusCode::UNPROCESSABLE_ENTITY),
    };
    if sent.reviewed.is_empty() {
        return match invitations::foresee(inside.app(), &inside.visit.who, inside.id(), InviteBy::Csv, &wanted).await {
            Ok(foreseen) => review(&inside, &sent.csv, &wanted, foreseen),
            Err(failure) => not_sent(&inside, sent.csv, failure),
        };
    }
    match invitations::create(inside.app(), &inside.visit.who, inside.id(), InviteBy::Csv, wanted.clone()).await {
        Ok(written) => answered(&inside, &wanted, &written),
        Err(failure) => not_sent(&inside, sent.csv, failure),
    }
}

fn not_sent(inside: &Inside, csv: String, failure: Failure) -> Result<Response, Failure> {
    let (status, notice) = inside.refused(failure)?;
    show(inside, csv, None, Some(notice), status)
}

/// The rows, with roles by their key or title; or what is wrong with the whole.
fn read(model: &Model, csv: &str) -> Result<Vec<Wanted>, String> {
    if csv.trim().is_empty() {
        return Err("Paste rows, or choose a file.".to_owned());
    }
    let mut wanted = list::parse_csv(csv).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.what)).collect();
        let more = if errors.len() < list::MOST_MISTAKES { "" } else { "; there may be more below" };
        text::sentence(&format!("{}{more}", told.join("; ")))
    })?;
    if wanted.is_empty() {
        return Err("There is no row below the first line, which names the columns.".to_owned());
    }
    if wanted.len() > MOST as usize {
        return Err(format!("{} rows; at most {MOST} fit.", wanted.len()));
    }
    for role in wanted.iter_mut().flat_map(|row| row.roles.iter_mut().flatten()) {
        let named = model
            .roles
            .iter()
            .find(|it| it.title.eq_ignore_ascii_case(role.as_str()) || it.key.as_str().eq_ignore_ascii_case(role.as_str()));
        if let Some(named) = named {
            *role = named.key.clone();
        }
    }
    Ok(wanted)
}

fn as_roles(model: &Model, wanted: &Wanted) -> String {
    format!("As {}.", text::roles(model, wanted.roles.as_ref().unwrap_or(&model.invitation.default)))
}

fn review(inside: &Inside, csv: &str, wanted: &[Wanted], foreseen: Vec<Foreseen>) -> Result<Response, Failure> {
    let model = inside.model();
    let unknown = |wanted: &Wanted| wanted.roles.iter().flatten().find(|role| model.role(role).is_none()).map(RoleKey::to_string);
    let row = |(wanted, foreseen): (&Wanted, Foreseen)| {
        let (note, pill) = match unknown(wanted) {
            Some(role) => (format!("There is no role “{role}” here."), Pill::new(Tone::Bad, "Unclear")),
            None => foretold(inside, &wanted.to, as_roles(model, wanted), foreseen),
        };
        InviteResult { address: wanted.to.clone(), note, pill }
    };
    let title = format!("Invite {} to {}?", counted(wanted.len()), inside.name());
    let send = inside.model().words.get("invite_send").to_owned();
    let view = InviteResultPage {
        page: inside.page("Review"),
        shell: inside.shell("people"),
        panel: Panel { action: inside.at("invite/csv"), cancel: inside.at("invite/csv"), ..panel(inside, title, Some(send)) },
        hidden: vec![("csv".to_owned(), csv.to_owned()), ("reviewed".to_owned(), "1".to_owned())],
        rows: wanted.iter().zip(foreseen).map(row).collect(),
        done: false,
    };
    inside.visit.show(&view)
}

/// All went out: back to the list. Else a result for each row.
fn answered(inside: &Inside, wanted: &[Wanted], written: &Written<Vec<RowResult>>) -> Result<Response, Failure> {
    let Written { value: results, revision, .. } = written;
    let done = results.iter().filter(|row| row.result.is_ok()).count();
    let flash = flash_of(inside, format!("Invited {}.", counted(done)), results, *revision);
    if done == results.len() {
        return inside.visit.go_saying(&inside.people(), &flash);
    }
    let row = |(row, wanted): (&RowResult, &Wanted)| {
        let (note, pill) = match &row.result {
            Ok(_) => (as_roles(inside.model(), wanted), Pill::new(Tone::Ok, inside.model().words.get("invited"))),
            Err(failure) => not_invited(inside, failure),
        };
        InviteResult { address: row.to.clone(), note, pill }
    };
    let title = format!("{done} of {} invited", counted(results.len()));
    let view = InviteResultPage {
        page: inside.page("Invitations"),
        shell: inside.shell("people"),
        panel: panel(inside, title, None),
        hidden: Vec::new(),
        rows: results.iter().zip(wanted).map(row).collect(),
        done: done > 0,
    };
    shown_saying(inside, &view, &flash)
}
