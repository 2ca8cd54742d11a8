//! The way in, one's organizations, a new one, and an organization's settings.

mod delete;
mod new;
mod settings;

use crate::{
    App, Failure, invitations, organizations,
    portal::{
        inside::{leaving, place_of, suspended},
        text,
        view::{
            Action, Dated, Empty, Field, How, Icon, Look, Pill, Tone,
            organization::{OrganizationRow, OrganizationsPage},
            outside::{CreateForm, NoOrganizationPage, WaitingPage},
        },
        visit::Visit,
    },
};
use axum::{Router, response::Response, routing::get};
use guildhall_core::tenant::Standing;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(start))
        .route("/organizations", get(list))
        .route("/new", get(new::ask).post(new::create))
        .route("/o/{slug}/settings", get(settings::show).post(settings::save))
        .route("/o/{slug}/delete", get(delete::ask).post(delete::delete))
}

/// One organization and nothing that waits: there. Else the choice, so that nobody is put anywhere they didn't choose.
async fn start(visit: Visit) -> Result<Response, Failure> {
    let waiting = invitations::waiting(&visit.app, &visit.who).await?;
    let model = visit.app.model();
    let word = model.words.get("organization");
    match (visit.mine.as_slice(), waiting.is_empty()) {
        ([only], true) if only.standing == Standing::Active => Ok(visit.go(&format!("/o/{}", only.slug))),
        ([], true) => no_organization(&visit).await,
        (mine, _) => {
            let (heading, lead) = match (waiting.len(), mine) {
                (0, [only]) => suspended(&visit, only.id, &only.name).await?,
                (0, _) => (format!("Choose {}", text::with_article(word)), "You belong to several.".to_owned()),
                (1, []) => ("One invitation waits for you".to_owned(), "Join, or leave it: nobody is told.".to_owned()),
                (n, []) => (
                    format!("{n} invitations wait for you"),
                    "Join the ones you want. Nobody is told about those you don’t answer.".to_owned(),
                ),
                (n, _) => (
                    "Where to?".to_owned(),
                    format!("{} for you.", text::count(u64::try_from(n).unwrap_or(u64::MAX), "invitation waits", "invitations wait")),
                ),
            };
            let found =
                organizations::may_found(&visit.app, visit.id()).await?.then(|| Action::new(&format!("New {word}"), How::Page, "/new"));
            let leave = match mine {
                [only] if only.standing == Standing::Suspended => Some(leaving(model, &only.name, &only.slug)),
                _ => None,
            };
            let view = WaitingPage {
                page: visit.page(&heading),
                heading,
                lead,
                notices: visit.notices(),
                invitations: waiting.iter().map(|it| invitations::portal::waiting_row(&visit, it)).collect(),
                organizations: mine.iter().map(|mine| place_of(model, mine, false)).collect(),
                actions: found.into_iter().chain(leave).collect(),
                account: visit.person(),
                sign_out: "/sign-out".to_owned(),
                footer: Vec::new(),
            };
            visit.show(&view)
        }
    }
}

async fn no_organization(visit: &Visit) -> Result<Response, Failure> {
    let word = visit.app.model().words.get("organization");
    let found = organizations::may_found(&visit.app, visit.id()).await?;
    let address = visit.me.primary.clone().unwrap_or_else(|| "one of your addresses".to_owned());
    let lead = if found {
        format!("Ask for an invitation to {address}, or make a new {word}.")
    } else {
        format!("Ask for an invitation to {address}.")
    };
    let create = CreateForm {
        action: "/new".to_owned(),
        name: Field { autocomplete: "organization", ..Field::text("name", "Name") },
        submit: format!("Create {word}"),
    };
    let heading = format!("You don’t belong to {}", text::with_article(word));
    let view = NoOrganizationPage {
        page: visit.page(&heading),
        heading: format!("{heading} yet"),
        lead,
        create: found.then_some(create),
        account: visit.person(),
        sign_out: "/sign-out".to_owned(),
        footer: Vec::new(),
    };
    visit.show(&view)
}

async fn list(visit: Visit) -> Result<Response, Failure> {
    let model = visit.app.model();
    let word = model.words.get("organization");
    let waiting = invitations::waiting(&visit.app, &visit.who).await?;
    let row = |mine: &guildhall_store::MyOrganization| {
        let place = place_of(model, mine, false);
        let since = Dated::new("Since", text::on_full_date(mine.joined_at));
        let status = match mine.standing {
            Standing::Active => Pill::new(Tone::Plain, ""),
            Standing::Suspended => Pill::new(Tone::Neutral, model.words.get("suspended")),
        };
        let label = model.words.get("leave").to_owned();
        let leave = Action { look: Look::Danger, icon: Some(Icon::SignOut), label, ..leaving(model, &mine.name, &mine.slug) };
        OrganizationRow { place, since, role: text::roles(model, &mine.roles), status, menu: vec![leave] }
    };
    let create = Action { look: Look::Primary, icon: Some(Icon::Plus), ..Action::new(&format!("New {word}"), How::Dialog, "/new") };
    let n = u64::try_from(visit.mine.len()).unwrap_or(u64::MAX);
    let title = format!("{}s", text::capital(word));
    let view = OrganizationsPage {
        page: visit.page(&title),
        shell: visit.shell("organizations"),
        state: format!("You belong to {}.", text::count(n, word, &format!("{word}s"))),
        create: organizations::may_found(&visit.app, visit.id()).await?.then_some(create),
        rows: visit.mine.iter().map(row).collect(),
        invitations: waiting.iter().map(|it| invitations::portal::waiting_row(&visit, it)).collect(),
        empty: Empty { icon: Icon::Organization, text: "What you are invited to, and join, appears here.".to_owned(), action: None },
    };
    visit.show(&view)
}
