//! A check that is missing does not compile: reading or writing takes a [`Permit`], and only decisions make one.

use crate::{KeyId, SessionId, Tenant, TenantId, Timestamp, UserId, tenant::Standing, world::Sight};
use guildhall_access::{Operation, ScopeId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, marker::PhantomData};

/// What a permit is for: one type per operation, so that a permit for another one doesn't compile.
pub trait Op: 'static {
    /// The model's operation; `None` for what no model opens (a person's own things, accepting, founding).
    const OPERATION: Option<Operation>;
    const NAME: &'static str;
}

macro_rules! ops {
    (opened by models: { $($opened:ident,)* } opened by none: { $($name:ident = $text:literal,)* }) => {
        /// One type per operation.
        pub mod op {
            use super::{Op, Operation};
            $(
                #[derive(Debug)]
                pub enum $opened {}
                impl Op for $opened {
                    const OPERATION: Option<Operation> = Some(Operation::$opened);
                    const NAME: &'static str = Operation::$opened.as_str();
                }
            )*
            $(
                #[derive(Debug)]
                pub enum $name {}
                impl Op for $name {
                    const OPERATION: Option<Operation> = None;
                    const NAME: &'static str = $text;
                }
            )*
        }
    };
}

ops! {
    opened by models: {
        OrganizationUpdate, OrganizationDelete, OwnershipTransfer,
        MemberView, MemberAdd, MemberChangeRoles, MemberSuspend, MemberRemove,
        InvitationView, InvitationCreate, InvitationRevoke,
        RoleView, AuditView,
    }
    opened by none: {
        Own = "own",
        OrganizationFound = "organization.found",
        OrganizationSee = "organization.see",
        MemberLeave = "member.leave",
        InvitationAnswer = "invitation.answer",
        UserCreate = "user.create",
        AccountSuspend = "account.suspend",
        Decide = "decide",
        // What operators do beside the model: mail, keys, the list of organizations.
        Operate = "operate",
    }
}

/// Who acts, as the log keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Actor {
    User { id: UserId },
    Key { id: KeyId },
    Operator { id: Option<UserId>, reason: String },
    System { reason: String },
}

impl Actor {
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User { id } => Some(*id),
            Self::Key { .. } | Self::Operator { .. } | Self::System { .. } => None,
        }
    }
}

/// Who asks, proven: made by [`crate::session`] from a session's token and by [`crate::key`] from a key's secret only.
#[derive(Clone, Debug)]
pub struct Principal(pub(crate) Who);

#[derive(Clone, Debug)]
pub(crate) enum Who {
    User { id: UserId, session: SessionId, signed_in_at: Timestamp },
    Key { id: KeyId, tenant: Option<TenantId>, operations: BTreeSet<String>, expires_at: Option<Timestamp> },
}

impl Principal {
    pub fn user(&self) -> Option<UserId> {
        match &self.0 {
            Who::User { id, .. } => Some(*id),
            Who::Key { .. } => None,
        }
    }
    pub fn session(&self) -> Option<SessionId> {
        match &self.0 {
            Who::User { session, .. } => Some(*session),
            Who::Key { .. } => None,
        }
    }
    pub fn key(&self) -> Option<KeyId> {
        match &self.0 {
            Who::User { .. } => None,
            Who::Key { id, .. } => Some(*id),
        }
    }
    /// The one tenant a key belongs to; `None` for a person and for a key of the deployment.
    pub fn tenant(&self) -> Option<TenantId> {
        match &self.0 {
            Who::User { .. } => None,
            Who::Key { tenant, .. } => *tenant,
        }
    }
    /// When they last proved who they are; keys always just did.
    pub fn signed_in_at(&self) -> Option<Timestamp> {
        match &self.0 {
            Who::User { signed_in_at, .. } => Some(*signed_in_at),
            Who::Key { .. } => None,
        }
    }
    pub fn actor(&self) -> Actor {
        match &self.0 {
            Who::User { id, .. } => Actor::User { id: *id },
            Who::Key { id, .. } => Actor::Key { id: *id },
        }
    }
}

/// Where a permit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Scope { tenant: TenantId, scope: ScopeId },
    User(UserId),
    Deployment,
}

/// The proof that a check was made. Not `Clone`: the command consumes it.
#[derive(Debug)]
pub struct Permit<O: Op> {
    pub(crate) actor: Actor,
    pub(crate) place: Place,
    /// The tenant's revision at which it was decided; 0 where no tenant was asked.
    pub(crate) revision: u64,
    /// When the person last proved who they are; `None` for programs, which always just did, and for what no person asked for.
    pub(crate) signed_in_at: Option<Timestamp>,
    _op: PhantomData<fn() -> O>,
}

