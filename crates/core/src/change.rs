//! Changes: what is stored, what moves the state in memory, and what the audit log shows. One list per kind of stream.
//!
//! A change is kept as kind, version and bytes for ever. To change a variant's shape, add a version, keep reading the old.

use crate::{Actor, AddressId, IdentityId, InvitationId, RoleKey, ScopeId, TenantId, Timestamp, UserId, decided::Grant, text::Name};
use serde::{Deserialize, Serialize};

/// What is locked, numbered and logged by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "stream", content = "id", rename_all = "snake_case")]
pub enum StreamId {
    Tenant(TenantId),
    User(UserId),
}

impl StreamId {
    pub fn as_u128(self) -> u128 {
        match self {
            Self::Tenant(id) => id.as_u128(),
            Self::User(id) => id.as_u128(),
        }
    }
}

/// A change of either kind of stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Tenant(TenantChange),
    User(UserChange),
}

impl Change {
    /// The name under which it is stored: `membership.ended`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Tenant(change) => change.kind(),
            Self::User(change) => change.kind(),
        }
    }
    /// The version its bytes are written in.
    pub fn version(&self) -> u16 {
        1
    }
    /// The bytes that are stored, and that the hash chain covers.
    pub fn encode(&self) -> Result<Vec<u8>, BadChange> {
        let value = match self {
            Self::Tenant(change) => serde_json::to_value(change),
            Self::User(change) => serde_json::to_value(change),
        };
        let body = value.ok().and_then(|mut value| value.get_mut("data").map(serde_json::Value::take));
        serde_json::to_vec(&body.unwrap_or_default()).map_err(|_| BadChange { kind: self.kind().to_owned(), version: self.version() })
    }
    /// Reads back what [`Change::encode`] wrote, of every version ever released.
    pub fn decode(stream: StreamId, kind: &str, version: u16, bytes: &[u8]) -> Result<Self, BadChange> {
        let bad = || BadChange { kind: kind.to_owned(), version };
        if version != 1 {
            return Err(bad());
        }
        let data: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| bad())?;
        let whole = serde_json::json!({ "kind": kind, "data": data });
        match stream {
            StreamId::Tenant(_) => serde_json::from_value(whole).map(Self::Tenant).map_err(|_| bad()),
            StreamId::User(_) => serde_json::from_value(whole).map(Self::User).map_err(|_| bad()),
        }
    }
}

/// Stored bytes that are no change of that kind and version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored change of kind `{kind}`, version {version}, can't be read; this binary may be older than the data")]
pub struct BadChange {
    pub kind: String,
    pub version: u16,
}

macro_rules! changes {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? };)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "data", deny_unknown_fields)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $kind)] $variant { $($field: $type),* },)* }
        impl $name {
            /// Every kind of this stream, for the docs and the recorded changes of the testkit.
            pub const KINDS: &'static [&'static str] = &[$($kind,)*];
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $kind,)* }
            }
        }
    };
}

/// Whom an invitation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "for", content = "id", rename_all = "snake_case")]
pub enum Invitee {
    Address(AddressId),
    /// By handle: an existing user.
    User(UserId),
}

/// How a membership came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "via", content = "id", rename_all = "snake_case")]
pub enum Via {
    Founding,
    Invitation(InvitationId),
    /// Everyone owns one organization.
    Personal,
}

/// Why a membership ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Removed,
    Left,
    /// By themselves, while they were suspended: like who was removed, only a new invitation brings them back.
    LeftSuspended,
    AccountDeleted,
}

impl Ending {
    /// Whether an invitation from before it lets nobody back in (L-36).
    pub fn bars_return(self) -> bool {
        match self {
            Self::Removed | Self::LeftSuspended => true,
            Self::Left | Self::AccountDeleted => false,
        }
    }
}

/// Why an invitation was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawal {
    /// By someone who may.
    Revoked,
    /// Who sent it was removed.
    InviterRemoved,
    /// Whom it was for was removed.
    InviteeRemoved,
    /// "I don't know these people".
    Unwanted,
}

