//! A store with a clock that tests move, and people who act in one line each.

use super::{dump::statement, plain::Memory};
use crate::{
    Options, Store, WriteError,
    commit::Check,
    db::{self, Db},
    loader,
    lock::StartLock,
    memory::State,
};
use guildhall_access::model::InviteBy;
use guildhall_core::{
    AddressId, Decided, InvitationId, Model, Permit, Principal, RoleKey, SessionId, Stop, StreamId, TenantFacts, TenantId, Timestamp,
    UserId, World, account,
    change::Invitee,
    invitation::{self, Invited, Joining, Row},
    link, member, op, organization, ownership,
    permit::Place,
    session::SessionRecord,
    text::{Name, Slug},
    time::Span,
    world::Fresh,
};
use parking_lot::Mutex;
use std::{
    cell::RefCell,
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

pub(super) const START: i64 = 1_800_000_000_000_000;

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) store: Store,
    clock: Arc<AtomicI64>,
    seen: Mutex<BTreeSet<StreamId>>,
    /// The simplest thing that runs commands, which is asked the same; `None`: nobody looks.
    plain: Option<Mutex<Memory>>,
}

pub(super) fn options(url: &str, preset: &str) -> (Options, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(START));
    let asked = Arc::clone(&clock);
    let mut options = Options::new(url, Arc::new(Model::preset(preset).unwrap()));
    options.clock = Arc::new(move || Timestamp(asked.fetch_add(1, Ordering::SeqCst)));
    (options, clock)
}

