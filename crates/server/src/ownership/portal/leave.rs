//! Leaving, also for whom nothing else is open there: a member whose access is held.

use crate::{
    App, Failure,
    http::Form,
    ownership,
    portal::{
        flash::Flash,
        inside::Inside,
        refused, text,
        view::{Fact, Notice, Panel, Shell, Tone, Width, people::RemovePage},
        visit::Visit,
    },
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{StatusCode, request::Parts},
    response::Response,
};
use guildhall_core::{OrganizationId, RoleKey, tenant::Standing};
use serde::Deserialize;

/// Who may leave, and where they are meanwhile.
pub(super) struct Leaving {
    visit: Visit,
    organization: OrganizationId,
    name: String,
    roles: Vec<RoleKey>,
    standing: Standing,
    shell: Shell,
    action: String,
    back: String,
}

impl FromRequestParts<App> for Leaving {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Inside::from_request_parts(parts, app).await {
            Ok(inside) => Ok(Self::member(inside)),
            Err(refused) => Self::suspended(parts, app).await.ok_or(refused),
        }
    }
}

impl Leaving {
    fn member(inside: Inside) -> Self {
        Self {
            organization: inside.id(),
            name: inside.name().to_owned(),
            roles: inside.seen.my_roles.clone(),
            standing: Standing::Active,
            shell: inside.shell("people"),
            action: inside.at("leave"),
            back: inside.at(""),
            visit: inside.visit,
        }
    }

    async fn suspended(parts: &mut Parts, app: &App) -> Option<Self> {
        let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
        let (_, slug) = params.iter().find(|(name, _)| *name == "slug")?;
        let visit = Visit::from_request_parts(parts, app).await.ok()?;
        let mine = visit.mine.iter().find(|mine| mine.slug == slug && mine.standing == Standing::Suspended)?.clone();
        Some(Self {
            organization: mine.id,
            name: mine.name,
            roles: mine.roles,
            standing: mine.standing,
            shell: visit.shell("organizations"),
            action: format!("/o/{}/leave", mine.slug),
            back: "/organizations".to_owned(),
            visit,
        })
    }

    /// What ends, or why they can't leave.
    async fn ends(&self) -> Result<Vec<Fact>, Failure> {
        let (app, who) = (&self.visit.app, &self.visit.who);
        let removal = ownership::leave_preview(app, who, self.organization).await?.value;
        let n = text::grouped(u64::try_from(removal.sent.len()).unwrap_or(u64::MAX));
        let fact = |label: &str, value: String| Fact { label: label.to_owned(), value };
        let mut ends = vec![fact("Role", text::roles(app.model(), &self.roles)), fact("Invitations you sent that are withdrawn", n)];
        if self.standing == Standing::Active {
            let n_sessions = app.store().count_sessions(self.visit.id()).await?;
            ends.push(fact("Your sessions that lose access", text::grouped(n_sessions)));
        }
        Ok(ends)
    }

    fn said(&self, failure: Failure) -> Result<(StatusCode, Notice), Failure> {
        let status = refused::status(&failure);
        Ok((status, Notice::new(Tone::Bad, &refused::in_place(self.visit.app.model(), failure)?)))
    }

    async fn show(self, refused: Option<Notice>, status: StatusCode) -> Result<Response, Failure> {
        let word = self.visit.app.model().words.get("leave").to_owned();
        let (ends, refused, status) = match self.ends().await {
            Ok(ends) => (Some(ends), refused, status),
            Err(failure) => {
                let (status, notice) = self.said(failure)?;
                (None, Some(notice), status)
            }
        };
        let intro = match self.standing {
            Standing::Active => "Your access ends at once. To come back, somebody must invite you.",
            Standing::Suspended => "Nobody can give your access back then. To come back, somebody must invite you.",
        };
        let view = RemovePage {
            page: self.visit.page_at(&word, &self.name),
            panel: Panel {
                title: format!("{word} {}?", self.name),
                intro: Some(intro.to_owned()),
                width: Width::Narrow,
                action: self.action,
                cancel: self.back,
                submit: ends.is_some().then(|| format!("{word} {}", self.name)),
                destroys: true,
                refused,
                typed: None,
            },
            shell: self.shell,
            ends: ends.unwrap_or_default(),
            passes: Vec::new(),
            offers: Vec::new(),
            instead: None,
        };
        self.visit.show_as(status, &view)
    }
}

pub(super) async fn ask(leaving: Leaving) -> Result<Response, Failure> {
    leaving.show(None, StatusCode::OK).await
}

#[derive(Debug, Deserialize)]
pub(super) struct Nothing {}

pub(super) async fn leave(leaving: Leaving, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let (app, who) = (&leaving.visit.app, &leaving.visit.who);
    match ownership::leave(app, who, leaving.organization).await {
        Ok(_) => leaving.visit.go_saying("/organizations", &Flash::told(format!("You left {}.", leaving.name))),
        Err(failure) => {
            let (status, notice) = leaving.said(failure)?;
            leaving.show(Some(notice), status).await
        }
    }
}