changes! {
    /// What changes a tenant.
    TenantChange {
        OrganizationFounded = "organization.founded" { id: ScopeId, parent: Option<ScopeId>, name: Name, slug: String, personal: bool };
        OrganizationRenamed = "organization.renamed" { id: ScopeId, from: Name, to: Name };
        OrganizationSlugChanged = "organization.slug_changed" { id: ScopeId, from: String, to: String };
        OrganizationExternalIdSet = "organization.external_id_set" { id: ScopeId, external_id: Option<String> };
        /// Access ends at once; what it kept is erased at `erase_at`.
        OrganizationDeleted = "organization.deleted" { id: ScopeId, erase_at: Timestamp };
        MembershipStarted = "membership.started" { scope: ScopeId, user: UserId, roles: Vec<RoleKey>, via: Via, invited_by: Option<Actor> };
        MembershipRolesChanged = "membership.roles_changed" { scope: ScopeId, user: UserId, from: Vec<RoleKey>, to: Vec<RoleKey> };
        MembershipSuspended = "membership.suspended" { scope: ScopeId, user: UserId };
        MembershipReinstated = "membership.reinstated" { scope: ScopeId, user: UserId };
        MembershipEnded = "membership.ended" { scope: ScopeId, user: UserId, roles: Vec<RoleKey>, why: Ending };
        InvitationCreated = "invitation.created" { id: InvitationId, invitee: Invitee, grants: Vec<Grant>, invited_by: Actor, expires_at: Timestamp };
        /// Invited again: pending again, with these roles. Every link mailed for it works until it ends.
        InvitationRenewed = "invitation.renewed" { id: InvitationId, grants: Vec<Grant>, invited_by: Actor, expires_at: Timestamp };
        InvitationReminded = "invitation.reminded" { id: InvitationId, n: u32 };
        InvitationAccepted = "invitation.accepted" { id: InvitationId, user: UserId };
        InvitationDeclined = "invitation.declined" { id: InvitationId };
        InvitationRevoked = "invitation.revoked" { id: InvitationId, why: Withdrawal };
        InvitationTakenOver = "invitation.taken_over" { id: InvitationId, from: Actor, to: Actor };
    }
}

changes! {
    /// What changes a user. Names, handles and addresses themselves stand in personal tables only.
    UserChange {
        UserCreated = "user.created" {};
        NameChanged = "user.name_changed" {};
        HandleChanged = "user.handle_changed" {};
        ExternalIdSet = "user.external_id_set" { external_id: Option<String> };
        AddressProven = "address.proven" { address: AddressId };
        AddressMadePrimary = "address.made_primary" { address: AddressId };
        AddressRemoved = "address.removed" { address: AddressId };
        IdentityLinked = "identity.linked" { identity: IdentityId };
        IdentityUnlinked = "identity.unlinked" { identity: IdentityId };
        /// The top role of this tenant's organization was given (or, with a sub-organization's id, there).
        TopRoleGained = "top_role.gained" { tenant: TenantId, organization: ScopeId };
        TopRoleLost = "top_role.lost" { tenant: TenantId, organization: ScopeId };
        UserSuspended = "user.suspended" {};
        UserReinstated = "user.reinstated" {};
        UserDeleted = "user.deleted" {};
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_reads_back_what_it_wrote() {
        let tenant = StreamId::Tenant(TenantId::from_u128(1));
        let change = Change::Tenant(TenantChange::MembershipEnded {
            scope: ScopeId(1),
            user: UserId::from_u128(2),
            roles: vec![RoleKey::new("admin")],
            why: Ending::Removed,
        });
        let bytes = change.encode().unwrap();
        assert_eq!(Change::decode(tenant, change.kind(), change.version(), &bytes).unwrap(), change);
        let empty = Change::User(UserChange::UserSuspended {});
        let user = StreamId::User(UserId::from_u128(2));
        assert_eq!(Change::decode(user, empty.kind(), 1, &empty.encode().unwrap()).unwrap(), empty);
    }

    #[test]
    fn a_change_of_an_unknown_kind_version_or_field_is_a_fault_that_names_it() {
        let user = StreamId::User(UserId::from_u128(2));
        for (kind, version, bytes) in [("user.flown", 1, "{}"), ("user.suspended", 9, "{}"), ("address.proven", 1, "{\"addres\":1}")] {
            let bad = Change::decode(user, kind, version, bytes.as_bytes()).unwrap_err();
            assert!(bad.to_string().contains(kind));
        }
    }
}