impl Stage {
    pub(super) async fn open(url: &str, preset: &str) -> Self {
        let (options, clock) = options(url, preset);
        Self { store: Store::open(options).await.unwrap(), clock, seen: Mutex::default(), plain: None }
    }
    /// The same beside a plain memory: both are asked everything, must answer alike, and hold the same afterwards.
    pub(super) async fn beside_memory(url: &str, preset: &str) -> Self {
        Self { plain: Some(Mutex::new(Memory::new(preset))), ..Self::open(url, preset).await }
    }
    /// Another process on the same database, which the start-up lock would refuse.
    pub(super) async fn intruder(url: &str, preset: &str, check: Check) -> Self {
        let (options, clock) = options(url, preset);
        let db = Db::connect(url).await.unwrap();
        db::migrate(&db).await.unwrap();
        let store = crate::open::open_with(options, db, StartLock::nothing(), check).await.unwrap();
        Self { store, clock, seen: Mutex::default(), plain: None }
    }
    pub(super) fn wait(&self, span: Span) {
        self.clock.fetch_add(span.0, Ordering::SeqCst);
    }
    pub(super) fn db(&self) -> &Db {
        self.store.db()
    }
    /// Writes, and compares what stands in memory with what the tables say.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        mut decide: impl FnMut(&World<'_>) -> Result<Decided<T>, Stop> + Send,
    ) -> Result<T, WriteError> {
        let (mut at, new) = (Timestamp(START), Arc::new(Mutex::new(Vec::new())));
        let (store, noted) = (self.store.clone(), Arc::clone(&new));
        let fresh = Fresh(Box::new(move || {
            let id = store.fresh();
            noted.lock().push(id);
            id
        }));
        let written = self.store.write(&[], |world| {
            new.lock().clear();
            at = world.now;
            let (tenants, users, absent) = (world.tenants.clone(), world.users.clone(), world.absent.clone());
            decide(&World { now: at, model: world.model, tenants, users, absent, barred: world.barred, fresh: &fresh })
        });
        let written = written.await;
        if let Some(plain) = &self.plain {
            let repeated = repeat(&mut plain.lock(), at, new.lock().clone(), decide).map(|_| ());
            match (&written, repeated) {
                (Ok(_), Ok(())) => {}
                (Err(WriteError::Stop(stop)), Err(beside)) => assert_eq!(*stop, beside),
                (written, beside) => panic!("{:?} here, {beside:?} in memory", written.as_ref().map(|_| ())),
            }
        }
        let committed = written?;
        self.seen.lock().extend(committed.revisions.iter().map(|(stream, _)| *stream));
        self.check().await;
        Ok(committed.value)
    }
    /// What the tables hold is what the plain memory holds: streams, state, claims.
    async fn check_beside(&self, plain: &Mutex<Memory>) {
        let (tenants, users, claims) = {
            let plain = plain.lock();
            (plain.tenants.clone(), plain.users.clone(), plain.claims.clone())
        };
        let count = self.db().query_one(statement("SELECT COUNT(*) AS n FROM stream"), &[]).await.unwrap().unwrap();
        assert_eq!(count.u64("n").unwrap(), (tenants.len() + users.len()) as u64);
        for (id, tenant) in tenants {
            let (stored, _) = loader::tenant(self.db(), self.store.model(), id, Timestamp(0)).await.unwrap().unwrap();
            assert_eq!(sorted(stored.facts()), sorted(tenant.facts()), "{id}");
        }
        for (id, user) in users {
            assert_eq!(loader::user(self.db(), id).await.unwrap().unwrap().0, user, "{id}");
        }
        let mut stored = BTreeSet::new();
        for row in self.db().query(statement("SELECT kind, key, holder, free_at FROM claim"), &[]).await.unwrap() {
            let free_at = row.opt("free_at", crate::db::Row::time).unwrap();
            stored.insert((row.text("kind").unwrap(), row.text("key").unwrap(), row.uuid("holder").unwrap().as_u128(), free_at));
        }
        let held = claims.into_iter().map(|((kind, key), (holder, free_at))| (kind.as_str().to_owned(), key, holder, free_at));
        assert_eq!(stored, held.collect());
    }
    pub(super) fn streams(&self) -> Vec<StreamId> {
        self.seen.lock().iter().copied().collect()
    }
    /// What stands in memory is what the tables say, for every stream ever touched.
    pub(super) async fn check(&self) {
        if let Some(plain) = &self.plain {
            self.check_beside(plain).await;
        }
        for stream in self.streams() {
            let mut held = self.store.inner.memory.lock(stream).await.unwrap();
            held.load(self.db(), self.store.model(), self.store.now()).await.unwrap();
            let loaded = held.loaded().unwrap();
            match (&loaded.state, stream) {
                (State::Tenant(twin), StreamId::Tenant(id)) => {
                    let (fresh, head) = loader::tenant(self.db(), self.store.model(), id, Timestamp(0)).await.unwrap().unwrap();
                    assert_eq!(head, loaded.head, "{id}");
                    assert_eq!(sorted(twin.front.facts()), sorted(fresh.facts()), "{id}");
                    assert_eq!(held.view().unwrap().revision(), fresh.revision());
                }
                (State::User(user), StreamId::User(id)) => {
                    let (fresh, head) = loader::user(self.db(), id).await.unwrap().unwrap();
                    assert_eq!(head, loaded.head, "{id}");
                    assert_eq!(*user, fresh);
                    assert_eq!(self.store.is_barred(id), fresh.status != guildhall_core::user::AccountStatus::Active, "{id}");
                }
                (State::Tenant(_), StreamId::User(_)) | (State::User(_), StreamId::Tenant(_)) => panic!("{stream:?} is of the other kind"),
            }
        }
    }

    pub(super) async fn person(&self) -> Principal {
        let address = AddressId::new(self.store.fresh());
        let birth = account::Birth { address: Some(address), provider: None, name: Some(Name::parse("Ann").unwrap()), external_id: None };
        let id = self.run(|world| account::create(world, Permit::system("test", Place::Deployment), birth.clone())).await.unwrap();
        principal(id)
    }
    pub(super) async fn found(&self, owner: &Principal, slug: &str) -> TenantId {
        self.try_found(owner, slug).await.unwrap()
    }
    pub(super) async fn try_found(&self, owner: &Principal, slug: &str) -> Result<TenantId, WriteError> {
        let (name, slug, first) = (Name::parse(slug).unwrap(), Slug::parse(slug).unwrap(), organization::FirstOwner::User(user(owner)));
        self.run(|world| organization::found(world, Permit::founder(owner)?, name.clone(), &slug, first, None)).await
    }
    pub(super) async fn invite(&self, by: &Principal, tenant: TenantId, invitee: Invitee, roles: &[&str]) -> InvitationId {
        let row = Row { invitee, holder: None, roles: (!roles.is_empty()).then(|| keys(roles)) };
        let way = if matches!(invitee, Invitee::User(_)) { InviteBy::Handle } else { InviteBy::Email };
        let rows = self
            .run(|world| invitation::invite(world, world.sight(tenant)?.permit(by, tenant.scope())?, None, way, std::slice::from_ref(&row)))
            .await;
        rows.unwrap().remove(0).map(Invited::id).unwrap()
    }
    pub(super) async fn accept(&self, who: &Principal, tenant: TenantId, id: InvitationId) -> Result<UserId, WriteError> {
        self.run(|world| invitation::accept(world, Permit::invited(who, tenant)?, id, &Joining::User)).await
    }
    pub(super) async fn join(&self, by: &Principal, tenant: TenantId, roles: &[&str]) -> Principal {
        let who = self.person().await;
        let address = loader::user(self.db(), user(&who)).await.unwrap().unwrap().0.primary.unwrap();
        let id = self.invite(by, tenant, Invitee::Address(address), roles).await;
        self.accept(&who, tenant, id).await.unwrap();
        who
    }
    pub(super) async fn change(&self, by: &Principal, tenant: TenantId, whom: &Principal, roles: &[&str]) -> Result<(), WriteError> {
        let (whom, roles) = (user(whom), keys(roles));
        self.run(|world| member::change_roles(world, world.sight(tenant)?.permit(by, tenant.scope())?, whom, &roles, None)).await
    }
    pub(super) async fn remove(&self, by: &Principal, tenant: TenantId, whom: &Principal) -> Result<member::Removal, WriteError> {
        let (whom, sent) = (user(whom), member::SentInvitations::Withdraw);
        self.run(|world| member::remove(world, world.sight(tenant)?.permit(by, tenant.scope())?, whom, sent, None)).await
    }
    pub(super) async fn leave(&self, who: &Principal, tenant: TenantId) -> Result<member::Removal, WriteError> {
        self.run(|world| member::leave(world, world.sight(tenant)?.permit::<op::MemberLeave>(who, tenant.scope())?)).await
    }
    pub(super) async fn suspend(&self, by: &Principal, tenant: TenantId, whom: &Principal) -> Result<(), WriteError> {
        let whom = user(whom);
        self.run(|world| member::suspend(world, world.sight(tenant)?.permit(by, tenant.scope())?, whom)).await
    }
    pub(super) async fn reinstate(&self, by: &Principal, tenant: TenantId, whom: &Principal) -> Result<(), WriteError> {
        let whom = user(whom);
        self.run(|world| member::reinstate(world, world.sight(tenant)?.permit(by, tenant.scope())?, whom)).await
    }
    pub(super) async fn transfer(&self, by: &Principal, tenant: TenantId, to: &Principal) -> Result<(), WriteError> {
        let to = user(to);
        self.run(|world| ownership::transfer(world, world.sight(tenant)?.permit(by, tenant.scope())?, to)).await
    }
    pub(super) async fn bar(&self, whom: &Principal) -> Result<account::Suspension, WriteError> {
        let whom = user(whom);
        self.run(|world| account::suspend(world, Permit::operator("test", Place::Deployment), whom)).await
    }
    pub(super) async fn let_in(&self, whom: &Principal) -> Result<(), WriteError> {
        let whom = user(whom);
        self.run(|world| account::reinstate(world, Permit::operator("test", Place::Deployment), whom)).await
    }
    pub(super) async fn roles(&self, tenant: TenantId, who: &Principal) -> Option<Vec<String>> {
        let view = self.store.tenant(tenant).await.unwrap().unwrap();
        let membership = view.tenant.membership(user(who), tenant.scope())?;
        Some(membership.roles.iter().map(ToString::to_string).collect())
    }
}

