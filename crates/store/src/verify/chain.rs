//! One stream's log: whole, in order, bound by its hashes, readable; and what comes of it.

use super::{Problem, Report, show, tables};
use crate::{
    Fault,
    db::{Db, Row, Scratch, Value},
    log::{self, Entry, GENESIS, Hash},
    sql::{
        state::{self, At},
        stream,
    },
};
use guildhall_core::{Actor, Change, StreamId, TenantId, Timestamp, UserId};
use std::collections::HashSet;
use uuid::Uuid;

/// Where the fold stands.
struct Fold {
    stream: StreamId,
    revision: u64,
    seq: u32,
    hash: Hash,
    at: Timestamp,
}

pub(super) async fn check(db: &Db, scratch: &mut Scratch, models: &HashSet<Hash>, head: &Row, report: &mut Report) -> Result<(), Fault> {
    let id = head.uuid("id")?;
    let stream = match head.text("kind")?.as_str() {
        "tenant" => StreamId::Tenant(TenantId::new(id)),
        _ => StreamId::User(UserId::new(id)),
    };
    let mut fold = Fold { stream, revision: 0, seq: 0, hash: GENESIS, at: Timestamp(i64::MIN) };
    if let Some(row) = db.query_one(&stream::FIND_BEFORE_FIRST, &[id.into()]).await? {
        let found = format!("{}/{}", row.int("revision")?, row.int("seq")?);
        let (expected, column) = ("an entry from 1/0 on".to_owned(), "revision".to_owned());
        report.add(Problem { table: "change_log", id: format!("{id}/{found}"), column, expected, found });
    }
    let mut after = (0_u64, 0_i64);
    let until = head.u64("revision")?;
    scratch.begin()?;
    loop {
        let page = db.query_long(&stream::LIST_LOG, vec![id.into(), after.0.into(), after.1.into()]).await?;
        let Some(last) = page.last() else { break };
        after = (last.u64("revision")?, last.int("seq")?);
        for row in &page {
            report.n_changes += 1;
            fold.entry(row, models, scratch, report)?;
        }
        // What was written since the head was read is looked at another time.
        if after.0 > until {
            break;
        }
    }
    let name = || id.to_string();
    report.expect("stream", name, "revision", &fold.revision.into(), &until.into());
    report.expect("stream", name, "head_hash", &fold.hash.into(), &head.hash("head_hash")?.into());
    report.expect("stream", name, "last_at", &fold.at.into(), &head.time("last_at")?.into());
    tables::compare(db, scratch, stream, report).await?;
    scratch.rollback()
}

impl Fold {
    fn entry(&mut self, row: &Row, models: &HashSet<Hash>, scratch: &Scratch, report: &mut Report) -> Result<(), Fault> {
        let (stream, revision, seq) = (row.uuid("stream")?, row.u64("revision")?, row.u32("seq")?);
        let name = || format!("{stream}/{revision}/{seq}");
        let note = |report: &mut Report, column: &str, expected: &str, found: String| {
            report.add(Problem { table: "change_log", id: name(), column: column.into(), expected: expected.into(), found });
        };
        let follows = (revision == self.revision && seq == self.seq + 1 && revision > 0) || (revision == self.revision + 1 && seq == 0);
        if !follows {
            let expected = format!("{}/{} or {}/0", self.revision, self.seq + 1, self.revision + 1);
            note(report, "revision", &expected, format!("{revision}/{seq}"));
        }
        let (prev, hash) = (row.hash("prev_hash")?, row.hash("hash")?);
        report.expect("change_log", name, "prev_hash", &self.hash.into(), &prev.into());
        let entry = Entry {
            stream,
            revision,
            seq,
            kind: row.text("kind")?,
            version: u16::try_from(row.int("version")?).unwrap_or(u16::MAX),
            at: row.time("at")?,
            actor: row.text("actor")?,
            body: row.bytes("body")?,
            model: row.hash("model")?,
            prev,
        };
        report.expect("change_log", name, "hash", &entry.hash().into(), &hash.into());
        if entry.at < self.at {
            note(report, "at", &format!("not before {}", self.at.0), entry.at.0.to_string());
        }
        if !models.contains(&entry.model) {
            note(report, "model", "the hash of a model text that is kept", show(&entry.model.into()));
        }
        if serde_json::from_str::<Actor>(&entry.actor).is_err() {
            note(report, "actor", "an actor", format!("`{}`", entry.actor));
        }
        (self.revision, self.seq, self.hash, self.at) = (revision, seq, hash, self.at.max(entry.at));
        match Change::decode(self.stream, &entry.kind, entry.version, &entry.body) {
            Ok(change) => {
                let about = row.opt("about", Row::uuid)?;
                report.expect("change_log", name, "about", &log::about(&change).into(), &about.into());
                if let Err(what) = self.replay(&change, entry.at, scratch) {
                    note(report, "body", "a change that follows on those before", what);
                }
            }
            Err(bad) => note(report, "body", "a change that can be read", bad.to_string()),
        }
        Ok(())
    }

    fn replay(&self, change: &Change, at: Timestamp, scratch: &Scratch) -> Result<(), String> {
        let place = At { stream: self.stream, revision: self.revision, at };
        let writes = state::writes(change, place).map_err(|bad| bad.to_string())?;
        for (statement, values) in writes {
            scratch.execute(statement, &values).map_err(|fault| fault.to_string())?;
        }
        Ok(())
    }
}

/// A key as text.
pub(super) fn key_text(key: &[Value]) -> String {
    key.iter()
        .map(|value| match value {
            Value::Text(text) => text.clone(),
            Value::Null | Value::Int(_) | Value::Bytes(_) | Value::Id(_) => show(value),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// The same for an id that may stand as bytes.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Bytes(bytes) => Uuid::from_slice(bytes).map_or_else(|_| value.clone(), Value::Id),
        Value::Null | Value::Int(_) | Value::Text(_) | Value::Id(_) => value.clone(),
    }
}
