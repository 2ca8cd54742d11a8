//! What stands in memory: each stream's state behind its own lock, and for readers a view that takes none.

use crate::{
    Fault,
    db::Db,
    loader::{self, Head},
};
use arc_swap::ArcSwapOption;
use guildhall_core::{Change, Model, StreamId, Tenant, Timestamp, User, UserId};
use parking_lot::RwLock;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Parts of the map, so that finding a slot is seldom waited for.
const SHARDS: usize = 64;
/// Slots a part may hold before idle ones are let go.
const PER_SHARD: usize = 2_000;
/// Tenants with more rows than this keep a second copy, so that a change costs what it changes.
const SMALL: usize = 256;

/// All streams that were asked for.
#[derive(Debug)]
pub(crate) struct Memory {
    shards: Vec<RwLock<HashMap<StreamId, Arc<Slot>>>>,
}

/// One stream's place in memory.
#[derive(Debug)]
pub(crate) struct Slot {
    id: StreamId,
    loaded: Arc<Mutex<Option<Loaded>>>,
    /// The tenant for readers; empty where it must be read anew.
    view: ArcSwapOption<Tenant>,
}

/// The state of a stream, and where it stands.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) head: Head,
    pub(crate) state: State,
}

#[derive(Debug)]
pub(crate) enum State {
    Tenant(Twin),
    User(User),
}

/// A tenant as readers see it, and for large ones a copy that lags one commit behind: the next to be changed.
#[derive(Debug)]
pub(crate) struct Twin {
    pub(crate) front: Arc<Tenant>,
    back: Option<(Arc<Tenant>, Step)>,
}

/// One commit of a stream.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) changes: Arc<[Change]>,
    pub(crate) revision: u64,
    pub(crate) at: Timestamp,
}

/// A slot whose lock is held. Dropped, it is free.
#[derive(Debug)]
pub(crate) struct Held {
    slot: Arc<Slot>,
    guard: OwnedMutexGuard<Option<Loaded>>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect() }
    }
    fn shard(&self, id: StreamId) -> Option<&RwLock<HashMap<StreamId, Arc<Slot>>>> {
        // The end of an id is random.
        let at = usize::try_from(id.as_u128() % SHARDS as u128).unwrap_or_default();
        self.shards.get(at)
    }
    /// The tenant, where it stands in memory already.
    pub(crate) fn view(&self, id: StreamId) -> Option<Arc<Tenant>> {
        self.shard(id)?.read().get(&id)?.view.load_full()
    }
    fn slot(&self, id: StreamId) -> Result<Arc<Slot>, Fault> {
        let shard = self.shard(id).ok_or(Fault::Closed)?;
        if let Some(slot) = shard.read().get(&id) {
            return Ok(Arc::clone(slot));
        }
        let mut shard = shard.write();
        if shard.len() >= PER_SHARD {
            // INVARIANT: a slot is found under this lock only, so one that nobody else holds is nobody's.
            let mut spare = PER_SHARD / 4;
            shard.retain(|_, slot| {
                let stays = spare == 0 || Arc::strong_count(slot) > 1;
                spare -= usize::from(!stays);
                stays
            });
        }
        let new = || Arc::new(Slot { id, loaded: Arc::default(), view: ArcSwapOption::empty() });
        Ok(Arc::clone(shard.entry(id).or_insert_with(new)))
    }
    /// Waits for the stream's lock. In order of id, where several are taken.
    pub(crate) async fn lock(&self, id: StreamId) -> Result<Held, Fault> {
        let slot = self.slot(id)?;
        let guard = Arc::clone(&slot.loaded).lock_owned().await;
        Ok(Held { slot, guard })
    }
    /// Lets go of a slot in which nothing was found, so that random ids don't fill the memory.
    pub(crate) fn forget(&self, held: Held) {
        let id = held.id();
        drop(held);
        if let Some(shard) = self.shard(id) {
            let mut shard = shard.write();
            if shard.get(&id).is_some_and(|slot| Arc::strong_count(slot) == 1 && slot.view.load().is_none()) {
                shard.remove(&id);
            }
        }
    }
    #[cfg(test)]
    pub(crate) fn n_slots(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }
    /// Everything is read anew: somebody else may have written.
    pub(crate) async fn clear(&self) {
        let slots: Vec<Arc<Slot>> = self.shards.iter().flat_map(|shard| shard.read().values().cloned().collect::<Vec<_>>()).collect();
        for slot in slots {
            let guard = Arc::clone(&slot.loaded).lock_owned().await;
            Held { slot, guard }.unload();
        }
    }
}