/// Asks the plain memory what a store was asked: at that moment, with the ids that were new there.
fn repeat<T>(
    plain: &mut Memory,
    at: Timestamp,
    new: Vec<uuid::Uuid>,
    decide: impl FnMut(&World<'_>) -> Result<Decided<T>, Stop>,
) -> Result<T, Stop> {
    let (decide, next) = (RefCell::new(decide), Arc::new(AtomicUsize::new(0)));
    let taken = Arc::clone(&next);
    plain.now = at;
    plain.fresh = Fresh(Box::new(move || *new.get(taken.fetch_add(1, Ordering::Relaxed)).expect("as many new ids as there")));
    plain.run(|world| {
        next.store(0, Ordering::Relaxed);
        (decide.borrow_mut())(world)
    })
}

pub(super) fn user(who: &Principal) -> UserId {
    who.user().unwrap()
}

pub(super) fn keys(roles: &[&str]) -> Vec<RoleKey> {
    roles.iter().copied().map(RoleKey::new).collect()
}

pub(super) fn principal(user: UserId) -> Principal {
    let at = Timestamp(START);
    let record = SessionRecord {
        id: SessionId::from_u128(user.as_u128()),
        user,
        token_hash: link::hash("token"),
        created_at: at,
        signed_in_at: at,
        last_seen_at: at,
        ended_at: None,
    };
    record.principal("token", at).unwrap()
}

/// Roles are a set: their order in memory is the command's, from rows it is the alphabet's.
pub(super) fn sorted(facts: &TenantFacts) -> TenantFacts {
    let mut facts = facts.clone();
    for membership in facts.memberships.values_mut() {
        membership.roles.sort();
    }
    facts
}
