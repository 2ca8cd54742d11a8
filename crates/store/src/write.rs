//! Writing: a function decides under the streams' locks; the store commits, and state and snapshots advance.

use crate::{
    Fault,
    commit::{Commit, Surroundings, Undone},
    loader::Head,
    memory::{Held, State},
    sql::idempotency::Reserved,
    store::{Inner, Store},
};
use guildhall_core::{Decided, Stop, StreamId, Timestamp, World};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// How often a write is decided again because what it rests on has moved.
const TRIES: u32 = 10;
/// How often a write function may ask for more streams.
const ROUNDS: u32 = 64;

/// What was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed<T> {
    /// What the command answered.
    pub value: T,
    /// When it happened, as the log says.
    pub at: Timestamp,
    /// The revision of every stream the decision rests on, after the commit.
    pub revisions: Vec<(StreamId, u64)>,
}

impl<T> Committed<T> {
    /// The revision of that stream after the commit, where the decision rests on it.
    pub fn revision_of(&self, stream: StreamId) -> Option<u64> {
        self.revisions.iter().find(|(id, _)| *id == stream).map(|(_, revision)| *revision)
    }
}

/// Why nothing was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// The command stopped: not allowed, refused, rejected, not found.
    Stop(Stop),
    /// The world failed. Nothing half done; with [`Fault::Unknown`] it may have happened whole.
    Fault(Fault),
}

impl From<Fault> for WriteError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
impl From<Stop> for WriteError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl Store {
    /// Calls `decide` under the locks of these streams and commits what it decided, durably, before it answers.
    ///
    /// `decide` must be repeatable: it is called again, whole, when it asks for streams with [`Stop::Needs`] and when one has moved
    /// meanwhile. So it makes its permit itself, from the [`World`] it is given.
    ///
    /// # Errors
    /// What `decide` stopped with; the refusal of a claim that somebody else holds; a fault.
    pub async fn write<T, F>(&self, streams: &[StreamId], mut decide: F) -> Result<Committed<T>, WriteError>
    where
        T: Send + 'static,
        F: FnMut(&World<'_>) -> Result<Decided<T>, Stop> + Send,
    {
        let inner = &self.inner;
        inner.to_write().await?;
        let mut wanted: BTreeMap<u128, StreamId> = streams.iter().map(|stream| (stream.as_u128(), *stream)).collect();
        let (mut tries, mut rounds) = (0, 0);
        loop {
            let held = inner.hold(wanted.values()).await?;
            let decided = match inner.ask(&held, &mut decide) {
                Ok(decided) => decided,
                Err(Stop::Needs(more)) => {
                    let before = wanted.len();
                    wanted.extend(more.iter().map(|stream| (stream.as_u128(), *stream)));
                    rounds += 1;
                    if wanted.len() == before || rounds > ROUNDS {
                        return Err(Fault::broken("stream", format!("{:?}", more.first()), "was asked for again and again").into());
                    }
                    continue;
                }
                Err(stop) => {
                    inner.let_go(held);
                    return Err(stop.into());
                }
            };
            // In a task of its own: who asked may go away, the commit and what follows it must not stop halfway.
            let commit = tokio::spawn(Arc::clone(inner).commit(decided, held, Reserved::of_this_task()));
            match commit.await {
                Ok(Ok(committed)) => return Ok(committed),
                Ok(Err(Undone::Moved)) => {
                    tries += 1;
                    if tries >= TRIES {
                        return Err(Fault::Contended { tries }.into());
                    }
                }
                Ok(Err(Undone::Refused(refusal))) => return Err(Stop::Refused(refusal).into()),
                Ok(Err(Undone::Fault(fault))) => return Err(fault.into()),
                Err(_) => return Err(Fault::Unknown.into()),
            }
        }
    }
}

impl Inner {
    /// Takes the locks in order of id and loads what isn't.
    async fn hold(&self, streams: impl Iterator<Item = &StreamId>) -> Result<Vec<Held>, Fault> {
        let mut all = Vec::new();
        for stream in streams {
            let mut held = self.memory.lock(*stream).await?;
            held.load(&self.db, &self.model, (self.clock)()).await?;
            all.push(held);
        }
        Ok(all)
    }

    fn ask<T>(&self, held: &[Held], decide: &mut impl FnMut(&World<'_>) -> Result<Decided<T>, Stop>) -> Result<Decided<T>, Stop> {
        let mut world = World {
            now: (self.clock)(),
            model: &self.model,
            tenants: HashMap::new(),
            users: HashMap::new(),
            absent: Vec::new(),
            barred: &self.barred,
            fresh: &self.fresh,
        };
        for one in held {
            match one.loaded().map(|loaded| &loaded.state) {
                Some(State::Tenant(twin)) => {
                    world.tenants.insert(twin.front.id, &twin.front);
                }
                Some(State::User(user)) => {
                    world.users.insert(user.id, user);
                }
                None => world.absent.push(one.id()),
            }
        }
        decide(&world)
    }

    fn prepare<T>(&self, decided: &mut Decided<T>, held: &[Held], request: Option<&Reserved>) -> Result<Option<Commit>, Fault> {
        let heads: HashMap<StreamId, Head> = held.iter().filter_map(|one| Some((one.id(), one.loaded()?.head))).collect();
        let head = |stream| heads.get(&stream).copied();
        Commit::prepare(
            decided,
            &Surroundings {
                head: &head,
                model: &self.model,
                model_hash: self.model_hash,
                fresh: &*self.fresh.0,
                request,
                check: self.check,
            },
        )
    }

    async fn commit<T: Send + 'static>(
        self: Arc<Self>,
        mut decided: Decided<T>,
        mut held: Vec<Held>,
        request: Option<Reserved>,
    ) -> Result<Committed<T>, Undone> {
        let reads = decided.reads.clone();
        let Some(commit) = self.prepare(&mut decided, &held, request.as_ref())? else {
            self.let_go(held);
            return Ok(Committed { value: decided.value, at: decided.at, revisions: reads });
        };
        let commit = Arc::new(commit);
        let written = Arc::clone(&commit);
        let done = self.db.write(move |tx| {
            let commit = Arc::clone(&written);
            Box::pin(async move { commit.run(tx).await })
        });
        match done.await {
            Ok(()) => {}
            Err(Undone::Refused(refusal)) => return Err(Undone::Refused(refusal)),
            Err(undone @ (Undone::Moved | Undone::Fault(_))) => {
                // Somebody else has written, or nobody knows: read anew before anybody is answered.
                held.iter_mut().for_each(Held::unload);
                if commit.barring().next().is_some() {
                    self.lock.distrust();
                }
                return Err(undone);
            }
        }
        for (user, barred) in commit.barring() {
            if barred {
                self.barred_set.bar(user);
            } else {
                self.barred_set.let_in(user);
            }
        }
        let mut revisions = Vec::with_capacity(commit.moves.len());
        for one in &commit.moves {
            revisions.push((one.stream, one.head.revision));
            if let (Some(step), Some(held)) = (&one.step, held.iter_mut().find(|held| held.id() == one.stream)) {
                held.advance(step, one.head);
            }
        }
        self.let_go(held);
        Ok(Committed { value: decided.value, at: commit.at, revisions })
    }

    /// Gives the locks back, and forgets what wasn't there.
    fn let_go(&self, held: Vec<Held>) {
        for one in held {
            if one.loaded().is_none() {
                self.memory.forget(one);
            }
        }
    }
}
