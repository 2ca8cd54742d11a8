//! Idempotent answers: the same key from the same principal is answered once, and the same, for 24 hours.

use crate::{
    Fault, Store,
    db::{Row, statements},
    sql::state::{Write, values},
};
use guildhall_core::{Principal, Timestamp, time::Span};
use uuid::Uuid;

/// How long an answer is remembered.
pub(crate) const REMEMBERED: Span = Span::hours(24);

tokio::task_local! {
    /// The request that is being answered, where it has a key.
    static REQUEST: Reserved;
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recalled {
    /// Never seen, or forgotten: it is noted now as in progress. Answer it, then [`Store::remember`] or [`Store::forget`] it.
    New,
    /// The first request is still being answered.
    InProgress,
    /// It was answered like this.
    Answered { status: u16, body: String },
    /// What it asked for was committed, and its answer was lost: whoever was answering stopped halfway.
    Done,
    /// The key was used for another request.
    Different,
}

/// A key noted as in progress. Commits made under it say so in their own transaction.
#[derive(Clone, Debug)]
pub(crate) struct Reserved {
    principal: Uuid,
    key: String,
}

impl Reserved {
    /// That of the request being answered in this task.
    pub(crate) fn of_this_task() -> Option<Self> {
        REQUEST.try_with(Clone::clone).ok()
    }
    /// What a commit writes beside its changes.
    pub(crate) fn mark(&self) -> Write {
        (&MARK_DONE, values![self.principal, &self.key])
    }
}

// `status`: 0 while it is being answered, 1 from a commit of it on, and the answer's own once that is kept.
statements! {
    RESERVE(idempotent_answer) = "INSERT INTO idempotent_answer (principal, key, request_hash, created_at, status, body)
        VALUES ($1, $2, $3, $4, 0, NULL)
        ON CONFLICT (principal, key) DO UPDATE SET request_hash = excluded.request_hash, created_at = excluded.created_at, status = 0, body = NULL
        WHERE idempotent_answer.created_at <= $5 OR (idempotent_answer.status = 0 AND idempotent_answer.created_at <= $6)";
    FIND_ANSWER(idempotent_answer) = "SELECT principal, request_hash, created_at, status, body FROM idempotent_answer
        WHERE principal = $1 AND key = $2";
    REMEMBER(idempotent_answer) = "UPDATE idempotent_answer SET status = $1, body = $2 WHERE principal = $3 AND key = $4 AND status < 100";
    MARK_DONE(idempotent_answer) = "UPDATE idempotent_answer SET status = 1 WHERE principal = $1 AND key = $2 AND status = 0";
    FORGET(idempotent_answer) = "DELETE FROM idempotent_answer WHERE principal = $1 AND key = $2 AND status = 0";
    DROP_ANSWERS(idempotent_answer) = "DELETE FROM idempotent_answer WHERE created_at <= $1";
}

fn owner(principal: &Principal) -> Uuid {
    principal.user().map(guildhall_core::Id::uuid).or_else(|| principal.key().map(guildhall_core::Id::uuid)).unwrap_or_default()
}

impl Store {
    /// What is known of this principal's key; a new one is noted. `request_hash` covers method, path and body. One that is in
    /// progress for longer than `patience` without a commit was given up, and is taken over.
    pub async fn recall(&self, principal: &Principal, key: &str, request_hash: &[u8; 32], patience: Span) -> Result<Recalled, Fault> {
        let (who, now) = (owner(principal), self.now());
        let reserve = vec![who.into(), key.into(), request_hash.into(), now.into(), (now - REMEMBERED).into(), (now - patience).into()];
        if self.db().execute(&RESERVE, reserve).await? == 1 {
            return Ok(Recalled::New);
        }
        // Forgotten in between: whoever asks again finds it new.
        let Some(row) = self.db().query_one(&FIND_ANSWER, &[who.into(), key.into()]).await? else { return Ok(Recalled::InProgress) };
        if row.hash("request_hash")? != *request_hash {
            return Ok(Recalled::Different);
        }
        let status = row.u32("status")?;
        let body = row.opt("body", Row::text)?;
        match (u16::try_from(status), body) {
            (Ok(status), Some(body)) if status > 0 => Ok(Recalled::Answered { status, body }),
            (Ok(1), None) => Ok(Recalled::Done),
            (Ok(_) | Err(_), _) => Ok(Recalled::InProgress),
        }
    }
    /// Answers a request that was noted: what is written meanwhile, by this task, is known to be this key's doing.
    pub async fn answering<T>(&self, principal: &Principal, key: &str, work: impl Future<Output = T>) -> T {
        REQUEST.scope(Reserved { principal: owner(principal), key: key.to_owned() }, work).await
    }
    /// Keeps the answer. The body must hold no secret: what was shown once is shown once.
    pub async fn remember(&self, principal: &Principal, key: &str, status: u16, body: &str) -> Result<(), Fault> {
        let values = vec![status.into(), body.into(), owner(principal).into(), key.into()];
        self.db().execute(&REMEMBER, values).await.map(drop)
    }
    /// Forgets a request that failed, so that it may be tried again; not one that changed something nevertheless.
    pub async fn forget(&self, principal: &Principal, key: &str) -> Result<(), Fault> {
        self.db().execute(&FORGET, vec![owner(principal).into(), key.into()]).await.map(drop)
    }
}

/// Before which moment answers are forgotten.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now - REMEMBERED
}
