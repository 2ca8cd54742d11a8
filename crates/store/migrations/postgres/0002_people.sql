-- People: addresses, names, the directory, sessions, sign-ins, keys, limits. Personal data stands in these tables only.

-- One row for each address ever seen, whether or not a user holds it. Erasing blanks `key` and `typed`; the row stays.
CREATE TABLE IF NOT EXISTS address (
    id UUID NOT NULL PRIMARY KEY,
    key TEXT COLLATE "C",
    typed TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    -- Who proved it last: with them it goes.
    last_holder UUID,
    -- Wanted gone since then; blanked once no pending invitation needs it.
    erase_at BIGINT
);
CREATE UNIQUE INDEX IF NOT EXISTS address_by_key ON address (key);
CREATE INDEX IF NOT EXISTS address_of_holder ON address (last_holder) WHERE last_holder IS NOT NULL;
CREATE INDEX IF NOT EXISTS address_to_erase ON address (erase_at) WHERE erase_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS person (
    user_id UUID NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C",
    handle TEXT COLLATE "C",
    theme TEXT COLLATE "C",
    locale TEXT COLLATE "C"
);

-- A provider's account: issuer and subject identify it. Blanked when unlinked or erased.
CREATE TABLE IF NOT EXISTS identity (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL,
    issuer TEXT COLLATE "C",
    subject TEXT COLLATE "C",
    label TEXT COLLATE "C"
);
CREATE UNIQUE INDEX IF NOT EXISTS identity_by_subject ON identity (issuer, subject);
CREATE INDEX IF NOT EXISTS identity_of_user ON identity (user_id);

-- What a list of people shows: copies, for sorting and searching. One row for each member and each listed invitation of a scope.
CREATE TABLE IF NOT EXISTS directory (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    -- The member's or the invitation's.
    id UUID NOT NULL,
    -- 0 member, 1 invitation.
    kind BIGINT NOT NULL,
    -- The user, or the address invited.
    subject UUID NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C",
    handle TEXT COLLATE "C",
    address TEXT COLLATE "C",
    -- A JSON list, opaque to SQL; `directory_role` is what is asked.
    roles TEXT COLLATE "C" NOT NULL,
    role_rank BIGINT NOT NULL,
    -- 0 joined, 1 suspended, 2 pending, 3 declined. Expired is computed on reading.
    status BIGINT NOT NULL,
    -- Sorts by status: joined, pending by how long it lives, suspended.
    status_key BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    invited_by UUID,
    expires_at BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    reminders BIGINT NOT NULL,
    listed_until BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, id)
);
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
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    PRIMARY KEY (tenant, scope, role, id)
);
CREATE INDEX IF NOT EXISTS directory_role_of_row ON directory_role (tenant, scope, id, role);

-- The beginnings of these words find a row: of name, handle and address, and the address whole.
CREATE TABLE IF NOT EXISTS directory_term (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    -- The row's, so that what a beginning finds is sorted without a look at the rows.
    name_key TEXT COLLATE "C" NOT NULL,
    id UUID NOT NULL,
    PRIMARY KEY (tenant, scope, word, name_key, id)
);
CREATE INDEX IF NOT EXISTS directory_term_of_row ON directory_term (tenant, scope, id, word);

-- How many rows of each status, kept by the commits.
CREATE TABLE IF NOT EXISTS directory_count (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    status BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, status)
);

-- Users whose rows are too many to refresh in one commit; a job does the rest.
CREATE TABLE IF NOT EXISTS directory_stale (
    user_id UUID NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS session (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    signed_in_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    ended_at BIGINT,
    -- Personal: blanked when the session ends.
    user_agent TEXT COLLATE "C",
    network TEXT COLLATE "C"
);
CREATE INDEX IF NOT EXISTS session_of_user ON session (user_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX IF NOT EXISTS session_by_age ON session (created_at);

CREATE TABLE IF NOT EXISTS sign_in (
    id UUID NOT NULL PRIMARY KEY,
    purpose TEXT COLLATE "C" NOT NULL,
    address UUID NOT NULL,
    user_id UUID,
    generation BIGINT NOT NULL,
    cookie_hash BYTEA NOT NULL,
    return_to TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    used_at BIGINT,
    -- A newer one took its place, or too many wrong codes.
    ended_at BIGINT
);
CREATE INDEX IF NOT EXISTS sign_in_open ON sign_in (address, purpose) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX IF NOT EXISTS sign_in_by_expiry ON sign_in (expires_at);

CREATE TABLE IF NOT EXISTS provider_flow (
    id UUID NOT NULL PRIMARY KEY,
    provider TEXT COLLATE "C" NOT NULL,
    state_hash BYTEA NOT NULL,
    nonce_hash BYTEA NOT NULL,
    cookie_hash BYTEA NOT NULL,
    -- Who links it from a session; none where it signs in.
    user_id UUID,
    return_to TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS provider_flow_by_expiry ON provider_flow (expires_at);

CREATE TABLE IF NOT EXISTS service_key (
    id UUID NOT NULL PRIMARY KEY,
    title TEXT COLLATE "C" NOT NULL,
    tenant UUID,
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT,
    last_used_at BIGINT
);
CREATE INDEX IF NOT EXISTS service_key_of_tenant ON service_key (tenant, id);
CREATE TABLE IF NOT EXISTS service_key_scope (
    service_key UUID NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (service_key, operation)
);

-- A sliding window in two counters: this window's and the one's before.
CREATE TABLE IF NOT EXISTS limit_window (
    name TEXT COLLATE "C" NOT NULL,
    key_hash BYTEA NOT NULL,
    started_at BIGINT NOT NULL,
    n BIGINT NOT NULL,
    n_before BIGINT NOT NULL,
    forget_at BIGINT NOT NULL,
    PRIMARY KEY (name, key_hash)
);
CREATE INDEX IF NOT EXISTS limit_window_to_forget ON limit_window (forget_at);

CREATE TABLE IF NOT EXISTS idempotent_answer (
    principal UUID NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0 while it is being answered, 1 once something was committed for it, then the answer's.
    status BIGINT NOT NULL,
    body TEXT COLLATE "C",
    PRIMARY KEY (principal, key)
);
CREATE INDEX IF NOT EXISTS idempotent_answer_by_age ON idempotent_answer (created_at);

CREATE TABLE IF NOT EXISTS operator (
    user_id UUID NOT NULL PRIMARY KEY,
    since BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS operator_link (
    id UUID NOT NULL PRIMARY KEY,
    generation BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);

-- "I don't know these people": no more mails from this organization to this address.
CREATE TABLE IF NOT EXISTS unwanted (
    address UUID NOT NULL,
    tenant UUID NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (address, tenant)
);
CREATE INDEX IF NOT EXISTS unwanted_of_tenant ON unwanted (tenant, at);
