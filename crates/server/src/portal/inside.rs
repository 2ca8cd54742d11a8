//! A person at a page of one organization: `/o/{slug}/…`.

use super::{
    refused, text,
    view::{Action, How, Look, Notice, Page, Place, Tone, outside::ErrorPage},
    visit::{Visit, rendered},
};
use crate::{
    App, Failure,
    members::{self, Lost},
    organizations,
    place::{self, Ground},
    refusals,
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use guildhall_core::{Actor, Model, Operation, OrganizationId, Refusal, RoleKey, could_give, could_take, tenant::Standing};
use guildhall_store::{ChangeRow, MyOrganization};
use std::iter;

/// A person at a page of an organization they belong to.
#[derive(Debug)]
pub(crate) struct Inside {
    pub visit: Visit,
    pub seen: organizations::Seen,
    ground: Ground,
}

impl FromRequestParts<App> for Inside {
    /// The page that says why not.
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound.into_response())?;
        let slug = params.iter().find(|(name, _)| *name == "slug").map(|(_, slug)| slug.to_owned()).unwrap_or_default();
        let visit = Visit::from_request_parts(parts, app).await.map_err(Failure::into_response)?;
        match enter(&visit, &slug).await {
            Ok((seen, ground)) => Ok(Self { visit, seen, ground }),
            Err(Failure::NotFound) => Err(no_longer(&visit, &slug).await.unwrap_or_else(Failure::into_response)),
            Err(failure) => Err(failure.into_response()),
        }
    }
}

async fn enter(visit: &Visit, slug: &str) -> Result<(organizations::Seen, Ground), Failure> {
    // What can't be a short name is nobody's.
    guildhall_core::text::Slug::parse(slug).map_err(|_| Failure::NotFound)?;
    let seen = organizations::by_slug(&visit.app, &visit.who, slug).await?;
    let ground = place::ground(&visit.app, seen.id).await?;
    Ok((seen, ground))
}

/// Somebody who belonged here is told so; anybody else sees what an unknown address shows.
async fn no_longer(visit: &Visit, slug: &str) -> Result<Response, Failure> {
    guildhall_core::text::Slug::parse(slug).map_err(|_| Failure::NotFound)?;
    let former = members::former(&visit.app, &visit.who, slug).await?.ok_or(Failure::NotFound)?;
    let name = former.name.as_str();
    let (heading, lead) = match former.how {
        Lost::Suspended => suspended(visit, former.id, name).await?,
        Lost::Removed => (
            format!("You no longer have access to {name}"),
            "You were removed. Ask somebody there to invite you again, if this is a mistake.".to_owned(),
        ),
        Lost::Left => {
            (format!("You no longer have access to {name}"), "You left. To come back, somebody there must invite you again.".to_owned())
        }
    };
    let others = visit.mine.iter().filter(|it| it.standing == Standing::Active && it.slug != slug);
    let start = Action { look: Look::Primary, ..Action::new("Go to the start", How::Page, "/") };
    let leave = (former.how == Lost::Suspended).then(|| leaving(visit.app.model(), name, slug));
    rendered(
        StatusCode::FORBIDDEN,
        &ErrorPage {
            page: visit.page(&heading),
            status: 403,
            heading,
            lead,
            reference: None,
            actions: iter::once(start).chain(leave).collect(),
            organizations: others.map(|it| place_of(visit.app.model(), it, false)).collect(),
            footer: Vec::new(),
        },
    )
}

/// What is told to somebody whose access is held, and who could give it back.
pub(crate) async fn suspended(visit: &Visit, id: OrganizationId, name: &str) -> Result<(String, String), Failure> {
    let ground = place::ground(&visit.app, id).await?;
    let holders = ground.view.sight(visit.app.store()).holders(Operation::MemberSuspend, ground.scope);
    let who = if holders.is_empty() { "whoever manages it".to_owned() } else { refusals::either(&holders) };
    let lead = format!("Nothing was taken from you. Ask {who} there, who can give it back.");
    Ok((format!("Your access to {name} is suspended"), lead))
}

/// The way out, to the question whether to take it.
pub(crate) fn leaving(model: &Model, name: &str, slug: &str) -> Action {
    let leave = format!("{} {name}", model.words.get("leave"));
    Action::new(&leave, How::Dialog, &format!("/o/{slug}/leave"))
}

/// One of one's organizations, as the switcher and lists show it.
pub(crate) fn place_of(model: &Model, mine: &MyOrganization, current: bool) -> Place {
    let note = match mine.standing {
        Standing::Active => text::roles(model, &mine.roles),
        Standing::Suspended => model.words.get("suspended").to_owned(),
    };
    let name = text::organization(&mine.name, &mine.slug);
    Place { initial: initial(&name), name, href: format!("/o/{}", mine.slug), note, current }
}

