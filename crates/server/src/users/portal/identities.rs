//! Accounts at providers that sign a person in: listed on the profile, linked there, unlinked after a question.

use super::Nothing;
use crate::{
    Failure,
    http::{Form, Path},
    place,
    portal::{
        flash::Flash,
        refused, text,
        view::{Action, Dated, How, Notice, Panel, Tone, Width, mine::LinkedRow, people::RemovePage},
        visit::Visit,
    },
    users,
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::IdentityId;

/// The linked ones, each with what unlinks it.
pub(super) async fn rows(visit: &Visit) -> Result<Vec<LinkedRow>, Failure> {
    let how = if visit.is_stepped_up() { How::Dialog } else { How::Page };
    let row = |mine: &guildhall_store::MyIdentity| LinkedRow {
        label: mine.label.clone(),
        note: Dated::new("Linked on", text::on_full_date(mine.linked_at)),
        unlink: Action {
            full_label: format!("Unlink {}", mine.label),
            ..Action::new("Unlink", how, &format!("/profile/identities/{}/unlink", mine.id))
        },
    };
    Ok(users::identities(&visit.app, &visit.who).await?.iter().map(row).collect())
}

/// A button for each provider that the deployment has. Several accounts of one provider may be linked.
pub(super) fn link(visit: &Visit) -> Vec<Action> {
    let action = |provider: &crate::config::Provider| {
        let to = text::with_query(&format!("/sign-in/provider/{}/link", provider.id), &[("return_to", "/profile")]);
        Action::new(&format!("Link {}", provider.title), How::Post, &to)
    };
    visit.app.providers().iter().map(action).collect()
}

async fn label(visit: &Visit, id: IdentityId) -> Result<String, Failure> {
    let mine = users::identities(&visit.app, &visit.who).await?;
    mine.into_iter().find(|identity| identity.id == id).map(|identity| identity.label).ok_or(Failure::NotFound)
}

pub(super) async fn ask_unlink(visit: Visit, Path(id): Path<IdentityId>) -> Result<Response, Failure> {
    place::stepped_up(&visit.app, &visit.who)?;
    panel(&visit, id, None, StatusCode::OK).await
}

async fn panel(visit: &Visit, id: IdentityId, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
    let label = label(visit, id).await?;
    let view = RemovePage {
        page: visit.page("Unlink"),
        shell: visit.shell("profile"),
        panel: Panel {
            title: format!("Unlink {label}?"),
            intro: Some("You can no longer sign in with it. Your addresses stay, and you stay signed in.".to_owned()),
            width: Width::Narrow,
            action: format!("/profile/identities/{id}/unlink"),
            cancel: "/profile".to_owned(),
            submit: Some("Unlink account".to_owned()),
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

pub(super) async fn unlink(visit: Visit, Path(id): Path<IdentityId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let label = label(&visit, id).await?;
    match users::unlink(&visit.app, &visit.who, id, None).await {
        Ok(_) => visit.go_saying("/profile", &Flash::told(format!("{label} was unlinked."))),
        Err(failure) => {
            let status = refused::status(&failure);
            let text = refused::in_place(visit.app.model(), failure)?;
            panel(&visit, id, Some(Notice::new(Tone::Bad, &text)), status).await
        }
    }
}
