//! A store with a clock that tests move, people with addresses, and permits as decisions make them.

use crate::{
    Options, Store, WriteError,
    sql::directory::row::{self, NewRow, Shown, Standing},
};
use guildhall_access::model::InviteBy;
use guildhall_core::{
    AddressId, Decided, InvitationId, Model, Permit, Principal, RoleKey, SessionId, Stop, TenantId, Timestamp, UserId, World, account,
    change::Invitee,
    invitation::{self, Invited, Joining, Row},
    link, organization,
    permit::{Op, Place},
    session::SessionRecord,
    text::{Address, Handle, Name, Slug},
    time::Span,
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

const START: i64 = 1_800_000_000_000_000;

#[derive(Debug)]
pub(super) struct Stage {
    pub(super) store: Store,
    clock: Arc<AtomicI64>,
}

impl Stage {
    pub(super) async fn open(url: &str) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let asked = Arc::clone(&clock);
        let mut options = Options::new(url, Arc::new(Model::preset("pipes").unwrap()));
        options.clock = Arc::new(move || Timestamp(asked.load(Ordering::SeqCst)));
        Self { store: Store::open(options).await.unwrap(), clock }
    }
    pub(super) fn wait(&self, span: Span) {
        self.clock.fetch_add(span.0, Ordering::SeqCst);
    }
    pub(super) fn sign_in_again(&self, who: &Principal) -> Principal {
        signed_in_at(user(who), self.store.now())
    }
    pub(super) async fn run<T: Send + 'static>(
        &self,
        decide: impl FnMut(&World<'_>) -> Result<Decided<T>, Stop> + Send,
    ) -> Result<T, WriteError> {
        self.clock.fetch_add(1, Ordering::SeqCst);
        self.store.write(&[], decide).await.map(|committed| committed.value)
    }
    pub(super) async fn address(&self, text: &str) -> AddressId {
        self.store.intern_addresses(&[Address::parse(text).unwrap()]).await.unwrap()[0]
    }
    /// Somebody with a proven address.
    pub(super) async fn person(&self, name: &str, address: &str) -> Principal {
        let birth = account::Birth {
            address: Some(self.address(address).await),
            provider: None,
            name: Some(Name::parse(name).unwrap()),
            external_id: None,
        };
        principal(self.run(|world| account::create(world, system(), birth.clone())).await.unwrap())
    }
    pub(super) async fn handle(&self, who: &Principal, handle: &str) {
        let handle = Handle::parse(handle).unwrap();
        self.run(|world| account::update(world, Permit::own(who)?, handle.clone().into())).await.unwrap();
    }
    pub(super) async fn rename(&self, who: &Principal, name: &str) {
        let name = Name::parse(name).unwrap();
        self.run(|world| account::update(world, Permit::own(who)?, name.clone().into())).await.unwrap();
    }
    pub(super) async fn found(&self, owner: &Principal, slug: &str) -> TenantId {
        self.try_found(owner, slug).await.unwrap()
    }
    pub(super) async fn try_found(&self, owner: &Principal, slug: &str) -> Result<TenantId, WriteError> {
        let (name, slug, first) = (Name::parse(slug).unwrap(), Slug::parse(slug).unwrap(), organization::FirstOwner::User(user(owner)));
        self.run(|world| organization::found(world, Permit::founder(owner)?, name.clone(), &slug, first, None)).await
    }
    pub(super) async fn invite_all(&self, by: &Principal, tenant: TenantId, invitees: &[Invitee]) -> Vec<InvitationId> {
        let role = self.role();
        let rows: Vec<Row> =
            invitees.iter().map(|invitee| Row { invitee: *invitee, holder: None, roles: Some(vec![role.clone()]) }).collect();
        let way = if matches!(invitees[0], Invitee::User(_)) { InviteBy::Handle } else { InviteBy::Email };
        let decided =
            self.run(|world| invitation::invite(world, world.sight(tenant)?.permit(by, tenant.scope())?, None, way, &rows)).await.unwrap();
        decided.into_iter().map(|row| row.map(Invited::id).unwrap()).collect()
    }
    pub(super) async fn invite(&self, by: &Principal, tenant: TenantId, address: &str) -> InvitationId {
        let address = self.address(address).await;
        self.invite_all(by, tenant, &[Invitee::Address(address)]).await[0]
    }
    pub(super) async fn accept(&self, who: &Principal, tenant: TenantId, id: InvitationId) {
        self.run(|world| invitation::accept(world, Permit::invited(who, tenant)?, id, &Joining::User)).await.unwrap();
    }
    pub(super) async fn join(&self, by: &Principal, tenant: TenantId, name: &str, address: &str) -> Principal {
        let who = self.person(name, address).await;
        let id = self.invite(by, tenant, address).await;
        self.accept(&who, tenant, id).await;
        who
    }
    /// What the model lets one invite with, other than the top role.
    pub(super) fn role(&self) -> RoleKey {
        let model = self.store.model();
        let top = &model.organization.top_role;
        model
            .roles
            .iter()
            .find(|role| role.membership && role.key != *top && role.at == guildhall_core::ScopeKind::Organization)
            .unwrap()
            .key
            .clone()
    }
    /// Puts rows into the directory behind the store's back: many of them, quickly.
    pub(super) async fn put_behind(&self, org: TenantId, all: impl Iterator<Item = (Shown, Standing)>) {
        let (model, role) = (Arc::clone(self.store.model()), self.role());
        let mut writes = Vec::new();
        for (shown, standing) in all {
            // No ids in order of time: pages must not rest on that.
            let id = uuid::Uuid::from_u128(self.store.fresh().as_u128().reverse_bits());
            let place = row::Place { tenant: org, scope: org.scope(), id };
            let new =
                NewRow { place, subject: id, shown: &shown, roles: std::slice::from_ref(&role), standing, invited_by: None, revision: 1 };
            row::put(&model, &new, &mut writes);
        }
        self.store
            .db()
            .write::<(), crate::Fault, _>(move |tx| {
                let writes = writes.clone();
                Box::pin(async move { tx.execute_all(&writes).await.map(drop) })
            })
            .await
            .unwrap();
    }
    pub(super) async fn permit<O: Op>(&self, who: &Principal, tenant: TenantId) -> Permit<O> {
        let view = self.store.tenant(tenant).await.unwrap().unwrap();
        view.sight(&self.store).permit(who, tenant.scope()).unwrap()
    }
}

pub(super) fn system<O: Op>() -> Permit<O> {
    Permit::system("test", Place::Deployment)
}

pub(super) fn user(who: &Principal) -> UserId {
    who.user().unwrap()
}

pub(super) fn session(user: UserId, id: u128, at: Timestamp) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_u128(id),
        user,
        token_hash: link::hash("token"),
        created_at: at,
        signed_in_at: at,
        last_seen_at: at,
        ended_at: None,
    }
}

pub(super) fn principal(user: UserId) -> Principal {
    signed_in_at(user, Timestamp(START))
}

fn signed_in_at(user: UserId, at: Timestamp) -> Principal {
    session(user, user.as_u128(), at).principal("token", at).unwrap()
}
