//! One commit: the streams it rests on, the log, the rows of state, claims, personal data, mail. All of it or nothing.

use crate::{
    Fault,
    db::Tx,
    hooks,
    loader::Head,
    log::{self, Entry, Hash},
    memory::Step,
    sql::{
        claim,
        idempotency::Reserved,
        key, mail_order,
        state::{self, At, Write, values},
        stream,
    },
};
use guildhall_core::{
    Change, Claim, Decided, Model, PersonalWrite, Refusal, StreamId, Timestamp, UserChange, UserId,
    mail::{MailOrder, Recipient},
};
use std::sync::Arc;
use uuid::Uuid;

/// Everything one commit writes, worked out beforehand.
#[derive(Debug)]
pub(crate) struct Commit {
    pub(crate) at: Timestamp,
    /// In order of id.
    pub(crate) moves: Vec<Move>,
    /// Log and state, in order.
    writes: Vec<Write>,
    claims: Vec<Claim>,
    personal: Vec<PersonalWrite>,
    /// In force: the order of its roles is one that lists are sorted by.
    model: Arc<Model>,
    /// The request it is for, where that is answered once only: it must still be reserved.
    request: Option<Reserved>,
    pub(crate) check: Check,
}

/// A stream that was read, and what it becomes.
#[derive(Debug)]
pub(crate) struct Move {
    pub(crate) stream: StreamId,
    read: u64,
    pub(crate) head: Head,
    /// `None`: it was only read.
    pub(crate) step: Option<Step>,
}

/// Whether the revision in the database guards the commit. Tests switch it off to see that it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Revision,
    #[cfg(test)]
    Nothing,
    /// Nor does the log's own key.
    #[cfg(debug_assertions)]
    Neither,
}

impl Check {
    /// Where a commit's entries begin in the log.
    fn first_seq(self) -> u32 {
        match self {
            Self::Revision => 0,
            #[cfg(test)]
            Self::Nothing => 0,
            #[cfg(debug_assertions)]
            Self::Neither => crate::testing::somewhere(),
        }
    }
}

/// Why a commit didn't happen.
#[derive(Debug)]
pub(crate) enum Undone {
    /// A stream it rests on has moved: decide again.
    Moved,
    Refused(Refusal),
    Fault(Fault),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// What a commit needs to know beside what was decided.
pub(crate) struct Surroundings<'a> {
    /// Where each stream stands.
    pub(crate) head: &'a dyn Fn(StreamId) -> Option<Head>,
    /// The model in force, and its hash.
    pub(crate) model: &'a Arc<Model>,
    pub(crate) model_hash: Hash,
    pub(crate) fresh: &'a dyn Fn() -> Uuid,
    /// The request it is for, where that is answered once only.
    pub(crate) request: Option<&'a Reserved>,
    pub(crate) check: Check,
}

impl Commit {
    /// `None`: nothing is to be written.
    pub(crate) fn prepare<T>(decided: &mut Decided<T>, around: &Surroundings<'_>) -> Result<Option<Self>, Fault> {
        if decided.changes.is_empty() && decided.claims.is_empty() && decided.personal.is_empty() && decided.mails.is_empty() {
            return Ok(None);
        }
        let mut moves = Vec::new();
        for (stream, read) in std::mem::take(&mut decided.reads) {
            let head = (around.head)(stream).unwrap_or(Head::UNBORN);
            moves.push(Move { stream, read, head, step: None });
        }
        // That a stream isn't there can't be held; only one that begins now is written.
        moves.retain(|one: &Move| one.read > 0 || decided.changes.iter().any(|(stream, _)| *stream == one.stream));
        moves.sort_by_key(|one| one.stream.as_u128());
        // One moment for the whole commit, not before any stream's last.
        let changed = |one: &&Move| decided.changes.iter().any(|(stream, _)| *stream == one.stream);
        let at = moves.iter().filter(changed).map(|one| one.head.last_at).fold(decided.at, Timestamp::max);
        let mut commit = Self {
            at,
            moves,
            writes: Vec::new(),
            claims: std::mem::take(&mut decided.claims),
            personal: Vec::new(),
            model: Arc::clone(around.model),
            request: around.request.cloned(),
            check: around.check,
        };
        commit.personal = std::mem::take(&mut decided.personal);
        // Stable: what is given back comes before what is taken.
        commit.claims.sort_by_key(|claim| matches!(claim, Claim::Take { .. }));
        commit.add_changes(decided, around.model_hash)?;
        for mail in &decided.mails {
            commit.writes.push(queue(mail, (around.fresh)(), at)?);
        }
        Ok(Some(commit))
    }

