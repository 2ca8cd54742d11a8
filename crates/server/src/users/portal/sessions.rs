//! Where one is signed in, and ending it there.

use super::addresses::Nothing;
use crate::{
    Failure,
    http::{Form, Path},
    portal::{
        flash::Flash,
        text,
        view::{Action, How, Icon, Look, When, mine::SessionsPage, person::SessionRow},
        visit::Visit,
    },
    users,
};
use axum::response::Response;
use guildhall_core::SessionId;

const HERE: &str = "/profile/sessions";

pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let mine = users::sessions(&visit.app, &visit.who).await?;
    let (now, this) = (visit.now(), visit.who.session());
    let row = |session: &guildhall_store::SessionRow| {
        let (device, icon) = device(session.user_agent.as_deref().unwrap_or_default());
        let device = device.unwrap_or_else(|| "Unknown browser".to_owned());
        let here = Some(session.id) == this;
        let network = session.network.as_ref().map(|network| format!("{network} · ")).unwrap_or_default();
        let end = Action {
            look: Look::Plain,
            full_label: format!("End the session of {device}"),
            ..Action::new("End", How::Post, &format!("{HERE}/{}/end", session.id))
        };
        SessionRow {
            icon,
            note: format!("{network}signed in {}", text::full_date(session.signed_in_at)),
            device,
            active: if here { When { words: String::new(), exact: String::new() } } else { text::ago(now, session.last_seen_at) },
            here,
            actions: if here { Vec::new() } else { vec![end] },
        }
    };
    let n = u64::try_from(mine.len()).unwrap_or(u64::MAX);
    let end = Action::new("End all others", How::Post, &format!("{HERE}/end-others"));
    let view = SessionsPage {
        page: visit.page("Sessions"),
        shell: visit.shell("sessions"),
        state: format!("You are signed in with {}.", text::count(n, "browser", "browsers")),
        rows: mine.iter().map(row).collect(),
        end_others: (mine.len() > 1).then_some(end),
        notices: visit.notices(),
    };
    visit.show(&view)
}

/// "Firefox on Linux", from what the browser says of itself, if that says it.
pub(crate) fn device(agent: &str) -> (Option<String>, Icon) {
    let named = |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = named(&[("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    let icon = if matches!(system, Some("iPhone" | "Android")) { Icon::Phone } else { Icon::Device };
    let device = match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) => None,
    };
    (device, icon)
}

pub(super) async fn end(visit: Visit, Path(id): Path<SessionId>, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    match users::end_session(&visit.app, &visit.who, id).await {
        Ok(()) => visit.go_saying(HERE, &Flash::told("That session has ended.")),
        Err(Failure::NotFound) => visit.go_saying(HERE, &Flash::told("That session had ended already.")),
        Err(failure) => Err(failure),
    }
}

pub(super) async fn end_others(visit: Visit, Form(Nothing {}): Form<Nothing>) -> Result<Response, Failure> {
    let n = users::end_other_sessions(&visit.app, &visit.who).await?;
    visit.go_saying(HERE, &Flash::told(format!("{} ended.", text::count(n, "session", "sessions"))))
}
