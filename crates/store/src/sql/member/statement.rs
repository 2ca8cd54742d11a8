//! The statements of the lists of people, written by macros: the orders and directions differ in a word each.
//!
//! All take the same values: `$1` tenant, `$2` scope, `$3` order, `$4` to `$6` where to begin (key, name, id), `$7` now; filtered ones `$8` and
//! `$9` status from and to, `$10` and `$11` expiry after and up to, `$12` role, `$13` to `$18` words from and before; then the limits.

use super::MemberSort;
use crate::db::{Statement, statements};

/// The status under which [`COUNT_ALL`] counts pending invitations whose time has come; and those of them that are listed still.
pub(crate) const LAPSED: i64 = -1;
pub(crate) const EXPIRED: i64 = -2;

/// What a row shows. Who invited is looked up for the rows of the page only.
macro_rules! columns {
    () => {
        "SELECT d.id, d.kind, d.name_key, d.name, d.handle, d.address, d.roles, d.role_rank, d.status, d.status_key, d.last_active_at,
            d.joined_at, d.invited_by, (SELECT p.name FROM person p WHERE p.user_id = d.invited_by) AS invited_by_name, d.expires_at,
            d.sent_at, d.reminders, d.revision"
    };
}
macro_rules! here {
    () => {
        " FROM directory d WHERE d.tenant = $1 AND d.scope = $2"
    };
}
macro_rules! rows {
    () => {
        concat!(columns!(), here!())
    };
}

/// Where to begin, along an index. By name, the key is not asked, but bound all the same.
macro_rules! from {
    (name, $compare:literal) => {
        concat!(" AND CAST($3 AS BIGINT) IS NOT NULL AND CAST($4 AS BIGINT) IS NOT NULL AND (d.name_key, d.id) ", $compare, " ($5, $6)")
    };
    ($key:literal, $compare:literal) => {
        concat!(" AND CAST($3 AS BIGINT) IS NOT NULL AND (d.", $key, ", d.name_key, d.id) ", $compare, " ($4, $5, $6)")
    };
}
macro_rules! order {
    (name, $direction:literal) => {
        concat!(" ORDER BY d.name_key ", $direction, ", d.id ", $direction)
    };
    ($key:literal, $direction:literal) => {
        concat!(" ORDER BY d.", $key, " ", $direction, ", d.name_key ", $direction, ", d.id ", $direction)
    };
}

/// The filters. `+ 0` keeps the index of the status out where something else leads. A subquery with a value is asked row by row; of
/// `EXISTS` Postgres would make a table of everything that matches first.
macro_rules! status {
    () => {
        " AND d.status + 0 BETWEEN $8 AND $9 AND d.expires_at > $10 AND d.expires_at <= $11"
    };
}
macro_rules! role {
    () => {
        " AND (CAST($12 AS TEXT) = '' OR (SELECT 1 FROM directory_role r
            WHERE r.tenant = d.tenant AND r.scope = d.scope AND r.id = d.id AND r.role = $12 LIMIT 1) = 1)"
    };
}
macro_rules! word {
    ($from:literal, $to:literal) => {
        concat!(
            " AND (CAST(",
            $from,
            " AS TEXT) = '' OR (SELECT 1 FROM directory_term t
            WHERE t.tenant = d.tenant AND t.scope = d.scope AND t.id = d.id AND t.word >= ",
            $from,
            " AND t.word < ",
            $to,
            " LIMIT 1) = 1)"
        )
    };
}
macro_rules! walk {
    ($key:tt, $compare:literal, $direction:literal) => {
        concat!(rows!(), from!($key, $compare), " AND d.listed_until > $7", order!($key, $direction), " LIMIT $8")
    };
}
/// The same, but only what the filters match of a stride along the index: `$19` rows long, and `$20` rows wanted. Without a stride Postgres,
/// which can't know how many match, reads and sorts them all.
macro_rules! filtered {
    ($key:tt, $compare:literal, $direction:literal) => {
        concat!(
            columns!(),
            " FROM (SELECT d.*",
            here!(),
            from!($key, $compare),
            " AND d.listed_until > $7",
            order!($key, $direction),
            " LIMIT $19) AS d WHERE 1 = 1",
            status!(),
            role!(),
            word!("$13", "$14"),
            word!("$15", "$16"),
            word!("$17", "$18"),
            order!($key, $direction),
            " LIMIT $20"
        )
    };
}
/// The last row of a stride, `$8` rows behind its first.
macro_rules! stride {
    ($key:tt, $compare:literal, $direction:literal) => {
        concat!(
            "SELECT d.id, d.name_key, d.role_rank, d.status_key, d.last_active_at, d.joined_at",
            here!(),
            from!($key, $compare),
            " AND d.listed_until > $7",
            order!($key, $direction),
            " LIMIT 1 OFFSET $8"
        )
    };
}

