//! Rows that tests of the whole and tests of single statements begin with.

use crate::{ProviderFlow, Purpose, SignInRow};
use guildhall_core::{AddressId, SignInId, Timestamp, link, time::Span};

/// A sign-in by mail that waits, for ten minutes.
pub(crate) fn sign_in(id: u128, address: AddressId, now: Timestamp) -> SignInRow {
    SignInRow {
        id: SignInId::from_u128(id),
        purpose: Purpose::SignIn,
        address,
        user: None,
        generation: 1,
        cookie_hash: link::hash("cookie"),
        return_to: Some("/people".to_owned()),
        created_at: now,
        expires_at: now + Span::minutes(10),
        attempts: 0,
        used_at: None,
        ended_at: None,
    }
}

/// A way to a provider that is open, for ten minutes.
pub(crate) fn provider_flow(id: u128, now: Timestamp) -> ProviderFlow {
    ProviderFlow {
        id: SignInId::from_u128(id),
        provider: "example".to_owned(),
        state_hash: link::hash("state"),
        nonce_hash: link::hash("nonce"),
        cookie_hash: link::hash("cookie"),
        user: None,
        return_to: None,
        created_at: now,
        expires_at: now + Span::minutes(10),
    }
}
