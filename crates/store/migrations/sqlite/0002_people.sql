-- People: addresses, names, the directory, sessions, sign-ins, keys, limits. Personal data stands in these tables only.

-- One row for each address ever seen, whether or not a user holds it. Erasing blanks `key` and `typed`; the row stays.
CREATE TABLE IF NOT EXISTS address (
    id BLOB NOT NULL PRIMARY KEY,
    key TEXT,
    typed TEXT,
    created_at INTEGER NOT NULL,
    -- Who proved it last: with them it goes.
    last_holder BLOB,
    -- Wanted gone since then; blanked once no pending invitation needs it.
    erase_at INTEGER
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS address_by_key ON address (key);
CREATE INDEX IF NOT EXISTS address_of_holder ON address (last_holder) WHERE last_holder IS NOT NULL;
CREATE INDEX IF NOT EXISTS address_to_erase ON address (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS person (
    user_id BLOB NOT NULL PRIMARY KEY,
    name TEXT,
    handle TEXT,
    theme TEXT,
    locale TEXT
) STRICT;

-- A provider's account: issuer and subject identify it. Blanked when unlinked or erased.
CREATE TABLE IF NOT EXISTS identity (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    issuer TEXT,
    subject TEXT,
    label TEXT
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS identity_by_subject ON identity (issuer, subject);
CREATE INDEX IF NOT EXISTS identity_of_user ON identity (user_id);

-- What a list of people shows: copies, for sorting and searching. One row for each member and each listed invitation of a scope.
CREATE TABLE IF NOT EXISTS directory (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    -- The member's or the invitation's.
    id BLOB NOT NULL,
    -- 0 member, 1 invitation.
    kind INTEGER NOT NULL,
    -- The user, or the address invited.
    subject BLOB NOT NULL,
    name_key TEXT NOT NULL,
    name TEXT,
    handle TEXT,
    address TEXT,
    -- A JSON list, opaque to SQL; `directory_role` is what is asked.
    roles TEXT NOT NULL,
    role_rank INTEGER NOT NULL,
    -- 0 joined, 1 suspended, 2 pending, 3 declined. Expired is computed on reading.
    status INTEGER NOT NULL,
    -- Sorts by status: joined, pending by how long it lives, suspended.
    status_key INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    invited_by BLOB,
    expires_at INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    reminders INTEGER NOT NULL,
    listed_until INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, id)
) STRICT;
CREATE INDEX IF NOT EXISTS directory_by_name ON directory (tenant, scope, name_key, id);
CREATE INDEX IF NOT EXISTS directory_by_role ON directory (tenant, scope, role_rank, name_key, id);
CREATE INDEX IF NOT EXISTS directory_by_status ON directory (tenant, scope, status_key, name_key, id);
CREATE INDEX IF NOT EXISTS directory_by_active ON directory (tenant, scope, last_active_at, name_key, id);
CREATE INDEX IF NOT EXISTS directory_by_joined ON directory (tenant, scope, joined_at, name_key, id);
CREATE INDEX IF NOT EXISTS directory_in_status ON directory (tenant, scope, status, expires_at);
CREATE INDEX IF NOT EXISTS directory_of_subject ON directory (subject, tenant, scope, id);
CREATE INDEX IF NOT EXISTS directory_of_invitation ON directory (id) WHERE kind = 1;
CREATE INDEX IF NOT EXISTS directory_to_drop ON directory (listed_until) WHERE kind = 1;

CREATE TABLE IF NOT EXISTS directory_role (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    role TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (tenant, scope, role, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS directory_role_of_row ON directory_role (tenant, scope, id, role);

-- The beginnings of these words find a row: of name, handle and address, and the address whole.
CREATE TABLE IF NOT EXISTS directory_term (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    word TEXT NOT NULL,
    -- The row's, so that what a beginning finds is sorted without a look at the rows.
    name_key TEXT NOT NULL,
    id BLOB NOT NULL,
    PRIMARY KEY (tenant, scope, word, name_key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS directory_term_of_row ON directory_term (tenant, scope, id, word);

-- How many rows of each status, kept by the commits.
CREATE TABLE IF NOT EXISTS directory_count (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    status INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, status)
) STRICT, WITHOUT ROWID;

-- Users whose rows are too many to refresh in one commit; a job does the rest.
CREATE TABLE IF NOT EXISTS directory_stale (
    user_id BLOB NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS session (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    signed_in_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- Personal: blanked when the session ends.
    user_agent TEXT,
    network TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS session_of_user ON session (user_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS session_by_age ON session (created_at);

CREATE TABLE IF NOT EXISTS sign_in (
    id BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    address BLOB NOT NULL,
    user_id BLOB,
    generation INTEGER NOT NULL,
    cookie_hash BLOB NOT NULL,
    return_to TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    used_at INTEGER,
    -- A newer one took its place, or too many wrong codes.
    ended_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS sign_in_open ON sign_in (address, purpose) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX IF NOT EXISTS sign_in_by_expiry ON sign_in (expires_at);

CREATE TABLE IF NOT EXISTS provider_flow (
    id BLOB NOT NULL PRIMARY KEY,
    provider TEXT NOT NULL,
    state_hash BLOB NOT NULL,
    nonce_hash BLOB NOT NULL,
    cookie_hash BLOB NOT NULL,
    -- Who links it from a session; none where it signs in.
    user_id BLOB,
    return_to TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS provider_flow_by_expiry ON provider_flow (expires_at);

CREATE TABLE IF NOT EXISTS service_key (
    id BLOB NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    tenant BLOB,
    hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS service_key_of_tenant ON service_key (tenant, id);
CREATE TABLE IF NOT EXISTS service_key_scope (
    service_key BLOB NOT NULL,
    operation TEXT NOT NULL,
    PRIMARY KEY (service_key, operation)
) STRICT, WITHOUT ROWID;

-- A sliding window in two counters: this window's and the one's before.
CREATE TABLE IF NOT EXISTS limit_window (
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    n INTEGER NOT NULL,
    n_before INTEGER NOT NULL,
    forget_at INTEGER NOT NULL,
    PRIMARY KEY (name, key_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS limit_window_to_forget ON limit_window (forget_at);

CREATE TABLE IF NOT EXISTS idempotent_answer (
    principal BLOB NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    -- 0 while it is being answered, 1 once something was committed for it, then the answer's.
    status INTEGER NOT NULL,
    body TEXT,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotent_answer_by_age ON idempotent_answer (created_at);

CREATE TABLE IF NOT EXISTS operator (
    user_id BLOB NOT NULL PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS operator_link (
    id BLOB NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- "I don't know these people": no more mails from this organization to this address.
CREATE TABLE IF NOT EXISTS unwanted (
    address BLOB NOT NULL,
    tenant BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (address, tenant)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS unwanted_of_tenant ON unwanted (tenant, at);
