//! `verify`: folds the log and compares it with the tables, column by column, and checks the chain that binds it.
//!
//! The log is run again, change by change, by the very statements that wrote the tables, in an empty database in memory;
//! what comes out must be what stands. Claims, and the copies that lists read, are compared with what they are copies of. Says what the log
//! does not determine.

mod chain;
mod claims;
mod directory;
mod tables;

pub(crate) use claims::ALL as CLAIM_CHECKS;
pub(crate) use directory::DIRECTORY_CHECKS;
pub(crate) use tables::ALL as TABLE_CHECKS;

use crate::{
    Fault, Store,
    db::{Db, Row, Scratch, Value},
    log::Hash,
    sql::{meta, state::values, stream},
    store::wall_clock,
};
use guildhall_core::{Model, Timestamp};
use std::{collections::HashSet, fmt::Write as _};
use uuid::Uuid;

/// How often a stream is looked at that is written meanwhile.
const TRIES: u32 = 10;

/// One thing that isn't as the log says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub table: &'static str,
    /// The row: its key, the parts set apart by `/`.
    pub id: String,
    pub column: String,
    pub expected: String,
    pub found: String,
}

/// What was looked at and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order in which they were found; at most [`Report::MOST`].
    pub problems: Vec<Problem>,
    pub n_streams: u64,
    /// Streams that were written each time they were looked at: not checked.
    pub n_busy: u64,
    pub n_changes: u64,
}

impl Report {
    /// More problems than these are not listed.
    pub const MOST: usize = 10_000;

    /// What stands in no log, and so can't be checked against it.
    pub const NOT_DETERMINED: &'static [&'static str] = &[
        "names, handles, addresses, labels of sign-in providers: personal tables, erased with the person",
        "claims of handles and of providers' accounts: their keys are personal; that one is there is checked",
        "names that rest after they were given up (claims with `free_at`)",
        "when a member was last active (`directory`), but that it is not before they joined",
        "what lists show of an address that was erased, and of a person whose rows a job still refreshes (`directory_stale`)",
        "sessions, sign-ins, service keys, limits, idempotent answers, operators",
        "events, and mail that waits or was sent (`outbox`)",
        "the end of the log, where whoever owns the database cut log, head and tables alike",
    ];

    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
    pub(crate) fn add(&mut self, problem: Problem) {
        if self.problems.len() < Self::MOST {
            self.problems.push(problem);
        }
    }
    /// Notes a difference, where there is one.
    pub(crate) fn expect(&mut self, table: &'static str, id: impl FnOnce() -> String, column: &str, expected: &Value, found: &Value) {
        if !same(expected, found) {
            let (expected, found) = (show(expected), show(found));
            self.add(Problem { table, id: id(), column: column.to_owned(), expected, found });
        }
    }
}

/// An id is 16 bytes on one database and a uuid on the other.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Id(id), Value::Bytes(bytes)) | (Value::Bytes(bytes), Value::Id(id)) => id.as_bytes().as_slice() == bytes.as_slice(),
        (one, other) => one == other,
    }
}

pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => format!("`{text}`"),
        Value::Id(id) => id.to_string(),
        Value::Bytes(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => id.to_string(),
            Err(_) => bytes.iter().fold(String::new(), |mut text, byte| {
                // Writing to a text can't fail.
                let _ = write!(text, "{byte:02x}");
                text
            }),
        },
    }
}

impl Store {
    /// Checks everything, while the server runs or not: a stream that is written meanwhile is looked at again.
    ///
    /// # Errors
    /// The database is away. What is wrong in it is no fault but in the report.
    pub async fn verify(&self) -> Result<Report, Fault> {
        verify(self.db(), self.now()).await
    }
}

/// Checks the database at this address without opening it as a store.
///
/// # Errors
/// The database is away.
pub async fn run(url: &str) -> Result<Report, Fault> {
    verify(&Db::connect(url).await?, wall_clock()).await
}

async fn verify(db: &Db, now: Timestamp) -> Result<Report, Fault> {
    let mut report = Report::default();
    let mut scratch = Scratch::new()?;
    let models = models(db, &mut report).await?;
    let mut after = Uuid::nil();
    loop {
        let streams = db.query_long(&stream::LIST_STREAMS, vec![after.into()]).await?;
        let Some(last) = streams.last() else { break };
        after = last.uuid("id")?;
        for row in &streams {
            stream_again(db, &mut scratch, &models.hashes, row, &mut report).await?;
        }
    }
    for row in db.query_long(&stream::LIST_LOST_LOGS, values![now]).await? {
        let id = row.uuid("stream")?.to_string();
        report.add(Problem {
            table: "stream",
            id,
            column: "id".into(),
            expected: "a stream for the log's entries".into(),
            found: "nothing".into(),
        });
    }
    beside_the_log(db, &models.models, now, &mut report).await?;
    Ok(report)
}

/// What several statements compare is looked at twice: a server may write in between, but never the same thing wrong both times.
async fn beside_the_log(db: &Db, models: &[Model], now: Timestamp, report: &mut Report) -> Result<(), Fault> {
    let mut seen: Option<Vec<Problem>> = None;
    loop {
        let mut found = Report::default();
        tables::strays(db, now, &mut found).await?;
        claims::check(db, &mut found).await?;
        directory::check(db, models, now, &mut found).await?;
        match seen.take() {
            Some(before) => {
                found.problems.into_iter().filter(|problem| before.contains(problem)).for_each(|problem| report.add(problem));
                return Ok(());
            }
            None if found.problems.is_empty() => return Ok(()),
            None => seen = Some(found.problems),
        }
    }
}

/// The models that were ever in force.
#[derive(Default)]
struct Models {
    hashes: HashSet<Hash>,
    /// Those that this version can read, the newest last.
    models: Vec<Model>,
}

/// The models whose texts are kept. A text that isn't its hash's is a problem.
async fn models(db: &Db, report: &mut Report) -> Result<Models, Fault> {
    let mut known = Models::default();
    for row in db.query(&meta::LIST_MODELS, &[]).await? {
        let (hash, text) = (row.hash("hash")?, row.text("text")?);
        let id = show(&hash.into());
        report.expect("model_text", || id, "hash", &crate::log::hash_of(&text).into(), &hash.into());
        known.hashes.insert(hash);
        known.models.extend(Model::load("model", &text).ok());
    }
    Ok(known)
}

/// Checks one stream; where it was written meanwhile, again. One that never rests is counted, not judged.
async fn stream_again(db: &Db, scratch: &mut Scratch, models: &HashSet<Hash>, row: &Row, report: &mut Report) -> Result<(), Fault> {
    let mut head = row.clone();
    for _ in 0..TRIES {
        let mut found = Report::default();
        chain::check(db, scratch, models, &head, &mut found).await?;
        let now = db.query_one(&stream::FIND_STREAM, &[head.uuid("id")?.into()]).await?;
        let moved = now.as_ref().is_some_and(|now| now.u64("revision").ok() != head.u64("revision").ok());
        match now {
            Some(now) if moved => head = now,
            Some(_) | None => {
                report.n_streams += 1;
                report.n_changes += found.n_changes;
                found.problems.into_iter().for_each(|problem| report.add(problem));
                return Ok(());
            }
        }
    }
    report.n_busy += 1;
    Ok(())
}
