//! The security log: what changes nothing but must be known, noted beside the changes and as a line for collectors.

use crate::{
    App, Failure,
    http::{
        MaybeWho, Network,
        limits::{Counts, KEY_REQUESTS, REQUESTS},
    },
    organizations, place,
};
use axum::{extract::FromRequestParts as _, http::request::Parts};
use guildhall_core::{Actor, Principal, TenantId};
use guildhall_store::Event;

/// Failures of one network that are noted a minute: whoever is refused a thousand times shall not fill the log.
const FAILURES_A_MINUTE: u32 = 10;

/// Counts what was noted of each network.
#[derive(Debug, Default)]
pub(crate) struct Noted(Counts<String>);

/// Adds a line: ids and numbers only.
pub(crate) async fn note(app: &App, event: &Event) -> Result<(), Failure> {
    say(event);
    Ok(app.store().add_event(event).await?)
}

/// The line for collectors; the store has the event already, or will.
pub(crate) fn say(event: &Event) {
    tracing::info!(event = event.kind, user = event.user.map(|id| id.to_string()), detail = %event.detail, "security");
    metrics::counter!("guildhall_events_total", "kind" => event.kind.clone()).increment(1);
}

/// Who did it, where nobody was signed in.
pub(crate) fn nobody() -> Actor {
    Actor::System { reason: "somebody who wasn't signed in".to_owned() }
}

/// Notes a failure that must be known: somebody was refused, or reached a limit. A fault in doing so changes no answer.
pub(crate) async fn failed(app: &App, asked: &mut Parts, failure: &Failure) {
    let Some((kind, detail)) = told(failure) else { return };
    let network = asked.extensions.get::<Network>().map(|network| network.bucket()).unwrap_or_default();
    if is_noted_enough(app, &network) {
        return;
    }
    let who = MaybeWho::from_request_parts(asked, app).await.ok().and_then(|MaybeWho(who)| who);
    let tenant = match &who {
        Some(who) => tenant(app, who, asked.uri.path()).await,
        None => None,
    };
    let event = Event {
        kind: kind.to_owned(),
        actor: who.as_ref().map_or_else(nobody, Principal::actor),
        tenant,
        user: who.as_ref().and_then(Principal::user),
        network: Some(network),
        detail,
    };
    note_or_say_why(app, &event).await;
}

/// Who reaches a limit, where and from where, as far as that is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker<'a> {
    pub(crate) who: Option<&'a Principal>,
    pub(crate) tenant: Option<TenantId>,
    pub(crate) network: Option<String>,
}

/// Notes that a limit was reached; what is answered may be a page that says so, one row of several, or nothing.
pub(crate) async fn limited(app: &App, asker: &Asker<'_>, limit: &str) {
    let user = asker.who.and_then(Principal::user);
    let whose = asker.network.clone().or_else(|| user.map(|user| user.to_string())).unwrap_or_else(|| limit.to_owned());
    if is_noted_enough(app, &whose) {
        return;
    }
    let (kind, actor) = ("limit.reached".to_owned(), asker.who.map_or_else(nobody, Principal::actor));
    let (tenant, network) = (asker.tenant, asker.network.clone());
    note_or_say_why(app, &Event { kind, actor, tenant, user, network, detail: serde_json::json!({ "limit": limit }) }).await;
}

fn is_noted_enough(app: &App, whose: &str) -> bool {
    app.noted().0.take(whose.to_owned(), FAILURES_A_MINUTE, app.now()).is_err()
}

async fn note_or_say_why(app: &App, event: &Event) {
    if let Err(failure) = note(app, event).await {
        tracing::error!(?failure, kind = event.kind, "the security log took no line");
    }
}

fn told(failure: &Failure) -> Option<(&'static str, serde_json::Value)> {
    if let Failure::Refused(refusal) = failure {
        return Some(("refused", serde_json::json!({ "code": refusal.code() })));
    }
    if let Failure::NotAllowed { what, .. } = failure {
        return Some(("refused", serde_json::json!({ "code": "not-allowed", "operation": what })));
    }
    // Others are noted where they are taken from.
    if let Failure::Limited { limit: limit @ (REQUESTS | KEY_REQUESTS), .. } = failure {
        return Some(("limit.reached", serde_json::json!({ "limit": limit })));
    }
    matches!(failure, Failure::Forged).then(|| ("refused", serde_json::json!({ "code": "forged" })))
}

/// In whose log it shows: of the organization that the path names, where who asks sees it.
async fn tenant(app: &App, who: &Principal, path: &str) -> Option<TenantId> {
    let mut parts = path.split('/').skip(1);
    let seen = match (parts.next()?, parts.next()?) {
        ("v1", "organizations") => organizations::see(app, who, parts.next()?.parse().ok()?).await,
        ("o", slug) => organizations::by_slug(app, who, slug).await,
        _ => return None,
    };
    Some(place::ground(app, seen.ok()?.id).await.ok()?.tenant().id)
}
