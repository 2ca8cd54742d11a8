//! Postgres: a pool; each write a transaction of its own, tried again whole where two stood in each other's way.

use super::{
    Row, Statement, Tx, Value, Work,
    tls::{self, Address},
    trip::Trip,
    tx::Write,
};
use crate::Fault;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use futures_util::future::{join, join_all};
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio_postgres::{
    error::{Severity, SqlState},
    types::ToSql,
};

/// Connections in the pool.
const CONNECTIONS: usize = 16;
/// How long one waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a transaction that lost against another is tried.
const TRIES: u32 = 20;

#[derive(Debug)]
pub(super) struct Postgres {
    pool: Pool,
}

impl Postgres {
    pub(super) async fn connect(url: &str) -> Result<Self, Fault> {
        let Address { config, tls } = Address::parse(url)?;
        let manager = Manager::from_config(config, tls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| Fault::Away(error.to_string()))?;
        let db = Self { pool };
        drop(db.client().await?);
        Ok(db)
    }
    async fn client(&self) -> Result<Object, Fault> {
        self.pool.get().await.map_err(|error| tls::away(&error))
    }
    pub(super) async fn read(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        query(&self.client().await?, statement, values).await.map_err(|error| fault(statement, &error))
    }
    pub(super) async fn write<T, E, F>(&self, work: F, trip: Trip) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T, E> + Send + 'static,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let open = Open::new(self.client().await?);
            let again = Arc::clone(&open.again);
            let tx = Tx::postgres(open, trip.clone());
            let result = work(&tx).await;
            let result = result.and_then(|value| trip.step().map(|()| value).map_err(E::from));
            let Some(mut open) = tx.into_postgres() else { return Err(Fault::Closed.into()) };
            let result = match result {
                Ok(value) => open.commit().await.map(|()| value).map_err(E::from),
                Err(stop) => {
                    open.rollback().await;
                    Err(stop)
                }
            };
            if result.is_ok() || !again.load(Ordering::Relaxed) {
                return result;
            }
            if tries == TRIES {
                return Err(Fault::Contended { tries }.into());
            }
            tokio::time::sleep(Duration::from_millis(u64::from(tries))).await;
        }
    }
    pub(super) async fn script(&self, text: &str) -> Result<(), Fault> {
        let mut open = Open::new(self.client().await?);
        open.begin().await?;
        let run = open.client()?.batch_execute(text).await;
        if let Err(error) = run {
            open.rollback().await;
            return Err(Fault::Statement { statement: "migration", why: chain(&error) });
        }
        open.commit().await
    }
    #[cfg(test)]
    pub(super) async fn prepare(&self, statement: &'static Statement) -> Result<(), Fault> {
        self.client().await?.prepare(statement.text).await.map(|_| ()).map_err(|error| fault(statement, &error))
    }
}

/// A connection inside a transaction, which begins with the first statement. Dropped without an end, it is closed and never goes back to
/// the pool.
#[derive(Debug)]
pub(super) struct Open {
    client: Option<Object>,
    has_begun: AtomicBool,
    /// Set where the database said: try the whole again.
    again: Arc<AtomicBool>,
    lost: Mutex<bool>,
    #[cfg(debug_assertions)]
    mark: Option<crate::testing::Marked>,
}

