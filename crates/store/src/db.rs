//! The two databases behind one face: the same statement, the same values, the same rows.
//!
//! Reading: [`Db::query`] and its kin. Writing: [`Db::write`] with a function that is given a [`Tx`]; what it returns as `Err` rolls all
//! of it back. On SQLite the function runs on the one writer thread, in a savepoint of a transaction that commits what waits; on Postgres
//! in a transaction of its own, called again where two stood in each other's way. So it must be repeatable, and await nothing but `tx`.

mod migrate;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod tls;
mod tx;
mod value;

pub(crate) use migrate::{ALL as MIGRATION_STATEMENTS, MIGRATIONS, migrate, n_applied};
pub(crate) use postgres::LockConnection;
pub(crate) use row::Row;
pub(crate) use sqlite::Scratch;
pub(crate) use statement::{Statement, statements};
pub use tls::BadAddress;
pub(crate) use tx::{Tx, Write};
pub(crate) use value::Value;

use crate::Fault;
use std::{pin::Pin, sync::Arc};

/// Whether a database's address can be read, without going there.
///
/// # Errors
/// What is wrong with it, and what would be right.
pub fn check_address(url: &str) -> Result<(), BadAddress> {
    match url.split_once("://") {
        Some(("sqlite", _)) => Ok(()),
        Some(("postgres" | "postgresql", _)) => tls::check(url),
        Some(_) | None => Err(BadAddress {
            what: "the database's address has an unknown scheme".to_owned(),
            right: "expected `sqlite://FILE` or `postgres://…`".to_owned(),
        }),
    }
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DbKind {
    Sqlite,
    Postgres,
}

/// A future that a write function gives back.
pub(crate) type Work<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// A database. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Db {
    inner: Inner,
    trip: trip::Trip,
}

#[derive(Clone, Debug)]
enum Inner {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

impl Db {
    /// Connects to `sqlite://path` or `postgres://…`. Changes nothing in it.
    pub(crate) async fn connect(url: &str) -> Result<Self, Fault> {
        let inner = match url.split_once("://") {
            Some(("sqlite", path)) => Inner::Sqlite(Arc::new(sqlite::Sqlite::open(path)?)),
            Some(("postgres" | "postgresql", _)) => Inner::Postgres(Arc::new(postgres::Postgres::connect(url).await?)),
            Some(_) | None => {
                return Err(Fault::Away("the database's address begins with neither `sqlite://` nor `postgres://`".to_owned()));
            }
        };
        Ok(Self { inner, trip: trip::Trip::new() })
    }
    pub(crate) fn kind(&self) -> DbKind {
        match &self.inner {
            Inner::Sqlite(_) => DbKind::Sqlite,
            Inner::Postgres(_) => DbKind::Postgres,
        }
    }
    /// Reads. Short questions only on SQLite: it runs on the calling thread. For thousands of rows, see [`Db::query_long`].
    pub(crate) async fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.trip.step()?;
        match &self.inner {
            Inner::Sqlite(db) => db.read(statement, values),
            Inner::Postgres(db) => db.read(statement, values).await,
        }
    }
    /// Reads what may be long: away from the threads that answer.
    pub(crate) async fn query_long(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.trip.step()?;
        match &self.inner {
            Inner::Sqlite(db) => {
                let db = Arc::clone(db);
                let read = tokio::task::spawn_blocking(move || db.read(statement, &values)).await;
                read.unwrap_or_else(|_| Err(Fault::Away("a reader stopped".to_owned())))
            }
            Inner::Postgres(db) => db.read(statement, &values).await,
        }
    }
    /// Reads at most one row.
    pub(crate) async fn query_one(&self, statement: &'static Statement, values: &[Value]) -> Result<Option<Row>, Fault> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }
    /// One statement that writes, committed by itself. Answers how many rows it touched.
    pub(crate) async fn execute(&self, statement: &'static Statement, values: Vec<Value>) -> Result<u64, Fault> {
        let values: Arc<[Value]> = values.into();
        self.write(move |tx| {
            let values = Arc::clone(&values);
            Box::pin(async move { tx.execute(statement, &values).await })
        })
        .await
    }
    /// One statement that writes and answers (`RETURNING`), committed by itself.
    pub(crate) async fn execute_returning(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Vec<Row>, Fault> {
        let values: Arc<[Value]> = values.into();
        self.write(move |tx| {
            let values = Arc::clone(&values);
            Box::pin(async move { tx.query(statement, &values).await })
        })
        .await
    }
    /// Runs the function in one transaction: committed and durable where it answers `Ok`, undone where it answers `Err`.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T, E> + Send + 'static,
    {
        match &self.inner {
            Inner::Sqlite(db) => db.write(work, self.trip.clone()).await,
            Inner::Postgres(db) => db.write(work, self.trip.clone()).await,
        }
    }
    /// Runs several statements of a migration as they stand, in one transaction.
    pub(crate) async fn script(&self, text: String) -> Result<(), Fault> {
        self.trip.step()?;
        match &self.inner {
            Inner::Sqlite(db) => db.script(text).await,
            Inner::Postgres(db) => db.script(&text).await,
        }
    }
    /// Whether the database takes the statement: for the test that prepares every one.
    #[cfg(test)]
    pub(crate) async fn prepare(&self, statement: &'static Statement) -> Result<(), Fault> {
        match &self.inner {
            Inner::Sqlite(db) => db.prepare(statement),
            Inner::Postgres(db) => db.prepare(statement).await,
        }
    }
    #[cfg(test)]
    pub(crate) fn left(&self) -> u64 {
        self.trip.left()
    }
    /// Lets the n-th operation from now fail, once. 0: none.
    #[cfg(test)]
    pub(crate) fn fail_at(&self, n: u64) {
        self.trip.set(n);
    }
}

#[cfg(test)]
pub(crate) mod trip {
    //! The n-th operation fails: how tests see what is left behind.
    use crate::Fault;
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    /// Counts operations down to the one that fails. 0: none will.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Trip(Arc<AtomicU64>);

    impl Trip {
        pub(crate) fn new() -> Self {
            Self::default()
        }
        pub(crate) fn set(&self, n: u64) {
            self.0.store(n, Ordering::SeqCst);
        }
        /// How many operations are left until the one that fails; 0 where it has.
        pub(crate) fn left(&self) -> u64 {
            self.0.load(Ordering::SeqCst)
        }
        pub(crate) fn step(&self) -> Result<(), Fault> {
            let before = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
            if before == Ok(1) { Err(Fault::Away("as the test wished".to_owned())) } else { Ok(()) }
        }
    }
}

#[cfg(not(test))]
pub(crate) mod trip {
    //! Nothing: only tests let operations fail.
    use crate::Fault;

    #[derive(Clone, Debug)]
    pub(crate) struct Trip;

    impl Trip {
        pub(crate) fn new() -> Self {
            Self
        }
        #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the same face as in tests")]
        pub(crate) fn step(&self) -> Result<(), Fault> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
