//! What is read to compare the directory: pages of members and of listed invitations, and what stands in the copies for each page.

use crate::{db::statements, sql::erase::unfinished};

/// The members of a page: behind `$1` to `$3`, up to `$4` to `$6`.
macro_rules! members {
    () => {
        "(m.tenant, m.scope, m.user_id) > ($1, $2, $3) AND (m.tenant, m.scope, m.user_id) <= ($4, $5, $6)"
    };
}
/// The listed invitations of a page with the scopes they are for: behind `$1` and `$2`, up to `$3` and `$4`.
macro_rules! invitations {
    () => {
        "g.tenant = i.tenant AND g.invitation = i.id AND (i.tenant, i.id) > ($1, $2) AND (i.tenant, i.id) <= ($3, $4)
            AND (i.status = 'pending' OR i.status = 'declined')"
    };
}

statements! {
    MEMBERS(membership) = "SELECT m.tenant, m.scope, m.user_id AS id, m.standing, m.invited_by, m.joined_at, m.revision, p.name, p.handle,
            a.typed AS address, (SELECT 1 FROM directory_stale x WHERE x.user_id = m.user_id) AS stale
        FROM membership m JOIN stream s ON s.id = m.tenant LEFT JOIN user_account u ON u.id = m.user_id
            LEFT JOIN person p ON p.user_id = m.user_id LEFT JOIN address a ON a.id = u.primary_address
        WHERE (m.tenant, m.scope, m.user_id) > ($1, $2, $3) ORDER BY m.tenant, m.scope, m.user_id LIMIT 500";
    MEMBERS_ROLES(membership_role) = concat!("SELECT m.tenant, m.scope, m.user_id AS id, m.role FROM membership_role m WHERE ", members!());
    MEMBERS_ROWS(directory) = concat!("SELECT d.* FROM membership m, directory d
        WHERE d.tenant = m.tenant AND d.scope = m.scope AND d.id = m.user_id AND ", members!());
    MEMBERS_COPIED_ROLES(directory_role) = concat!("SELECT d.tenant, d.scope, d.id, d.role FROM membership m, directory_role d
        WHERE d.tenant = m.tenant AND d.scope = m.scope AND d.id = m.user_id AND ", members!());
    MEMBERS_WORDS(directory_term) = concat!("SELECT d.tenant, d.scope, d.id, d.word, d.name_key FROM membership m, directory_term d
        WHERE d.tenant = m.tenant AND d.scope = m.scope AND d.id = m.user_id AND ", members!());

    // `erased`: the address that was invited is blanked. `outdated`: the same were invited anew, by another invitation, after this one ended.
    INVITATIONS(invitation) = "SELECT i.tenant, i.id, i.invitee, i.invitee_kind, i.status, i.invited_by, i.expires_at, i.reminders,
            i.sent_at, i.ended_at, i.revision, p.handle, a.typed AS address,
            CASE WHEN a.id IS NOT NULL AND a.typed IS NULL THEN 1 ELSE 0 END AS erased,
            (SELECT 1 FROM directory_stale x WHERE x.user_id = i.invitee) AS stale,
            (SELECT 1 FROM invitation o WHERE o.invitee = i.invitee AND o.tenant = i.tenant AND o.id <> i.id AND o.created_at >= i.ended_at LIMIT 1)
                AS outdated
        FROM invitation i JOIN stream s ON s.id = i.tenant LEFT JOIN address a ON a.id = i.invitee AND i.invitee_kind = 'address'
            LEFT JOIN person p ON p.user_id = i.invitee AND i.invitee_kind = 'user'
        WHERE (i.tenant, i.id) > ($1, $2) AND (i.status = 'pending' OR i.status = 'declined') ORDER BY i.tenant, i.id LIMIT 500";
    INVITATIONS_ROLES(invitation_grant) = concat!("SELECT g.tenant, g.scope, g.invitation AS id, g.role FROM invitation i, invitation_grant g
        WHERE ", invitations!());
    INVITATIONS_ROWS(directory) = concat!("SELECT d.* FROM invitation i, invitation_grant g, directory d
        WHERE d.tenant = g.tenant AND d.scope = g.scope AND d.id = g.invitation AND ", invitations!());
    INVITATIONS_COPIED_ROLES(directory_role) = concat!("SELECT d.tenant, d.scope, d.id, d.role FROM invitation i, invitation_grant g, directory_role d
        WHERE d.tenant = g.tenant AND d.scope = g.scope AND d.id = g.invitation AND ", invitations!());
    INVITATIONS_WORDS(directory_term) = concat!("SELECT d.tenant, d.scope, d.id, d.word, d.name_key
        FROM invitation i, invitation_grant g, directory_term d
        WHERE d.tenant = g.tenant AND d.scope = g.scope AND d.id = g.invitation AND ", invitations!());

    // What is a copy of nothing.
    STRAY_ROWS(directory) = concat!("SELECT d.tenant, d.scope, d.id FROM directory d WHERE NOT EXISTS
            (SELECT 1 FROM membership m WHERE m.tenant = d.tenant AND m.scope = d.scope AND m.user_id = d.id)
        AND NOT EXISTS (SELECT 1 FROM invitation i JOIN invitation_grant g ON g.tenant = i.tenant AND g.invitation = i.id
            WHERE i.tenant = d.tenant AND i.id = d.id AND g.scope = d.scope AND (i.status = 'pending' OR i.status = 'declined'))
        AND d.tenant NOT IN ", unfinished!(), " LIMIT 1000");
    STRAY_ROLES(directory_role) = concat!("SELECT r.tenant, r.scope, r.role, r.id FROM directory_role r WHERE NOT EXISTS
            (SELECT 1 FROM directory d WHERE d.tenant = r.tenant AND d.scope = r.scope AND d.id = r.id)
        AND r.tenant NOT IN ", unfinished!(), " LIMIT 1000");
    STRAY_WORDS(directory_term) = concat!("SELECT t.tenant, t.scope, t.word, t.name_key, t.id FROM directory_term t WHERE NOT EXISTS
            (SELECT 1 FROM directory d WHERE d.tenant = t.tenant AND d.scope = t.scope AND d.id = t.id)
        AND t.tenant NOT IN ", unfinished!(), " LIMIT 1000");
    WRONG_COUNTS(directory_count) = concat!("SELECT b.tenant, b.scope, b.status, CAST(SUM(b.counted) AS BIGINT) AS counted,
            CAST(SUM(b.there) AS BIGINT) AS there
        FROM (SELECT c.tenant, c.scope, c.status, c.n AS counted, 0 AS there FROM directory_count c
            UNION ALL SELECT d.tenant, d.scope, d.status, 0 AS counted, COUNT(*) AS there FROM directory d GROUP BY d.tenant, d.scope, d.status) AS b
        WHERE b.tenant NOT IN ", unfinished!(), " GROUP BY b.tenant, b.scope, b.status HAVING SUM(b.counted) <> SUM(b.there) LIMIT 1000");

    // Counting anew.
    FORGET_COUNTS(directory_count) = "DELETE FROM directory_count";
    COUNT_ROWS(directory_count) = "INSERT INTO directory_count (tenant, scope, status, n)
        SELECT tenant, scope, status, COUNT(*) FROM directory GROUP BY tenant, scope, status";
}
