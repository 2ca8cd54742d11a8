//! SQLite: one thread that writes and commits what waits from everybody at once, and a few connections that read.

use super::{Row, Statement, Tx, Value, Work, trip::Trip};
use crate::Fault;
use parking_lot::Mutex;
use rusqlite::{CachedStatement, Connection, OpenFlags};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Connections that read.
const READERS: usize = 4;
/// Writes that may wait; who comes then waits before handing in.
const WAITING: usize = 4096;
/// Most writes in one commit.
const GROUP: usize = 512;
/// Statements each connection keeps prepared: more than there are.
const PREPARED: usize = 512;

#[derive(Debug)]
pub(super) struct Sqlite {
    readers: Vec<Connected>,
    next: AtomicUsize,
    jobs: mpsc::Sender<Job>,
}

/// A connection that several may hold; one at a time uses it.
#[derive(Clone, Debug)]
pub(super) struct Connected(Arc<Mutex<Connection>>);

/// Runs in a savepoint; answers whether to keep it, and how to tell who waits once it is durable.
type Job = Box<dyn FnOnce(&Connected) -> (bool, Tell) + Send>;
type Tell = Box<dyn FnOnce(Option<Fault>) + Send>;

impl Sqlite {
    pub(super) fn open(path: &str) -> Result<Self, Fault> {
        let path = Path::new(path);
        make(path)?;
        // The writer first: it makes the file and sets the mode that the readers find.
        let writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let readers =
            (0..READERS).map(|_| connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(only_reads)).collect::<Result<_, _>>()?;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let write = move || write_loop(&Connected(Arc::new(Mutex::new(writer))), waiting);
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(write)
            .map_err(|error| Fault::Away(format!("no thread for the writer: {error}")))?;
        Ok(Self { readers, next: AtomicUsize::new(0), jobs })
    }
    pub(super) fn read(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let n = self.readers.len();
        let in_turn = || (0..n).filter_map(|i| self.readers.get((start.wrapping_add(i)) % n));
        for reader in in_turn() {
            if let Some(connection) = reader.0.try_lock() {
                return query(&connection, statement, values);
            }
        }
        let reader = in_turn().next().ok_or(Fault::Closed)?;
        reader.query(statement, values)
    }
    pub(super) async fn write<T, E, F>(&self, work: F, trip: Trip) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
        F: for<'t> Fn(&'t Tx) -> Work<'t, T, E> + Send + 'static,
    {
        let (told, answer) = oneshot::channel::<Result<T, E>>();
        let job: Job = Box::new(move |connected| {
            let commit_trip = trip.clone();
            let tx = Tx::sqlite(connected.clone(), trip);
            let result = run(work(&tx)).and_then(|value| commit_trip.step().map(|()| value).map_err(E::from));
            let keep = result.is_ok();
            let tell: Tell = Box::new(move |fault| {
                // Who waited may have gone.
                let _ = told.send(match fault {
                    None => result,
                    Some(fault) => result.and_then(|_| Err(fault.into())),
                });
            });
            (keep, tell)
        });
        self.jobs.send(job).await.map_err(|_| Fault::Closed)?;
        answer.await.unwrap_or_else(|_| Err(not_begun().into()))
    }
    pub(super) async fn script(&self, text: String) -> Result<(), Fault> {
        let (told, answer) = oneshot::channel();
        let job: Job = Box::new(move |connected| {
            let result = connected.0.lock().execute_batch(&text).map_err(|error| fault(&SCRIPT, &error));
            let tell = |result: Result<(), Fault>| -> Tell {
                Box::new(move |fault| {
                    let _ = told.send(fault.map_or(result, Err));
                })
            };
            (result.is_ok(), tell(result))
        });
        self.jobs.send(job).await.map_err(|_| Fault::Closed)?;
        answer.await.unwrap_or_else(|_| Err(not_begun()))
    }
    #[cfg(test)]
    pub(super) fn prepare(&self, statement: &'static Statement) -> Result<(), Fault> {
        let reader = self.readers.first().ok_or(Fault::Closed)?;
        reader.0.lock().prepare(statement.numbered()).map(|_| ()).map_err(|error| fault(statement, &error))
    }
}

static SCRIPT: Statement = Statement::new("migration", "migration", "");
static TRANSACTION: Statement = Statement::new("transaction", "stream", "");

fn not_begun() -> Fault {
    Fault::Away("no transaction could be begun; another process may hold the file".to_owned())
}

/// A new file is its owner's alone: it will hold names and addresses.
fn make(path: &Path) -> Result<(), Fault> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Fault::Away(format!("can't make `{}`: {error}", path.display()))),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Fault> {
    let away = |error: rusqlite::Error| Fault::Away(format!("can't open `{}`: {error}", path.display()));
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(away)?;
    connection.set_prepared_statement_cache_capacity(PREPARED);
    connection.busy_timeout(Duration::from_secs(5)).map_err(away)?;
    let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;";
    connection.execute_batch(settings).map_err(away)?;
    Ok(connection)
}

fn only_reads(connection: Connection) -> Result<Connected, Fault> {
    connection.execute_batch("PRAGMA query_only = ON").map_err(|error| Fault::Away(error.to_string()))?;
    Ok(Connected(Arc::new(Mutex::new(connection))))
}

