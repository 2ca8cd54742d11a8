//! `/mailbox`: the mails that would have left, with working links.

use crate::{
    App, Failure,
    http::{FormToken, Path},
    mail::{
        Letter,
        render::{self, Rendered},
    },
    portal::view::{
        Empty, Icon, Link, When,
        demo::{Mail, MailRow, MailboxPage},
    },
    refusals::moment,
    sign_in::page,
};
use askama::Template as _;
use axum::{
    extract::State,
    response::{Html, IntoResponse as _, Response},
};
use guildhall_core::{Permit, Timestamp, op, permit::Place};
use guildhall_store::MailFilter;
use uuid::Uuid;

/// How many are shown.
const SHOWN: u32 = 60;

struct Shown {
    id: Uuid,
    at: Timestamp,
    letter: Letter,
}

async fn letters(app: &App) -> Result<Vec<Shown>, Failure> {
    let permit = Permit::<op::Operate>::system("the demo's mailbox", Place::Deployment);
    let rows = app.store().list_mails(&permit, MailFilter::All, None, None, SHOWN).await?;
    let mut shown = Vec::new();
    for row in rows.rows {
        let Some(at) = row.sent_at.filter(|_| row.dead_at.is_none()) else { continue };
        if let Rendered::Letter(letter) = render::render(app, &row.mail.order).await? {
            shown.push(Shown { id: row.mail.id, at, letter: *letter });
        }
    }
    Ok(shown)
}

pub(super) async fn list(State(app): State<App>, FormToken(token): FormToken) -> Result<Response, Failure> {
    show(&app, token, None).await
}

pub(super) async fn one(State(app): State<App>, FormToken(token): FormToken, Path(id): Path<Uuid>) -> Result<Response, Failure> {
    show(&app, token, Some(id)).await
}

async fn show(app: &App, token: String, open: Option<Uuid>) -> Result<Response, Failure> {
    let all = letters(app).await?;
    let row = |mail: &Shown| MailRow {
        to: mail.letter.to.clone(),
        subject: mail.letter.subject.clone(),
        href: format!("/mailbox/{}", mail.id),
        at: when(mail.at),
        current: Some(mail.id) == open,
    };
    let opened = match open {
        Some(id) => Some(all.iter().find(|mail| mail.id == id).map(|mail| opened(app, mail)).ok_or(Failure::NotFound)?),
        None => None,
    };
    let view = MailboxPage {
        page: page::outside(app, "Mailbox", token),
        lead: "What would have been sent. Links and codes work, in the browser that asked for them.".to_owned(),
        mails: all.iter().map(row).collect(),
        open: opened,
        empty: Empty { icon: Icon::Mail, text: "No mail yet.".to_owned(), action: None },
        footer: vec![Link::new("Back to the start", "/")],
    };
    Ok(Html(view.render().map_err(|error| Failure::broken(error.to_string()))?).into_response())
}

fn opened(app: &App, mail: &Shown) -> Mail {
    let Letter { to, subject, text, link, code, .. } = mail.letter.clone();
    Mail {
        from: page::product(app),
        to,
        subject,
        at: when(mail.at),
        body: text,
        link: link.map(|(label, href)| Link::new(&label, &href)),
        code,
    }
}

fn when(at: Timestamp) -> When {
    When { words: moment(at), exact: crate::http::problem::rfc3339(at) }
}
