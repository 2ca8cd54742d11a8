//! Memberships and their roles: as they are, and as they were.

use super::{Tenant, Write, values};
use crate::{
    Fault,
    db::{Row, statements},
};
use guildhall_core::{
    Actor, RoleKey, ScopeId, TenantChange, UserId,
    change::Via,
    tenant::{Membership, Standing},
};

statements! {
    LIST_MEMBERSHIPS(membership) = "SELECT user_id, scope, standing, revision FROM membership WHERE tenant = $1";
    LIST_ROLES(membership_role) = "SELECT user_id, scope, role FROM membership_role WHERE tenant = $1 ORDER BY user_id, scope, role";
    LIST_HELD_ROLES(membership_role) = "SELECT r.role, COUNT(*) AS n FROM membership_role r
        JOIN organization o ON o.tenant = r.tenant AND o.id = r.tenant WHERE o.deleted = 0 GROUP BY r.role ORDER BY r.role";
    LIST_REMOVED(removed) = "SELECT user_id, revision FROM removed WHERE tenant = $1";

    KEEP_MEMBERSHIP(membership_past) = "INSERT INTO membership_past (tenant, scope, user_id, standing, from_revision, to_revision)
        SELECT tenant, scope, user_id, standing, since, $4
        FROM membership WHERE tenant = $1 AND scope = $2 AND user_id = $3 AND since < $4";
    START(membership) = "INSERT INTO membership (tenant, scope, user_id, standing, via, invited_by, joined_at, since, revision)
        VALUES ($1, $2, $3, 'active', $5, $6, $7, $4, $4)
        ON CONFLICT (tenant, scope, user_id) DO UPDATE SET standing = 'active', via = $5, invited_by = $6, joined_at = $7,
            since = $4, revision = $4";
    STAND(membership) = "UPDATE membership SET standing = $5, since = $4, revision = $4
        WHERE tenant = $1 AND scope = $2 AND user_id = $3";
    TOUCH_MEMBERSHIP(membership) = "UPDATE membership SET revision = $4 WHERE tenant = $1 AND scope = $2 AND user_id = $3";
    END(membership) = "DELETE FROM membership WHERE tenant = $1 AND scope = $2 AND user_id = $3";

    KEEP_ROLE(membership_role_past) = "INSERT INTO membership_role_past (tenant, scope, user_id, role, from_revision, to_revision)
        SELECT tenant, scope, user_id, role, since, $4
        FROM membership_role WHERE tenant = $1 AND scope = $2 AND user_id = $3 AND role = $5 AND since < $4";
    GIVE_ROLE(membership_role) = "INSERT INTO membership_role (tenant, scope, user_id, role, since) VALUES ($1, $2, $3, $5, $4)
        ON CONFLICT (tenant, scope, user_id, role) DO NOTHING";
    TAKE_ROLE(membership_role) = "DELETE FROM membership_role WHERE tenant = $1 AND scope = $2 AND user_id = $3 AND role = $4";
    KEEP_ROLES(membership_role_past) = "INSERT INTO membership_role_past (tenant, scope, user_id, role, from_revision, to_revision)
        SELECT tenant, scope, user_id, role, since, $4
        FROM membership_role WHERE tenant = $1 AND scope = $2 AND user_id = $3 AND since < $4";
    TAKE_ROLES(membership_role) = "DELETE FROM membership_role WHERE tenant = $1 AND scope = $2 AND user_id = $3";

    NOTE_REMOVED(removed) = "INSERT INTO removed (tenant, user_id, revision) VALUES ($1, $2, $3)
        ON CONFLICT (tenant, user_id) DO UPDATE SET revision = $3";
    FORGET_REMOVED(removed) = "DELETE FROM removed WHERE tenant = $1 AND user_id = $2";
}