/// Why there is no permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// They see nothing there: answered like an id that doesn't exist.
    NotVisible,
    /// They may not; `holders` are the titles of the roles that may (L-33).
    NotAllowed { operation: &'static str, holders: Vec<String> },
    /// A key without this operation among its scopes, or for another place.
    KeyLacks { operation: &'static str },
    /// The account was suspended.
    Barred,
}

impl<O: Op> Permit<O> {
    /// What somebody asked for: as fresh as their sign-in.
    fn of(who: &Principal, place: Place, revision: u64) -> Self {
        Self { signed_in_at: who.signed_in_at(), ..Self::unasked(who.actor(), place, revision) }
    }
    /// What nobody who is signed in asked for.
    fn unasked(actor: Actor, place: Place, revision: u64) -> Self {
        Self { actor, place, revision, signed_in_at: None, _op: PhantomData }
    }
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
    pub fn place(&self) -> Place {
        self.place
    }
    pub fn revision(&self) -> u64 {
        self.revision
    }
    /// The tenant and scope, where it holds in one.
    pub fn scope(&self) -> Option<(TenantId, ScopeId)> {
        match self.place {
            Place::Scope { tenant, scope } => Some((tenant, scope)),
            Place::User(_) | Place::Deployment => None,
        }
    }
    /// What no person asked for: jobs, operators' acts, the command line. A test lists its uses.
    pub fn system(reason: &str, place: Place) -> Self {
        Self::unasked(Actor::System { reason: reason.to_owned() }, place, 0)
    }
    /// An operator's act, the command line's included: always with a reason.
    pub fn operator(reason: &str, place: Place) -> Self {
        Self::unasked(Actor::Operator { id: None, reason: reason.to_owned() }, place, 0)
    }
}

/// The person for their own things.
impl Permit<op::Own> {
    pub fn own(who: &Principal) -> Result<Self, Denied> {
        let id = who.user().ok_or(Denied::KeyLacks { operation: "own" })?;
        Ok(Self::of(who, Place::User(id), 0))
    }
    pub fn user(&self) -> Option<UserId> {
        self.actor.user()
    }
}

/// Founding an organization: the person for themselves, where the deployment lets anyone.
impl Permit<op::OrganizationFound> {
    pub fn founder(who: &Principal) -> Result<Self, Denied> {
        let id = who.user().ok_or(Denied::KeyLacks { operation: "organization.found" })?;
        Ok(Self::of(who, Place::User(id), 0))
    }
}

/// What a program does in the deployment itself: a key that belongs to no tenant, with the operation among its scopes.
pub trait DeploymentOp: Op {}
impl DeploymentOp for op::OrganizationFound {}
impl DeploymentOp for op::UserCreate {}
impl DeploymentOp for op::AccountSuspend {}

impl<O: DeploymentOp> Permit<O> {
    pub fn program(who: &Principal, now: Timestamp) -> Result<Self, Denied> {
        let lacks = Denied::KeyLacks { operation: O::NAME };
        match &who.0 {
            Who::User { .. } | Who::Key { tenant: Some(_), .. } => Err(lacks),
            Who::Key { tenant: None, operations, expires_at, .. } => {
                let alive = expires_at.is_none_or(|at| now < at);
                let scoped = operations.contains(O::NAME) || operations.contains("*");
                if alive && scoped { Ok(Self::of(who, Place::Deployment, 0)) } else { Err(lacks) }
            }
        }
    }
}

/// Answering an invitation that is for them; whether it is, the command checks.
impl Permit<op::InvitationAnswer> {
    pub fn invited(who: &Principal, tenant: TenantId) -> Result<Self, Denied> {
        who.user().ok_or(Denied::KeyLacks { operation: "invitation.answer" })?;
        Ok(Self::of(who, Place::Scope { tenant, scope: tenant.scope() }, 0))
    }
    /// Somebody without an account yet, who proved the mailbox through the mailed link itself.
    pub fn new_user(user: UserId, tenant: TenantId) -> Self {
        Self::unasked(Actor::User { id: user }, Place::Scope { tenant, scope: tenant.scope() }, 0)
    }
}

/// Leaving: whoever belongs, and who is suspended, though they see nothing else of the place. Nobody is kept.
impl Permit<op::MemberLeave> {
    pub fn leaving(sight: &Sight<'_>, tenant: &Tenant, who: &Principal, scope: ScopeId) -> Result<Self, Denied> {
        let denied = match sight.permit(who, scope) {
            Ok(permit) => return Ok(permit),
            Err(denied) => denied,
        };
        let membership = who.user().and_then(|user| tenant.membership(user, scope));
        let suspended = membership.is_some_and(|membership| membership.standing == Standing::Suspended);
        if denied != Denied::NotVisible || !suspended || tenant.is_deleted() {
            return Err(denied);
        }
        Ok(Self::of(who, Place::Scope { tenant: tenant.id, scope }, tenant.revision()))
    }
}

/// What no model opens, and belonging to the place is enough for. The rest of that kind is never a member's by being one.
const SEEN_BY_MEMBERS: &[&str] = &[op::OrganizationSee::NAME, op::MemberLeave::NAME, op::Decide::NAME];

impl Sight<'_> {
    /// Asks the snapshot. The one way to a permit inside a tenant.
    pub fn permit<O: Op>(&self, who: &Principal, scope: ScopeId) -> Result<Permit<O>, Denied> {
        let place = Place::Scope { tenant: self.tenant, scope };
        let permit = Permit::of(who, place, self.snapshot.revision());
        match &who.0 {
            Who::User { id, .. } => {
                if (self.barred)(*id) {
                    return Err(Denied::Barred);
                }
                if O::OPERATION.is_none() && !SEEN_BY_MEMBERS.contains(&O::NAME) {
                    return Err(Denied::NotVisible);
                }
                self.decide(*id, O::OPERATION, O::NAME, scope).map(|()| permit)
            }
            Who::Key { tenant, operations, expires_at, .. } => {
                let place_matches = tenant.is_none_or(|tenant| tenant == self.tenant);
                let alive = expires_at.is_none_or(|at| self.now < at);
                if !place_matches || !alive || !self.knows(scope) {
                    return Err(Denied::NotVisible);
                }
                if !operations.contains(O::NAME) && !operations.contains("*") {
                    return Err(Denied::KeyLacks { operation: O::NAME });
                }
                // What the model doesn't open here isn't there, for programs either.
                match O::OPERATION {
                    Some(operation) if !self.opens(operation, scope) => Err(Denied::NotAllowed { operation: O::NAME, holders: Vec::new() }),
                    Some(_) | None => Ok(permit),
                }
            }
        }
    }
}
