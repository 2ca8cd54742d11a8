//! What a command answers: the changes, and everything that must be committed with them, or not at all.

use crate::{
    Actor, AddressId, Change, IdentityId, KeyId, Permit, Refusal, RoleKey, Stop, StreamId, TenantChange, TenantId, Timestamp, UserChange,
    UserId,
    mail::MailOrder,
    permit::Op,
    session,
    text::{Handle, Name},
};

/// What is unique in the whole deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A proven address: one user holds it. The key is the address's id.
    Address,
    Handle,
    Slug,
    /// A provider's account. The key is issuer, a space, and the subject.
    Identity,
    UserExternalId,
    OrganizationExternalId,
}

impl ClaimKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Handle => "handle",
            Self::Slug => "slug",
            Self::Identity => "identity",
            Self::UserExternalId => "user_external_id",
            Self::OrganizationExternalId => "organization_external_id",
        }
    }
}

/// One claim taken or given back in the commit. A key that somebody else holds stops the commit with `refusal`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    Take {
        kind: ClaimKind,
        key: String,
        holder: u128,
        refusal: Refusal,
    },
    /// What the holder has of this kind (all of it, without a key) comes free at `free_at`; at once where that is now.
    Release {
        kind: ClaimKind,
        key: Option<String>,
        holder: u128,
        free_at: Timestamp,
    },
    /// This service key is good at the commit: neither revoked nor expired. Else the commit stops with `refusal`.
    KeyLives {
        key: KeyId,
        refusal: Refusal,
    },
}

/// Personal data: stands in personal tables only, never in the log. Written in the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonalWrite {
    Name {
        user: UserId,
        name: Name,
    },
    Handle {
        user: UserId,
        handle: Handle,
    },
    Identity {
        user: UserId,
        identity: IdentityId,
        issuer: String,
        subject: String,
        label: String,
    },
    IdentityGone {
        identity: IdentityId,
    },
    /// Everything personal of this user is blanked, the rows kept.
    Erase {
        user: UserId,
    },
}

/// What was decided: the only thing the store commits. Made by [`Draft`], and so by a spent permit, only.
#[derive(Debug)]
pub struct Decided<T> {
    pub value: T,
    pub actor: Actor,
    pub at: Timestamp,
    /// Every stream that was read, with the revision it had. All are checked; those with changes are bumped.
    pub reads: Vec<(StreamId, u64)>,
    pub changes: Vec<(StreamId, Change)>,
    pub claims: Vec<Claim>,
    pub personal: Vec<PersonalWrite>,
    pub mails: Vec<MailOrder>,
    // Private: nobody else makes one.
    spent: (),
}

impl<T> Decided<T> {
    /// The same, with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Decided<U> {
        let Self { value, actor, at, reads, changes, claims, personal, mails, spent } = self;
        Decided { value: change(value), actor, at, reads, changes, claims, personal, mails, spent }
    }
    /// What would be, and nothing of it done: committing this changes nothing.
    #[must_use]
    pub fn preview(mut self) -> Self {
        self.changes.clear();
        self.claims.clear();
        self.personal.clear();
        self.mails.clear();
        self
    }
}

/// A [`Decided`] in the making. Beginning one spends the permit.
#[derive(Debug)]
pub struct Draft {
    actor: Actor,
    signed_in_at: Option<Timestamp>,
    at: Timestamp,
    reads: Vec<(StreamId, u64)>,
    changes: Vec<(StreamId, Change)>,
    claims: Vec<Claim>,
    personal: Vec<PersonalWrite>,
    mails: Vec<MailOrder>,
}

impl Draft {
    pub(crate) fn new<O: Op>(permit: Permit<O>, at: Timestamp) -> Self {
        Self {
            actor: permit.actor,
            signed_in_at: permit.signed_in_at,
            at,
            reads: Vec::new(),
            changes: Vec::new(),
            claims: Vec::new(),
            personal: Vec::new(),
            mails: Vec::new(),
        }
    }
    pub(crate) fn actor(&self) -> &Actor {
        &self.actor
    }
    /// Refuses a person whose sign-in is older than what can't be taken back allows.
    pub(crate) fn must_be_fresh(&self) -> Result<(), Stop> {
        if session::is_fresh(self.signed_in_at, self.at) { Ok(()) } else { Err(Stop::StepUp) }
    }
    /// Says that the decision rests on this stream as it was.
    pub(crate) fn read(&mut self, stream: StreamId, revision: u64) {
        if !self.reads.iter().any(|(read, _)| *read == stream) {
            self.reads.push((stream, revision));
        }
    }
    pub(crate) fn tenant(&mut self, tenant: TenantId, change: TenantChange) {
        self.changes.push((StreamId::Tenant(tenant), Change::Tenant(change)));
    }
    pub(crate) fn user(&mut self, user: UserId, change: UserChange) {
        self.changes.push((StreamId::User(user), Change::User(change)));
    }
    pub(crate) fn claim(&mut self, claim: Claim) {
        self.claims.push(claim);
    }
    pub(crate) fn personal(&mut self, write: PersonalWrite) {
        self.personal.push(write);
    }
    pub(crate) fn mail(&mut self, mail: MailOrder) {
        self.mails.push(mail);
    }
    pub(crate) fn decided<T>(self, value: T) -> Decided<T> {
        Decided {
            value,
            actor: self.actor,
            at: self.at,
            reads: self.reads,
            changes: self.changes,
            claims: self.claims,
            personal: self.personal,
            mails: self.mails,
            spent: (),
        }
    }
}

/// Roles of an invitation or a membership at one scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Grant {
    pub scope: crate::ScopeId,
    pub roles: Vec<RoleKey>,
}

/// The claim of a proven address.
pub(crate) fn take_address(address: AddressId, user: UserId) -> Claim {
    Claim::Take { kind: ClaimKind::Address, key: address.to_string(), holder: user.as_u128(), refusal: Refusal::AddressTaken }
}
