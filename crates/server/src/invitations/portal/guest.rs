//! Who stands before an invitation's link. Its token leaves the address at once, into a cookie of this browser.

use crate::{
    App, Failure,
    http::{self, FormToken, MaybeWho, browser},
    invitations::link,
    portal::{
        text,
        view::{Action, How, Person, Theme},
        visit::rendered,
    },
    sign_in::page,
    users,
};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use guildhall_core::{InvitationId, Principal};

/// How long a followed link stays open in its browser, in seconds: a sign-in by mail fits in between.
const STAYS_OPEN: u32 = 3600;

/// Somebody, or nobody, before the link.
pub(super) struct Guest {
    pub(super) app: App,
    pub(super) who: Option<Principal>,
    pub(super) form_token: String,
    invitation: InvitationId,
    pub(super) token: String,
}

/// A guest, or the page that says to follow the link once more.
pub(super) type Followed = Result<Guest, Response>;

impl FromRequestParts<App> for Guest {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        Self::of(parts, app).await.map_err(Failure::into_response)?.ok_or_else(|| closed(app).unwrap_or_else(Failure::into_response))
    }
}

impl Guest {
    /// `None`: the link wasn't followed in this browser lately.
    async fn of(parts: &mut Parts, app: &App) -> Result<Option<Self>, Failure> {
        let MaybeWho(who) = MaybeWho::from_request_parts(parts, app).await?;
        let FormToken(form_token) = FormToken::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Failure::NotFound)?;
        let text = params.iter().find(|(name, _)| *name == "invitation").map(|(_, text)| text).unwrap_or_default();
        let invitation: InvitationId = text.parse().map_err(|_| Failure::NotFound)?;
        let token = http::link::held(&parts.headers, &browser::join_cookie(app, invitation));
        let who = who.filter(|who| who.user().is_some());
        Ok(token.map(|token| Self { app: app.clone(), who, form_token, invitation, token }))
    }
    pub(super) fn at(&self, below: &str) -> String {
        if below.is_empty() { format!("/join/{}", self.invitation) } else { format!("/join/{}/{below}", self.invitation) }
    }
    /// After the answer: the link isn't needed any more.
    pub(super) fn forget(&self, headers: &mut HeaderMap) {
        browser::forget(&self.app, &browser::join_cookie(&self.app, self.invitation), headers);
    }
    pub(super) async fn person(&self) -> Result<(Person, Theme), Failure> {
        let Some(who) = &self.who else { return Err(Failure::NotSignedIn) };
        let me = users::me(&self.app, who).await?;
        let name = text::called_as(&me);
        let second = me.primary.clone().filter(|address| *address != name).unwrap_or_default();
        let theme = match me.theme.as_deref() {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        Ok((Person { avatar: text::avatar(&me.id.to_string(), &name), name, second, you: false, href: None }, theme))
    }
}

/// The token leaves the address at once. Each invitation has a cookie of its own, so that several can be open side by side.
pub(super) fn follow(app: &App, token: &str) -> Result<Response, Failure> {
    let invitation = link::is_link(app, token)?;
    http::link::take(app, &browser::join_cookie(app, invitation), token, STAYS_OPEN, &format!("/join/{invitation}"))
}

/// Says the same whether or not there is such an invitation.
fn closed(app: &App) -> Result<Response, Failure> {
    let sign_in = Action::new("Sign in", How::Page, "/sign-in");
    let note = "Invitations to an address of yours also wait for you after you sign in.";
    rendered(StatusCode::NOT_FOUND, &page::closed_link(app, vec![sign_in], Some(note)))
}
