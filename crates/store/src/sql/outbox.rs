//! The outbox, read: what mail is due, what was sent, what failed and when it is tried again.

use super::{
    address::{chunks, thirty_two},
    mail_order,
    page::{Cursor, Page, Window},
};
use crate::{
    Fault, Store,
    db::{Row, Value, statements},
};
use guildhall_core::{
    Permit, Timestamp,
    mail::{MailOrder, Recipient},
    op,
    time::Span,
};
use std::collections::HashMap;
use uuid::Uuid;

/// How long after each failure it is tried again; after the last it is a dead letter.
pub(crate) const BACK_OFF: [Span; 6] =
    [Span::minutes(1), Span::minutes(5), Span::minutes(30), Span::hours(2), Span::hours(6), Span::hours(24)];
/// The most bytes kept of why it failed.
const MOST_WHY: usize = 300;

/// A mail that is to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedMail {
    pub id: Uuid,
    pub order: MailOrder,
    /// How often it was tried.
    pub attempts: u32,
}

/// What becomes of a mail that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailFate {
    RetryAt(Timestamp),
    Dead,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It waits, or is tried again.
    Queued,
    /// The mail server took it.
    Sent,
    /// It was given up, and why. Holds no address.
    Failed { why: String },
}

/// A mail as operators see it: no text, no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    pub mail: QueuedMail,
    pub created_at: Timestamp,
    pub sent_at: Option<Timestamp>,
    pub dead_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

/// Which mails to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailFilter {
    #[default]
    All,
    Waiting,
    Dead,
}

macro_rules! columns {
    () => {
        "SELECT id, key, recipient_kind, recipient, template, created_at, next_at, attempts, sent_at, dead_at, last_error FROM outbox"
    };
}

statements! {
    DUE_MAILS(outbox) = concat!(columns!(),
        " WHERE sent_at IS NULL AND dead_at IS NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2");
    NEXT_MAIL(outbox) = "SELECT next_at FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL ORDER BY next_at, id LIMIT 1";
    MAIL_SENT(outbox) = "UPDATE outbox SET sent_at = $1, attempts = attempts + 1, last_error = NULL WHERE id = $2 AND sent_at IS NULL";
    MAIL_FAILED(outbox) = "UPDATE outbox SET attempts = attempts + 1, last_error = $1, next_at = $2 WHERE id = $3 AND sent_at IS NULL";
    MAIL_DEAD(outbox) = "UPDATE outbox SET attempts = attempts + 1, last_error = $1, dead_at = $2 WHERE id = $3 AND sent_at IS NULL";
    REVIVE_MAIL(outbox) = "UPDATE outbox SET dead_at = NULL, attempts = 0, next_at = $1 WHERE id = $2 AND dead_at IS NOT NULL";
    DROP_MAILS(outbox) = "DELETE FROM outbox WHERE sent_at <= $1 OR dead_at <= $1";
    FIND_DELIVERIES(outbox) = concat!("SELECT key, sent_at, dead_at, last_error FROM outbox WHERE key IN (", thirty_two!(), ")");
    // The newest first: ids are in order of time.
    LIST_MAILS_DOWN(outbox) = concat!(columns!(), " WHERE id < $1 ORDER BY id DESC LIMIT $2");
    LIST_MAILS_UP(outbox) = concat!(columns!(), " WHERE id > $1 ORDER BY id LIMIT $2");
    LIST_WAITING_DOWN(outbox) = concat!(columns!(), " WHERE sent_at IS NULL AND dead_at IS NULL AND id < $1 ORDER BY id DESC LIMIT $2");
    LIST_WAITING_UP(outbox) = concat!(columns!(), " WHERE sent_at IS NULL AND dead_at IS NULL AND id > $1 ORDER BY id LIMIT $2");
    LIST_DEAD_DOWN(outbox) = concat!(columns!(), " WHERE dead_at IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2");
    LIST_DEAD_UP(outbox) = concat!(columns!(), " WHERE dead_at IS NOT NULL AND id > $1 ORDER BY id LIMIT $2");
}

/// How long a mail that left, or that nobody takes, stays listed for operators.
pub(crate) const KEPT: Span = Span::days(30);

