//! Service keys: how a program authenticates. `ghs_` + id + secret + checksum; hashed, shown once.

use crate::{
    KeyId, Operation, Principal, TenantId, Timestamp, link,
    permit::{Op as _, Who, op},
};
use data_encoding::BASE32_DNSSEC;
use std::collections::BTreeSet;
use subtle::ConstantTimeEq as _;

/// Stands before every key, so that scanners find a leaked one.
pub const PREFIX: &str = "ghs_";

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    pub id: KeyId,
    pub title: String,
    /// The one tenant it belongs to; `None`: the deployment.
    pub tenant: Option<TenantId>,
    /// Names of operations (`member.view`), or `*`.
    pub scopes: BTreeSet<String>,
    /// SHA-256 of the whole key.
    pub hash: [u8; 32],
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// A new key's text: shown once, never stored. `secret` is 20 fresh random bytes.
pub fn compose(id: KeyId, secret: &[u8; 20]) -> String {
    let body = format!("{}{}", BASE32_DNSSEC.encode(id.uuid().as_bytes()), BASE32_DNSSEC.encode(secret));
    format!("{PREFIX}{body}{}", checksum(&body))
}

/// The id in a key's text, if prefix, length and checksum are right: a typing error costs no look-up.
pub fn id_of(text: &str) -> Option<KeyId> {
    let rest = text.strip_prefix(PREFIX)?;
    let (body, sum) = rest.split_at_checked(rest.len().checked_sub(6)?)?;
    if checksum(body) != sum {
        return None;
    }
    let bytes = BASE32_DNSSEC.decode(body.get(..26)?.as_bytes()).ok()?;
    uuid::Uuid::from_slice(&bytes).ok().map(KeyId::new)
}

fn checksum(body: &str) -> String {
    BASE32_DNSSEC.encode(&link::hash(body)).chars().take(6).collect()
}

impl KeyRecord {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
    /// The program, if this text is this key and it still lives.
    pub fn principal(&self, text: &str, now: Timestamp) -> Option<Principal> {
        let same: bool = link::hash(text).ct_eq(&self.hash).into();
        let who = Who::Key { id: self.id, tenant: self.tenant, operations: self.scopes.clone(), expires_at: self.expires_at };
        (same && self.is_live(now)).then_some(Principal(who))
    }
}

/// Every scope a service key may have: the model's operations, and those beside the model that programs do.
pub fn known_scopes() -> Vec<&'static str> {
    let own = [op::Decide::NAME, op::OrganizationFound::NAME, op::OrganizationSee::NAME, op::UserCreate::NAME, op::AccountSuspend::NAME];
    Operation::ALL.iter().map(|operation| operation.as_str()).chain(own).chain(["*"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_prefix_and_checksum_and_checked_by_hash() {
        let id = KeyId::from_u128(0x0192_3b1c_7d2e_7000_8000_1234_5678_9abc);
        let text = compose(id, &[9; 20]);
        assert_eq!(id_of(&text), Some(id));
        let mut wrong = text.clone();
        wrong.replace_range(10..11, if text.as_bytes()[10] == b'0' { "1" } else { "0" });
        assert_eq!(id_of(&wrong), None);
        assert_eq!(id_of("ghs_"), None);
        assert_eq!(id_of("ghs_ä"), None);
        let record = KeyRecord {
            id,
            title: "host".to_owned(),
            tenant: None,
            scopes: BTreeSet::from(["*".to_owned()]),
            hash: link::hash(&text),
            created_at: Timestamp(0),
            expires_at: Some(Timestamp(10)),
            revoked_at: None,
        };
        assert!(record.principal(&text, Timestamp(9)).is_some());
        assert!(record.principal(&text, Timestamp(10)).is_none());
        assert!(record.principal(&compose(id, &[8; 20]), Timestamp(9)).is_none());
    }
}
