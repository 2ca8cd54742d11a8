//! Sessions: an opaque random token in the browser, its hash in the database. Checked here, so that a [`Principal`] is proof.

use crate::{Principal, SessionId, Timestamp, UserId, link, permit::Who, time::Span};
use subtle::ConstantTimeEq as _;

/// Ends when unused for so long.
pub const IDLE: Span = Span::days(7);
/// Ends at the latest after so long.
pub const LONGEST: Span = Span::days(30);
/// Most sessions a person may have; the oldest gives way.
pub const PER_PERSON: u32 = 50;
/// How fresh a sign-in must be for what asks to step up.
pub const STEP_UP: Span = Span::minutes(15);

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    pub id: SessionId,
    pub user: UserId,
    /// SHA-256 of the token.
    pub token_hash: [u8; 32],
    pub created_at: Timestamp,
    /// When they last proved who they are in this session.
    pub signed_in_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl SessionRecord {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.last_seen_at + IDLE && now < self.created_at + LONGEST
    }
    /// The person, if this token is this session's and it still lives.
    pub fn principal(&self, token: &str, now: Timestamp) -> Option<Principal> {
        let same: bool = link::hash(token).ct_eq(&self.token_hash).into();
        let who = Who::User { id: self.user, session: self.id, signed_in_at: self.signed_in_at };
        (same && self.is_live(now)).then_some(Principal(who))
    }
}

impl Principal {
    /// Whether the sign-in is fresh enough for what asks to step up. A key always is.
    pub fn is_stepped_up(&self, now: Timestamp) -> bool {
        is_fresh(self.signed_in_at(), now)
    }
}

/// Whether a sign-in at this time is fresh enough for what asks to step up.
pub(crate) fn is_fresh(signed_in_at: Option<Timestamp>, now: Timestamp) -> bool {
    signed_in_at.is_none_or(|at| now < at + STEP_UP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_a_live_session_is_a_principal() {
        let at = Timestamp(1_000_000);
        let record = SessionRecord {
            id: SessionId::from_u128(1),
            user: UserId::from_u128(2),
            token_hash: link::hash("secret"),
            created_at: at,
            signed_in_at: at,
            last_seen_at: at,
            ended_at: None,
        };
        let principal = record.principal("secret", at).unwrap();
        assert_eq!(principal.user(), Some(record.user));
        assert!(principal.is_stepped_up(at) && !principal.is_stepped_up(at + STEP_UP));
        assert!(record.principal("secreT", at).is_none());
        assert!(record.principal("secret", at + IDLE).is_none());
        let used = SessionRecord { last_seen_at: at + Span::days(29), ..record.clone() };
        assert!(used.is_live(at + Span::days(29)) && !used.is_live(at + LONGEST));
        assert!(SessionRecord { ended_at: Some(at), ..record }.principal("secret", at).is_none());
    }
}