/// What a further rare word finds, made into a table once.
macro_rules! among {
    ($from:literal, $to:literal) => {
        concat!(
            " AND (CAST(",
            $from,
            " AS TEXT) = '' OR g.id IN (SELECT o.id FROM directory_term o WHERE o.tenant = $1 AND o.scope = $2 AND o.word >= ",
            $from,
            " AND o.word < ",
            $to,
            "))"
        )
    };
}
/// Some of what the rare words find, by name, from where to begin. Only the table of words is read: each stands there with the name of its
/// row, so that thousands are sorted in a millisecond.
macro_rules! candidates {
    ($compare:literal, $direction:literal, $limit:literal) => {
        concat!(
            "SELECT g.name_key, g.id FROM directory_term g WHERE g.tenant = $1 AND g.scope = $2 AND g.word >= $13 AND g.word < $14
                AND CAST($3 AS BIGINT) IS NOT NULL AND CAST($4 AS BIGINT) IS NOT NULL AND (g.name_key, g.id) ",
            $compare,
            " ($5, $6)",
            among!("$15", "$16"),
            among!("$17", "$18"),
            " ORDER BY g.name_key ",
            $direction,
            ", g.id ",
            $direction,
            $limit
        )
    };
}
/// The rows of a stride of candidates, `$19` long, that the other filters match, and `$20` rows wanted: `$21` to `$24` are the words that many
/// have, asked row by row. Several words of one row find it once.
macro_rules! found {
    ($compare:literal, $direction:literal) => {
        concat!(
            columns!(),
            " FROM (SELECT DISTINCT c.name_key, c.id FROM (",
            candidates!($compare, $direction, " LIMIT $19"),
            ") AS c) AS f JOIN directory d ON d.tenant = $1 AND d.scope = $2 AND d.id = f.id WHERE d.listed_until > $7",
            status!(),
            role!(),
            word!("$21", "$22"),
            word!("$23", "$24"),
            order!(name, $direction),
            " LIMIT $20"
        )
    };
}
/// The last candidate of a stride, `$19` behind its first.
macro_rules! found_end {
    ($compare:literal, $direction:literal) => {
        concat!(
            "SELECT e.name_key, e.id FROM (",
            candidates!($compare, $direction, " LIMIT 1 OFFSET $19"),
            ") AS e WHERE CAST($7 AS BIGINT) IS NOT NULL AND CAST($8 AS BIGINT) IS NOT NULL AND CAST($9 AS BIGINT) IS NOT NULL
                AND CAST($10 AS BIGINT) IS NOT NULL AND CAST($11 AS BIGINT) IS NOT NULL AND CAST($12 AS TEXT) IS NOT NULL"
        )
    };
}

/// The few that a filter matches, sorted as asked.
macro_rules! key {
    () => {
        "CASE CAST($3 AS BIGINT) WHEN 1 THEN d.role_rank WHEN 2 THEN d.status_key WHEN 3 THEN d.last_active_at WHEN 4 THEN d.joined_at
            ELSE 0 END"
    };
}
macro_rules! gather {
    ($few:expr, $compare:literal, $direction:literal) => {
        concat!(
            rows!(),
            $few,
            " AND (",
            key!(),
            ", d.name_key, d.id) ",
            $compare,
            " ($4, $5, $6) AND d.listed_until > $7",
            status!(),
            role!(),
            word!("$13", "$14"),
            word!("$15", "$16"),
            word!("$17", "$18"),
            " ORDER BY ",
            key!(),
            " ",
            $direction,
            ", d.name_key ",
            $direction,
            ", d.id ",
            $direction,
            " LIMIT $19"
        )
    };
}
macro_rules! few {
    (words) => {
        " AND d.id IN (SELECT g.id FROM directory_term g WHERE g.tenant = $1 AND g.scope = $2 AND g.word >= $13 AND g.word < $14)"
    };
    (role) => {
        " AND d.id IN (SELECT g.id FROM directory_role g WHERE g.tenant = $1 AND g.scope = $2 AND g.role = $12)"
    };
    (status) => {
        " AND d.status = $8"
    };
}

