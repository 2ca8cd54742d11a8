//! Streams and the change log.

use crate::{db::statements, sql::erase::unfinished};

statements! {
    FIND_STREAM(stream) = "SELECT id, kind, revision, last_at, head_hash FROM stream WHERE id = $1";
    /// A stream of which nothing was known. No row: somebody was first.
    OPEN_STREAM(stream) = "INSERT INTO stream (id, kind, revision, last_at, head_hash) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO NOTHING";
    /// Bumps the stream by `$3`, which is 0 where it was only read. No row: it has moved.
    MOVE_STREAM(stream) = "UPDATE stream SET revision = revision + $3, last_at = $4, head_hash = $5 WHERE id = $1 AND revision = $2";
    APPEND(change_log) = "INSERT INTO change_log
            (stream, revision, seq, kind, version, at, actor, body, model, about, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    LIST_STREAMS(stream) = "SELECT id, kind, revision, last_at, head_hash FROM stream WHERE id > $1 ORDER BY id LIMIT 1000";
    LIST_LOG(change_log) = "SELECT stream, revision, seq, kind, version, at, actor, body, model, about, prev_hash, hash
        FROM change_log WHERE stream = $1 AND (revision > $2 OR (revision = $2 AND seq > $3)) ORDER BY revision, seq LIMIT 5000";
    /// The first entry of a stream has revision 1. What stands before it is nobody's.
    FIND_BEFORE_FIRST(change_log) = "SELECT revision, seq FROM change_log WHERE stream = $1 AND (revision < 1 OR seq < 0) LIMIT 1";
    LIST_LOST_LOGS(change_log) = concat!("SELECT DISTINCT l.stream FROM change_log l
        WHERE NOT EXISTS (SELECT 1 FROM stream s WHERE s.id = l.stream) AND l.stream NOT IN ", unfinished!(), " ORDER BY l.stream LIMIT 1000");
}

/// What a commit would be without its guard.
#[cfg(any(test, debug_assertions))]
pub(crate) static MOVE_UNCHECKED: crate::db::Statement = crate::db::Statement::new(
    "MOVE_UNCHECKED",
    "stream",
    "UPDATE stream SET revision = revision + $3, last_at = $4, head_hash = $5 WHERE id = $1 AND revision >= $2 - 1000",
);
