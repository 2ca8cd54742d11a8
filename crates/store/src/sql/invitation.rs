//! Invitations: found by their links, listed for whom they wait for, and blocked by who knows nobody there.

use crate::{
    Fault, Store,
    db::{Row, statements},
    sql::state::{
        invitation::{read_invitee, status_of},
        values,
    },
};
use guildhall_core::{
    Actor, AddressId, InvitationId, OrganizationId, Permit, RoleKey, TenantId, Timestamp, change::Invitee, decided::Grant, op,
    tenant::InvitationStatus,
};

/// An invitation with what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    pub id: InvitationId,
    pub tenant: TenantId,
    pub invitee: Invitee,
    /// The address invited, as typed; `None` by handle, and once erased.
    pub address: Option<String>,
    pub status: InvitationStatus,
    pub grants: Vec<Grant>,
    pub invited_by: Actor,
    /// The name of the person who invited.
    pub invited_by_name: Option<String>,
    pub organization_name: String,
    pub organization_slug: String,
    pub expires_at: Timestamp,
    pub reminders: u32,
    pub sent_at: Timestamp,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub revision: u64,
}

/// An invitation that waits for one's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingInvitation {
    pub id: InvitationId,
    pub tenant: TenantId,
    pub organization: OrganizationId,
    pub organization_name: String,
    pub organization_slug: String,
    pub roles: Vec<RoleKey>,
    pub invited_by_name: Option<String>,
    pub expires_at: Timestamp,
}

statements! {
    FIND_INVITATION(invitation) = "SELECT i.id, i.tenant, i.invitee_kind, i.invitee, i.status, i.invited_by, i.expires_at, i.reminders,
            i.sent_at, i.created_at, i.ended_at, i.revision, a.typed AS address, o.name, o.slug
        FROM invitation i JOIN organization o ON o.tenant = i.tenant AND o.id = i.tenant LEFT JOIN address a ON a.id = i.invitee
        WHERE i.id = $1";
    LIST_GRANTS(invitation_grant) = "SELECT scope, role FROM invitation_grant WHERE tenant = $1 AND invitation = $2 ORDER BY position";
    FIND_NAME(person) = "SELECT name FROM person WHERE user_id = $1";
    LIST_WAITING(directory) = "SELECT d.id, d.tenant, d.scope, d.roles, d.expires_at, o.name, o.slug,
            (SELECT p.name FROM person p WHERE p.user_id = d.invited_by) AS invited_by_name
        FROM directory d JOIN organization o ON o.tenant = d.tenant AND o.id = d.scope
        WHERE d.subject IN (SELECT h.address FROM user_address h WHERE h.user_id = $1 UNION ALL SELECT u.id FROM user_account u WHERE u.id = $1)
            AND d.kind = 1 AND d.status = 2 AND d.expires_at > $2 AND o.deleted = 0
            AND NOT EXISTS (SELECT 1 FROM unwanted x WHERE x.address = d.subject AND x.tenant = d.tenant)
        ORDER BY d.expires_at, d.id LIMIT 500";
    LIST_WAITING_AT(directory) = "SELECT d.id, d.tenant, d.scope, d.roles, d.expires_at, o.name, o.slug,
            (SELECT p.name FROM person p WHERE p.user_id = d.invited_by) AS invited_by_name
        FROM directory d JOIN organization o ON o.tenant = d.tenant AND o.id = d.scope
        WHERE d.subject = $1 AND d.kind = 1 AND d.status = 2 AND d.expires_at > $2 AND o.deleted = 0
        ORDER BY d.expires_at, d.id LIMIT 500";
    BLOCK(unwanted) = "INSERT INTO unwanted (address, tenant, at) VALUES ($1, $2, $3) ON CONFLICT (address, tenant) DO NOTHING";
    IS_BLOCKED(unwanted) = "SELECT at FROM unwanted WHERE address = $1 AND tenant = $2";
}