statements! {
    WALK_NAME_UP(directory) = walk!(name, ">", "ASC");
    WALK_NAME_DOWN(directory) = walk!(name, "<", "DESC");
    WALK_ROLE_UP(directory) = walk!("role_rank", ">", "ASC");
    WALK_ROLE_DOWN(directory) = walk!("role_rank", "<", "DESC");
    WALK_STATUS_UP(directory) = walk!("status_key", ">", "ASC");
    WALK_STATUS_DOWN(directory) = walk!("status_key", "<", "DESC");
    WALK_ACTIVE_UP(directory) = walk!("last_active_at", ">", "ASC");
    WALK_ACTIVE_DOWN(directory) = walk!("last_active_at", "<", "DESC");
    WALK_JOINED_UP(directory) = walk!("joined_at", ">", "ASC");
    WALK_JOINED_DOWN(directory) = walk!("joined_at", "<", "DESC");
    FILTERED_NAME_UP(directory) = filtered!(name, ">", "ASC");
    FILTERED_NAME_DOWN(directory) = filtered!(name, "<", "DESC");
    FILTERED_ROLE_UP(directory) = filtered!("role_rank", ">", "ASC");
    FILTERED_ROLE_DOWN(directory) = filtered!("role_rank", "<", "DESC");
    FILTERED_STATUS_UP(directory) = filtered!("status_key", ">", "ASC");
    FILTERED_STATUS_DOWN(directory) = filtered!("status_key", "<", "DESC");
    FILTERED_ACTIVE_UP(directory) = filtered!("last_active_at", ">", "ASC");
    FILTERED_ACTIVE_DOWN(directory) = filtered!("last_active_at", "<", "DESC");
    FILTERED_JOINED_UP(directory) = filtered!("joined_at", ">", "ASC");
    FILTERED_JOINED_DOWN(directory) = filtered!("joined_at", "<", "DESC");
    STRIDE_NAME_UP(directory) = stride!(name, ">", "ASC");
    STRIDE_NAME_DOWN(directory) = stride!(name, "<", "DESC");
    STRIDE_ROLE_UP(directory) = stride!("role_rank", ">", "ASC");
    STRIDE_ROLE_DOWN(directory) = stride!("role_rank", "<", "DESC");
    STRIDE_STATUS_UP(directory) = stride!("status_key", ">", "ASC");
    STRIDE_STATUS_DOWN(directory) = stride!("status_key", "<", "DESC");
    STRIDE_ACTIVE_UP(directory) = stride!("last_active_at", ">", "ASC");
    STRIDE_ACTIVE_DOWN(directory) = stride!("last_active_at", "<", "DESC");
    STRIDE_JOINED_UP(directory) = stride!("joined_at", ">", "ASC");
    STRIDE_JOINED_DOWN(directory) = stride!("joined_at", "<", "DESC");
    FOUND_UP(directory) = found!(">", "ASC");
    FOUND_DOWN(directory) = found!("<", "DESC");
    FOUND_END_UP(directory_term) = found_end!(">", "ASC");
    FOUND_END_DOWN(directory_term) = found_end!("<", "DESC");
    GATHER_WORDS_UP(directory) = gather!(few!(words), ">", "ASC");
    GATHER_WORDS_DOWN(directory) = gather!(few!(words), "<", "DESC");
    GATHER_ROLE_UP(directory) = gather!(few!(role), ">", "ASC");
    GATHER_ROLE_DOWN(directory) = gather!(few!(role), "<", "DESC");
    GATHER_STATUS_UP(directory) = gather!(few!(status), ">", "ASC");
    GATHER_STATUS_DOWN(directory) = gather!(few!(status), "<", "DESC");
    // How many a filter matches; counting stops early.
    COUNT_WORD(directory_term) = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM directory_term
        WHERE tenant = $1 AND scope = $2 AND word >= $3 AND word < $4 LIMIT $5) AS matched";
    COUNT_ROLE(directory_role) = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM directory_role
        WHERE tenant = $1 AND scope = $2 AND role = $3 LIMIT $4) AS matched";
    COUNT_STATUS(directory) = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM directory
        WHERE tenant = $1 AND scope = $2 AND status = $3 LIMIT $4) AS matched";
    FIND_ROW(directory) = concat!(rows!(), " AND d.id = $3 AND d.kind = $4 AND d.listed_until > $5");
    COUNT_ALL(directory_count) = "SELECT status, n FROM directory_count WHERE tenant = $1 AND scope = $2
        UNION ALL SELECT -1, COUNT(*) FROM directory WHERE tenant = $1 AND scope = $2 AND status = 2 AND expires_at <= $3
        UNION ALL SELECT -2, COUNT(*) FROM directory WHERE tenant = $1 AND scope = $2 AND status = 2 AND expires_at <= $3 AND expires_at > $4";
}

