//! Reads tenants and users from the tables: the state now, never the log.

use crate::{
    Fault,
    db::{Db, Row},
    log::{self, Hash},
    sql::{
        state::{invitation, member, organization, user},
        stream,
    },
};
use guildhall_core::{Model, StreamId, Tenant, TenantFacts, TenantId, Timestamp, User, UserId, invitation::LISTED};
use std::{collections::HashMap, sync::Arc};

/// Where a stream stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) revision: u64,
    /// When it last changed: no later change is dated before.
    pub(crate) last_at: Timestamp,
    /// The hash of its last log entry.
    pub(crate) hash: Hash,
}

impl Head {
    pub(crate) const UNBORN: Self = Self { revision: 0, last_at: Timestamp(i64::MIN), hash: log::GENESIS };

    pub(crate) fn read(row: &Row) -> Result<Self, Fault> {
        Ok(Self { revision: row.u64("revision")?, last_at: row.time("last_at")?, hash: row.hash("head_hash")? })
    }
}

/// Where the stream stands; `None`: there is none of that id and kind.
pub(crate) async fn head(db: &Db, id: StreamId) -> Result<Option<Head>, Fault> {
    let Some(row) = db.query_one(&stream::FIND_STREAM, &[log::uuid_of(id).into()]).await? else { return Ok(None) };
    if row.text("kind")? != log::kind_of(id) {
        return Ok(None);
    }
    Head::read(&row).map(Some)
}

/// The tenant as its tables say. Invitations that ended more than [`LISTED`] before `now` are left out.
pub(crate) async fn tenant(db: &Db, model: &Arc<Model>, id: TenantId, now: Timestamp) -> Result<Option<(Tenant, Head)>, Fault> {
    let Some(head) = head(db, StreamId::Tenant(id)).await? else { return Ok(None) };
    let facts = tenant_facts(db, id, head.revision, now - LISTED).await?;
    let tenant = Tenant::load(id, model, facts).map_err(|broken| Fault::broken("stream", id, broken.what))?;
    Ok(Some((tenant, head)))
}

/// The rows of a tenant; invitations that are pending or ended after `since`.
pub(crate) async fn tenant_facts(db: &Db, id: TenantId, revision: u64, since: Timestamp) -> Result<TenantFacts, Fault> {
    let mut facts = TenantFacts { revision, ..TenantFacts::default() };
    for row in db.query(&organization::LIST_ORGANIZATIONS, &[id.into()]).await? {
        let (scope, organization) = organization::read(&row)?;
        facts.organizations.insert(scope, organization);
    }
    for row in db.query_long(&member::LIST_MEMBERSHIPS, vec![id.into()]).await? {
        let (key, membership) = member::read(&row)?;
        facts.memberships.insert(key, membership);
    }
    for row in db.query_long(&member::LIST_ROLES, vec![id.into()]).await? {
        let (key, role) = member::read_role(&row)?;
        let held = facts.memberships.get_mut(&key);
        held.ok_or_else(|| row.broken("role", "is of a membership that isn't there"))?.roles.push(role);
    }
    for row in db.query_long(&member::LIST_REMOVED, vec![id.into()]).await? {
        facts.removed.insert(row.id("user_id")?, row.u64("revision")?);
    }
    for row in db.query_long(&invitation::LIST_INVITATIONS, vec![id.into(), since.into()]).await? {
        let (id, invitation) = invitation::read(&row)?;
        facts.invitations.insert(id, invitation);
    }
    let mut grants = HashMap::new();
    for row in db.query_long(&invitation::LIST_GRANTS, vec![id.into(), since.into()]).await? {
        invitation::add_grant(&row, grants.entry(row.id("invitation")?).or_default())?;
    }
    for (id, grants) in grants {
        if let Some(invitation) = facts.invitations.get_mut(&id) {
            invitation.grants = grants;
        }
    }
    Ok(facts)
}

/// The user as the tables say.
pub(crate) async fn user(db: &Db, id: UserId) -> Result<Option<(User, Head)>, Fault> {
    let Some(head) = head(db, StreamId::User(id)).await? else { return Ok(None) };
    let Some(row) = db.query_one(&user::FIND_ACCOUNT, &[id.into()]).await? else {
        return Err(Fault::broken("user_account", id, "is missing, while its stream is there"));
    };
    let mut user = user::read(&row, id, head.revision)?;
    for row in db.query(&user::LIST_ADDRESSES, &[id.into()]).await? {
        user.addresses.insert(row.id("address")?);
    }
    for row in db.query(&user::LIST_IDENTITIES, &[id.into()]).await? {
        user.identities.insert(row.id("identity")?);
    }
    for row in db.query(&user::LIST_TOP_ROLES, &[id.into()]).await? {
        user.owns.insert(row.scope("organization")?, row.id("tenant")?);
    }
    Ok(Some((user, head)))
}