impl Store {
    /// Queues a mail that no command orders: a sign-in's, a new device's. Once for each key.
    pub async fn queue_mail(&self, mail: &MailOrder) -> Result<(), Fault> {
        let template = serde_json::to_string(&mail.template).map_err(|error| Fault::broken("outbox", &mail.key, error.to_string()))?;
        let (kind, to) = match mail.to {
            Recipient::Address(id) => ("address", id.uuid()),
            Recipient::User(id) => ("user", id.uuid()),
        };
        let values = vec![
            self.fresh().into(),
            mail.key.as_str().into(),
            kind.into(),
            to.into(),
            template.into(),
            self.now().into(),
            mail.not_before.into(),
        ];
        self.db().execute(&mail_order::QUEUE, values).await.map(drop)
    }
    /// At most `n` mails whose moment has come, the longest waiting first.
    pub async fn due_mails(&self, n: u32) -> Result<Vec<QueuedMail>, Fault> {
        let rows = self.db().query(&DUE_MAILS, &[self.now().into(), n.into()]).await?;
        rows.iter().map(queued).collect()
    }
    /// What became of the mails of these keys, as far as they are kept.
    pub(crate) async fn deliveries(&self, keys: &[String]) -> Result<HashMap<String, Delivery>, Fault> {
        let mut found = HashMap::new();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        for values in chunks(&keys, &Value::from("")) {
            for row in self.db().query(&FIND_DELIVERIES, &values).await? {
                found.insert(row.text("key")?, delivery(&row)?);
            }
        }
        Ok(found)
    }
    /// When the next one is due; `None`: nothing waits.
    pub async fn next_mail_at(&self) -> Result<Option<Timestamp>, Fault> {
        self.db().query_one(&NEXT_MAIL, &[]).await?.map(|row| row.time("next_at")).transpose()
    }
    /// It left.
    pub async fn mail_sent(&self, id: Uuid) -> Result<(), Fault> {
        self.db().execute(&MAIL_SENT, vec![self.now().into(), id.into()]).await.map(drop)
    }
    /// It did not: tried again later, by [`BACK_OFF`], or dead after the last. `why` holds no address and no secret.
    pub async fn mail_failed(&self, mail: &QueuedMail, why: &str) -> Result<MailFate, Fault> {
        let step = usize::try_from(mail.attempts).unwrap_or(usize::MAX);
        let Some(span) = BACK_OFF.get(step) else {
            self.mail_refused(mail.id, why).await?;
            return Ok(MailFate::Dead);
        };
        let at = self.now() + *span;
        self.db().execute(&MAIL_FAILED, vec![cut(why).into(), at.into(), mail.id.into()]).await?;
        Ok(MailFate::RetryAt(at))
    }
    /// It never will: nothing is tried again.
    pub async fn mail_refused(&self, id: Uuid, why: &str) -> Result<(), Fault> {
        self.db().execute(&MAIL_DEAD, vec![cut(why).into(), self.now().into(), id.into()]).await.map(drop)
    }
    /// Queues a dead letter again. `false`: there is none of that id.
    pub async fn revive_mail(&self, _permit: &Permit<op::Operate>, id: Uuid) -> Result<bool, Fault> {
        Ok(self.db().execute(&REVIVE_MAIL, vec![self.now().into(), id.into()]).await? == 1)
    }
    /// Mails, the newest first.
    pub async fn list_mails(
        &self,
        _permit: &Permit<op::Operate>,
        filter: MailFilter,
        after: Option<&Cursor>,
        before: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<MailRow>, Fault> {
        let window = Window::new(0, true, after, before, limit);
        let statement = match (filter, window.ascending) {
            (MailFilter::All, false) => &LIST_MAILS_DOWN,
            (MailFilter::All, true) => &LIST_MAILS_UP,
            (MailFilter::Waiting, false) => &LIST_WAITING_DOWN,
            (MailFilter::Waiting, true) => &LIST_WAITING_UP,
            (MailFilter::Dead, false) => &LIST_DEAD_DOWN,
            (MailFilter::Dead, true) => &LIST_DEAD_UP,
        };
        let rows = self.db().query(statement, &[window.from.id.into(), window.fetch().into()]).await?;
        let rows = rows.iter().map(|row| mail(row).map(|mail| (Cursor::of_id(mail.mail.id), mail))).collect::<Result<_, _>>()?;
        Ok(window.page(rows))
    }
}

/// As much as is kept, ending with a whole character.
fn cut(why: &str) -> &str {
    let mut end = why.len().min(MOST_WHY);
    while !why.is_char_boundary(end) {
        end -= 1;
    }
    why.get(..end).unwrap_or_default()
}

fn delivery(row: &Row) -> Result<Delivery, Fault> {
    Ok(if row.opt("sent_at", Row::time)?.is_some() {
        Delivery::Sent
    } else if row.opt("dead_at", Row::time)?.is_some() {
        Delivery::Failed { why: row.opt("last_error", Row::text)?.unwrap_or_default() }
    } else {
        Delivery::Queued
    })
}

fn queued(row: &Row) -> Result<QueuedMail, Fault> {
    let to = match row.text("recipient_kind")?.as_str() {
        "address" => Recipient::Address(row.id("recipient")?),
        "user" => Recipient::User(row.id("recipient")?),
        _ => return Err(row.broken("recipient_kind", "is neither `address` nor `user`")),
    };
    let order = MailOrder { key: row.text("key")?, to, template: row.json("template")?, not_before: row.time("next_at")? };
    Ok(QueuedMail { id: row.uuid("id")?, order, attempts: row.u32("attempts")? })
}

fn mail(row: &Row) -> Result<MailRow, Fault> {
    Ok(MailRow {
        mail: queued(row)?,
        created_at: row.time("created_at")?,
        sent_at: row.opt("sent_at", Row::time)?,
        dead_at: row.opt("dead_at", Row::time)?,
        last_error: row.opt("last_error", Row::text)?,
    })
}
