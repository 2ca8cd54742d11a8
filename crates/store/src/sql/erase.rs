//! Deletions that a job finishes: deleted accounts leave their tenants, deleted organizations are erased.

use crate::{
    Fault, Store,
    db::{Statement, statements},
    sql::state::{Write, values},
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

statements! {
    // The first condition is the index's own.
    LIST_LEAVING(user_account) = "SELECT DISTINCT m.tenant, m.user_id FROM user_account u JOIN membership m ON m.user_id = u.id
        JOIN organization o ON o.tenant = m.tenant AND o.id = m.tenant
        WHERE u.status <> 'active' AND u.status = 'deleted' AND o.deleted = 0 AND (m.tenant, m.user_id) > ($1, $2)
        ORDER BY m.tenant, m.user_id LIMIT $3";
    LIST_DUE(organization) = "SELECT tenant FROM organization WHERE erase_at IS NOT NULL AND erase_at <= $1 AND tenant = id
        ORDER BY erase_at LIMIT $2";

    DROP_LOG(change_log) = "DELETE FROM change_log WHERE stream = $1";
    DROP_STREAM(stream) = "DELETE FROM stream WHERE id = $1";
    DROP_ORGANIZATIONS(organization) = "DELETE FROM organization WHERE tenant = $1";
    DROP_ORGANIZATIONS_PAST(organization_past) = "DELETE FROM organization_past WHERE tenant = $1";
    DROP_MEMBERSHIPS(membership) = "DELETE FROM membership WHERE tenant = $1";
    DROP_MEMBERSHIPS_PAST(membership_past) = "DELETE FROM membership_past WHERE tenant = $1";
    DROP_ROLES(membership_role) = "DELETE FROM membership_role WHERE tenant = $1";
    DROP_ROLES_PAST(membership_role_past) = "DELETE FROM membership_role_past WHERE tenant = $1";
    DROP_REMOVED(removed) = "DELETE FROM removed WHERE tenant = $1";
    DROP_INVITATIONS(invitation) = "DELETE FROM invitation WHERE tenant = $1";
    DROP_INVITATIONS_PAST(invitation_past) = "DELETE FROM invitation_past WHERE tenant = $1";
    DROP_GRANTS(invitation_grant) = "DELETE FROM invitation_grant WHERE tenant = $1";
    DROP_GRANTS_PAST(invitation_grant_past) = "DELETE FROM invitation_grant_past WHERE tenant = $1";
    DROP_EVENTS(event) = "DELETE FROM event WHERE tenant = $1";
    DROP_ROWS(directory) = "DELETE FROM directory WHERE tenant = $1";
    DROP_ROW_ROLES(directory_role) = "DELETE FROM directory_role WHERE tenant = $1";
    DROP_TERMS(directory_term) = "DELETE FROM directory_term WHERE tenant = $1";
    DROP_COUNTS(directory_count) = "DELETE FROM directory_count WHERE tenant = $1";
    DROP_KEY_SCOPES(service_key_scope) = "DELETE FROM service_key_scope WHERE service_key IN (SELECT id FROM service_key WHERE tenant = $1)";
    DROP_KEYS(service_key) = "DELETE FROM service_key WHERE tenant = $1";
    DROP_UNWANTED(unwanted) = "DELETE FROM unwanted WHERE tenant = $1";
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

    /// Erases a deleted organization, its history included: one commit, harmless when run again. Names that rest go on resting.
    ///
    /// Answers whether anything was erased: an organization that isn't due stays.
    pub async fn erase_organization(&self, tenant: TenantId) -> Result<bool, Fault> {
        let stream = StreamId::Tenant(tenant);
        let mut held = self.inner.memory.lock(stream).await?;
        let due = match self.find_organization(tenant).await? {
            Some(row) => row.tenant == tenant && row.erase_at.is_some_and(|at| at <= self.now()),
            None => false,
        };
        if !due {
            return Ok(false);
        }
        let drops: Vec<Write> = DROPS.iter().map(|drop| -> Write { (drop, values![tenant]) }).collect();
        let erased = self.db().write::<_, Fault, _>(move |tx| {
            let drops = drops.clone();
            Box::pin(async move { tx.execute_all(&drops).await })
        });
        let erased = erased.await;
        // Also where the commit's fate is unknown: what stands is read again.
        held.unload();
        self.inner.memory.forget(held);
        erased.map(|_| true)
    }
}

/// Every row of a tenant; the keys' scopes before the keys they are found by.
static DROPS: &[&Statement] = &[
    &DROP_LOG,
    &DROP_STREAM,
    &DROP_ORGANIZATIONS,
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
    &DROP_ROWS,
    &DROP_ROW_ROLES,
    &DROP_TERMS,
    &DROP_COUNTS,
    &DROP_KEY_SCOPES,
    &DROP_KEYS,
    &DROP_UNWANTED,
];
