//! The change log: what is appended, and the chain of hashes that binds it.

use crate::db::Value;
use guildhall_core::{Change, StreamId, TenantChange, Timestamp, UserChange, change::Invitee, invitation::id_in};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A SHA-256.
pub(crate) type Hash = [u8; 32];

/// What the first entry of every stream follows on.
pub(crate) const GENESIS: Hash = [0; 32];

/// One row of the log, without its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) stream: Uuid,
    pub(crate) revision: u64,
    /// Its place within the revision, from 0.
    pub(crate) seq: u32,
    pub(crate) kind: String,
    pub(crate) version: u16,
    pub(crate) at: Timestamp,
    /// Who did it, as JSON: the bytes are what counts.
    pub(crate) actor: String,
    pub(crate) body: Vec<u8>,
    /// The hash of the model's text in force.
    pub(crate) model: Hash,
    pub(crate) prev: Hash,
}

impl Entry {
    /// SHA-256 over what stands before it and over every field. What varies in length is preceded by its length.
    pub(crate) fn hash(&self) -> Hash {
        let mut hash = Sha256::new();
        hash.update(self.prev);
        hash.update(self.stream.as_bytes());
        hash.update(self.revision.to_be_bytes());
        hash.update(self.seq.to_be_bytes());
        let mut with_length = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        with_length(self.kind.as_bytes());
        with_length(&self.version.to_be_bytes());
        with_length(&self.at.0.to_be_bytes());
        with_length(self.actor.as_bytes());
        with_length(&self.body);
        hash.update(self.model);
        hash.finalize().into()
    }
    pub(crate) fn values(&self, about: Option<Uuid>, hash: Hash) -> Vec<Value> {
        vec![
            self.stream.into(),
            self.revision.into(),
            self.seq.into(),
            self.kind.as_str().into(),
            self.version.into(),
            self.at.into(),
            self.actor.as_str().into(),
            self.body.as_slice().into(),
            self.model.into(),
            about.into(),
            self.prev.into(),
            hash.into(),
        ]
    }
}

/// The database's id of a stream.
pub(crate) fn uuid_of(stream: StreamId) -> Uuid {
    Uuid::from_u128(stream.as_u128())
}

pub(crate) fn kind_of(stream: StreamId) -> &'static str {
    match stream {
        StreamId::Tenant(_) => "tenant",
        StreamId::User(_) => "user",
    }
}

/// SHA-256 of a text.
pub(crate) fn hash_of(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// The user or invitation a change speaks of, to find it by.
pub(crate) fn about(change: &Change) -> Option<Uuid> {
    match change {
        Change::Tenant(change) => match change {
            TenantChange::MembershipStarted { user, .. }
            | TenantChange::MembershipRolesChanged { user, .. }
            | TenantChange::MembershipSuspended { user, .. }
            | TenantChange::MembershipReinstated { user, .. }
            | TenantChange::MembershipEnded { user, .. }
            | TenantChange::InvitationAccepted { user, .. }
            | TenantChange::InvitationCreated { invitee: Invitee::User(user), .. } => Some(user.uuid()),
            TenantChange::InvitationCreated { .. }
            | TenantChange::InvitationRenewed { .. }
            | TenantChange::InvitationReminded { .. }
            | TenantChange::InvitationDeclined { .. }
            | TenantChange::InvitationRevoked { .. }
            | TenantChange::InvitationTakenOver { .. } => id_in(change).map(guildhall_core::Id::uuid),
            TenantChange::OrganizationFounded { .. }
            | TenantChange::OrganizationRenamed { .. }
            | TenantChange::OrganizationSlugChanged { .. }
            | TenantChange::OrganizationExternalIdSet { .. }
            | TenantChange::OrganizationDeleted { .. } => None,
        },
        Change::User(change) => match change {
            UserChange::TopRoleGained { tenant, .. } | UserChange::TopRoleLost { tenant, .. } => Some(tenant.uuid()),
            UserChange::UserCreated {}
            | UserChange::NameChanged {}
            | UserChange::HandleChanged {}
            | UserChange::ExternalIdSet { .. }
            | UserChange::AddressProven { .. }
            | UserChange::AddressMadePrimary { .. }
            | UserChange::AddressRemoved { .. }
            | UserChange::IdentityLinked { .. }
            | UserChange::IdentityUnlinked { .. }
            | UserChange::UserSuspended {}
            | UserChange::UserReinstated {}
            | UserChange::UserDeleted {} => None,
        },
    }
}