pub(super) fn writes(change: &TenantChange, place: Tenant, out: &mut Vec<Write>) -> Result<(), serde_json::Error> {
    let Tenant { tenant, revision, .. } = place;
    match change {
        TenantChange::MembershipStarted { scope, user, roles, via, invited_by } => {
            start(place, *scope, *user, *via, invited_by.as_ref(), out)?;
            for role in roles {
                out.push((&GIVE_ROLE, values![tenant, *scope, *user, revision, role.as_str()]));
            }
        }
        TenantChange::MembershipRolesChanged { scope, user, from, to } => {
            for role in from.iter().filter(|role| !to.contains(role)) {
                out.push((&KEEP_ROLE, values![tenant, *scope, *user, revision, role.as_str()]));
                out.push((&TAKE_ROLE, values![tenant, *scope, *user, role.as_str()]));
            }
            for role in to.iter().filter(|role| !from.contains(role)) {
                out.push((&GIVE_ROLE, values![tenant, *scope, *user, revision, role.as_str()]));
            }
            out.push((&TOUCH_MEMBERSHIP, values![tenant, *scope, *user, revision]));
        }
        TenantChange::MembershipSuspended { scope, user } => {
            out.push((&KEEP_MEMBERSHIP, values![tenant, *scope, *user, revision]));
            out.push((&STAND, values![tenant, *scope, *user, revision, standing_text(Standing::Suspended)]));
        }
        TenantChange::MembershipReinstated { scope, user } => {
            out.push((&KEEP_MEMBERSHIP, values![tenant, *scope, *user, revision]));
            out.push((&STAND, values![tenant, *scope, *user, revision, standing_text(Standing::Active)]));
        }
        TenantChange::MembershipEnded { scope, user, why, .. } => {
            end_rows(place, *scope, *user, out);
            out.push((&END, values![tenant, *scope, *user]));
            if *scope == tenant.scope() && why.bars_return() {
                out.push((&NOTE_REMOVED, values![tenant, *user, revision]));
            }
        }
        TenantChange::OrganizationFounded { .. }
        | TenantChange::OrganizationRenamed { .. }
        | TenantChange::OrganizationSlugChanged { .. }
        | TenantChange::OrganizationExternalIdSet { .. }
        | TenantChange::OrganizationDeleted { .. }
        | TenantChange::InvitationCreated { .. }
        | TenantChange::InvitationRenewed { .. }
        | TenantChange::InvitationReminded { .. }
        | TenantChange::InvitationAccepted { .. }
        | TenantChange::InvitationDeclined { .. }
        | TenantChange::InvitationRevoked { .. }
        | TenantChange::InvitationTakenOver { .. } => {}
    }
    Ok(())
}

fn start(
    place: Tenant,
    scope: ScopeId,
    user: UserId,
    via: Via,
    invited_by: Option<&Actor>,
    out: &mut Vec<Write>,
) -> Result<(), serde_json::Error> {
    let Tenant { tenant, revision, at } = place;
    let via = serde_json::to_string(&via)?;
    let invited_by = invited_by.map(serde_json::to_string).transpose()?;
    end_rows(place, scope, user, out);
    out.push((&START, values![tenant, scope, user, revision, via, invited_by, at]));
    out.push((&FORGET_REMOVED, values![tenant, user]));
    Ok(())
}

/// What was held there moves to the past. Starting anew replaces it just the same.
fn end_rows(place: Tenant, scope: ScopeId, user: UserId, out: &mut Vec<Write>) {
    let Tenant { tenant, revision, .. } = place;
    out.push((&KEEP_MEMBERSHIP, values![tenant, scope, user, revision]));
    out.push((&KEEP_ROLES, values![tenant, scope, user, revision]));
    out.push((&TAKE_ROLES, values![tenant, scope, user]));
}

pub(crate) fn standing_text(standing: Standing) -> &'static str {
    match standing {
        Standing::Active => "active",
        Standing::Suspended => "suspended",
    }
}

pub(crate) fn standing_of(text: &str) -> Option<Standing> {
    match text {
        "active" => Some(Standing::Active),
        "suspended" => Some(Standing::Suspended),
        _ => None,
    }
}

/// A membership without its roles, which are rows of their own.
pub(crate) fn read(row: &Row) -> Result<((UserId, ScopeId), Membership), Fault> {
    let membership = Membership { standing: row.parsed("standing", standing_of)?, roles: Vec::new(), revision: row.u64("revision")? };
    Ok(((row.id("user_id")?, row.scope("scope")?), membership))
}

pub(crate) fn read_role(row: &Row) -> Result<((UserId, ScopeId), RoleKey), Fault> {
    Ok(((row.id("user_id")?, row.scope("scope")?), RoleKey::new(&row.text("role")?)))
}
