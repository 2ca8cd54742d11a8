//! How often: requests by network in memory, and what people can be hurt by in the database.

use crate::{App, Failure};
use axum::http::{HeaderMap, HeaderValue};
use guildhall_core::{Principal, Timestamp, link, time::Span};
use parking_lot::Mutex;
use std::collections::HashMap;

/// Requests of one network are counted by the minute.
const WINDOW: Span = Span::minutes(1);
/// Networks counted at once; when more come, old windows are forgotten first.
const MOST_NETWORKS: usize = 50_000;

/// Counts requests in the present minute.
#[derive(Debug, Default)]
pub struct Requests(Mutex<HashMap<String, (Timestamp, u32)>>);

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    pub at_most: u32,
    pub left: u32,
    pub resets_at: Timestamp,
}

impl Requests {
    /// Takes one of `at_most` a minute; `Err` says when there is room again.
    pub(crate) fn take(&self, bucket: String, at_most: u32, now: Timestamp) -> Result<Left, Left> {
        let mut counts = self.0.lock();
        if counts.len() >= MOST_NETWORKS {
            counts.retain(|_, (began, _)| now < *began + WINDOW);
        }
        let (began, n) = counts.entry(bucket).or_insert((now, 0));
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
    /// Whether this minute has no room left. Takes nothing.
    pub(crate) fn is_used_up(&self, bucket: &str, at_most: u32, now: Timestamp) -> bool {
        self.0.lock().get(bucket).is_some_and(|(began, n)| now < *began + WINDOW && *n >= at_most)
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

/// Takes one from a limit kept in the database, which holds only a hash of the key.
pub async fn take(app: &App, limit: &'static str, key: &str, window: Span, at_most: u32) -> Result<(), Failure> {
    let key = link::hash(&format!("{limit}\n{key}"));
    match app.store().take(limit, &key, window, at_most).await? {
        Ok(_) => Ok(()),
        Err(limited) => Err(Failure::Limited { retry_at: limited.retry_at, limit }),
    }
}

/// One of the names a person may take a day. Counted whether or not it is free: so nobody is listed by trying.
pub(crate) async fn take_renames(app: &App, who: &Principal) -> Result<(), Failure> {
    let Some(user) = who.user() else { return Ok(()) };
    take(app, "renames_day", &user.to_string(), Span::days(1), app.config().limits.renames_day).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_network_and_minute() {
        let requests = Requests::default();
        let now = Timestamp(0);
        let take = |bucket: &str, now| requests.take(bucket.to_owned(), 2, now);
        assert_eq!(take("a", now).unwrap().left, 1);
        assert_eq!(take("a", now).unwrap().left, 0);
        assert_eq!(take("a", now).unwrap_err().resets_at, now + WINDOW);
        assert!(take("b", now).is_ok());
        assert!(take("a", now + WINDOW).is_ok());
    }
}
