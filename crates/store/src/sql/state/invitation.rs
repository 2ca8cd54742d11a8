//! Invitations and what they give: as they are, and as they were.

use super::{Tenant, Write, values};
use crate::{
    Fault,
    db::{Row, statements},
};
use guildhall_core::{
    Actor, InvitationId, RoleKey, TenantChange,
    change::Invitee,
    decided::Grant,
    tenant::{Invitation, InvitationStatus},
};
use uuid::Uuid;

statements! {
    /// Those that are pending, and those that ended after `$2`.
    LIST_INVITATIONS(invitation) = "SELECT id, invitee_kind, invitee, status, invited_by, expires_at, reminders, sent_at, revision
        FROM invitation WHERE tenant = $1 AND (status = 'pending' OR ended_at > $2)";
    LIST_GRANTS(invitation_grant) = "SELECT g.invitation, g.scope, g.role FROM invitation_grant g
        JOIN invitation i ON i.tenant = g.tenant AND i.id = g.invitation
        WHERE g.tenant = $1 AND (i.status = 'pending' OR i.ended_at > $2) ORDER BY g.invitation, g.position";

    CREATE(invitation) = "INSERT INTO invitation
            (tenant, id, invitee_kind, invitee, status, invited_by, expires_at, reminders, sent_at, created_at, revision)
        VALUES ($1, $2, $4, $5, 'pending', $6, $7, 0, $8, $8, $3)";
    KEEP_INVITATION(invitation_past) = "INSERT INTO invitation_past
            (tenant, id, status, invited_by, expires_at, reminders, sent_at, from_revision, to_revision)
        SELECT tenant, id, status, invited_by, expires_at, reminders, sent_at, revision, $3
        FROM invitation WHERE tenant = $1 AND id = $2 AND revision < $3";
    RENEW(invitation) = "UPDATE invitation SET invited_by = $4, expires_at = $5, reminders = 0, sent_at = $6, revision = $3
        WHERE tenant = $1 AND id = $2";
    REMIND(invitation) = "UPDATE invitation SET reminders = $4, sent_at = $5, revision = $3 WHERE tenant = $1 AND id = $2";
    TAKE_OVER(invitation) = "UPDATE invitation SET invited_by = $4, revision = $3 WHERE tenant = $1 AND id = $2";
    END(invitation) = "UPDATE invitation SET status = $4, ended_at = $5, revision = $3 WHERE tenant = $1 AND id = $2";

    GRANT(invitation_grant) = "INSERT INTO invitation_grant (tenant, invitation, position, scope, role, since)
        VALUES ($1, $2, $4, $5, $6, $3)";
    KEEP_GRANTS(invitation_grant_past) = "INSERT INTO invitation_grant_past
            (tenant, invitation, position, scope, role, from_revision, to_revision)
        SELECT tenant, invitation, position, scope, role, since, $3
        FROM invitation_grant WHERE tenant = $1 AND invitation = $2 AND since < $3";
    DROP_GRANTS(invitation_grant) = "DELETE FROM invitation_grant WHERE tenant = $1 AND invitation = $2";
}