pub(crate) fn initial(name: &str) -> String {
    name.chars().find(|c| c.is_alphanumeric()).map(|c| c.to_uppercase().collect()).unwrap_or_default()
}

impl Inside {
    pub(crate) fn app(&self) -> &App {
        &self.visit.app
    }
    pub(crate) fn model(&self) -> &Model {
        self.visit.app.model()
    }
    pub(crate) fn id(&self) -> OrganizationId {
        self.seen.id
    }
    pub(crate) fn name(&self) -> &str {
        self.seen.name.as_str()
    }
    /// A path below the organization's: `at("people")`.
    pub(crate) fn at(&self, below: &str) -> String {
        if below.is_empty() { format!("/o/{}", self.seen.slug) } else { format!("/o/{}/{below}", self.seen.slug) }
    }
    /// The list of people, where they may see it; else the first page that they may.
    pub(crate) fn people(&self) -> String {
        if self.may(Operation::MemberView) { self.at("people") } else { self.at("") }
    }
    pub(crate) fn may(&self, operation: Operation) -> bool {
        self.seen.operations.contains(&operation)
    }
    /// Why an operation is locked here.
    pub(crate) fn only(&self, operation: Operation) -> String {
        let holders = self.ground.view.sight(self.app().store()).holders(operation, self.ground.scope);
        refused::only(self.model(), operation, &holders)
    }
    /// `None` where they may; else who could.
    pub(crate) fn locked(&self, operation: Operation) -> Option<String> {
        (!self.may(operation)).then(|| self.only(operation))
    }
    /// Refuses a page that needs the operation.
    pub(crate) fn needs(&self, operation: Operation) -> Result<(), Failure> {
        if self.may(operation) {
            return Ok(());
        }
        let who_could = self.ground.view.sight(self.app().store()).holders(operation, self.ground.scope);
        Err(Failure::NotAllowed { what: operation.as_str().to_owned(), who_could })
    }
    /// Whether they could give each of these roles here.
    pub(crate) fn could_give(&self, roles: &[RoleKey]) -> Result<(), Refusal> {
        let sight = self.ground.view.sight(self.app().store());
        roles.iter().try_for_each(|role| could_give(&sight, self.ground.tenant(), &self.visit.who, self.ground.scope, role))
    }
    /// Whether they could take each of these roles here.
    pub(crate) fn could_take(&self, roles: &[RoleKey]) -> Result<(), Refusal> {
        let sight = self.ground.view.sight(self.app().store());
        roles.iter().try_for_each(|role| could_take(&sight, self.ground.tenant(), &self.visit.who, self.ground.scope, role))
    }
    /// How many hold the top role here.
    pub(crate) fn top_holders(&self) -> u64 {
        u64::try_from(self.ground.tenant().top_holders(self.ground.scope).count()).unwrap_or(u64::MAX)
    }
    pub(crate) fn page(&self, title: &str) -> Page {
        self.visit.page_at(title, self.name())
    }
    /// Who else changed something under somebody's hands, in short, and who did and when: "Ben Ruiz changed this 2 minutes ago."
    pub(crate) async fn changed_by(&self, last: Option<&ChangeRow>, did: &str) -> Result<(Option<String>, String), Failure> {
        let nameless = |by: &str| (Some(by.to_owned()), by.to_owned());
        let (short, by) = match last.map(|row| &row.actor) {
            Some(Actor::User { id }) if *id == self.visit.id() => (None, "You".to_owned()),
            Some(Actor::User { id }) => {
                let by = self.app().store().find_user(*id).await?.as_ref().map_or_else(|| "Somebody".to_owned(), text::called_as);
                (Some(text::short(&by).to_owned()), by)
            }
            Some(Actor::Key { .. }) => nameless("A service key"),
            Some(Actor::Operator { .. }) => nameless("An operator"),
            Some(Actor::System { .. }) | None => nameless("Somebody"),
        };
        let when = last.map(|row| format!(" {}", text::within(&text::ago(self.visit.now(), row.at).words))).unwrap_or_default();
        Ok((short, format!("{by} {did}{when}.")))
    }
    /// The failure in a sentence and as a status, or the failure where it has a page of its own.
    pub(crate) fn refused(&self, failure: Failure) -> Result<(StatusCode, Notice), Failure> {
        let status = refused::status(&failure);
        let said = refused::in_place(self.model(), failure)?;
        Ok((status, Notice::new(Tone::Bad, &said)))
    }
    /// What a page of this key is called by the model.
    pub(crate) fn title_of(&self, key: &str, otherwise: &str) -> String {
        self.model().pages.titles.get(key).cloned().unwrap_or_else(|| otherwise.to_owned())
    }
}