impl Held {
    pub(crate) fn id(&self) -> StreamId {
        self.slot.id
    }
    pub(crate) fn loaded(&self) -> Option<&Loaded> {
        self.guard.as_ref()
    }
    /// Loads the stream where it isn't. Answers whether there is one.
    pub(crate) async fn load(&mut self, db: &Db, model: &Arc<Model>, now: Timestamp) -> Result<bool, Fault> {
        if self.guard.is_some() {
            return Ok(true);
        }
        let found = match self.slot.id {
            StreamId::Tenant(id) => loader::tenant(db, model, id, now).await?.map(|(tenant, head)| {
                let front = Arc::new(tenant);
                Loaded { head, state: State::Tenant(Twin { front, back: None }) }
            }),
            StreamId::User(id) => loader::user(db, id).await?.map(|(user, head)| Loaded { head, state: State::User(user) }),
        };
        *self.guard = found;
        self.publish();
        Ok(self.guard.is_some())
    }
    fn publish(&self) {
        if let Some(Loaded { state: State::Tenant(twin), .. }) = &*self.guard {
            self.slot.view.store(Some(Arc::clone(&twin.front)));
        }
    }
    /// The tenant for readers.
    pub(crate) fn view(&self) -> Option<Arc<Tenant>> {
        self.slot.view.load_full()
    }
    /// What is known here may be wrong: it is read anew before anybody is answered.
    pub(crate) fn unload(&mut self) {
        self.slot.view.store(None);
        *self.guard = None;
    }
    /// Moves state, head and view by what was committed. Where that can't be, all is read anew.
    pub(crate) fn advance(&mut self, step: &Step, head: Head) {
        let moved = match self.guard.as_mut() {
            Some(loaded) => {
                loaded.head = head;
                match &mut loaded.state {
                    State::Tenant(twin) => twin.advance(step),
                    State::User(user) => user.apply(&step.changes, step.revision).map_err(|broken| broken.to_string()),
                }
            }
            None => return,
        };
        match moved {
            Ok(()) => self.publish(),
            Err(what) => {
                tracing::error!(stream = ?self.slot.id, what, "a committed change does not follow on the state; reading it anew");
                self.unload();
            }
        }
    }
}

impl Twin {
    fn advance(&mut self, step: &Step) -> Result<(), String> {
        let apply =
            |tenant: &mut Tenant, step: &Step| tenant.apply(&step.changes, step.revision, step.at).map_err(|broken| broken.to_string());
        let behind = self.back.take().and_then(|(back, missed)| Arc::into_inner(back).map(|back| (back, missed)));
        let mut next = match behind {
            Some((mut back, missed)) => {
                apply(&mut back, &missed)?;
                back
            }
            // There is no copy yet, or a reader still looks at it.
            None => Tenant::clone(&self.front),
        };
        apply(&mut next, step)?;
        let old = std::mem::replace(&mut self.front, Arc::new(next));
        if old.memberships().len() + old.invitations().len() > SMALL {
            self.back = Some((old, step.clone()));
        }
        Ok(())
    }
}

/// Users whose account is suspended or deleted: every decision asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct BarredSet(Arc<RwLock<HashSet<UserId>>>);

impl BarredSet {
    pub(crate) fn contains(&self, user: UserId) -> bool {
        self.0.read().contains(&user)
    }
    pub(crate) fn bar(&self, user: UserId) {
        self.0.write().insert(user);
    }
    pub(crate) fn let_in(&self, user: UserId) {
        self.0.write().remove(&user);
    }
    pub(crate) fn replace(&self, all: HashSet<UserId>) {
        *self.0.write() = all;
    }
}
