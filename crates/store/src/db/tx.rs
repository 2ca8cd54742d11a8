//! A transaction as write functions see it: the same on both databases.

use super::{Row, Statement, Value, postgres, sqlite, trip::Trip};
use crate::Fault;

/// A statement that writes, with its values.
pub(crate) type Write = (&'static Statement, Vec<Value>);

/// An open transaction. Nothing but its own operations may be awaited while it is open.
#[derive(Debug)]
pub(crate) struct Tx {
    inner: Inner,
    trip: Trip,
}

#[derive(Debug)]
enum Inner {
    Sqlite(sqlite::Connected),
    Postgres(Box<postgres::Open>),
}

impl Tx {
    pub(super) fn sqlite(connected: sqlite::Connected, trip: Trip) -> Self {
        Self { inner: Inner::Sqlite(connected), trip }
    }
    pub(super) fn postgres(open: postgres::Open, trip: Trip) -> Self {
        Self { inner: Inner::Postgres(Box::new(open)), trip }
    }
    pub(super) fn into_postgres(self) -> Option<postgres::Open> {
        match self.inner {
            Inner::Sqlite(_) => None,
            Inner::Postgres(open) => Some(*open),
        }
    }
    /// Runs a statement that answers rows (`SELECT`, or a write with `RETURNING`).
    pub(crate) async fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.trip.step()?;
        match &self.inner {
            Inner::Sqlite(db) => db.query(statement, values),
            Inner::Postgres(db) => db.query(statement, values).await,
        }
    }
    /// Runs a statement that writes. Answers how many rows it touched.
    pub(crate) async fn execute(&self, statement: &'static Statement, values: &[Value]) -> Result<u64, Fault> {
        self.trip.step()?;
        match &self.inner {
            Inner::Sqlite(db) => db.execute(statement, values),
            Inner::Postgres(db) => db.execute(statement, values).await,
        }
    }
    /// Runs many, in this order; on Postgres without waiting in between. Answers how many rows each touched.
    pub(crate) async fn execute_all(&self, all: &[Write]) -> Result<Vec<u64>, Fault> {
        for _ in all {
            self.trip.step()?;
        }
        match &self.inner {
            Inner::Sqlite(db) => all.iter().map(|(statement, values)| db.execute(statement, values)).collect(),
            Inner::Postgres(db) => db.execute_all(all).await,
        }
    }
    /// [`Tx::execute_all`] of `guards`, then of `writes`: the second only where each guard touched one row, else `false`. On Postgres both
    /// are on their way together, and what the writes said counts only where the guards held.
    pub(crate) async fn execute_guarded(&self, guards: &[Write], writes: &[Write]) -> Result<bool, Fault> {
        match &self.inner {
            Inner::Sqlite(_) => {
                let held = self.execute_all(guards).await?.iter().all(|n| *n == 1);
                if held {
                    self.execute_all(writes).await?;
                }
                Ok(held)
            }
            Inner::Postgres(db) => {
                for _ in guards.iter().chain(writes) {
                    self.trip.step()?;
                }
                db.execute_guarded(guards, writes).await
            }
        }
    }
}
