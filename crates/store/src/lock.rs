//! One database has one writing process: the start-up lock, and who holds it.
//!
//! Advisory on Postgres, held by a connection of its own; a file's lock on SQLite, beside the database.

use crate::{
    Fault,
    db::{Db, DbKind, LockConnection},
    sql::meta,
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::Mutex;

/// The key under which the holder of an advisory lock says who it is.
const HOLDER: &str = "lock_holder";

/// The lock, held from opening to closing.
#[derive(Debug)]
pub(crate) struct StartLock {
    held: Mutex<Kind>,
    /// Whether others may have written since memory was read.
    stale: AtomicBool,
}

#[derive(Debug)]
enum Kind {
    File {
        _file: File,
    },
    Advisory {
        url: String,
        connection: Box<LockConnection>,
        who: String,
    },
    /// Held by another process: no stream is written here.
    Anothers,
    /// Tests open a database twice to let two processes race.
    #[cfg(any(test, debug_assertions))]
    Nothing,
}

/// Somebody else holds it: who, as they said.
#[derive(Debug)]
pub(crate) enum Busy {
    Held(String),
    Fault(Fault),
}

impl From<Fault> for Busy {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl StartLock {
    fn of(held: Kind) -> Self {
        Self { held: Mutex::new(held), stale: AtomicBool::new(false) }
    }
    /// Takes the lock or says who has it. `who`: process, host and since when.
    pub(crate) async fn take(db: &Db, url: &str, who: &str) -> Result<Self, Busy> {
        let held = match db.kind() {
            DbKind::Sqlite => Kind::File { _file: take_file(url, who)? },
            DbKind::Postgres => {
                let connection = Box::new(LockConnection::open(url).await?);
                if !connection.try_lock().await? {
                    // The holder may not have made its tables yet.
                    let holder = db.query_one(&meta::FIND_META, &[HOLDER.into()]).await.ok().flatten();
                    let holder = holder.and_then(|row| row.text("value").ok());
                    return Err(Busy::Held(holder.unwrap_or_else(|| "another process".to_owned())));
                }
                Kind::Advisory { url: url.to_owned(), connection, who: who.to_owned() }
            }
        };
        Ok(Self::of(held))
    }
    /// Says in the database who holds it, once there are tables. A file says so itself.
    pub(crate) async fn sign(&self, db: &Db) -> Result<(), Fault> {
        if let Kind::Advisory { who, .. } = &*self.held.lock().await {
            db.execute(&meta::SET_META, vec![HOLDER.into(), who.as_str().into()]).await?;
        }
        Ok(())
    }
    pub(crate) fn anothers() -> Self {
        Self::of(Kind::Anothers)
    }
    /// Refuses where another process writes the streams.
    pub(crate) async fn is_ours(&self) -> Result<(), Fault> {
        match &*self.held.lock().await {
            Kind::Anothers => Err(Fault::Away("another process writes to this database; ask it".to_owned())),
            Kind::Advisory { .. } | Kind::File { .. } => Ok(()),
            #[cfg(any(test, debug_assertions))]
            Kind::Nothing => Ok(()),
        }
    }
    #[cfg(any(test, debug_assertions))]
    pub(crate) fn nothing() -> Self {
        Self::of(Kind::Nothing)
    }
    /// Takes the lock again where its connection was lost. Then others may have written meanwhile: all is stale.
    pub(crate) async fn retake(&self, db: &Db) -> Result<(), Fault> {
        let mut held = self.held.lock().await;
        let (url, who) = match &*held {
            Kind::Advisory { url, connection, who } if connection.is_lost() => (url.clone(), who.clone()),
            Kind::Advisory { .. } | Kind::File { .. } | Kind::Anothers => return Ok(()),
            #[cfg(any(test, debug_assertions))]
            Kind::Nothing => return Ok(()),
        };
        let connection = Box::new(LockConnection::open(&url).await?);
        if !connection.try_lock().await? {
            return Err(Fault::Away("the lock was lost, and another process has it now".to_owned()));
        }
        db.execute(&meta::SET_META, vec![HOLDER.into(), who.as_str().into()]).await?;
        // Before anybody sees the lock as ours again.
        self.distrust();
        *held = Kind::Advisory { url, connection, who };
        Ok(())
    }
    /// What stands in memory may be wrong: it is read anew before anybody is answered.
    pub(crate) fn distrust(&self) {
        self.stale.store(true, Ordering::Release);
    }
    pub(crate) fn is_stale(&self) -> bool {
        self.stale.load(Ordering::Acquire)
    }
    /// All was read anew.
    pub(crate) fn trust(&self) {
        self.stale.store(false, Ordering::Release);
    }
    /// Whether the lock's connection was lost. Cheap: asked before every answer from memory.
    pub(crate) fn is_lost(&self) -> bool {
        match self.held.try_lock() {
            Ok(held) => match &*held {
                Kind::Advisory { connection, .. } => connection.is_lost(),
                Kind::File { .. } | Kind::Anothers => false,
                #[cfg(any(test, debug_assertions))]
                Kind::Nothing => false,
            },
            // It is being taken again just now.
            Err(_) => true,
        }
    }
}

/// Who holds the lock now; `None`: nobody.
pub(crate) async fn holder(db: &Db, url: &str) -> Result<Option<String>, Fault> {
    match StartLock::take(db, url, "a look at the lock").await {
        Ok(_) => Ok(None),
        Err(Busy::Held(who)) => Ok(Some(who)),
        Err(Busy::Fault(fault)) => Err(fault),
    }
}

/// Beside the file itself, whatever link leads to it.
fn lock_path(url: &str) -> PathBuf {
    let given = PathBuf::from(url.strip_prefix("sqlite://").unwrap_or(url));
    let mut path = given.canonicalize().unwrap_or(given).into_os_string();
    path.push(".lock");
    path.into()
}

fn take_file(url: &str, who: &str) -> Result<File, Busy> {
    let path = lock_path(url);
    let away = |error: std::io::Error| Fault::Away(format!("can't lock `{}`: {error}", path.display()));
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(away)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(away)?;
            return Err(Busy::Held(holder.trim().to_owned()));
        }
        Err(TryLockError::Error(error)) => return Err(away(error).into()),
    }
    file.set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(who.as_bytes()))
        .and_then(|()| file.sync_all())
        .map_err(away)?;
    Ok(file)
}
