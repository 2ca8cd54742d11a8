//! Typed ids: a uuid that knows what it names, written with a prefix (`usr_…`, `org_…`).

use data_encoding::BASE32_DNSSEC;
use guildhall_access::{ScopeId, SubjectId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};
use std::{cmp::Ordering, fmt, hash::Hash, hash::Hasher, marker::PhantomData, str::FromStr};
use uuid::Uuid;

/// What an id names.
pub trait Kind: 'static {
    /// Stands before the underscore.
    const PREFIX: &'static str;
    /// What a person calls it, for error messages.
    const NOUN: &'static str;
}

/// The id of a `K`: 128 bits, a version 7 uuid where the product makes it.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

macro_rules! kinds {
    ($($(#[$doc:meta])* $alias:ident = $kind:ident, $prefix:literal, $noun:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $kind {}
            impl Kind for $kind {
                const PREFIX: &'static str = $prefix;
                const NOUN: &'static str = $noun;
            }
            $(#[$doc])*
            pub type $alias = Id<$kind>;
        )*
    };
}

kinds! {
    /// A person with an account.
    UserId = UserKind, "usr", "user";
    /// An organization, a root or one below it.
    OrganizationId = OrganizationKind, "org", "organization";
    /// A workspace.
    WorkspaceId = WorkspaceKind, "wsp", "workspace";
    /// An invitation.
    InvitationId = InvitationKind, "inv", "invitation";
    /// An email address, whether or not a user holds it.
    AddressId = AddressKind, "adr", "address";
    /// An account at a sign-in provider: issuer and subject.
    IdentityId = IdentityKind, "idn", "identity";
    /// A session of one browser.
    SessionId = SessionKind, "ses", "session";
    /// A service key.
    KeyId = KeyKind, "key", "key";
    /// A sign-in that waits for its mailed link or code.
    SignInId = SignInKind, "sgn", "sign-in";
}

/// A root organization with everything below it: the unit of isolation. The root's own id.
pub type TenantId = OrganizationId;

impl<K> Id<K> {
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
    pub const fn from_u128(number: u128) -> Self {
        Self::new(Uuid::from_u128(number))
    }
    pub const fn uuid(self) -> Uuid {
        self.0
    }
    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }
    /// The same number as a subject of decisions.
    pub const fn subject(self) -> SubjectId {
        SubjectId(self.0.as_u128())
    }
    /// The same number as a scope of decisions.
    pub const fn scope(self) -> ScopeId {
        ScopeId(self.0.as_u128())
    }
    pub const fn from_scope(scope: ScopeId) -> Self {
        Self::from_u128(scope.0)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", K::PREFIX, BASE32_DNSSEC.encode(self.0.as_bytes()))
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is no id of the kind asked for. Says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {noun} id; one looks like `{prefix}_` and 26 letters and digits")]
pub struct BadId {
    pub noun: String,
    pub prefix: &'static str,
}

impl<K: Kind> FromStr for Id<K> {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let article = if K::NOUN.starts_with(['a', 'e', 'i', 'o', 'u']) && K::NOUN != "user" { "an" } else { "a" };
        let bad = || BadId { noun: format!("{article} {}", K::NOUN), prefix: K::PREFIX };
        let body = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or_else(bad)?;
        // One id has one text: upper case, which the decoder would take, is refused.
        if body.len() != 26 || body.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(bad());
        }
        let bytes = BASE32_DNSSEC.decode(body.as_bytes()).map_err(|_| bad())?;
        Uuid::from_slice(&bytes).map(Self::new).map_err(|_| bad())
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Parsed while it is visited, so that who reads a path or a body can say which part was wrong.
        struct Text<K>(PhantomData<fn() -> K>);
        impl<K: Kind> Visitor<'_> for Text<K> {
            type Value = Id<K>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "the id of the {}, as text", K::NOUN)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Id<K>, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_wrote() {
        let id = UserId::from_u128(0x0192_3b1c_7d2e_7000_8000_1234_5678_9abc);
        assert_eq!(id.to_string().parse::<UserId>().unwrap(), id);
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn an_id_of_another_kind_is_refused_with_what_would_be_right() {
        let user = UserId::from_u128(7).to_string();
        let refused = user.parse::<OrganizationId>().unwrap_err();
        assert_eq!(refused.to_string(), "not an organization id; one looks like `org_` and 26 letters and digits");
        assert!(user.to_uppercase().parse::<UserId>().is_err());
        assert!("usr_".parse::<UserId>().is_err());
    }
}
