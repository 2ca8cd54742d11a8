//! Deleting an organization: its name is typed, access ends at once.

use crate::{
    Failure,
    http::{Form, Query},
    organizations, place,
    portal::{
        flash::Flash,
        inside::Inside,
        text,
        view::{Fact, Field, Notice, Panel, Tone, Typed, Width, organization::DeleteOrganizationPage},
    },
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::Operation;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    revision: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    typed: String,
}

pub(super) async fn ask(inside: Inside) -> Result<Response, Failure> {
    inside.needs(Operation::OrganizationDelete)?;
    place::stepped_up(inside.app(), &inside.visit.who)?;
    show(&inside, String::new(), None, None, StatusCode::OK).await
}

async fn show(
    inside: &Inside,
    typed: String,
    error: Option<String>,
    refused: Option<Notice>,
    status: StatusCode,
) -> Result<Response, Failure> {
    let counts = organizations::deletion_preview(inside.app(), &inside.visit.who, inside.id()).await?;
    let word = inside.model().words.get("organization");
    let name = inside.name();
    let fact = |label: &str, n: u64| Fact { label: label.to_owned(), value: text::grouped(n) };
    let view = DeleteOrganizationPage {
        page: inside.page(&format!("Delete {word}")),
        shell: inside.shell("settings"),
        panel: Panel {
            title: format!("Delete {name}?"),
            intro: Some("Everybody loses access at once. After 30 days everything is erased.".to_owned()),
            width: Width::Narrow,
            action: text::with_query(&inside.at("delete"), &[("revision", &inside.seen.changed.to_string())]),
            cancel: inside.at("settings"),
            submit: Some(format!("Delete {name}")),
            destroys: true,
            refused,
            typed: Some(Typed {
                field: Field { value: typed, error, ..Field::text("typed", &format!("Type “{name}”")) },
                expected: name.to_owned(),
            }),
        },
        ends: vec![fact("People who lose access", counts.joined + counts.suspended), fact("Invitations that end", counts.invited)],
        notices: vec![Notice::new(Tone::Neutral, &format!("People keep their accounts and their other {word}s."))],
    };
    inside.visit.show_as(status, &view)
}

pub(super) async fn delete(inside: Inside, Query(asked): Query<Asked>, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    inside.needs(Operation::OrganizationDelete)?;
    if !text::is_same(&sent.typed, inside.name()) {
        let error = Some(format!("That isn’t the name. Type “{}”.", inside.name()));
        return show(&inside, sent.typed, error, None, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    match organizations::delete(inside.app(), &inside.visit.who, inside.id(), asked.revision).await {
        Ok(written) => {
            let said = format!("{} is deleted. What it kept is erased on {}.", inside.name(), text::full_date(written.value));
            inside.visit.go_saying("/organizations", &Flash::told(said))
        }
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            show(&inside, sent.typed, None, Some(notice), status).await
        }
    }
}
