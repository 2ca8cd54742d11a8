//! Mail that leaves after the commit: queued once for each key.

use crate::db::statements;

statements! {
    QUEUE(outbox) = "INSERT INTO outbox (id, key, recipient_kind, recipient, template, created_at, next_at, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (key) DO NOTHING";
}
