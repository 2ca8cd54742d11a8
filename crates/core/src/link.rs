//! Links and codes that are mailed: derived from the deployment key when the mail leaves, stored nowhere.
//!
//! `token = HMAC-SHA-256(key, kind ‖ id ‖ generation)`: the database holds id, generation and expiry.

use crate::{Id, id::Kind};
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// The deployment's key. Never logged, never shown.
#[derive(Clone)]
pub struct DeploymentKey([u8; 32]);

impl DeploymentKey {
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
    fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        // A key of any length is taken; the arm without one can't be reached, and then nothing verifies.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
    /// A key of its own for another purpose (cookies, cursors), so that one's tokens are never another's.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(self.mac(&[b"derive", purpose.as_bytes()]))
    }
    /// 32 bytes that a cipher takes as its key, for this purpose alone.
    pub fn cipher_key(&self, purpose: &str) -> [u8; 32] {
        self.mac(&[b"cipher", purpose.as_bytes()])
    }
    /// A tag over text that must come back unchanged (cursors, form tokens).
    pub fn tag(&self, text: &str) -> String {
        BASE64URL_NOPAD.encode(&self.mac(&[b"tag", text.as_bytes()]))
    }
    pub fn check_tag(&self, text: &str, tag: &str) -> bool {
        self.tag(text).as_bytes().ct_eq(tag.as_bytes()).into()
    }
}
impl fmt::Debug for DeploymentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeploymentKey(…)")
    }
}

/// What a link is for. Part of what is signed, so that one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    Invitation,
    SignIn,
    AddAddress,
    /// "I don't know these people."
    Unwanted,
    /// "This wasn't me."
    NotMe,
    /// The first operator's.
    Operator,
}

impl LinkKind {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::Invitation => b"invitation",
            Self::SignIn => b"sign_in",
            Self::AddAddress => b"add_address",
            Self::Unwanted => b"unwanted",
            Self::NotMe => b"not_me",
            Self::Operator => b"operator",
        }
    }
}

/// The link's token: id, a dot, and the code. The id alone says nothing.
pub fn token<K: Kind>(key: &DeploymentKey, kind: LinkKind, id: Id<K>, generation: u32) -> String {
    let mac = key.mac(&[kind.as_bytes(), id.uuid().as_bytes(), &generation.to_be_bytes()]);
    format!("{id}.{}", BASE64URL_NOPAD.encode(&mac))
}

/// The id a token speaks of, before it is checked: to look the row up with.
pub fn id_of<K: Kind>(token: &str) -> Option<Id<K>> {
    token.split_once('.').and_then(|(id, _)| id.parse().ok())
}

/// Whether the token is this row's, of one of the generations that still count. Constant time per generation.
pub fn check<K: Kind>(key: &DeploymentKey, kind: LinkKind, id: Id<K>, generations: std::ops::RangeInclusive<u32>, given: &str) -> bool {
    let mut found = false;
    for generation in generations {
        found |= bool::from(token(key, kind, id, generation).as_bytes().ct_eq(given.as_bytes()));
    }
    found
}

/// The six digits beside a sign-in link.
pub fn code<K: Kind>(key: &DeploymentKey, kind: LinkKind, id: Id<K>, generation: u32) -> String {
    let mac = key.mac(&[b"code", kind.as_bytes(), id.uuid().as_bytes(), &generation.to_be_bytes()]);
    let number = mac.iter().take(8).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("{:06}", number % 1_000_000)
}

/// Whether the six digits typed are this row's. Constant time.
pub fn check_code<K: Kind>(key: &DeploymentKey, kind: LinkKind, id: Id<K>, generation: u32, given: &str) -> bool {
    code(key, kind, id, generation).as_bytes().ct_eq(given.as_bytes()).into()
}

/// What is stored of a random 256-bit secret.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InvitationId;

    #[test]
    fn a_token_is_good_for_its_kind_id_and_generation_only() {
        let key = DeploymentKey::new([7; 32]);
        let (id, other) = (InvitationId::from_u128(1), InvitationId::from_u128(2));
        let given = token(&key, LinkKind::Invitation, id, 3);
        assert_eq!(id_of::<crate::id::InvitationKind>(&given), Some(id));
        assert!(check(&key, LinkKind::Invitation, id, 1..=3, &given));
        assert!(!check(&key, LinkKind::Invitation, id, 1..=2, &given));
        assert!(!check(&key, LinkKind::SignIn, id, 1..=3, &given));
        assert!(!check(&key, LinkKind::Invitation, other, 1..=3, &given));
        assert!(!check(&DeploymentKey::new([8; 32]), LinkKind::Invitation, id, 1..=3, &given));
        assert!(!check(&key.derive("x"), LinkKind::Invitation, id, 1..=3, &given));
        assert!(check_code(&key, LinkKind::SignIn, id, 1, &code(&key, LinkKind::SignIn, id, 1)));
        assert_eq!(code(&key, LinkKind::SignIn, id, 1).len(), 6);
    }
}
