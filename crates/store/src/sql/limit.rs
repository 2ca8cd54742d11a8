//! Limits: so many in so long, counted in the database, so that every process and every restart counts alike.

use crate::{
    Fault, Store,
    db::{Value, statements},
};
use guildhall_core::{Timestamp, time::Span};

/// One was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How many more there are now.
    pub left: u32,
    /// When all of them will be there again, if none is taken until then.
    pub resets_at: Timestamp,
}

/// None was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// When one will be.
    pub retry_at: Timestamp,
}

statements! {
    // Two counters make a window that slides: what was taken in the window before counts by the part of it that is still within.
    // $3 when this window began, $5 when the one before did, $6 how long one is, $7 how much of the one before is within, $8 at most.
    TAKE(limit_window) = "INSERT INTO limit_window (name, key_hash, started_at, n, n_before, forget_at) VALUES ($1, $2, $3, 1, 0, $4)
        ON CONFLICT (name, key_hash) DO UPDATE SET
            n_before = CASE WHEN limit_window.started_at >= $3 THEN limit_window.n_before
                WHEN limit_window.started_at = $5 THEN limit_window.n ELSE 0 END,
            n = CASE WHEN limit_window.started_at >= $3 THEN limit_window.n + 1 ELSE 1 END,
            started_at = CASE WHEN limit_window.started_at >= $3 THEN limit_window.started_at ELSE $3 END,
            forget_at = $4
        WHERE CAST($6 AS BIGINT) + CASE WHEN limit_window.started_at >= $3
                THEN limit_window.n * CAST($6 AS BIGINT) + limit_window.n_before * CAST($7 AS BIGINT)
                WHEN limit_window.started_at = $5 THEN limit_window.n * CAST($7 AS BIGINT) ELSE 0 END
            <= CAST($8 AS BIGINT) * CAST($6 AS BIGINT)
        RETURNING n, n_before";
    // Only where the window is still the one it was taken in: what has slid on counts as it stood.
    GIVE_BACK(limit_window) = "UPDATE limit_window SET n = n - 1 WHERE name = $1 AND key_hash = $2 AND started_at = $3 AND n > 0";
    FIND_WINDOW(limit_window) = "SELECT started_at, n, n_before FROM limit_window WHERE name = $1 AND key_hash = $2";
    DROP_WINDOWS(limit_window) = "DELETE FROM limit_window WHERE forget_at <= $1";
}

impl Store {
    /// Takes one of `at_most` in any `window`, in one statement: of many at once, only so many get one.
    /// `key_hash` is a hash of what is counted (an address, a network), because the limit need not know it.
    pub async fn take(&self, limit: &'static str, key_hash: &[u8], window: Span, at_most: u32) -> Result<Result<Taken, Limited>, Fault> {
        let (length, now) = (window.0.max(1), self.now());
        if at_most == 0 {
            return Ok(Err(Limited { retry_at: now + window }));
        }
        let into = now.0.rem_euclid(length);
        let started = now.0 - into;
        let left_of_before = length - into;
        let values: Vec<Value> = vec![
            limit.into(),
            key_hash.into(),
            started.into(),
            (started + 2 * length).into(),
            (started - length).into(),
            length.into(),
            left_of_before.into(),
            at_most.into(),
        ];
        let taken = self.db().execute_returning(&TAKE, values).await?;
        if let Some(row) = taken.first() {
            let (n, before) = (row.int("n")?, row.int("n_before")?);
            let used = n + (before * left_of_before).div_euclid(length) + i64::from((before * left_of_before) % length > 0);
            let left = u32::try_from(i64::from(at_most) - used).unwrap_or(0);
            return Ok(Ok(Taken { left, resets_at: Timestamp(started + 2 * length) }));
        }
        self.none_left(limit, key_hash, window, at_most).await.map(Err)
    }
    /// Gives back one that was taken for what then wasn't done.
    pub async fn give_back(&self, limit: &'static str, key_hash: &[u8], window: Span, taken: Taken) -> Result<(), Fault> {
        let started = taken.resets_at.0 - 2 * window.0.max(1);
        self.db().execute(&GIVE_BACK, vec![limit.into(), key_hash.into(), started.into()]).await.map(drop)
    }
    async fn none_left(&self, limit: &'static str, key_hash: &[u8], window: Span, at_most: u32) -> Result<Limited, Fault> {
        let (length, now) = (window.0.max(1), self.now());
        let found = self.db().query_one(&FIND_WINDOW, &[limit.into(), key_hash.into()]).await?;
        let Some(row) = found else { return Ok(Limited { retry_at: now + window }) };
        let (start, n, before) = (row.int("started_at")?, row.int("n")?, row.int("n_before")?);
        Ok(Limited { retry_at: Timestamp(retry_at(start, n, before, length, at_most.into()).max(now.0 + 1)) })
    }
}

/// When what counts has fallen by one below the limit.
fn retry_at(start: i64, n: i64, before: i64, length: i64, at_most: i64) -> i64 {
    let room = at_most - 1;
    if n <= room && before > 0 {
        // n + before · (length − x) / length ≤ room
        return start + length - ((room - n).max(0) * length).div_euclid(before).min(length);
    }
    // Only in the next window, when n counts by what is left of it.
    start + 2 * length - (room.max(0) * length).div_euclid(n.max(1)).min(length)
}

#[cfg(test)]
mod tests {
    use super::retry_at;

    #[test]
    fn one_comes_free_when_what_counts_has_fallen() {
        // Three of three taken in this window: a third of the next one must pass.
        assert_eq!(retry_at(0, 3, 0, 900, 3), 900 + 300);
        // One taken now, three in the window before: they must weigh one at most.
        assert_eq!(retry_at(900, 1, 3, 900, 3), 900 + 600);
        // A limit of none is never free within two windows.
        assert_eq!(retry_at(0, 1, 0, 900, 1), 1800);
    }
}
