//! Writes the directory anew where it isn't as what it is a copy of says. What only stands in it stays: when somebody was last active, and
//! what a row shows of an address that was erased.

use super::{Copies, INVITATIONS, MEMBERS, Pages, Presence, Report, Should, ShownAs, columns_of, copied_shown, place, statement};
use crate::{
    Fault, Store,
    db::{Db, Statement, Value},
    sql::{
        directory::row::{self, Place, Shown, rank},
        state::{Write, values},
    },
};
use guildhall_core::{Model, Timestamp};
use std::collections::{BTreeMap, HashSet};

impl Store {
    /// Writes every row of the directory anew that isn't as the tables of state say, and drops those that are copies of nothing. Answers how
    /// many were mended. Some rows in each transaction; harmless when run again.
    ///
    /// # Errors
    /// The database is away, or another process writes to it.
    pub async fn rebuild_directory(&self) -> Result<u64, Fault> {
        self.inner.to_write().await?;
        mend(self.db(), self.model(), self.now()).await
    }
}

async fn mend(db: &Db, model: &Model, now: Timestamp) -> Result<u64, Fault> {
    let mut mended = 0;
    for walk in [&MEMBERS, &INVITATIONS] {
        let mut pages = Pages::of(walk, now);
        while let Some((rows, copies)) = pages.next(db).await? {
            let mut writes = Vec::new();
            for should in &rows {
                let mut report = Report::default();
                should.judge(&copies, std::slice::from_ref(model), &mut report);
                if !report.is_sound() {
                    mended += 1;
                    should.write(&copies, model, &mut writes);
                }
            }
            write(db, writes).await?;
        }
    }
    Ok(mended + drop_strays(db, now).await? + recount(db, now).await?)
}

async fn write(db: &Db, writes: Vec<Write>) -> Result<(), Fault> {
    db.write(move |tx| {
        let writes = writes.clone();
        Box::pin(async move { tx.execute_all(&writes).await.map(drop) })
    })
    .await
}

/// The columns of a row behind its key, in the order in which they are put.
const COLUMNS: [&str; 18] = [
    "kind",
    "subject",
    "name_key",
    "name",
    "handle",
    "address",
    "roles",
    "role_rank",
    "status",
    "status_key",
    "last_active_at",
    "joined_at",
    "invited_by",
    "expires_at",
    "sent_at",
    "reminders",
    "listed_until",
    "revision",
];

impl Should {
    /// The row anew. What is counted is counted at the end.
    fn write(&self, copies: &Copies, model: &Model, out: &mut Vec<Write>) {
        row::clear(self.place, out);
        if self.presence == Presence::Forbidden {
            return;
        }
        let stood = copies.rows.get(&self.place);
        let shown = match &self.shown {
            ShownAs::Known(shown) | ShownAs::Unsettled(shown) => shown.clone(),
            ShownAs::Copied => stood.map_or_else(Shown::default, copied_shown),
        };
        let was_active = stood.and_then(|row| row.time("last_active_at").ok());
        let active = self.active_from.map_or(Timestamp(0), |from| was_active.map_or(from, |at| at.max(from)));
        let mut cells: BTreeMap<&str, Value> = self.columns().into_iter().chain(columns_of(&shown)).collect();
        cells.extend([("role_rank", rank(model, &self.roles).into()), ("last_active_at", active.into())]);
        let Place { tenant, scope, id } = self.place;
        let behind = COLUMNS.iter().map(|column| cells.remove(column).unwrap_or(Value::Null));
        out.push((&row::PUT_ROW, values![tenant, scope, id].into_iter().chain(behind).collect()));
        row::put_roles(self.place, &self.roles, out);
        row::put_terms(self.place, &shown, out);
    }
}

async fn drop_strays(db: &Db, now: Timestamp) -> Result<u64, Fault> {
    let mut mended = 0;
    // A row first: with it go its roles and words.
    let questions: [&'static Statement; 3] = [&statement::STRAY_ROWS, &statement::STRAY_ROLES, &statement::STRAY_WORDS];
    for question in questions {
        loop {
            let rows = db.query_long(question, values![now]).await?;
            if rows.is_empty() {
                break;
            }
            mended += rows.len() as u64;
            let places = rows.iter().map(place).collect::<Result<HashSet<Place>, Fault>>()?;
            let mut writes = Vec::new();
            for place in places {
                row::clear(place, &mut writes);
            }
            write(db, writes).await?;
        }
    }
    Ok(mended)
}

/// Counts all, where a count is wrong.
async fn recount(db: &Db, now: Timestamp) -> Result<u64, Fault> {
    let wrong = db.query_long(&statement::WRONG_COUNTS, values![now]).await?;
    if !wrong.is_empty() {
        write(db, vec![(&statement::FORGET_COUNTS, Vec::new()), (&statement::COUNT_ROWS, Vec::new())]).await?;
    }
    Ok(wrong.len() as u64)
}
