//! Deletions that a job finishes: deleted accounts leave their tenants, deleted organizations are erased.

use crate::{
    Fault, Store,
    db::{Statement, Tx, statements},
    sql::state::values,
};
use guildhall_core::{StreamId, TenantId, UserId};

/// The tenants that are being erased, in brackets; `$1` is now. Their stream went first, and so nobody sees anything of them any more.
macro_rules! unfinished {
    () => {
        "(SELECT e.tenant FROM organization e WHERE e.erase_at IS NOT NULL AND e.erase_at <= $1 AND e.id = e.tenant AND e.deleted = 1
            AND NOT EXISTS (SELECT 1 FROM stream x WHERE x.id = e.tenant))"
    };
}
pub(crate) use unfinished;

/// Deletes the first of a tenant's rows, `$2` at most, along a key. The last of them is found by the key backward.
macro_rules! some {
    ($table:literal, $tenant:literal, $first:literal $(, $more:literal)*) => {
        concat!(
            "DELETE FROM ", $table, " WHERE ", $tenant, " = $1 AND (", $first $(, ", ", $more)*, ") <= (SELECT ", $first $(, ", ", $more)*,
            " FROM (SELECT ", $first $(, ", ", $more)*, " FROM ", $table, " WHERE ", $tenant, " = $1 ORDER BY ", $first $(, ", ", $more)*,
            " LIMIT $2) AS few ORDER BY ", $first, " DESC" $(, ", ", $more, " DESC")*, " LIMIT 1)"
        )
    };
}

statements! {
    // The first condition is the index's own.
    LIST_LEAVING(user_account) = "SELECT DISTINCT m.tenant, m.user_id FROM user_account u JOIN membership m ON m.user_id = u.id
        JOIN organization o ON o.tenant = m.tenant AND o.id = m.tenant
        WHERE u.status <> 'active' AND u.status = 'deleted' AND o.deleted = 0 AND (m.tenant, m.user_id) > ($1, $2)
        ORDER BY m.tenant, m.user_id LIMIT $3";
    LIST_DUE(organization) = "SELECT tenant FROM organization WHERE erase_at IS NOT NULL AND erase_at <= $1 AND tenant = id
        ORDER BY erase_at LIMIT $2";

    DROP_STREAM(stream) = "DELETE FROM stream WHERE id = $1 AND CAST($2 AS BIGINT) > 0";
    DROP_ROWS(directory) = some!("directory", "tenant", "scope", "id");
    DROP_ROW_ROLES(directory_role) = some!("directory_role", "tenant", "scope", "role", "id");
    DROP_TERMS(directory_term) = some!("directory_term", "tenant", "scope", "word", "name_key", "id");
    DROP_COUNTS(directory_count) = some!("directory_count", "tenant", "scope", "status");
    DROP_LOG(change_log) = some!("change_log", "stream", "revision", "seq");
    DROP_ORGANIZATIONS_PAST(organization_past) = some!("organization_past", "tenant", "id", "from_revision");
    DROP_MEMBERSHIPS(membership) = some!("membership", "tenant", "scope", "user_id");
    DROP_MEMBERSHIPS_PAST(membership_past) = some!("membership_past", "tenant", "scope", "user_id", "from_revision");
    DROP_ROLES(membership_role) = some!("membership_role", "tenant", "scope", "user_id", "role");
    DROP_ROLES_PAST(membership_role_past) = some!("membership_role_past", "tenant", "scope", "user_id", "role", "from_revision");
    DROP_REMOVED(removed) = some!("removed", "tenant", "user_id");
    DROP_INVITATIONS(invitation) = some!("invitation", "tenant", "id");
    DROP_INVITATIONS_PAST(invitation_past) = some!("invitation_past", "tenant", "id", "from_revision");
    DROP_GRANTS(invitation_grant) = some!("invitation_grant", "tenant", "invitation", "position");
    DROP_GRANTS_PAST(invitation_grant_past) = some!("invitation_grant_past", "tenant", "invitation", "position", "from_revision");
    DROP_EVENTS(event) = some!("event", "tenant", "at", "id");
    // With its keys at once: operators make few.
    DROP_KEY_SCOPES(service_key_scope) = "DELETE FROM service_key_scope WHERE CAST($2 AS BIGINT) > 0
        AND service_key IN (SELECT id FROM service_key WHERE tenant = $1)";
    DROP_KEYS(service_key) = some!("service_key", "tenant", "id");
    DROP_UNWANTED(unwanted) = some!("unwanted", "tenant", "at", "address");
    DROP_BELOW(organization) = "DELETE FROM organization WHERE tenant = $1 AND id <> $1 AND CAST($2 AS BIGINT) > 0";
    DROP_ROOT(organization) = "DELETE FROM organization WHERE tenant = $1 AND CAST($2 AS BIGINT) > 0";
}

