//! How often: requests by network in memory, and what people can be hurt by in the database.

use crate::{
    App, Failure,
    events::{self, Asker},
};
use axum::http::{HeaderMap, HeaderValue};
use guildhall_core::{KeyId, Principal, TenantId, Timestamp, link, time::Span};
use parking_lot::Mutex;
use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Requests of one network, and of one key, are counted by the minute.
const WINDOW: Span = Span::minutes(1);
/// How long a window that is over still tells that somebody was here.
const LATELY: Span = Span::hours(1);
/// Counted at once, of networks and of keys. Who has so many networks isn't held by their number, and others shall not suffer
/// from it: what comes beyond goes uncounted until old windows are forgotten.
const MOST: usize = 50_000;

/// Of a network, and of a key.
pub(crate) const REQUESTS: &str = "requests";
pub(crate) const KEY_REQUESTS: &str = "key_requests";

/// Counts requests in the present minute.
#[derive(Debug, Default)]
pub struct Requests {
    pub(crate) networks: Counts<String>,
    pub(crate) keys: Counts<KeyId>,
}

/// Whether the key that a request shows was found to be good: noted where it is proven, read where requests are counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyProven(Arc<AtomicBool>);

impl KeyProven {
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Release);
    }
    pub(crate) fn is_noted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Counts by network, or by key.
#[derive(Debug)]
pub(crate) struct Counts<K>(Mutex<Counted<K>>);

#[derive(Debug)]
struct Counted<K> {
    by: HashMap<K, (Timestamp, u32)>,
    /// When old windows were last looked for: that takes long, so it is done once a minute at most.
    swept_at: Option<Timestamp>,
}

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(Mutex::new(Counted { by: HashMap::new(), swept_at: None }))
    }
}

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub at_most: u32,
    pub left: u32,
    pub resets_at: Timestamp,
}

impl<K: Eq + Hash> Counts<K> {
    /// Takes one of `at_most` a minute; `Err` says when there is room again.
    pub(crate) fn take(&self, bucket: K, at_most: u32, now: Timestamp) -> Result<Left, Left> {
        let mut counted = self.0.lock();
        let Counted { by, swept_at } = &mut *counted;
        if by.len() >= MOST && swept_at.is_none_or(|at| now >= at + WINDOW) {
            by.retain(|_, (began, _)| now < *began + WINDOW);
            *swept_at = Some(now);
        }
        if by.len() >= MOST && !by.contains_key(&bucket) {
            return Ok(Left { at_most, left: at_most.saturating_sub(1), resets_at: now + WINDOW });
        }
        let (began, n) = by.entry(bucket).or_insert((now, 0));
        if now >= *began + WINDOW {
            (*began, *n) = (now, 0);
        }
        let resets_at = *began + WINDOW;
        if *n >= at_most {
            return Err(Left { at_most, left: 0, resets_at });
        }
        *n += 1;
        Ok(Left { at_most, left: at_most - *n, resets_at })
    }
    /// Whether it was counted within the last hour.
    pub(crate) fn knows<Q: Eq + Hash + ?Sized>(&self, bucket: &Q, now: Timestamp) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.lock().by.get(bucket).is_some_and(|(began, _)| now < *began + LATELY)
    }
    /// Says when there is room again, where this minute has none left. Takes nothing.
    pub(crate) fn used_up<Q: Eq + Hash + ?Sized>(&self, bucket: &Q, at_most: u32, now: Timestamp) -> Option<Left>
    where
        K: Borrow<Q>,
    {
        let (began, n) = self.0.lock().by.get(bucket).copied()?;
        let resets_at = began + WINDOW;
        (now < resets_at && n >= at_most).then_some(Left { at_most, left: 0, resets_at })
    }
}

impl Left {
    /// The headers of the IETF's draft for rate limits.
    pub(crate) fn write(self, now: Timestamp, headers: &mut HeaderMap) {
        let seconds = (self.resets_at.0 - now.0 + 999_999) / 1_000_000;
        let policy = format!("\"requests\";q={};w=60", self.at_most);
        let state = format!("\"requests\";r={};t={seconds}", self.left);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// A limit kept in the database, which holds only a hash of the key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit<'a> {
    pub(crate) name: &'static str,
    pub(crate) key: &'a str,
    pub(crate) window: Span,
    pub(crate) at_most: u32,
}

/// Takes one of it. That none is left is noted.
pub(crate) async fn take(app: &App, asker: &Asker<'_>, Limit { name, key, window, at_most }: Limit<'_>) -> Result<(), Failure> {
    let key = link::hash(&format!("{name}\n{key}"));
    match app.store().take(name, &key, window, at_most).await? {
        Ok(_) => Ok(()),
        Err(limited) => {
            events::limited(app, asker, name).await;
            Err(Failure::Limited { retry_at: limited.retry_at, limit: name })
        }
    }
}

/// One of the names a person, or a tenant by its keys, may take a day. Counted whether or not it is free: so nobody is listed by
/// trying. A key of the deployment knows them all and is trusted.
pub(crate) async fn take_renames(app: &App, who: &Principal, tenant: Option<TenantId>) -> Result<(), Failure> {
    let Some(whose) = who.user().map(|user| user.to_string()).or_else(|| who.tenant().map(|tenant| tenant.to_string())) else {
        return Ok(());
    };
    let limit = Limit { name: "renames_day", key: &whose, window: Span::days(1), at_most: app.config().limits.renames_day };
    take(app, &Asker { who: Some(who), tenant, network: None }, limit).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_network_and_minute() {
        let requests = Requests::default();
        let now = Timestamp(0);
        let take = |bucket: &str, now| requests.networks.take(bucket.to_owned(), 2, now);
        assert_eq!(take("a", now).unwrap().left, 1);
        assert_eq!(take("a", now).unwrap().left, 0);
        assert_eq!(take("a", now).unwrap_err().resets_at, now + WINDOW);
        assert!(take("b", now).is_ok());
        assert!(take("a", now + WINDOW).is_ok());
    }

    #[test]
    fn so_many_are_counted_and_no_more() {
        let counts: Counts<usize> = Counts::default();
        let now = Timestamp(0);
        for n in 0..MOST {
            assert!(counts.take(n, 1, now).is_ok());
        }
        let len = || counts.0.lock().by.len();
        assert!(counts.take(0, 1, now).is_err(), "what is counted stays counted");
        for _ in 0..2 {
            assert!(counts.take(MOST, 1, now + Span::seconds(59)).is_ok(), "what comes beyond is let through");
        }
        assert_eq!((len(), counts.0.lock().swept_at), (MOST, Some(now)), "once a minute");
        assert!(counts.take(MOST, 1, now + WINDOW).is_ok());
        assert_eq!(len(), 1, "old windows are forgotten");
        assert!(counts.take(MOST, 1, now + WINDOW).is_err());
    }
}
