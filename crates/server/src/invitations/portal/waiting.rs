//! The invitations that wait for oneself: accepted or declined one by one; nobody is put anywhere they didn't choose.

use super::Nothing;
use crate::{
    App, Failure,
    http::{Form, Path},
    invitations,
    portal::{
        flash::Flash,
        inside::{initial, place_of},
        refused, text,
        view::{
            Action, Dated, How, Look, Notice, Place, Tone,
            outside::{WaitingPage, WaitingRow},
        },
        visit::Visit,
    },
};
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use guildhall_core::InvitationId;
use guildhall_store::WaitingInvitation;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/invitations", get(show))
        .route("/invitations/{invitation}/accept", post(accept))
        .route("/invitations/{invitation}/decline", post(decline))
}

/// One that waits, as a row.
pub(crate) fn row(visit: &Visit, waiting: &WaitingInvitation) -> WaitingRow {
    let model = visit.app.model();
    let name = text::organization(&waiting.organization_name, &waiting.organization_slug);
    let by = waiting.invited_by_name.as_ref().map_or_else(|| "Invited as ".to_owned(), |by| format!("Invited by {by} as "));
    let note = format!("{by}{} · expires", text::roles(model, &waiting.roles));
    let act = |label: &str, look, what: &str| Action {
        full_label: format!("{label} {name}"),
        look,
        ..Action::new(label, How::Post, &format!("/invitations/{}/{what}", waiting.id))
    };
    WaitingRow {
        place: Place { name: name.clone(), initial: initial(&name), href: String::new(), note: String::new(), current: false },
        note: Dated::new(note, text::on_date(visit.now(), waiting.expires_at)),
        actions: vec![act("Decline", Look::Quiet, "decline"), act("Join", Look::Plain, "accept")],
    }
}

pub(crate) async fn page(visit: &Visit, notice: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let waiting = invitations::waiting(&visit.app, &visit.who).await?;
    let heading = match waiting.len() {
        0 => "No invitation waits for you".to_owned(),
        1 => "One invitation waits for you".to_owned(),
        n => format!("{n} invitations wait for you"),
    };
    let lead = if waiting.is_empty() {
        "When somebody invites one of your addresses, it appears here.".to_owned()
    } else {
        "Join the ones you want. Nobody is told about those you don’t answer.".to_owned()
    };
    let view = WaitingPage {
        page: visit.page("Invitations"),
        heading,
        lead,
        notices: visit.notices().into_iter().chain(notice).collect(),
        invitations: waiting.iter().map(|it| row(visit, it)).collect(),
        organizations: visit.mine.iter().map(|mine| place_of(visit.app.model(), mine, false)).collect(),
        actions: Vec::new(),
        account: visit.person(),
        sign_out: "/sign-out".to_owned(),
        footer: Vec::new(),
    };
    visit.show_as(status, &view)
}

async fn show(visit: Visit) -> Result<Response, Failure> {
    page(&visit, None, StatusCode::OK).await
}

async fn accept(visit: Visit, Path(id): Path<InvitationId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let waiting = invitations::waiting(&visit.app, &visit.who).await?;
    match invitations::accept(&visit.app, &visit.who, id).await {
        Ok(_) => {
            let joined = waiting.iter().find(|it| it.id == id);
            let to = joined.map_or_else(|| "/".to_owned(), |it| format!("/o/{}", it.organization_slug));
            let name = joined.map(|it| it.organization_name.clone()).unwrap_or_default();
            visit.go_saying(&to, &Flash::told(format!("Welcome to {name}.")))
        }
        Err(failure) => refused_here(&visit, failure).await,
    }
}

async fn refused_here(visit: &Visit, failure: Failure) -> Result<Response, Failure> {
    let status = refused::status(&failure);
    let said = refused::in_place(visit.app.model(), failure)?;
    page(visit, Some(Notice::new(Tone::Bad, &said)), status).await
}

async fn decline(visit: Visit, Path(id): Path<InvitationId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    match invitations::decline(&visit.app, &visit.who, id).await {
        Ok(_) => visit.go_saying("/", &Flash::told("Declined. Whoever invited you sees that.")),
        Err(failure) => refused_here(&visit, failure).await,
    }
}
