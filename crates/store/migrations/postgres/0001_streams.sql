-- What the deployment is: its model's id, the format, who runs on it.
CREATE TABLE IF NOT EXISTS meta (
    key TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);

-- Every text of the model that was ever in force, by its SHA-256, so that the past is decided by the model of its day.
CREATE TABLE IF NOT EXISTS model_text (
    hash BYTEA NOT NULL PRIMARY KEY,
    model TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL
);

-- What is locked, numbered and logged by itself: a tenant or a user.
CREATE TABLE IF NOT EXISTS stream (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('tenant', 'user')),
    revision BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    head_hash BYTEA NOT NULL
);

-- The whole history. A row is never changed; `hash` covers `prev_hash` and all else but `about`.
CREATE TABLE IF NOT EXISTS change_log (
    stream UUID NOT NULL,
    revision BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    model BYTEA NOT NULL,
    -- The user or invitation it speaks of, to find it by.
    about UUID,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (stream, revision, seq)
);
CREATE INDEX IF NOT EXISTS change_log_about ON change_log (stream, about, revision) WHERE about IS NOT NULL;

-- What is unique in the whole deployment. A name that rests is free again at `free_at`.
CREATE TABLE IF NOT EXISTS claim (
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    holder UUID NOT NULL,
    free_at BIGINT,
    PRIMARY KEY (kind, key)
);
CREATE INDEX IF NOT EXISTS claim_holder ON claim (holder, kind);
CREATE INDEX IF NOT EXISTS claim_resting ON claim (free_at) WHERE free_at IS NOT NULL;

-- Organizations as they are: `revision` is the one that last changed them.
CREATE TABLE IF NOT EXISTS organization (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    parent UUID,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    personal BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    external_id TEXT COLLATE "C",
    founded_at BIGINT NOT NULL,
    erase_at BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS organization_id ON organization (id);
CREATE INDEX IF NOT EXISTS organization_slug ON organization (slug);
CREATE INDEX IF NOT EXISTS organization_to_erase ON organization (erase_at) WHERE erase_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS organization_external_id ON organization (external_id) WHERE external_id IS NOT NULL;

-- As they were, from one revision until before another.
CREATE TABLE IF NOT EXISTS organization_past (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    parent UUID,
    name TEXT COLLATE "C" NOT NULL,
    slug TEXT COLLATE "C" NOT NULL,
    personal BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    external_id TEXT COLLATE "C",
    from_revision BIGINT NOT NULL,
    to_revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, id, from_revision)
);

-- Memberships: `since` is the revision from which the standing holds, `revision` the one that last changed anything, roles included.
CREATE TABLE IF NOT EXISTS membership (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    user_id UUID NOT NULL,
    standing TEXT COLLATE "C" NOT NULL CHECK (standing IN ('active', 'suspended')),
    via TEXT COLLATE "C" NOT NULL,
    invited_by TEXT COLLATE "C",
    joined_at BIGINT NOT NULL,
    since BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, user_id)
);
CREATE INDEX IF NOT EXISTS membership_user ON membership (user_id, tenant);

CREATE TABLE IF NOT EXISTS membership_past (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    user_id UUID NOT NULL,
    standing TEXT COLLATE "C" NOT NULL,
    from_revision BIGINT NOT NULL,
    to_revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, from_revision)
);

CREATE TABLE IF NOT EXISTS membership_role (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, role)
);

CREATE TABLE IF NOT EXISTS membership_role_past (
    tenant UUID NOT NULL,
    scope UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    from_revision BIGINT NOT NULL,
    to_revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, scope, user_id, role, from_revision)
);

-- Who was removed from the root: never added again but by a new invitation.
CREATE TABLE IF NOT EXISTS removed (
    tenant UUID NOT NULL,
    user_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id)
);

CREATE TABLE IF NOT EXISTS invitation (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    invitee_kind TEXT COLLATE "C" NOT NULL CHECK (invitee_kind IN ('address', 'user')),
    invitee UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('pending', 'accepted', 'declined', 'revoked')),
    invited_by TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    reminders BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS invitation_id ON invitation (id);
CREATE INDEX IF NOT EXISTS invitation_invitee ON invitation (invitee, status);

CREATE TABLE IF NOT EXISTS invitation_past (
    tenant UUID NOT NULL,
    id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    invited_by TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    reminders BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    from_revision BIGINT NOT NULL,
    to_revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, id, from_revision)
);

-- The roles an invitation gives, in their order. `role` is empty where it gives a membership without one.
CREATE TABLE IF NOT EXISTS invitation_grant (
    tenant UUID NOT NULL,
    invitation UUID NOT NULL,
    position BIGINT NOT NULL,
    scope UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant, invitation, position)
);

CREATE TABLE IF NOT EXISTS invitation_grant_past (
    tenant UUID NOT NULL,
    invitation UUID NOT NULL,
    position BIGINT NOT NULL,
    scope UUID NOT NULL,
    role TEXT COLLATE "C" NOT NULL,
    from_revision BIGINT NOT NULL,
    to_revision BIGINT NOT NULL,
    PRIMARY KEY (tenant, invitation, position, from_revision)
);

-- Users as rules see them: ids only. Names, handles and addresses stand in personal tables.
CREATE TABLE IF NOT EXISTS user_account (
    id UUID NOT NULL PRIMARY KEY,
    status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
    primary_address UUID,
    has_handle BIGINT NOT NULL,
    external_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS user_account_barred ON user_account (status) WHERE status <> 'active';
CREATE INDEX IF NOT EXISTS user_account_external_id ON user_account (external_id) WHERE external_id IS NOT NULL;

-- Addresses a user has proven.
CREATE TABLE IF NOT EXISTS user_address (
    user_id UUID NOT NULL,
    address UUID NOT NULL,
    proven_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, address)
);
CREATE INDEX IF NOT EXISTS user_address_address ON user_address (address);

-- Providers' accounts a user has linked.
CREATE TABLE IF NOT EXISTS user_identity (
    user_id UUID NOT NULL,
    identity UUID NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, identity)
);

-- The organizations where a user holds the top role directly, as the user's own stream knows it.
CREATE TABLE IF NOT EXISTS top_role (
    user_id UUID NOT NULL,
    organization UUID NOT NULL,
    tenant UUID NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (user_id, organization)
);

-- What changes nothing but must be known. Rows are added and, when old, deleted; never changed.
CREATE TABLE IF NOT EXISTS event (
    id UUID NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    tenant UUID,
    user_id UUID,
    network TEXT COLLATE "C",
    detail TEXT COLLATE "C" NOT NULL
);
CREATE INDEX IF NOT EXISTS event_at ON event (at, id);
CREATE INDEX IF NOT EXISTS event_tenant ON event (tenant, at, id) WHERE tenant IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_user ON event (user_id, at, id) WHERE user_id IS NOT NULL;

-- Mail that is to leave: a template's name and ids, never text. Queued once for each key.
CREATE TABLE IF NOT EXISTS outbox (
    id UUID NOT NULL PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL,
    recipient_kind TEXT COLLATE "C" NOT NULL CHECK (recipient_kind IN ('address', 'user')),
    recipient UUID NOT NULL,
    template TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent_at BIGINT,
    dead_at BIGINT,
    last_error TEXT COLLATE "C"
);
CREATE UNIQUE INDEX IF NOT EXISTS outbox_key ON outbox (key);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (next_at, id) WHERE sent_at IS NULL AND dead_at IS NULL;
CREATE INDEX IF NOT EXISTS outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL;
