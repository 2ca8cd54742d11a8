//! Sessions: begun when somebody proved who they are, ended by them, always rotated.

use super::{Asked, note};
use crate::{App, Failure, http::browser};
use axum::http::HeaderValue;
use data_encoding::BASE64URL_NOPAD;
use guildhall_core::{
    Permit, Principal, SessionId, Timestamp, UserId, link,
    mail::{MailOrder, Recipient, Template},
    session::{LONGEST, SessionRecord},
};

/// A session that has just begun, and the cookie that carries it.
#[derive(Clone, Debug)]
pub struct Begun {
    pub user: UserId,
    pub session: SessionId,
    pub principal: Principal,
    pub cookie: HeaderValue,
    pub account: Account,
}

/// How somebody came in, for the security log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Link,
    Code,
    /// `known_since`: when they proved to the provider who they are, where that was asked for and it says so.
    Provider {
        known_since: Option<Timestamp>,
    },
    Invitation,
    /// The demo's links.
    Demo,
    Operator,
}

impl By {
    fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Code => "code",
            Self::Provider { .. } => "provider",
            Self::Invitation => "invitation",
            Self::Demo => "demo",
            Self::Operator => "operator",
        }
    }
    /// When they proved who they are, if that wasn't just now.
    fn since(self) -> Option<Timestamp> {
        match self {
            Self::Provider { known_since } => known_since,
            Self::Link | Self::Code | Self::Invitation | Self::Demo | Self::Operator => None,
        }
    }
}

/// Whether the account was made in this moment: then no mail tells of a new device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    New,
    Known,
}

/// Begins a session: a new token, never one from before. The one this browser had ends.
pub async fn begin(app: &App, asked: &Asked, user: UserId, by: By, account: Account) -> Result<Begun, Failure> {
    if app.store().is_barred(user) {
        note(app, asked, "sign_in.barred", Some(user), serde_json::json!({})).await?;
        return Err(guildhall_core::Refusal::AccountBarred.into());
    }
    let now = app.now();
    let token = BASE64URL_NOPAD.encode(&app.random::<32>()?);
    let session: SessionId = app.fresh();
    let record = SessionRecord {
        id: session,
        user,
        token_hash: link::hash(&token),
        created_at: now,
        signed_in_at: by.since().map_or(now, |since| since.min(now)),
        last_seen_at: now,
        ended_at: None,
    };
    let principal = record.principal(&token, now).ok_or_else(|| Failure::broken("a new session doesn't live"))?;
    let network = asked.network.bucket();
    // Who clicks through the demo's links isn't to find a mail about each.
    let expected = account == Account::New || by == By::Demo;
    let known = expected || app.store().knows_browser(user, &asked.user_agent, &network).await?;
    app.store().create_session(&record, Some(&asked.user_agent), Some(&network)).await?;
    end_former(app, asked).await?;
    if !known {
        tell_of_new_device(app, user, session, now).await?;
    }
    note(app, asked, "sign_in.succeeded", Some(user), serde_json::json!({ "by": by.as_str(), "session": session })).await?;
    let seconds = u32::try_from(LONGEST.0 / 1_000_000).unwrap_or(u32::MAX);
    let cookie = browser::set(app, &browser::session_cookie(app), &format!("{session}.{token}"), seconds);
    let cookie = HeaderValue::from_str(&cookie).map_err(|error| Failure::broken(error.to_string()))?;
    Ok(Begun { user, session, principal, cookie, account })
}

async fn end_former(app: &App, asked: &Asked) -> Result<(), Failure> {
    let Some(former) = &asked.already else { return Ok(()) };
    if let (Some(session), Ok(permit)) = (former.session(), Permit::own(former)) {
        app.store().end_session(&permit, session).await?;
    }
    Ok(())
}

async fn tell_of_new_device(app: &App, user: UserId, session: SessionId, now: Timestamp) -> Result<(), Failure> {
    let template = Template::NewDevice { user, session };
    let order = MailOrder { key: format!("{session}:new_device"), to: Recipient::User(user), template, not_before: now };
    app.store().queue_mail(&order).await?;
    app.post().wake();
    Ok(())
}

/// Signs out: the session ends at once, here and in the database. Answers with what clears the cookie.
pub async fn end(app: &App, who: &Principal) -> Result<HeaderValue, Failure> {
    if let (Some(session), Ok(permit)) = (who.session(), Permit::own(who)) {
        app.store().end_session(&permit, session).await?;
    }
    HeaderValue::from_str(&browser::set(app, &browser::session_cookie(app), "", 0)).map_err(|error| Failure::broken(error.to_string()))
}
