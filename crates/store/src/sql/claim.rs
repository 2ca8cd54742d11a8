//! Claims: what is unique in the whole deployment.

use crate::db::statements;

statements! {
    /// No row: somebody else holds it, or it still rests.
    TAKE(claim) = "INSERT INTO claim (kind, key, holder) VALUES ($1, $2, $3)
        ON CONFLICT (kind, key) DO UPDATE SET holder = $3, free_at = NULL WHERE claim.free_at <= $4 OR claim.holder = $3
        RETURNING holder";
    /// It rests until `$4`.
    RELEASE(claim) = "UPDATE claim SET free_at = $4 WHERE kind = $1 AND key = $2 AND holder = $3 AND free_at IS NULL";
    RELEASE_ALL(claim) = "UPDATE claim SET free_at = $3 WHERE kind = $1 AND holder = $2 AND free_at IS NULL";
    /// Free at once: nothing of it stays.
    DROP(claim) = "DELETE FROM claim WHERE kind = $1 AND key = $2 AND holder = $3";
    DROP_ALL(claim) = "DELETE FROM claim WHERE kind = $1 AND holder = $2";
    /// What has rested is nobody's, and says no longer whose it was.
    DROP_RESTED(claim) = "DELETE FROM claim WHERE free_at <= $1";
    FIND_CLAIM(claim) = "SELECT kind, key, holder, free_at FROM claim WHERE kind = $1 AND key = $2";
}