pub(super) fn writes(change: &TenantChange, place: Tenant, out: &mut Vec<Write>) -> Result<(), serde_json::Error> {
    let Tenant { tenant, revision, at } = place;
    if let Some(id) = guildhall_core::invitation::id_in(change) {
        out.push((&KEEP_INVITATION, values![tenant, id, revision]));
    }
    let mut end = |id: InvitationId, status| out.push((&END, values![tenant, id, revision, status_text(status), at]));
    match change {
        TenantChange::InvitationCreated { id, invitee, grants, invited_by, expires_at } => {
            // It is new: nothing to keep.
            out.pop();
            let (kind, invitee) = invitee_parts(*invitee);
            let invited_by = serde_json::to_string(invited_by)?;
            out.push((&CREATE, values![tenant, *id, revision, kind, invitee, invited_by, *expires_at, at]));
            give(place, *id, grants, out);
        }
        TenantChange::InvitationRenewed { id, grants, invited_by, expires_at } => {
            let invited_by = serde_json::to_string(invited_by)?;
            out.push((&RENEW, values![tenant, *id, revision, invited_by, *expires_at, at]));
            out.push((&KEEP_GRANTS, values![tenant, *id, revision]));
            out.push((&DROP_GRANTS, values![tenant, *id]));
            give(place, *id, grants, out);
        }
        TenantChange::InvitationReminded { id, n } => out.push((&REMIND, values![tenant, *id, revision, *n, at])),
        TenantChange::InvitationTakenOver { id, to, .. } => {
            out.push((&TAKE_OVER, values![tenant, *id, revision, serde_json::to_string(to)?]));
        }
        TenantChange::InvitationAccepted { id, .. } => end(*id, InvitationStatus::Accepted),
        TenantChange::InvitationDeclined { id } => end(*id, InvitationStatus::Declined),
        TenantChange::InvitationRevoked { id, .. } => end(*id, InvitationStatus::Revoked),
        TenantChange::OrganizationFounded { .. }
        | TenantChange::OrganizationRenamed { .. }
        | TenantChange::OrganizationSlugChanged { .. }
        | TenantChange::OrganizationExternalIdSet { .. }
        | TenantChange::OrganizationDeleted { .. }
        | TenantChange::MembershipStarted { .. }
        | TenantChange::MembershipRolesChanged { .. }
        | TenantChange::MembershipSuspended { .. }
        | TenantChange::MembershipReinstated { .. }
        | TenantChange::MembershipEnded { .. } => {}
    }
    Ok(())
}

/// One row for each role; one with an empty role where a membership without any is given.
fn give(place: Tenant, id: InvitationId, grants: &[Grant], out: &mut Vec<Write>) {
    let mut position = 0_u32;
    for grant in grants {
        let roles = grant.roles.iter().map(RoleKey::as_str);
        let none = grant.roles.is_empty().then_some("");
        for role in roles.chain(none) {
            out.push((&GRANT, values![place.tenant, id, place.revision, position, grant.scope, role]));
            position += 1;
        }
    }
}

/// How an invitee is stored: what kind it is, and its id.
pub(crate) fn invitee_parts(invitee: Invitee) -> (&'static str, Uuid) {
    match invitee {
        Invitee::Address(address) => ("address", address.uuid()),
        Invitee::User(user) => ("user", user.uuid()),
    }
}

pub(crate) fn read_invitee(row: &Row) -> Result<Invitee, Fault> {
    match row.text("invitee_kind")?.as_str() {
        "address" => row.id("invitee").map(Invitee::Address),
        "user" => row.id("invitee").map(Invitee::User),
        _ => Err(row.broken("invitee_kind", "is neither `address` nor `user`")),
    }
}

pub(crate) fn status_text(status: InvitationStatus) -> &'static str {
    match status {
        InvitationStatus::Pending => "pending",
        InvitationStatus::Accepted => "accepted",
        InvitationStatus::Declined => "declined",
        InvitationStatus::Revoked => "revoked",
    }
}

pub(crate) fn status_of(text: &str) -> Option<InvitationStatus> {
    match text {
        "pending" => Some(InvitationStatus::Pending),
        "accepted" => Some(InvitationStatus::Accepted),
        "declined" => Some(InvitationStatus::Declined),
        "revoked" => Some(InvitationStatus::Revoked),
        _ => None,
    }
}

/// An invitation without its grants, which are rows of their own.
pub(crate) fn read(row: &Row) -> Result<(InvitationId, Invitation), Fault> {
    let invitation = Invitation {
        invitee: read_invitee(row)?,
        grants: Vec::new(),
        invited_by: row.json::<Actor>("invited_by")?,
        status: row.parsed("status", status_of)?,
        expires_at: row.time("expires_at")?,
        reminders: row.u32("reminders")?,
        sent_at: row.time("sent_at")?,
        revision: row.u64("revision")?,
    };
    Ok((row.id("id")?, invitation))
}

/// Adds one row of a grant to those read before it.
pub(crate) fn add_grant(row: &Row, grants: &mut Vec<Grant>) -> Result<(), Fault> {
    let (scope, role) = (row.scope("scope")?, row.text("role")?);
    let role = (!role.is_empty()).then(|| RoleKey::new(&role));
    match grants.last_mut() {
        Some(last) if last.scope == scope => last.roles.extend(role),
        Some(_) | None => grants.push(Grant { scope, roles: role.into_iter().collect() }),
    }
    Ok(())
}
