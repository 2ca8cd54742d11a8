//! A new organization, founded by its first owner.

use crate::{
    Failure,
    http::Form,
    organizations::{self, New},
    portal::{
        flash::Flash,
        refused, text,
        view::{Field, Notice, Panel, Tone, Width, organization::NewOrganizationPage},
        visit::Visit,
    },
    refusals::role_title,
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{
    Refusal,
    text::{Name, Slug},
};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    name: String,
    slug: String,
}

#[derive(Default)]
struct Wrong {
    name: Option<String>,
    slug: Option<String>,
    refused: Option<String>,
}

pub(super) async fn ask(visit: Visit) -> Result<Response, Failure> {
    let open = organizations::may_found(&visit.app, visit.id()).await?;
    let refused = (!open).then(|| format!("Only an operator can make a new {} here.", visit.app.model().words.get("organization")));
    let status = if open { StatusCode::OK } else { StatusCode::FORBIDDEN };
    show(&visit, Sent::default(), Wrong { refused, ..Wrong::default() }, status)
}

fn show(visit: &Visit, sent: Sent, wrong: Wrong, status: StatusCode) -> Result<Response, Failure> {
    let word = visit.app.model().words.get("organization");
    let top = role_title(visit.app.model(), &visit.app.model().organization.top_role);
    let title = format!("New {word}");
    let can = status != StatusCode::FORBIDDEN;
    let name = Field { value: sent.name, error: wrong.name, autocomplete: "organization", autofocus: true, ..Field::text("name", "Name") };
    let help = Some("In addresses of pages. Lower-case letters, digits and dashes; made from the name if you leave it empty.".to_owned());
    let slug = Field { value: sent.slug, error: wrong.slug, optional: true, help, ..Field::text("slug", "Short name") };
    let view = NewOrganizationPage {
        page: visit.page(&title),
        shell: visit.shell("organizations"),
        panel: Panel {
            title,
            intro: Some(format!("You start as its {top}, and can invite others.")),
            width: Width::Narrow,
            action: "/new".to_owned(),
            cancel: "/organizations".to_owned(),
            submit: can.then(|| format!("Create {word}")),
            destroys: false,
            refused: wrong.refused.map(|text| Notice::new(Tone::Bad, &text)),
            typed: None,
        },
        fields: if can { vec![name, slug] } else { Vec::new() },
    };
    visit.show_as(status, &view)
}

pub(super) async fn create(visit: Visit, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    let said = |bad: guildhall_core::text::BadText| text::sentence(&bad.to_string());
    let name = Name::parse(&sent.name).map_err(said);
    let typed = sent.slug.trim();
    let slugs = match (&name, typed.is_empty()) {
        (_, false) => Slug::parse(typed).map(|slug| vec![slug]).map_err(said),
        (Ok(name), true) => proposals(name.as_str()).ok_or_else(|| "Type one: the name has no letters that fit.".to_owned()),
        (Err(_), true) => Ok(Vec::new()),
    };
    let (name, slugs) = match (name, slugs) {
        (Ok(name), Ok(slugs)) => (name, slugs),
        (name, slugs) => {
            let wrong = Wrong { name: name.err(), slug: slugs.err(), refused: None };
            return show(&visit, sent, wrong, StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    let mut last = None;
    for slug in slugs {
        let to = format!("/o/{slug}");
        let new = New { name: name.clone(), slug, external_id: None, owner: None };
        match organizations::found(&visit.app, &visit.who, new).await {
            Ok(_) => return visit.go_saying(&to, &Flash::told(format!("{name} is yours. Invite the first people."))),
            Err(failure @ Failure::Refused(Refusal::SlugTaken { .. })) => last = Some(failure),
            Err(failure) => {
                let status = refused::status(&failure);
                let refused = Some(refused::in_place(visit.app.model(), failure)?);
                return show(&visit, sent, Wrong { refused, ..Wrong::default() }, status);
            }
        }
    }
    let taken = last.map_or_else(|| Ok("Choose another.".to_owned()), |failure| refused::in_place(visit.app.model(), failure))?;
    show(&visit, sent, Wrong { slug: Some(taken), ..Wrong::default() }, StatusCode::CONFLICT)
}

/// The name's own, then with a number.
fn proposals(name: &str) -> Option<Vec<Slug>> {
    let first = Slug::propose(name).or_else(|| Slug::propose(&format!("{name}-1")))?;
    let numbered = (2..=6).filter_map(|n| Slug::parse(&format!("{first}-{n}")).ok());
    Some(std::iter::once(first.clone()).chain(numbered).collect())
}
