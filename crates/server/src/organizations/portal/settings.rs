//! An organization's settings: name and short name; what can't be taken back stands last.

use crate::{
    Failure,
    http::{Form, Query},
    organizations::{self, Update},
    ownership,
    portal::{
        flash::Flash,
        inside::Inside,
        refused, text,
        view::{
            Action, Fact, Field, How, Look, Notice, Tone,
            organization::{Danger, OrganizationSettingsPage},
            people::Conflict,
        },
    },
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{
    Operation, Refusal,
    text::{Name, Slug},
};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    revision: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    name: String,
    slug: String,
    keep: String,
}

#[derive(Default)]
struct Said {
    name_error: Option<String>,
    slug_error: Option<String>,
    refused: Option<Notice>,
    conflict: Option<Conflict>,
}

pub(super) async fn show(inside: Inside) -> Result<Response, Failure> {
    let sent = Sent { name: inside.name().to_owned(), slug: inside.seen.slug.clone(), keep: String::new() };
    answer(&inside, sent, Said::default(), StatusCode::OK).await
}

async fn answer(inside: &Inside, sent: Sent, said: Said, status: StatusCode) -> Result<Response, Failure> {
    let open = inside.may(Operation::OrganizationUpdate);
    let title = inside.title_of("settings", "Settings");
    let field = |name: &str, label: &str, value: String, error, help: Option<&str>| Field {
        value,
        error,
        help: help.map(str::to_owned),
        locked: !open,
        ..Field::text(name, label)
    };
    let slug_help = "In addresses of pages. Old addresses stop working when you change it.";
    let locked = inside.locked(Operation::OrganizationUpdate).map(|text| Notice::new(Tone::Neutral, &text));
    let view = OrganizationSettingsPage {
        page: inside.page(&title),
        shell: inside.shell("settings"),
        state: format!("Name and address of {}.", inside.name()),
        action: text::with_query(&inside.at("settings"), &[("revision", &inside.seen.changed.to_string())]),
        fields: vec![
            field("name", "Name", sent.name, said.name_error, None),
            field("slug", "Short name", sent.slug, said.slug_error, Some(slug_help)),
        ],
        selects: Vec::new(),
        submit: (open && said.conflict.is_none()).then(|| "Save changes".to_owned()),
        refused: said.refused.or(locked).or_else(|| inside.visit.notices().into_iter().next()),
        conflict: said.conflict,
        dangers: dangers(inside).await?,
    };
    inside.visit.show_as(status, &view)
}

/// Transfer, leave, delete: each open, or locked with why.
async fn dangers(inside: &Inside) -> Result<Vec<Danger>, Failure> {
    let (model, words) = (inside.model(), &inside.model().words);
    // Where a fresh sign-in is asked for, the whole page goes there and comes back.
    let how = if inside.visit.is_stepped_up() { How::Dialog } else { How::Page };
    let name = inside.name();
    let mut dangers = Vec::new();
    let holds_top = inside.seen.my_roles.contains(&model.organization.top_role);
    if holds_top || inside.may(Operation::OwnershipTransfer) {
        let label = words.get("transfer");
        let top = crate::refusals::role_title(model, &model.organization.top_role);
        dangers.push(Danger {
            title: label.to_owned(),
            note: format!("Somebody else becomes {top} of {name} in your place."),
            action: Action {
                look: Look::Danger,
                locked: inside.locked(Operation::OwnershipTransfer),
                ..Action::new(label, how, &inside.at("transfer"))
            },
        });
    }
    let leave = format!("{} {name}", words.get("leave"));
    let locked = match ownership::leave_preview(inside.app(), &inside.visit.who, inside.id()).await {
        Ok(_) => None,
        Err(Failure::Refused(refusal)) => Some(refused::why(model, &refusal)),
        Err(failure) => return Err(failure),
    };
    dangers.push(Danger {
        title: leave.clone(),
        note: locked.clone().unwrap_or_else(|| "Your access ends at once. Somebody must invite you to come back.".to_owned()),
        action: Action { look: Look::Danger, locked, ..Action::new(words.get("leave"), How::Dialog, &inside.at("leave")) },
    });
    if inside.may(Operation::OrganizationDelete) {
        let label = format!("Delete {}", words.get("organization"));
        dangers.push(Danger {
            title: label.clone(),
            note: "Access ends at once for everybody. After 30 days everything is erased.".to_owned(),
            action: Action { look: Look::Danger, ..Action::new(&label, how, &inside.at("delete")) },
        });
    }
    Ok(dangers)
}

pub(super) async fn save(inside: Inside, Query(asked): Query<Asked>, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    if sent.keep == "theirs" {
        return Ok(inside.visit.go(&inside.at("settings")));
    }
    let said = |bad: guildhall_core::text::BadText| text::sentence(&bad.to_string());
    let (name, slug) = match (Name::parse(&sent.name).map_err(said), Slug::parse(sent.slug.trim()).map_err(said)) {
        (Ok(name), Ok(slug)) => (name, slug),
        (name, slug) => {
            let said = Said { name_error: name.err(), slug_error: slug.err(), ..Said::default() };
            return answer(&inside, sent, said, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let expected = if sent.keep == "mine" { Some(inside.seen.changed) } else { asked.revision };
    let update = Update { name: Some(name), slug: Some(slug.clone()), external_id: None };
    match organizations::update(inside.app(), &inside.visit.who, inside.id(), update, expected).await {
        Ok(_) => inside.visit.go_saying(&format!("/o/{slug}/settings"), &Flash::told("Saved.")),
        Err(Failure::Refused(Refusal::ChangedMeanwhile { .. })) => {
            let last = organizations::last_change(inside.app(), &inside.visit.who, inside.id(), inside.seen.changed).await?;
            let (by, said) = inside.changed_by(last.as_ref(), "changed this").await?;
            let conflict = Conflict {
                text: said,
                theirs: Fact {
                    label: by.map_or_else(|| "It is now".to_owned(), |by| format!("{by} chose")),
                    value: format!("{} ({})", inside.name(), inside.seen.slug),
                },
                mine: Fact { label: "You chose".to_owned(), value: format!("{} ({})", sent.name, sent.slug) },
                keep_theirs: "Keep theirs".to_owned(),
                use_mine: "Use mine".to_owned(),
            };
            answer(&inside, sent, Said { conflict: Some(conflict), ..Said::default() }, StatusCode::CONFLICT).await
        }
        Err(failure) => {
            let is_slug = matches!(failure, Failure::Refused(Refusal::SlugTaken { .. }));
            let (status, notice) = inside.refused(failure)?;
            let said = if is_slug {
                Said { slug_error: Some(notice.text), ..Said::default() }
            } else {
                Said { refused: Some(notice), ..Said::default() }
            };
            answer(&inside, sent, said, status).await
        }
    }
}
