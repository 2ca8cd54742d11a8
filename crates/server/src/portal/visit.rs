//! A signed-in person at a page: who they are, what was just said to them, and how pages and redirects are answered.

use super::{
    flash::{self, Flash},
    refused, text,
    view::{Action, How, Look, Notice, Page, Person, Theme, Toast, Tone},
};
use crate::{
    App, Failure,
    http::{FormToken, MaybeWho},
    sign_in::page,
    users,
};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse as _, Redirect, Response},
};
use guildhall_core::{Principal, Timestamp, UserId};
use guildhall_store::{MyOrganization, UserRow};

/// Whether a page was asked for, or a part of one by the script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    Page,
    Fragment,
}

/// A person at a page of the portal.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub app: App,
    pub who: Principal,
    pub me: UserRow,
    /// One's organizations, for the switcher.
    pub mine: Vec<MyOrganization>,
    pub form_token: String,
    pub wants: Wants,
    flash: Option<Flash>,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let MaybeWho(who) = MaybeWho::from_request_parts(parts, app).await?;
        let who = who.filter(|who| who.user().is_some()).ok_or(Failure::NotSignedIn)?;
        let FormToken(form_token) = FormToken::from_request_parts(parts, app).await?;
        let wants = if parts.headers.contains_key("hx-request") { Wants::Fragment } else { Wants::Page };
        // A part of a page says nothing: what was to be said waits for the next whole page.
        let flash = if wants == Wants::Page { flash::read(app, &who, &parts.headers) } else { None };
        let (me, mine) = (users::me(app, &who).await?, users::organizations(app, &who).await?);
        Ok(Self { app: app.clone(), who, me, mine, form_token, wants, flash })
    }
}

impl Visit {
    pub(crate) fn id(&self) -> UserId {
        self.me.id
    }
    pub(crate) fn now(&self) -> Timestamp {
        self.app.now()
    }
    pub(crate) fn is_stepped_up(&self) -> bool {
        self.who.is_stepped_up(self.now())
    }
    /// What they are called.
    pub(crate) fn name(&self) -> String {
        text::called_as(&self.me)
    }
    /// Themselves, in the account menu and wherever a page says as whom.
    pub(crate) fn person(&self) -> Person {
        let name = self.name();
        let second = self.me.primary.clone().filter(|address| *address != name);
        let avatar = text::avatar(&self.me.id.to_string(), &name);
        Person { name, second: second.unwrap_or_default(), avatar, you: false, href: None }
    }
    pub(crate) fn theme(&self) -> Theme {
        match self.me.theme.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        }
    }
    /// The head of a page at a place, with what was just said.
    pub(crate) fn page_at(&self, title: &str, place: &str) -> Page {
        let said = self.flash.as_ref().filter(|flash| !flash.bad && !flash.text.is_empty());
        let toast = said.map(|flash| Toast {
            text: flash.text.clone(),
            undo: flash.undo.as_ref().map(|to| Action { look: Look::Quiet, ..Action::new("Undo", How::Post, to) }),
            draft: flash.draft,
        });
        let user = Some(self.id().to_string());
        Page { theme: self.theme(), user, place: place.to_owned(), toast, ..page::outside(&self.app, title, self.form_token.clone()) }
    }
    /// The head of a page of their own.
    pub(crate) fn page(&self, title: &str) -> Page {
        self.page_at(title, &page::product(&self.app))
    }
    /// What was refused on the way here: for above the page.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let refused = self.flash.as_ref().filter(|flash| flash.bad);
        refused.map(|flash| Notice::new(Tone::Bad, &flash.text)).into_iter().collect()
    }
    /// Ids of rows that are new.
    pub(crate) fn fresh(&self) -> &[String] {
        self.flash.as_ref().map_or(&[], |flash| flash.fresh.as_slice())
    }
    /// Answers with a page.
    pub(crate) fn show(&self, view: &impl Template) -> Result<Response, Failure> {
        self.show_as(StatusCode::OK, view)
    }
    pub(crate) fn show_as(&self, status: StatusCode, view: &impl Template) -> Result<Response, Failure> {
        let mut response = rendered(status, view)?;
        if let Some(clear) = self.flash.as_ref().and_then(|_| flash::clear(&self.app)) {
            response.headers_mut().append(header::SET_COOKIE, clear);
        }
        Ok(response)
    }
    /// To another page; where the script asked, the whole browser goes.
    pub(crate) fn go(&self, to: &str) -> Response {
        if self.wants == Wants::Page {
            return Redirect::to(to).into_response();
        }
        let mut response = StatusCode::NO_CONTENT.into_response();
        if let Ok(value) = HeaderValue::from_str(to) {
            response.headers_mut().insert("hx-redirect", value);
        }
        response
    }
    /// To another page, which says it.
    pub(crate) fn go_saying(&self, to: &str, flash: &Flash) -> Result<Response, Failure> {
        let mut response = self.go(to);
        response.headers_mut().append(header::SET_COOKIE, flash::set(&self.app, &self.who, flash)?);
        Ok(response)
    }
    /// To another page, which says why it was refused; what no page can mend is the failure's own page.
    pub(crate) fn go_refused(&self, to: &str, failure: Failure) -> Result<Response, Failure> {
        let said = refused::in_place(self.app.model(), failure)?;
        self.go_saying(to, &Flash::refused(said))
    }
}

/// A page as an answer.
pub(crate) fn rendered(status: StatusCode, view: &impl Template) -> Result<Response, Failure> {
    let html = view.render().map_err(|error| Failure::broken(format!("a page can't be rendered: {error}")))?;
    let mut response = (status, Html(html)).into_response();
    vary(response.headers_mut());
    Ok(response)
}

/// The same address answers the script and the browser.
fn vary(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("hx-request"));
}
