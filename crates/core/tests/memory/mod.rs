//! The simplest thing that runs commands as a store does: whole again on `Needs`, all or nothing, in order.

#![allow(unreachable_pub, dead_code, reason = "a module of several test programs, each of which uses a part of it")]

use guildhall_access::model::InviteBy;
use guildhall_core::{
    AddressId, Change, Claim, ClaimKind, Decided, InvitationId, Model, OrganizationId, Permit, Principal, Refusal, RoleKey, ScopeId,
    SessionId, Stop, StreamId, Tenant, TenantId, Timestamp, User, UserId, World, account,
    change::Invitee,
    invitation::{self, Invited, Joining, Row},
    link, member, op, organization,
    permit::Place,
    session::SessionRecord,
    text::{Name, Slug},
    time::Span,
    world::{Barred, Fresh, Sight},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

#[derive(Debug)]
pub struct Memory {
    pub model: Arc<Model>,
    pub now: Timestamp,
    pub tenants: BTreeMap<TenantId, Tenant>,
    pub users: BTreeMap<UserId, User>,
    pub claims: BTreeMap<(ClaimKind, String), (u128, Option<Timestamp>)>,
    pub n_mails: usize,
    /// Off: what is committed is not checked against what was read (to show that the check is what helps).
    pub check_revisions: bool,
    next: Arc<AtomicU64>,
    pub fresh: Fresh,
}

pub fn model(preset: &str) -> Arc<Model> {
    Arc::new(Model::preset(preset).unwrap_or_else(|_| panic!("the preset `{preset}`")))
}

/// A decision with the streams it was made on, to be committed later: what a second process holds in its hands.
pub type Outcome<T> = Result<T, Stop>;

impl Memory {
    pub fn new(preset: &str) -> Self {
        let next = Arc::new(AtomicU64::new(1));
        let fresh = ids(&next);
        Self {
            next,
            model: model(preset),
            now: Timestamp(1_800_000_000_000_000),
            tenants: BTreeMap::new(),
            users: BTreeMap::new(),
            claims: BTreeMap::new(),
            n_mails: 0,
            check_revisions: true,
            fresh,
        }
    }

    /// The same state once more, to try something on.
    pub fn fork(&self) -> Self {
        Self {
            model: Arc::clone(&self.model),
            now: self.now,
            tenants: self.tenants.clone(),
            users: self.users.clone(),
            claims: self.claims.clone(),
            n_mails: self.n_mails,
            check_revisions: self.check_revisions,
            fresh: ids(&self.next),
            next: Arc::clone(&self.next),
        }
    }

    fn barred(&self) -> Barred {
        let barred: BTreeSet<UserId> =
            self.users.values().filter(|user| user.status != guildhall_core::user::AccountStatus::Active).map(|user| user.id).collect();
        Barred(Box::new(move |user| barred.contains(&user)))
    }

    /// Decides without committing.
    pub fn decide<T>(&self, f: impl Fn(&World<'_>) -> Result<Decided<T>, Stop>) -> Outcome<Decided<T>> {
        let barred = self.barred();
        let mut streams: BTreeSet<StreamId> = BTreeSet::new();
        for _ in 0..20 {
            let mut world = World {
                now: self.now,
                model: &self.model,
                tenants: HashMap::new(),
                users: HashMap::new(),
                absent: Vec::new(),
                barred: &barred,
                fresh: &self.fresh,
            };
            for stream in &streams {
                match stream {
                    StreamId::Tenant(id) => match self.tenants.get(id) {
                        Some(tenant) => drop(world.tenants.insert(*id, tenant)),
                        None => world.absent.push(*stream),
                    },
                    StreamId::User(id) => match self.users.get(id) {
                        Some(user) => drop(world.users.insert(*id, user)),
                        None => world.absent.push(*stream),
                    },
                }
            }
            match f(&world) {
                Err(Stop::Needs(more)) => streams.extend(more),
                other => return other,
            }
        }
        panic!("a command that never has what it needs")
    }

    fn revision(&self, stream: StreamId) -> u64 {
        match stream {
            StreamId::Tenant(id) => self.tenants.get(&id).map_or(0, Tenant::revision),
            StreamId::User(id) => self.users.get(&id).map_or(0, |user| user.revision),
        }
    }

    /// Commits; `None`: a stream has moved since, decide again.
    pub fn commit<T>(&mut self, decided: Decided<T>) -> Option<Outcome<T>> {
        if self.check_revisions && decided.reads.iter().any(|(stream, revision)| self.revision(*stream) != *revision) {
            return None;
        }
        for (stream, _) in &decided.changes {
            assert!(decided.reads.iter().any(|(read, _)| read == stream), "{stream:?} is changed but was not read");
        }
        let before = self.claims.clone();
        for claim in &decided.claims {
            if let Err(refusal) = self.claim(claim) {
                self.claims = before;
                return Some(Err(refusal.into()));
            }
        }
        let mut by_stream: BTreeMap<StreamId, Vec<Change>> = BTreeMap::new();
        for (stream, change) in decided.changes {
            by_stream.entry(stream).or_default().push(change);
        }
        for (stream, changes) in by_stream {
            let revision = self.revision(stream) + 1;
            match stream {
                StreamId::Tenant(id) => {
                    let model = &self.model;
                    let tenant = self.tenants.entry(id).or_insert_with(|| Tenant::unborn(id, model).expect("an unborn tenant"));
                    tenant.apply(&changes, revision, decided.at).expect("changes follow on the state");
                    let loaded = Tenant::load(id, &self.model, tenant.facts().clone()).expect("what was applied loads");
                    assert_eq!(loaded.revision(), tenant.revision());
                }
                StreamId::User(id) => {
                    let user = self.users.entry(id).or_insert_with(|| User::unborn(id));
                    user.apply(&changes, revision).expect("changes follow on the state");
                }
            }
        }
        self.n_mails += decided.mails.len();
        self.check_invariants();
        Some(Ok(decided.value))
    }

    fn claim(&mut self, claim: &Claim) -> Result<(), Refusal> {
        match claim {
            // Nobody revokes a key here.
            Claim::KeyLives { .. } => Ok(()),
            Claim::Take { kind, key, holder, refusal } => match self.claims.get(&(*kind, key.clone())) {
                Some((other, free_at)) if other != holder && free_at.is_none_or(|at| self.now < at) => Err(refusal.clone()),
                Some(_) | None => {
                    self.claims.insert((*kind, key.clone()), (*holder, None));
                    Ok(())
                }
            },
            Claim::Release { kind, key, holder, free_at } => {
                let at_once = *free_at <= self.now;
                let meant =
                    |(k, text): &(ClaimKind, String), by: u128| k == kind && by == *holder && key.as_ref().is_none_or(|key| key == text);
                self.claims.retain(|claim, (by, _)| !(at_once && meant(claim, *by)));
                for (claim, (by, rests)) in &mut self.claims {
                    if rests.is_none() && meant(claim, *by) {
                        *rests = Some(*free_at);
                    }
                }
                Ok(())
            }
        }
    }

    pub fn run<T>(&mut self, f: impl Fn(&World<'_>) -> Result<Decided<T>, Stop>) -> Outcome<T> {
        let decided = self.decide(f)?;
        self.commit(decided).expect("nobody else commits here")
    }

    /// What must hold after every commit, whatever happened.
    pub fn check_invariants(&self) {
        for tenant in self.tenants.values() {
            self.check_owners(tenant);
            for user in tenant.top_holders(tenant.root()) {
                let knows = self.users.get(&user).is_some_and(|user| user.owns.contains_key(&tenant.root()));
                assert!(knows || tenant.is_deleted() || self.is_deleted(user), "{user} holds the top role and their stream doesn't know");
            }
        }
        for user in self.users.values() {
            for (scope, tenant) in &user.owns {
                let tenant = &self.tenants[tenant];
                assert!(tenant.top_holders(*scope).any(|holder| holder == user.id), "{} owns what they don't hold", user.id);
            }
        }
    }

    fn is_deleted(&self, user: UserId) -> bool {
        self.users.get(&user).is_none_or(|user| user.status == guildhall_core::user::AccountStatus::Deleted)
    }

    fn check_owners(&self, tenant: &Tenant) {
        if !self.check_revisions || tenant.is_deleted() || tenant.memberships().is_empty() {
            return;
        }
        let able = |user: &UserId| !self.is_deleted(*user);
        let n = tenant.active_top_holders(tenant.root()).filter(able).count();
        let suspended_by_operator =
            tenant.top_holders(tenant.root()).any(|user| self.users[&user].status != guildhall_core::user::AccountStatus::Active);
        assert!(n >= 1 || suspended_by_operator, "nobody owns {}", tenant.id);
        if tenant.holders() == guildhall_access::model::Holders::ExactlyOne {
            assert_eq!(tenant.top_holders(tenant.root()).count(), 1, "exactly one owner");
        }
    }

    // People and what they do, in one line each.

    pub fn person(&mut self) -> Principal {
        let address = AddressId::new((self.fresh.0)());
        self.person_at(address)
    }
    pub fn person_at(&mut self, address: AddressId) -> Principal {
        let birth = account::Birth { address: Some(address), provider: None, name: None, external_id: None };
        let id = self.run(|world| account::create(world, Permit::system("test", Place::Deployment), birth.clone())).expect("a new user");
        self.principal(id)
    }
    pub fn principal(&self, user: UserId) -> Principal {
        let record = SessionRecord {
            id: SessionId::from_u128(user.as_u128()),
            user,
            token_hash: link::hash("token"),
            created_at: self.now,
            signed_in_at: self.now,
            last_seen_at: self.now,
            ended_at: None,
        };
        record.principal("token", self.now).expect("a live session")
    }
    pub fn found(&mut self, owner: &Principal, slug: &str) -> TenantId {
        let (name, slug) = (Name::parse(slug).unwrap(), Slug::parse(slug).unwrap());
        let user = owner.user().unwrap();
        self.run(|world| {
            let permit = Permit::founder(owner)?;
            organization::found(world, permit, name.clone(), &slug, organization::FirstOwner::User(user), None)
        })
        .expect("a new organization")
    }
    pub fn invite(
        &mut self,
        by: &Principal,
        tenant: TenantId,
        invitee: Invitee,
        roles: Option<&[&str]>,
    ) -> Outcome<Result<Invited, Refusal>> {
        let row = Row { invitee, holder: None, roles: roles.map(keys) };
        let way = if matches!(invitee, Invitee::User(_)) { InviteBy::Handle } else { InviteBy::Email };
        self.run(|world| {
            let permit = world.sight(tenant)?.permit(by, tenant.scope())?;
            invitation::invite(world, permit, None, way, std::slice::from_ref(&row))
        })
        .map(|mut rows| rows.remove(0))
    }
    pub fn accept(&mut self, who: &Principal, tenant: TenantId, id: InvitationId) -> Outcome<UserId> {
        self.run(|world| invitation::accept(world, Permit::invited(who, tenant)?, id, &Joining::User))
    }
    /// Somebody joins with these roles, invited by the system (as seeding does).
    pub fn join(&mut self, tenant: TenantId, roles: &[&str]) -> Principal {
        let who = self.person();
        let address = *self.users[&who.user().unwrap()].addresses.first().unwrap();
        let row = Row { invitee: Invitee::Address(address), holder: None, roles: None };
        let id = self
            .run(|world| {
                let permit = Permit::system("test", Place::Scope { tenant, scope: tenant.scope() });
                let roles = match world.model.invitation.role {
                    guildhall_access::model::InvitationRole::Fixed => None,
                    guildhall_access::model::InvitationRole::Optional | guildhall_access::model::InvitationRole::Required => {
                        Some(invitable(world, roles))
                    }
                };
                invitation::invite(world, permit, None, InviteBy::Email, &[Row { roles, ..row.clone() }])
            })
            .expect("invited")
            .remove(0)
            .expect("a row that passes")
            .id();
        self.accept(&who, tenant, id).expect("accepts");
        let user = who.user().unwrap();
        if self.tenants[&tenant].membership(user, tenant.scope()).unwrap().roles != keys(roles) {
            self.run(|world| {
                let permit = Permit::system("test", Place::Scope { tenant, scope: tenant.scope() });
                member::change_roles(world, permit, user, &keys(roles), None)
            })
            .expect("roles");
        }
        who
    }
    pub fn change(&mut self, by: &Principal, tenant: TenantId, whom: &Principal, roles: &[&str]) -> Outcome<()> {
        let (user, roles) = (whom.user().unwrap(), keys(roles));
        self.run(|world| {
            let permit = world.sight(tenant)?.permit(by, tenant.scope())?;
            member::change_roles(world, permit, user, &roles, None)
        })
    }
    pub fn remove(&mut self, by: &Principal, tenant: TenantId, whom: &Principal) -> Outcome<member::Removal> {
        let user = whom.user().unwrap();
        self.run(|world| {
            let permit = world.sight(tenant)?.permit(by, tenant.scope())?;
            member::remove(world, permit, user, member::SentInvitations::Withdraw, None)
        })
    }
    pub fn leave(&mut self, who: &Principal, tenant: TenantId) -> Outcome<member::Removal> {
        self.run(|world| member::leave(world, world.sight(tenant)?.permit::<op::MemberLeave>(who, tenant.scope())?))
    }
    pub fn suspend(&mut self, by: &Principal, tenant: TenantId, whom: &Principal) -> Outcome<()> {
        let user = whom.user().unwrap();
        self.run(|world| member::suspend(world, world.sight(tenant)?.permit(by, tenant.scope())?, user))
    }
    pub fn transfer(&mut self, by: &Principal, tenant: TenantId, to: &Principal) -> Outcome<()> {
        let to = to.user().unwrap();
        self.run(|world| {
            let permit = world.sight(tenant)?.permit(by, tenant.scope())?;
            guildhall_core::ownership::transfer(world, permit, to)
        })
    }
    pub fn roles(&self, tenant: TenantId, who: &Principal) -> Option<Vec<String>> {
        let membership = self.tenants[&tenant].membership(who.user().unwrap(), tenant.scope())?;
        Some(membership.roles.iter().map(ToString::to_string).collect())
    }
    pub fn may(&self, who: &Principal, tenant: TenantId, operation: guildhall_access::Operation) -> bool {
        let barred = self.barred();
        let tenant = &self.tenants[&tenant];
        let sight = Sight { tenant: tenant.id, snapshot: &tenant.snapshot, barred: &barred.0, now: self.now };
        sight.may(who.user().unwrap(), operation, tenant.root())
    }
    pub fn wait(&mut self, span: Span) {
        self.now = self.now + span;
    }
    pub fn address(&self) -> AddressId {
        AddressId::new((self.fresh.0)())
    }
    pub fn scope(tenant: TenantId) -> ScopeId {
        tenant.scope()
    }
    pub fn n_organizations(&self) -> usize {
        self.tenants.values().filter(|tenant| !tenant.is_deleted()).count()
    }
    pub fn organization_ids(&self) -> Vec<OrganizationId> {
        self.tenants.keys().copied().collect()
    }
}

fn ids(next: &Arc<AtomicU64>) -> Fresh {
    let next = Arc::clone(next);
    Fresh(Box::new(move || uuid::Uuid::from_u128((7 << 76) | u128::from(next.fetch_add(1, Ordering::Relaxed)))))
}

fn invitable(world: &World<'_>, roles: &[&str]) -> Vec<RoleKey> {
    let rules = &world.model.invitation;
    let roles = keys(roles);
    let open = rules.offered.is_empty() || roles.iter().all(|role| rules.offered.contains(role));
    if open { roles } else { rules.offered.last().cloned().into_iter().collect() }
}

pub fn keys(roles: &[&str]) -> Vec<RoleKey> {
    let mut keys: Vec<RoleKey> = roles.iter().map(|role| RoleKey::new(role)).collect();
    keys.sort_unstable();
    keys
}

pub fn refusal<T: std::fmt::Debug>(outcome: Outcome<T>) -> Refusal {
    match outcome {
        Err(Stop::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
