//! What a command sees: the tenants and users it has asked for, the moment, and a source of new ids.

use crate::{
    Denied, Permit, Refusal, StreamId, Tenant, TenantId, Timestamp, User, UserId,
    permit::{Op, Place},
    text::BadText,
};
use guildhall_access::{Model, Operation, ScopeId, Snapshot};
use std::{collections::HashMap, sync::Arc};

/// Why a command stopped without a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It must also read these streams; the store loads them and calls again, whole.
    Needs(Vec<StreamId>),
    Denied(Denied),
    Refused(Refusal),
    Rejected(BadText),
    /// Sign in again first: this asks for a fresh sign-in.
    StepUp,
    /// Nothing of that id, here.
    NotFound,
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}
impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<BadText> for Stop {
    fn from(bad: BadText) -> Self {
        Self::Rejected(bad)
    }
}

/// The loaded streams, the moment and fresh ids. Built by the store, under the streams' locks.
#[derive(Debug)]
pub struct World<'a> {
    pub now: Timestamp,
    pub model: &'a Arc<Model>,
    pub tenants: HashMap<TenantId, &'a Tenant>,
    pub users: HashMap<UserId, &'a User>,
    /// Streams that were asked for and don't exist.
    pub absent: Vec<StreamId>,
    pub barred: &'a Barred,
    pub fresh: &'a Fresh,
}

/// Users whose account is suspended or deleted: every decision consults it.
pub struct Barred(pub Box<dyn Fn(UserId) -> bool + Send + Sync>);
/// A source of new version 7 uuids.
pub struct Fresh(pub Box<dyn Fn() -> uuid::Uuid + Send + Sync>);

impl std::fmt::Debug for Barred {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Barred")
    }
}
impl std::fmt::Debug for Fresh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fresh")
    }
}

impl<'a> World<'a> {
    /// The tenant, or the wish to have it loaded.
    pub fn tenant(&self, id: TenantId) -> Result<&'a Tenant, Stop> {
        if let Some(tenant) = self.tenants.get(&id) {
            return Ok(tenant);
        }
        self.missing(StreamId::Tenant(id))
    }
    /// The user, or the wish to have them loaded.
    pub fn user(&self, id: UserId) -> Result<&'a User, Stop> {
        if let Some(user) = self.users.get(&id) {
            return Ok(user);
        }
        self.missing(StreamId::User(id))
    }
    /// All of these users, or the wish to have those that are missing loaded at once.
    pub fn all_users(&self, ids: impl IntoIterator<Item = UserId>) -> Result<Vec<&'a User>, Stop> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            match self.users.get(&id) {
                Some(user) => found.push(*user),
                None if self.absent.contains(&StreamId::User(id)) => {}
                None => missing.push(StreamId::User(id)),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Stop::Needs(missing)) }
    }
    /// The same of tenants.
    pub fn all_tenants(&self, ids: impl IntoIterator<Item = TenantId>) -> Result<Vec<&'a Tenant>, Stop> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in ids {
            match self.tenants.get(&id) {
                Some(tenant) => found.push(*tenant),
                None if self.absent.contains(&StreamId::Tenant(id)) => {}
                None => missing.push(StreamId::Tenant(id)),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Stop::Needs(missing)) }
    }
    fn missing<T>(&self, stream: StreamId) -> Result<T, Stop> {
        if self.absent.contains(&stream) { Err(Stop::NotFound) } else { Err(Stop::Needs(vec![stream])) }
    }
    /// The tenant and scope a permit speaks of. A deleted organization is refused.
    pub(crate) fn place<O: Op>(&self, permit: &Permit<O>) -> Result<(&'a Tenant, ScopeId), Stop> {
        let Place::Scope { tenant, scope } = permit.place else { return Err(Stop::NotFound) };
        let tenant = self.tenant(tenant)?;
        if tenant.is_deleted() {
            return Err(Refusal::OrganizationDeleted.into());
        }
        Ok((tenant, scope))
    }
    pub fn fresh<K>(&self) -> crate::Id<K> {
        crate::Id::new((self.fresh.0)())
    }
    /// The tenant as decisions see it.
    pub fn sight(&self, tenant: TenantId) -> Result<Sight<'a>, Stop> {
        let tenant = self.tenant(tenant)?;
        Ok(Sight { tenant: tenant.id, snapshot: &tenant.snapshot, barred: &self.barred.0, now: self.now })
    }
}

/// One tenant as decisions see it: what readers use too, without a lock.
pub struct Sight<'a> {
    pub tenant: TenantId,
    pub snapshot: &'a Snapshot,
    pub barred: &'a (dyn Fn(UserId) -> bool + Send + Sync),
    pub now: Timestamp,
}

impl std::fmt::Debug for Sight<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sight").field("tenant", &self.tenant).field("now", &self.now).finish_non_exhaustive()
    }
}

impl Sight<'_> {
    /// Whether the scope exists in this tenant.
    pub fn knows(&self, scope: ScopeId) -> bool {
        self.snapshot.scope(scope).is_some()
    }
    /// Whether this user may do the operation here, now. Barred users may nothing.
    pub fn may(&self, user: UserId, operation: Operation, scope: ScopeId) -> bool {
        !(self.barred)(user) && self.snapshot.may(user.subject(), operation, scope, self.now.0)
    }
    /// Whether this user belongs here or above here, whatever they may do.
    pub fn sees(&self, user: UserId, scope: ScopeId) -> bool {
        !(self.barred)(user) && self.snapshot.belongs(user.subject(), scope, self.now.0)
    }
    pub(crate) fn decide(&self, user: UserId, operation: Option<Operation>, name: &'static str, scope: ScopeId) -> Result<(), Denied> {
        if !self.sees(user, scope) {
            return Err(Denied::NotVisible);
        }
        let Some(operation) = operation else { return Ok(()) };
        if self.may(user, operation, scope) {
            return Ok(());
        }
        Err(Denied::NotAllowed { operation: name, holders: self.holders(operation, scope) })
    }
    /// Whether the model opens the operation here, to whomever.
    pub(crate) fn opens(&self, operation: Operation, scope: ScopeId) -> bool {
        let model = self.snapshot.model();
        self.snapshot.scope(scope).is_some_and(|fact| model.permission_of(operation, fact.kind).is_some())
    }
    /// The titles of the roles that hold what opens the operation here, each with its module's: there are many a Manager (L-33).
    pub fn holders(&self, operation: Operation, scope: ScopeId) -> Vec<String> {
        let model = self.snapshot.model();
        let opened = self.snapshot.scope(scope).and_then(|fact| model.permission_of(operation, fact.kind));
        let Some(permission) = opened.and_then(|ix| model.permission_at(ix)) else { return Vec::new() };
        model.roles.iter().filter(|role| permission.roles.contains(&role.key)).map(|role| model.full_title(role)).collect()
    }
}
