//! Idempotent answers: the same key from the same principal is answered once, and the same, for 24 hours.

use crate::{
    Fault, Store,
    db::{Db, Row, statements},
    sql::state::{Write, values},
};
use guildhall_core::{Principal, Timestamp, time::Span};
use parking_lot::Mutex;
use std::{collections::HashSet, sync::Arc};
use uuid::Uuid;

/// How long an answer is remembered.
pub(crate) const REMEMBERED: Span = Span::hours(24);

tokio::task_local! {
    /// The request that is being answered, where it has a key.
    static REQUEST: Reserved;
}

/// What is known of a key.
#[derive(Debug)]
pub enum Recalled {
    /// Never seen, or forgotten: it is noted now as in progress. Answer it, then [`Store::remember`] or [`Store::forget`] it.
    New(Reservation),
    /// The first request is still being answered.
    InProgress,
    /// It was answered like this.
    Answered { status: u16, body: String },
    /// What it asked for was committed, and its answer was lost: whoever was answering stopped halfway.
    Done,
    /// The key was used for another request.
    Different,
}

/// A request noted as in progress. While it lives, this process is at work on it.
#[derive(Debug)]
pub struct Reservation {
    reserved: Reserved,
    _at_work: OneAtWork,
}

/// A key noted as in progress, at a moment. Commits made under it say so in their own transaction, and aren't made where it was given
/// up meanwhile: whoever asks again has it done anew.
#[derive(Clone, Debug)]
pub(crate) struct Reserved {
    principal: Uuid,
    key: String,
    at: Timestamp,
}

impl Reserved {
    /// That of the request being answered in this task.
    pub(crate) fn of_this_task() -> Option<Self> {
        REQUEST.try_with(Clone::clone).ok()
    }
    /// What holds where a commit may be made, and says that it was: it touches one row.
    pub(crate) fn mark(&self) -> Write {
        (&MARK_DONE, values![self.principal, &self.key, self.at])
    }
}

/// The keys whose requests this process is at work on.
#[derive(Clone, Debug, Default)]
pub(crate) struct AtWork(Arc<Mutex<HashSet<(Uuid, String)>>>);

/// One of them, until it is dropped.
#[derive(Debug)]
struct OneAtWork {
    all: AtWork,
    one: (Uuid, String),
}

impl AtWork {
    /// `None`: there is work on it already.
    fn begin(&self, principal: Uuid, key: &str) -> Option<OneAtWork> {
        let one = (principal, key.to_owned());
        self.0.lock().insert(one.clone()).then(|| OneAtWork { all: self.clone(), one })
    }
}

impl Drop for OneAtWork {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.one);
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
    REMEMBER(idempotent_answer) = "UPDATE idempotent_answer SET status = $1, body = $2
        WHERE principal = $3 AND key = $4 AND created_at = $5 AND status < 100";
    MARK_DONE(idempotent_answer) = "UPDATE idempotent_answer SET status = 1 WHERE principal = $1 AND key = $2 AND created_at = $3 AND status < 100";
    FORGET(idempotent_answer) = "DELETE FROM idempotent_answer WHERE principal = $1 AND key = $2 AND created_at = $3 AND status = 0";
    DROP_ANSWERS(idempotent_answer) = "DELETE FROM idempotent_answer WHERE created_at <= $1";
    DROP_UNDONE(idempotent_answer) = "DELETE FROM idempotent_answer WHERE status = 0";
}

fn owner(principal: &Principal) -> Uuid {
    principal.user().map(guildhall_core::Id::uuid).or_else(|| principal.key().map(guildhall_core::Id::uuid)).unwrap_or_default()
}

impl Store {
    /// What is known of this principal's key; a new one is noted. `request_hash` covers method, path and body. One that is in
    /// progress for longer than `patience` without a commit, and on which nobody here is at work, is taken over.
    pub async fn recall(&self, principal: &Principal, key: &str, request_hash: &[u8; 32], patience: Span) -> Result<Recalled, Fault> {
        let (who, at) = (owner(principal), self.now());
        let at_work = self.inner.at_work.begin(who, key);
        let mine = at_work.is_some();
        if let Some(at_work) = at_work {
            let reserve = vec![who.into(), key.into(), request_hash.into(), at.into(), (at - REMEMBERED).into(), (at - patience).into()];
            if self.db().execute(&RESERVE, reserve).await? == 1 {
                let reserved = Reserved { principal: who, key: key.to_owned(), at };
                return Ok(Recalled::New(Reservation { reserved, _at_work: at_work }));
            }
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
            // Committed, and its answer may yet be kept, or nobody is making one any more.
            (Ok(1), None) if mine => Ok(Recalled::Done),
            (Ok(_) | Err(_), _) => Ok(Recalled::InProgress),
        }
    }
    /// Answers a request that was noted: what is written meanwhile, by this task, is known to be this key's doing.
    pub async fn answering<T>(&self, reservation: &Reservation, work: impl Future<Output = T>) -> T {
        REQUEST.scope(reservation.reserved.clone(), work).await
    }
    /// Keeps the answer. The body must hold no secret: what was shown once is shown once.
    pub async fn remember(&self, reservation: &Reservation, status: u16, body: &str) -> Result<(), Fault> {
        let Reserved { principal, key, at } = &reservation.reserved;
        self.db()
            .execute(&REMEMBER, vec![status.into(), body.into(), (*principal).into(), key.as_str().into(), (*at).into()])
            .await
            .map(drop)
    }
    /// Forgets a request that failed, so that it may be tried again; not one that changed something nevertheless.
    pub async fn forget(&self, reservation: &Reservation) -> Result<(), Fault> {
        let Reserved { principal, key, at } = &reservation.reserved;
        self.db().execute(&FORGET, vec![(*principal).into(), key.as_str().into(), (*at).into()]).await.map(drop)
    }
}

/// Forgets what a former process was at work on and never committed. For who holds the start-up lock.
pub(crate) async fn drop_undone(db: &Db) -> Result<(), Fault> {
    db.execute(&DROP_UNDONE, Vec::new()).await.map(drop)
}

/// Before which moment answers are forgotten.
pub(crate) fn forgotten_before(now: Timestamp) -> Timestamp {
    now - REMEMBERED
}
