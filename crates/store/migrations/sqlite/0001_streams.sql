-- What the deployment is: its model's id, the format, who runs on it.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every text of the model that was ever in force, by its SHA-256, so that the past is decided by the model of its day.
CREATE TABLE IF NOT EXISTS model_text (
    hash BLOB NOT NULL PRIMARY KEY,
    model TEXT NOT NULL,
    text TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- What is locked, numbered and logged by itself: a tenant or a user.
CREATE TABLE IF NOT EXISTS stream (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('tenant', 'user')),
    revision INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    head_hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The whole history. A row is never changed; `hash` covers `prev_hash` and all else but `about`.
CREATE TABLE IF NOT EXISTS change_log (
    stream BLOB NOT NULL,
    revision INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    body BLOB NOT NULL,
    model BLOB NOT NULL,
    -- The user or invitation it speaks of, to find it by.
    about BLOB,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (stream, revision, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS change_log_about ON change_log (stream, about, revision) WHERE about IS NOT NULL;

-- What is unique in the whole deployment. A name that rests is free again at `free_at`.
CREATE TABLE IF NOT EXISTS claim (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    holder BLOB NOT NULL,
    free_at INTEGER,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS claim_holder ON claim (holder, kind);
CREATE INDEX IF NOT EXISTS claim_resting ON claim (free_at) WHERE free_at IS NOT NULL;

-- Organizations as they are: `revision` is the one that last changed them.
CREATE TABLE IF NOT EXISTS organization (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    parent BLOB,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    personal INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    external_id TEXT,
    founded_at INTEGER NOT NULL,
    erase_at INTEGER,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS organization_id ON organization (id);
CREATE INDEX IF NOT EXISTS organization_slug ON organization (slug);
CREATE INDEX IF NOT EXISTS organization_to_erase ON organization (erase_at) WHERE erase_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS organization_external_id ON organization (external_id) WHERE external_id IS NOT NULL;

-- As they were, from one revision until before another.
CREATE TABLE IF NOT EXISTS organization_past (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    parent BLOB,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    personal INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    external_id TEXT,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, id, from_revision)
) STRICT, WITHOUT ROWID;

-- Memberships: `since` is the revision from which the standing holds, `revision` the one that last changed anything, roles included.
CREATE TABLE IF NOT EXISTS membership (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    user_id BLOB NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('active', 'suspended')),
    via TEXT NOT NULL,
    invited_by TEXT,
    joined_at INTEGER NOT NULL,
    since INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS membership_user ON membership (user_id, tenant);

CREATE TABLE IF NOT EXISTS membership_past (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    user_id BLOB NOT NULL,
    standing TEXT NOT NULL,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, from_revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS membership_role (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS membership_role_past (
    tenant BLOB NOT NULL,
    scope BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role TEXT NOT NULL,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, role, from_revision)
) STRICT, WITHOUT ROWID;

-- Who was removed from the root: never added again but by a new invitation.
CREATE TABLE IF NOT EXISTS removed (
    tenant BLOB NOT NULL,
    user_id BLOB NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS invitation (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    invitee_kind TEXT NOT NULL CHECK (invitee_kind IN ('address', 'user')),
    invitee BLOB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked')),
    invited_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    reminders INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at INTEGER,
    revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS invitation_id ON invitation (id);
CREATE INDEX IF NOT EXISTS invitation_invitee ON invitation (invitee, status);

CREATE TABLE IF NOT EXISTS invitation_past (
    tenant BLOB NOT NULL,
    id BLOB NOT NULL,
    status TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    reminders INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, id, from_revision)
) STRICT, WITHOUT ROWID;

-- The roles an invitation gives, in their order. `role` is empty where it gives a membership without one.
CREATE TABLE IF NOT EXISTS invitation_grant (
    tenant BLOB NOT NULL,
    invitation BLOB NOT NULL,
    position INTEGER NOT NULL,
    scope BLOB NOT NULL,
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant, invitation, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS invitation_grant_past (
    tenant BLOB NOT NULL,
    invitation BLOB NOT NULL,
    position INTEGER NOT NULL,
    scope BLOB NOT NULL,
    role TEXT NOT NULL,
    from_revision INTEGER NOT NULL,
    to_revision INTEGER NOT NULL,
    PRIMARY KEY (tenant, invitation, position, from_revision)
) STRICT, WITHOUT ROWID;

-- Users as rules see them: ids only. Names, handles and addresses stand in personal tables.
CREATE TABLE IF NOT EXISTS user_account (
    id BLOB NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    primary_address BLOB,
    has_handle INTEGER NOT NULL,
    external_id TEXT,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS user_account_barred ON user_account (status) WHERE status <> 'active';
CREATE INDEX IF NOT EXISTS user_account_external_id ON user_account (external_id) WHERE external_id IS NOT NULL;

-- Addresses a user has proven.
CREATE TABLE IF NOT EXISTS user_address (
    user_id BLOB NOT NULL,
    address BLOB NOT NULL,
    proven_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS user_address_address ON user_address (address);

-- Providers' accounts a user has linked.
CREATE TABLE IF NOT EXISTS user_identity (
    user_id BLOB NOT NULL,
    identity BLOB NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, identity)
) STRICT, WITHOUT ROWID;

-- The organizations where a user holds the top role directly, as the user's own stream knows it.
CREATE TABLE IF NOT EXISTS top_role (
    user_id BLOB NOT NULL,
    organization BLOB NOT NULL,
    tenant BLOB NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (user_id, organization)
) STRICT, WITHOUT ROWID;

-- What changes nothing but must be known. Rows are added and, when old, deleted; never changed.
CREATE TABLE IF NOT EXISTS event (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    tenant BLOB,
    user_id BLOB,
    network TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_at ON event (at, id);
CREATE INDEX IF NOT EXISTS event_tenant ON event (tenant, at, id) WHERE tenant IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_user ON event (user_id, at, id) WHERE user_id IS NOT NULL;

-- Mail that is to leave: a template's name and ids, never text. Queued once for each key.
CREATE TABLE IF NOT EXISTS outbox (
    id BLOB NOT NULL PRIMARY KEY,
    key TEXT NOT NULL,
    recipient_kind TEXT NOT NULL CHECK (recipient_kind IN ('address', 'user')),
    recipient BLOB NOT NULL,
    template TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at INTEGER,
    dead_at INTEGER,
    last_error TEXT
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS outbox_key ON outbox (key);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (next_at, id) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL;