impl Open {
    fn new(client: Object) -> Self {
        let open = Self {
            client: Some(client),
            has_begun: AtomicBool::new(false),
            again: Arc::default(),
            lost: Mutex::new(false),
            #[cfg(debug_assertions)]
            mark: None,
        };
        #[cfg(debug_assertions)]
        let open = open.marked();
        open
    }
    /// Begins, unless it has. Sent at its first poll.
    async fn begin(&self) -> Result<(), Fault> {
        if self.has_begun.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        self.client()?.batch_execute("BEGIN").await.map_err(|error| Fault::Away(chain(&error)))
    }
    #[cfg(debug_assertions)]
    fn marked(mut self) -> Self {
        self.mark = Some(crate::testing::Marked::begin());
        self
    }
    fn client(&self) -> Result<&Object, Fault> {
        self.client.as_ref().ok_or(Fault::Closed)
    }
    async fn commit(&mut self) -> Result<(), Fault> {
        self.begin().await?;
        let client = self.client()?;
        match client.batch_execute("COMMIT").await {
            Ok(()) => {
                // Ended well: back to the pool.
                drop(self.client.take());
                Ok(())
            }
            // A session that is ended may have committed before; any other error of the database itself says that nothing happened.
            Err(error) => match error.as_db_error() {
                Some(db) if !matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) => Err(self.note(&COMMIT, &error)),
                Some(_) | None => Err(Fault::Unknown),
            },
        }
    }
    async fn rollback(&mut self) {
        let ended = match self.client.as_ref() {
            Some(_) if !self.has_begun.load(Ordering::Relaxed) => true,
            Some(client) if !*self.lost.lock() => client.batch_execute("ROLLBACK").await.is_ok(),
            Some(_) | None => false,
        };
        if ended {
            drop(self.client.take());
        }
    }
    fn note(&self, statement: &'static Statement, error: &tokio_postgres::Error) -> Fault {
        if matches!(error.code(), Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED) {
            self.again.store(true, Ordering::Relaxed);
        }
        if error.is_closed() {
            *self.lost.lock() = true;
        }
        fault(statement, error)
    }
    pub(super) async fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.begin().await?;
        query(self.client()?, statement, values).await.map_err(|error| self.note(statement, &error))
    }
    pub(super) async fn execute(&self, statement: &'static Statement, values: &[Value]) -> Result<u64, Fault> {
        self.begin().await?;
        execute(self.client()?, statement, values).await.map_err(|error| self.note(statement, &error))
    }
    pub(super) async fn execute_all(&self, all: &[Write]) -> Result<Vec<u64>, Fault> {
        self.send(all).await?.into_iter().collect()
    }
    pub(super) async fn execute_guarded(&self, guards: &[Write], writes: &[Write]) -> Result<bool, Fault> {
        let mut answers = self.send(&[guards, writes].concat()).await?.into_iter();
        for answer in answers.by_ref().take(guards.len()) {
            if answer? != 1 {
                return Ok(false);
            }
        }
        answers.collect::<Result<Vec<u64>, Fault>>().map(|_| true)
    }
    /// Sends all without waiting for an answer in between, the beginning included; what each said, in their order.
    async fn send(&self, all: &[Write]) -> Result<Vec<Result<u64, Fault>>, Fault> {
        let client = self.client()?;
        let mut prepared = Vec::with_capacity(all.len());
        for (statement, _) in all {
            prepared.push(client.prepare_cached(statement.text).await.map_err(|error| self.note(statement, &error))?);
        }
        // INVARIANT: all are prepared, so the first poll of each sends it: in this order.
        let sent = all.iter().zip(&prepared).map(|((statement, values), prepared)| async move {
            client.execute(prepared, &bound(values)).await.map_err(|error| self.note(statement, &error))
        });
        let (begun, answers) = join(self.begin(), join_all(sent)).await;
        begun.map(|()| answers)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

static COMMIT: Statement = Statement::new("commit", "stream", "COMMIT");

fn bound(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

async fn execute(client: &Object, statement: &'static Statement, values: &[Value]) -> Result<u64, tokio_postgres::Error> {
    let prepared = client.prepare_cached(statement.text).await?;
    client.execute(&prepared, &bound(values)).await
}

async fn query(client: &Object, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, tokio_postgres::Error> {
    let prepared = client.prepare_cached(statement.text).await?;
    let columns: Arc<[Box<str>]> = prepared.columns().iter().map(|column| column.name().into()).collect();
    let found = client.query(&prepared, &bound(values)).await?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let values = (0..columns.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>()?;
        rows.push(Row { statement, columns: Arc::clone(&columns), values });
    }
    Ok(rows)
}

fn fault(statement: &'static Statement, error: &tokio_postgres::Error) -> Fault {
    if error.is_closed() {
        return Fault::Away(chain(error));
    }
    Fault::Statement { statement: statement.name, why: chain(error) }
}

/// The whole chain of an error, readable alone.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// The key of the start-up lock: "guildhal" as a number.
const LOCK_KEY: i64 = 0x6775_696c_6468_616c;

/// A connection of its own that holds the start-up lock for as long as it lives.
#[derive(Debug)]
pub(crate) struct LockConnection {
    client: tokio_postgres::Client,
    task: tokio::task::JoinHandle<()>,
}

impl LockConnection {
    pub(crate) async fn open(url: &str) -> Result<Self, Fault> {
        let Address { mut config, tls } = Address::parse(url)?;
        // A server that is gone without a word is known to be within half a minute.
        config.keepalives_idle(Duration::from_secs(10)).keepalives_interval(PATIENCE).keepalives_retries(3).connect_timeout(PATIENCE);
        let (client, connection) = config.connect(tls).await.map_err(|error| tls::away(&error))?;
        let task = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::error!(error = chain(&error), "the connection that holds the start-up lock was lost");
            }
        });
        Ok(Self { client, task })
    }
    /// Whether the lock is ours now.
    pub(crate) async fn try_lock(&self) -> Result<bool, Fault> {
        let row = self.client.query_one("SELECT pg_try_advisory_lock($1)", &[&LOCK_KEY]).await;
        row.and_then(|row| row.try_get(0)).map_err(|error| Fault::Away(chain(&error)))
    }
    pub(crate) fn is_lost(&self) -> bool {
        self.client.is_closed() || self.task.is_finished()
    }
}