impl Store {
    /// The invitation of this id, for its link, before there is a permit: the caller checks the link's token, and shows nothing before.
    pub async fn find_invitation(&self, id: InvitationId) -> Result<Option<(TenantId, InvitationRow)>, Fault> {
        let Some(row) = self.db().query_one(&FIND_INVITATION, &values![id]).await? else { return Ok(None) };
        let tenant: TenantId = row.id("tenant")?;
        let mut grants: Vec<Grant> = Vec::new();
        for grant in self.db().query(&LIST_GRANTS, &values![tenant, id]).await? {
            let (scope, role) = (grant.scope("scope")?, grant.text("role")?);
            let at = grants.iter().position(|known| known.scope == scope).unwrap_or_else(|| {
                grants.push(Grant { scope, roles: Vec::new() });
                grants.len() - 1
            });
            // An empty role: a membership without any.
            if let Some(grant) = grants.get_mut(at).filter(|_| !role.is_empty()) {
                grant.roles.push(RoleKey::new(&role));
            }
        }
        let invited_by: Actor = row.json("invited_by")?;
        let invited_by_name = match invited_by.user() {
            Some(user) => {
                self.db().query_one(&FIND_NAME, &values![user]).await?.map(|row| row.opt("name", Row::text)).transpose()?.flatten()
            }
            None => None,
        };
        let found = InvitationRow {
            id,
            tenant,
            invitee: read_invitee(&row)?,
            address: row.opt("address", Row::text)?,
            status: row.parsed("status", status_of)?,
            grants,
            invited_by,
            invited_by_name,
            organization_name: row.text("name")?,
            organization_slug: row.text("slug")?,
            expires_at: row.time("expires_at")?,
            reminders: row.u32("reminders")?,
            sent_at: row.time("sent_at")?,
            created_at: row.time("created_at")?,
            ended_at: row.opt("ended_at", Row::time)?,
            revision: row.u64("revision")?,
        };
        Ok(Some((tenant, found)))
    }
    /// The invitations that wait for one's answer: to a proven address, or to oneself by handle. None from whom one has blocked.
    pub async fn invitations_for(&self, permit: &Permit<op::Own>) -> Result<Vec<WaitingInvitation>, Fault> {
        let Some(user) = permit.user() else { return Ok(Vec::new()) };
        let rows = self.db().query(&LIST_WAITING, &values![user, self.now()]).await?;
        rows.iter().map(waiting).collect()
    }
    /// The invitations that wait for an address that was just proven, before anybody holds it: sign-in asks whether they may come.
    pub async fn invitations_to(&self, address: AddressId) -> Result<Vec<WaitingInvitation>, Fault> {
        let rows = self.db().query(&LIST_WAITING_AT, &values![address, self.now()]).await?;
        rows.iter().map(waiting).collect()
    }
    /// "I don't know these people": no more mails from the organization to the address. By the link's token, which the caller has checked.
    pub async fn block_sender(&self, address: AddressId, tenant: TenantId) -> Result<(), Fault> {
        self.db().execute(&BLOCK, values![address, tenant, self.now()]).await.map(drop)
    }
    /// Whether the address wants no mail from the organization: asked before one leaves.
    pub async fn is_blocked(&self, address: AddressId, tenant: TenantId) -> Result<bool, Fault> {
        Ok(self.db().query_one(&IS_BLOCKED, &values![address, tenant]).await?.is_some())
    }
}

fn waiting(row: &Row) -> Result<WaitingInvitation, Fault> {
    Ok(WaitingInvitation {
        id: row.id("id")?,
        tenant: row.id("tenant")?,
        organization: row.id("scope")?,
        organization_name: row.text("name")?,
        organization_slug: row.text("slug")?,
        roles: row.json("roles")?,
        invited_by_name: row.opt("invited_by_name", Row::text)?,
        expires_at: row.time("expires_at")?,
    })
}
