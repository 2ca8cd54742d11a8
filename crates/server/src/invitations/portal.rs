//! Inviting from the people page, and what is done with an invitation there: send again, take back, undo.

mod csv;
mod form;
mod guest;
mod join;
mod known;
mod waiting;

pub(crate) use waiting::row as waiting_row;

use crate::{
    App, Failure,
    http::{Form, Path, Query},
    portal::{
        flash::Flash,
        inside::Inside,
        text,
        view::{Panel, Width, people::RemovePage},
    },
};
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use guildhall_core::{InvitationId, Operation};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{slug}/invite", get(form::ask).post(form::send))
        .route("/o/{slug}/invite/csv", get(csv::ask).post(csv::send))
        .route("/o/{slug}/invitations/undo", post(undo))
        .route("/o/{slug}/invitations/{invitation}/resend", post(resend))
        .route("/o/{slug}/invitations/{invitation}/revoke", get(ask_revoke).post(revoke))
        .merge(waiting::routes())
        .merge(join::routes())
}

#[derive(Debug, Deserialize)]
struct Nothing {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    revision: Option<u64>,
}

/// What was sent together: by the revision it made, and how many.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Together {
    sent_in: u64,
    n: usize,
}

async fn resend(inside: Inside, Path((_, id)): Path<(String, InvitationId)>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    // Before its name is looked up, which takes another right: what is said is who could do this (L-32).
    inside.needs(Operation::InvitationCreate)?;
    let to = inside.people();
    let name = name(&inside, id).await?;
    match super::remind(inside.app(), &inside.visit.who, inside.id(), id, None).await {
        Ok(_) => inside.visit.go_saying(&to, &Flash::told(format!("A reminder to {name} is on its way."))),
        Err(failure) => inside.visit.go_refused(&to, failure),
    }
}

/// The address, or the handle.
async fn name(inside: &Inside, id: InvitationId) -> Result<String, Failure> {
    let seen = super::find(inside.app(), &inside.visit.who, inside.id(), id).await?;
    Ok(if seen.to.contains('@') { seen.to } else { format!("@{}", seen.to) })
}

async fn ask_revoke(inside: Inside, Path((_, id)): Path<(String, InvitationId)>, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    inside.needs(Operation::InvitationRevoke)?;
    revoke_panel(&inside, id, asked.revision, None, StatusCode::OK).await
}

async fn revoke_panel(
    inside: &Inside,
    id: InvitationId,
    revision: Option<u64>,
    refused: Option<crate::portal::view::Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let name = name(inside, id).await?;
    let revision = revision.map(|revision| revision.to_string());
    let pairs: Vec<(&str, &str)> = revision.iter().map(|revision| ("revision", revision.as_str())).collect();
    let label = inside.model().words.get("revoke");
    // "Cancel invitation" says what it acts on; one word alone doesn't.
    let submit = if label.contains(' ') { label.to_owned() } else { format!("{label} invitation") };
    let panel = Panel {
        title: if label.contains(' ') { format!("{label} to {name}?") } else { format!("{label} the invitation to {name}?") },
        intro: Some("Every link mailed for it stops working. You can invite them again.".to_owned()),
        width: Width::Narrow,
        action: text::with_query(&inside.at(&format!("invitations/{id}/revoke")), &pairs),
        cancel: inside.people(),
        submit: Some(submit),
        destroys: true,
        refused,
        typed: None,
    };
    let view = RemovePage {
        page: inside.page(label),
        shell: inside.shell("people"),
        panel,
        ends: Vec::new(),
        passes: Vec::new(),
        offers: Vec::new(),
        instead: None,
    };
    inside.visit.show_as(status, &view)
}

async fn revoke(
    inside: Inside,
    Path((_, id)): Path<(String, InvitationId)>,
    Query(asked): Query<Asked>,
    Form(Nothing {}): Form<Nothing>,
) -> Result<Response, Failure> {
    inside.needs(Operation::InvitationRevoke)?;
    let name = name(&inside, id).await?;
    match super::revoke(inside.app(), &inside.visit.who, inside.id(), id, asked.revision).await {
        Ok(_) => inside.visit.go_saying(&inside.people(), &Flash::told(format!("The invitation to {name} was taken back."))),
        Err(failure) => {
            // What is shown now is what the next press speaks of.
            let now = super::find(inside.app(), &inside.visit.who, inside.id(), id).await?.changed;
            let (status, notice) = inside.refused(failure)?;
            revoke_panel(&inside, id, Some(now), Some(notice), status).await
        }
    }
}

/// Where the form leads that takes back what was sent together.
fn undo_at(inside: &Inside, sent_in: u64, n: usize) -> String {
    text::with_query(&inside.at("invitations/undo"), &[("sent_in", &sent_in.to_string()), ("n", &n.to_string())])
}

/// Takes back what was sent a moment ago, before its mail leaves.
async fn undo(inside: Inside, Query(sent): Query<Together>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let undone = match super::undo_all(inside.app(), &inside.visit.who, inside.id(), sent.sent_in).await {
        Ok(written) => written.value,
        Err(failure) => return inside.visit.go_refused(&inside.people(), failure),
    };
    let counted = |n: usize| text::count(u64::try_from(n).unwrap_or(u64::MAX), "invitation", "invitations");
    let flash = if undone >= sent.n {
        Flash::told(format!("Undone: no mail goes out for {}.", counted(undone)))
    } else {
        Flash::refused(format!(
            "Too late to undo {}: the mail has left. You can still take an invitation back in its row.",
            counted(sent.n - undone)
        ))
    };
    inside.visit.go_saying(&inside.people(), &flash)
}