impl Store {
    /// Deleted accounts that are members still, each with one of their tenants; those behind `after`. For the job that leaves.
    /// What is deleted itself needs nobody to leave: it is erased.
    pub async fn list_leaving(&self, after: Option<(TenantId, UserId)>, n: u32) -> Result<Vec<(TenantId, UserId)>, Fault> {
        let (tenant, user) = after.unwrap_or((TenantId::from_u128(0), UserId::from_u128(0)));
        let rows = self.db().query(&LIST_LEAVING, &values![tenant, user, n]).await?;
        rows.iter().map(|row| Ok((row.id("tenant")?, row.id("user_id")?))).collect()
    }

    /// Deleted root organizations whose days are over. For the job that erases.
    pub async fn list_due(&self, n: u32) -> Result<Vec<TenantId>, Fault> {
        let rows = self.db().query(&LIST_DUE, &values![self.now(), n]).await?;
        rows.iter().map(|row| row.id("tenant")).collect()
    }

    /// Erases a deleted organization, its history included, some rows in each transaction, so that others write in between: a job's step,
    /// harmless when run again. Names that rest go on resting.
    ///
    /// Its stream goes first: from then on there is nothing of that id for anybody, in this process or after a crash, and `verify` passes
    /// over what is left. The organization itself goes last: by it, what was begun is found and finished.
    ///
    /// Answers whether anything was erased: an organization that isn't due stays.
    pub async fn erase_organization(&self, tenant: TenantId) -> Result<bool, Fault> {
        let mut held = self.inner.memory.lock(StreamId::Tenant(tenant)).await?;
        let due = match self.find_organization(tenant).await? {
            Some(row) => row.tenant == tenant && row.deleted && row.erase_at.is_some_and(|at| at <= self.now()),
            None => false,
        };
        if !due {
            return Ok(false);
        }
        // Under the tenant's lock: nobody decides on what is half gone.
        let begun = self.erase_some(tenant, 0).await;
        // Also where the commit's fate is unknown: what stands is read again.
        held.unload();
        self.inner.memory.forget(held);
        let mut next = begun?;
        while let Some(at) = next {
            next = self.erase_some(tenant, at).await?;
        }
        Ok(true)
    }

    /// One transaction, from this place in the list on. Answers where to go on; `None`: all is gone.
    pub(crate) async fn erase_some(&self, tenant: TenantId, from: usize) -> Result<Option<usize>, Fault> {
        self.db().write(move |tx| Box::pin(drop_some(tx, tenant, from))).await
    }
}

async fn drop_some(tx: &Tx, tenant: TenantId, from: usize) -> Result<Option<usize>, Fault> {
    let mut left = AT_ONCE;
    for (at, drop) in DROPS.iter().enumerate().skip(from) {
        left = left.saturating_sub(tx.execute(drop, &values![tenant, left]).await?);
        if left == 0 {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Most rows dropped in one transaction, but for the scopes of keys.
pub(crate) const AT_ONCE: u64 = 1_000;

/// Every row of a tenant: those of the directory before their words, which are only put where there is a row; the keys' scopes before the
/// keys they are found by.
static DROPS: &[&Statement] = &[
    &DROP_STREAM,
    &DROP_ROWS,
    &DROP_ROW_ROLES,
    &DROP_TERMS,
    &DROP_COUNTS,
    &DROP_LOG,
    &DROP_ORGANIZATIONS_PAST,
    &DROP_MEMBERSHIPS,
    &DROP_MEMBERSHIPS_PAST,
    &DROP_ROLES,
    &DROP_ROLES_PAST,
    &DROP_REMOVED,
    &DROP_INVITATIONS,
    &DROP_INVITATIONS_PAST,
    &DROP_GRANTS,
    &DROP_GRANTS_PAST,
    &DROP_EVENTS,
    &DROP_KEY_SCOPES,
    &DROP_KEYS,
    &DROP_UNWANTED,
    &DROP_BELOW,
    &DROP_ROOT,
];
