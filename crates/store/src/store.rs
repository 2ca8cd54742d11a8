//! The store: opened once, shared by cloning.

use crate::{
    Fault, OpenError,
    commit::Check,
    db::Db,
    lock::StartLock,
    log::{self, Hash},
    memory::{BarredSet, Memory},
    sql::{
        idempotency::AtWork,
        key::{KeyUses, KeysRead},
        state::user,
    },
};
use guildhall_core::{
    Model, StreamId, Tenant, TenantId, Timestamp, UserId,
    world::{Barred, Fresh, Sight},
};
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// What the time is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Where new version 7 uuids come from.
pub type FreshIds = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// What a store is opened with.
#[derive(Clone)]
pub struct Options {
    /// `sqlite:///path/to/guildhall.db` or `postgres://user:password@host/database`.
    pub url: String,
    /// The access model in force.
    pub model: Arc<Model>,
    pub clock: Clock,
    pub fresh: FreshIds,
}

impl Options {
    /// With the machine's clock and version 7 uuids.
    pub fn new(url: impl Into<String>, model: Arc<Model>) -> Self {
        Self { url: url.into(), model, clock: Arc::new(wall_clock), fresh: Arc::new(Uuid::now_v7) }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address of a Postgres holds its password.
        f.debug_struct("Options").field("model", &self.model.id).finish_non_exhaustive()
    }
}

pub(crate) fn wall_clock() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Keeps changes and finds facts. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) model: Arc<Model>,
    pub(crate) model_hash: Hash,
    pub(crate) clock: Clock,
    pub(crate) fresh: Fresh,
    pub(crate) memory: Memory,
    pub(crate) barred_set: BarredSet,
    pub(crate) barred: Barred,
    pub(crate) check: Check,
    pub(crate) key_uses: KeyUses,
    pub(crate) keys_read: KeysRead,
    /// Requests that are done once, and are being done now.
    pub(crate) at_work: AtWork,
    pub(crate) lock: StartLock,
    /// Held while all is read anew.
    reading: tokio::sync::Mutex<()>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("model", &self.model.id).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database: brings its tables up to date, takes the start-up lock, keeps the model's text, reads who is barred.
    ///
    /// # Errors
    /// The database is away, was made with another model, or another process writes to it.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        crate::open::open(options).await
    }

    /// The same beside a running server: for keys, links and whatever else stands in no stream. [`Store::write`] is refused then.
    ///
    /// # Errors
    /// As [`Store::open`], but for the other process; and where that one is of another version.
    pub async fn open_beside(options: Options) -> Result<Self, OpenError> {
        crate::open::open_beside(options).await
    }

    pub(crate) fn new(options: Options, db: Db, lock: StartLock, check: Check) -> Self {
        let Options { model, clock, fresh, .. } = options;
        let barred_set = BarredSet::default();
        let asked = barred_set.clone();
        let inner = Inner {
            db,
            model_hash: log::hash_of(&model.text),
            model,
            clock,
            fresh: Fresh(Box::new(move || fresh())),
            memory: Memory::new(),
            barred_set,
            barred: Barred(Box::new(move |user| asked.contains(user))),
            check,
            key_uses: KeyUses::default(),
            keys_read: KeysRead::default(),
            at_work: AtWork::default(),
            lock,
            reading: tokio::sync::Mutex::new(()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether questions can be answered: the database answers, and the start-up lock is ours; where it was lost, it is taken again.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), Fault> {
        self.inner.with_lock().await?;
        self.next_mail_at().await.map(drop)
    }
    /// What the time is, as this store was told.
    pub fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }
    /// A new version 7 uuid.
    pub fn fresh(&self) -> Uuid {
        (self.inner.fresh.0)()
    }
    /// The access model in force.
    pub fn model(&self) -> &Arc<Model> {
        &self.inner.model
    }
    /// Whether the user's account is suspended or deleted. From memory.
    pub fn is_barred(&self, user: UserId) -> bool {
        self.inner.barred_set.contains(user)
    }
    /// For finders in this crate.
    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }
    /// Ends: what was acknowledged is durable already. The lock is given back when the last clone is gone.
    #[expect(clippy::unused_async, reason = "closing may come to wait for writers")]
    pub async fn close(self) {
        drop(self);
    }

    /// The tenant as it is now, from memory; loaded on first use. `None`: there is none of that id.
    ///
    /// # Errors
    /// The database is away, or a stored fact is broken.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<TenantView>, Fault> {
        self.inner.with_lock().await?;
        let stream = StreamId::Tenant(id);
        if let Some(tenant) = self.inner.memory.view(stream) {
            return Ok(Some(TenantView { tenant }));
        }
        let mut held = self.inner.memory.lock(stream).await?;
        if !held.load(&self.inner.db, &self.inner.model, self.now()).await? {
            self.inner.memory.forget(held);
            return Ok(None);
        }
        Ok(held.view().map(|tenant| TenantView { tenant }))
    }
}

impl Inner {
    /// Makes sure that streams are written here and nowhere else.
    pub(crate) async fn to_write(&self) -> Result<(), Fault> {
        self.lock.is_ours().await?;
        self.with_lock().await
    }
    /// Makes sure that the start-up lock is ours. Where memory may be wrong, everything is read anew.
    pub(crate) async fn with_lock(&self) -> Result<(), Fault> {
        if self.lock.is_lost() {
            self.lock.retake(&self.db).await?;
        }
        if self.lock.is_stale() {
            // One does it, the others wait. Whoever gives up halfway leaves it to the next.
            let _one = self.reading.lock().await;
            if self.lock.is_stale() {
                self.memory.clear().await;
                self.load_barred().await?;
                self.lock.trust();
            }
        }
        Ok(())
    }
    pub(crate) async fn load_barred(&self) -> Result<(), Fault> {
        let rows = self.db.query_long(&user::LIST_BARRED, Vec::new()).await?;
        let all = rows.iter().map(|row| row.id("id")).collect::<Result<_, _>>()?;
        self.barred_set.replace(all);
        Ok(())
    }
}

/// A tenant at one revision. Stays as it is while others write.
#[derive(Clone, Debug)]
pub struct TenantView {
    /// The state, its snapshot included.
    pub tenant: Arc<Tenant>,
}

impl TenantView {
    /// The tenant as decisions see it now.
    pub fn sight<'a>(&'a self, store: &'a Store) -> Sight<'a> {
        Sight { tenant: self.tenant.id, snapshot: &self.tenant.snapshot, barred: &*store.inner.barred.0, now: store.now() }
    }
}