    fn add_changes<T>(&mut self, decided: &mut Decided<T>, model: Hash) -> Result<(), Fault> {
        let bad = |stream: StreamId, what: String| Fault::broken("change_log", format!("{stream:?}"), what);
        let actor = serde_json::to_string(&decided.actor).map_err(|error| bad(StreamId::User(UserId::from_u128(0)), error.to_string()))?;
        let changes = std::mem::take(&mut decided.changes);
        if let Some((stream, change)) = changes.iter().find(|(stream, _)| !self.moves.iter().any(|one| one.stream == *stream)) {
            return Err(bad(*stream, format!("`{}` was decided without reading the stream", change.kind())));
        }
        let (at, writes) = (self.at, &mut self.writes);
        for one in &mut self.moves {
            let own: Arc<[Change]> = changes.iter().filter(|(stream, _)| *stream == one.stream).map(|(_, change)| change.clone()).collect();
            if own.is_empty() {
                continue;
            }
            let revision = one.read + 1;
            let mut prev = one.head.hash;
            for (seq, change) in (self.check.first_seq()..).zip(own.iter()) {
                let place = At { stream: one.stream, revision, at };
                let entry = Entry {
                    stream: log::uuid_of(one.stream),
                    revision,
                    seq,
                    kind: change.kind().to_owned(),
                    version: change.version(),
                    at,
                    actor: actor.clone(),
                    body: change.encode().map_err(|error| bad(one.stream, error.to_string()))?,
                    model,
                    prev,
                };
                prev = entry.hash();
                writes.push((&stream::APPEND, entry.values(log::about(change), prev)));
                writes.extend(state::writes(change, place).map_err(|error| bad(one.stream, error.to_string()))?);
            }
            one.head = Head { revision, last_at: at, hash: prev };
            one.step = Some(Step { changes: own, revision, at });
        }
        Ok(())
    }

    /// Writes it all. An `Err` undoes it.
    pub(crate) async fn run(&self, tx: &Tx) -> Result<(), Undone> {
        let request = self.request.iter().map(Reserved::mark);
        let moves: Vec<Write> = self.moves.iter().map(|one| one.write(self.check)).chain(request).collect();
        if self.claims.is_empty() {
            if !tx.execute_guarded(&moves, &self.writes).await? {
                return Err(Undone::Moved);
            }
        } else {
            if !tx.execute_guarded(&moves, &[]).await? {
                return Err(Undone::Moved);
            }
            for claim in &self.claims {
                self.claim(tx, claim).await?;
            }
            tx.execute_all(&self.writes).await?;
        }
        for write in &self.personal {
            hooks::personal(tx, write, self.at).await?;
        }
        for one in &self.moves {
            let Some(step) = &one.step else { continue };
            match one.stream {
                StreamId::Tenant(tenant) => hooks::tenant_changed(tx, &self.model, tenant, step).await?,
                StreamId::User(user) => hooks::user_changed(tx, user, &step.changes, self.at).await?,
            }
        }
        Ok(())
    }

    async fn claim(&self, tx: &Tx, claim: &Claim) -> Result<(), Undone> {
        match claim {
            Claim::KeyLives { key, refusal } => {
                let lives = tx.execute(&key::HOLD_LIVE, &values![*key, self.at]).await?;
                if lives == 1 { Ok(()) } else { Err(Undone::Refused(refusal.clone())) }
            }
            Claim::Take { kind, key, holder, refusal } => {
                let holder = Uuid::from_u128(*holder);
                let taken = tx.query(&claim::TAKE, &values![kind.as_str(), key, holder, self.at]).await?;
                if taken.is_empty() { Err(Undone::Refused(refusal.clone())) } else { Ok(()) }
            }
            Claim::Release { kind, key, holder, free_at } => {
                let (kind, holder) = (kind.as_str(), Uuid::from_u128(*holder));
                let at_once = *free_at <= self.at;
                match key {
                    Some(key) if at_once => tx.execute(&claim::DROP, &values![kind, key, holder]).await?,
                    Some(key) => tx.execute(&claim::RELEASE, &values![kind, key, holder, *free_at]).await?,
                    None if at_once => tx.execute(&claim::DROP_ALL, &values![kind, holder]).await?,
                    None => tx.execute(&claim::RELEASE_ALL, &values![kind, holder, *free_at]).await?,
                };
                Ok(())
            }
        }
    }

    /// Who is barred from now on, and who no longer is.
    pub(crate) fn barring(&self) -> impl Iterator<Item = (UserId, bool)> + '_ {
        self.moves
            .iter()
            .filter_map(|one| match one.stream {
                StreamId::User(user) => Some((user, one.step.as_ref()?)),
                StreamId::Tenant(_) => None,
            })
            .flat_map(|(user, step)| step.changes.iter().filter_map(move |change| Some((user, bars(change)?))))
    }
}

fn bars(change: &Change) -> Option<bool> {
    match change {
        Change::User(UserChange::UserSuspended {} | UserChange::UserDeleted {}) => Some(true),
        Change::User(UserChange::UserReinstated {}) => Some(false),
        Change::User(_) | Change::Tenant(_) => None,
    }
}

impl Move {
    fn write(&self, check: Check) -> Write {
        let id = log::uuid_of(self.stream);
        let Head { last_at, hash, .. } = self.head;
        if self.read == 0 {
            return (&stream::OPEN_STREAM, values![id, log::kind_of(self.stream), u64::from(self.step.is_some()), last_at, hash]);
        }
        let statement = match check {
            Check::Revision => &stream::MOVE_STREAM,
            #[cfg(test)]
            Check::Nothing => &stream::MOVE_UNCHECKED,
            #[cfg(debug_assertions)]
            Check::Neither => &stream::MOVE_UNCHECKED,
        };
        (statement, values![id, self.read, u64::from(self.step.is_some()), last_at, hash])
    }
}

fn queue(mail: &MailOrder, id: Uuid, at: Timestamp) -> Result<Write, Fault> {
    let template = serde_json::to_string(&mail.template).map_err(|error| Fault::broken("outbox", &mail.key, error.to_string()))?;
    let (kind, to) = match mail.to {
        Recipient::Address(address) => ("address", address.uuid()),
        Recipient::User(user) => ("user", user.uuid()),
    };
    Ok((&mail_order::QUEUE, values![id, &mail.key, kind, to, template, at, mail.not_before]))
}