/// Along the index of the order.
pub(crate) fn walk(sort: MemberSort, ascending: bool) -> &'static Statement {
    match (sort, ascending) {
        (MemberSort::Name, true) => &WALK_NAME_UP,
        (MemberSort::Name, false) => &WALK_NAME_DOWN,
        (MemberSort::Role, true) => &WALK_ROLE_UP,
        (MemberSort::Role, false) => &WALK_ROLE_DOWN,
        (MemberSort::Status, true) => &WALK_STATUS_UP,
        (MemberSort::Status, false) => &WALK_STATUS_DOWN,
        (MemberSort::LastActive, true) => &WALK_ACTIVE_UP,
        (MemberSort::LastActive, false) => &WALK_ACTIVE_DOWN,
        (MemberSort::JoinedAt, true) => &WALK_JOINED_UP,
        (MemberSort::JoinedAt, false) => &WALK_JOINED_DOWN,
    }
}

/// The same, leaving out what the filters do not match.
pub(crate) fn walk_filtered(sort: MemberSort, ascending: bool) -> &'static Statement {
    match (sort, ascending) {
        (MemberSort::Name, true) => &FILTERED_NAME_UP,
        (MemberSort::Name, false) => &FILTERED_NAME_DOWN,
        (MemberSort::Role, true) => &FILTERED_ROLE_UP,
        (MemberSort::Role, false) => &FILTERED_ROLE_DOWN,
        (MemberSort::Status, true) => &FILTERED_STATUS_UP,
        (MemberSort::Status, false) => &FILTERED_STATUS_DOWN,
        (MemberSort::LastActive, true) => &FILTERED_ACTIVE_UP,
        (MemberSort::LastActive, false) => &FILTERED_ACTIVE_DOWN,
        (MemberSort::JoinedAt, true) => &FILTERED_JOINED_UP,
        (MemberSort::JoinedAt, false) => &FILTERED_JOINED_DOWN,
    }
}

/// Where a stride of it ends.
pub(crate) fn stride_end(sort: MemberSort, ascending: bool) -> &'static Statement {
    match (sort, ascending) {
        (MemberSort::Name, true) => &STRIDE_NAME_UP,
        (MemberSort::Name, false) => &STRIDE_NAME_DOWN,
        (MemberSort::Role, true) => &STRIDE_ROLE_UP,
        (MemberSort::Role, false) => &STRIDE_ROLE_DOWN,
        (MemberSort::Status, true) => &STRIDE_STATUS_UP,
        (MemberSort::Status, false) => &STRIDE_STATUS_DOWN,
        (MemberSort::LastActive, true) => &STRIDE_ACTIVE_UP,
        (MemberSort::LastActive, false) => &STRIDE_ACTIVE_DOWN,
        (MemberSort::JoinedAt, true) => &STRIDE_JOINED_UP,
        (MemberSort::JoinedAt, false) => &STRIDE_JOINED_DOWN,
    }
}

/// What words find, by name.
pub(crate) fn found(ascending: bool) -> &'static Statement {
    if ascending { &FOUND_UP } else { &FOUND_DOWN }
}

/// Where a stride of it ends.
pub(crate) fn found_end(ascending: bool) -> &'static Statement {
    if ascending { &FOUND_END_UP } else { &FOUND_END_DOWN }
}

/// The few whose words begin so.
pub(crate) fn gather_words(ascending: bool) -> &'static Statement {
    if ascending { &GATHER_WORDS_UP } else { &GATHER_WORDS_DOWN }
}

/// The few who hold the role.
pub(crate) fn gather_role(ascending: bool) -> &'static Statement {
    if ascending { &GATHER_ROLE_UP } else { &GATHER_ROLE_DOWN }
}

/// The few of the status.
pub(crate) fn gather_status(ascending: bool) -> &'static Statement {
    if ascending { &GATHER_STATUS_UP } else { &GATHER_STATUS_DOWN }
}