/// Takes what waits, runs each in its savepoint, commits all at once, and then tells everybody.
fn write_loop(connected: &Connected, mut waiting: mpsc::Receiver<Job>) {
    while let Some(first) = waiting.blocking_recv() {
        if let Err(fault) = connected.batch("BEGIN IMMEDIATE") {
            // Dropped unheard, the job tells whoever waits that there was no transaction for it.
            tracing::error!(error = %fault, "no transaction could be begun");
            drop(first);
            continue;
        }
        #[cfg(debug_assertions)]
        let open = crate::testing::Marked::begin();
        let mut told: Vec<Tell> = Vec::new();
        let mut lost = None;
        let mut next = Some(first);
        while let Some(job) = next {
            match in_savepoint(connected, job) {
                (tell, None) => told.push(tell),
                (tell, Some(fault)) => {
                    told.push(tell);
                    lost = Some(fault);
                    break;
                }
            }
            next = if told.len() < GROUP { waiting.try_recv().ok() } else { None };
        }
        let outcome = match lost {
            None => connected.batch("COMMIT"),
            Some(fault) => Err(fault),
        };
        if outcome.is_err() {
            // Where nothing is open any more this says so, and nobody needs to know.
            let _ = connected.batch("ROLLBACK");
        }
        #[cfg(debug_assertions)]
        drop(open);
        for tell in told {
            tell(outcome.clone().err());
        }
    }
}

/// Answers how to tell, and a fault where the whole transaction was lost with it.
fn in_savepoint(connected: &Connected, job: Job) -> (Tell, Option<Fault>) {
    if let Err(fault) = connected.batch("SAVEPOINT job") {
        return (job(connected).1, Some(fault));
    }
    let (keep, tell) = job(connected);
    if connected.0.lock().is_autocommit() {
        return (tell, Some(Fault::Away("SQLite gave the transaction up".to_owned())));
    }
    let ended = if keep { connected.batch("RELEASE job") } else { connected.batch("ROLLBACK TO job; RELEASE job") };
    (tell, ended.err())
}

/// Runs a future that waits for nothing but this connection, and so is ready at once.
fn run<T, E: From<Fault>>(mut work: Work<'_, T, E>) -> Result<T, E> {
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Fault::Away("a write function waited for something else than its transaction".to_owned()).into()),
    }
}

impl Connected {
    fn batch(&self, text: &str) -> Result<(), Fault> {
        self.0.lock().execute_batch(text).map_err(|error| fault(&TRANSACTION, &error))
    }
    pub(super) fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        query(&self.0.lock(), statement, values)
    }
    pub(super) fn execute(&self, statement: &'static Statement, values: &[Value]) -> Result<u64, Fault> {
        let connection = self.0.lock();
        let mut prepared = prepared(&connection, statement)?;
        let refused = |error: rusqlite::Error| fault(statement, &error);
        if prepared.column_count() == 0 {
            return prepared.execute(rusqlite::params_from_iter(values)).map(|n| n as u64).map_err(refused);
        }
        // `RETURNING`: each row that comes back was touched.
        let (mut rows, mut n) = (prepared.query(rusqlite::params_from_iter(values)).map_err(refused)?, 0);
        while rows.next().map_err(refused)?.is_some() {
            n += 1;
        }
        Ok(n)
    }
}

fn prepared<'c>(connection: &'c Connection, statement: &'static Statement) -> Result<CachedStatement<'c>, Fault> {
    connection.prepare_cached(statement.numbered()).map_err(|error| fault(statement, &error))
}

fn query(connection: &Connection, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
    let refused = |error: rusqlite::Error| fault(statement, &error);
    let mut prepared = prepared(connection, statement)?;
    let columns: Arc<[Box<str>]> = prepared.column_names().map(Into::into).collect();
    let mut found = prepared.query(rusqlite::params_from_iter(values)).map_err(refused)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(refused)? {
        let mut values = Vec::with_capacity(columns.len());
        for at in 0..columns.len() {
            values.push(Value::from_sqlite(row.get_ref(at).map_err(refused)?));
        }
        rows.push(Row { statement, columns: Arc::clone(&columns), values });
    }
    Ok(rows)
}

/// A statement or a value of ours was wrong, or the file is.
fn fault(statement: &'static Statement, error: &rusqlite::Error) -> Fault {
    Fault::Statement { statement: statement.name, why: error.to_string() }
}

/// An empty database in memory with the tables of state, to run the log again in.
#[derive(Debug)]
pub(crate) struct Scratch(Connected);

impl Scratch {
    pub(crate) fn new() -> Result<Self, Fault> {
        let connection = Connection::open_in_memory().map_err(|error| Fault::Away(error.to_string()))?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        let scratch = Self(Connected(Arc::new(Mutex::new(connection))));
        for migration in super::MIGRATIONS {
            scratch.0.batch(migration.text(super::DbKind::Sqlite))?;
        }
        Ok(scratch)
    }
    pub(crate) fn begin(&self) -> Result<(), Fault> {
        self.0.batch("BEGIN")
    }
    /// Empty again.
    pub(crate) fn rollback(&self) -> Result<(), Fault> {
        self.0.batch("ROLLBACK")
    }
    pub(crate) fn query(&self, statement: &'static Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        self.0.query(statement, values)
    }
    pub(crate) fn execute(&self, statement: &'static Statement, values: &[Value]) -> Result<u64, Fault> {
        self.0.execute(statement, values)
    }
}
