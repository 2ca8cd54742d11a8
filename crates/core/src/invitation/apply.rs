//! How a tenant's invitations move by a change.

use crate::{
    InvitationId, TenantChange, Timestamp,
    change::Invitee,
    tenant::{Invitation, InvitationStatus},
};
use std::collections::HashMap;

/// Moves the invitations by one change. An `Err` says what can't be.
pub(crate) fn apply(
    invitations: &mut HashMap<InvitationId, Invitation>,
    pending: &mut HashMap<Invitee, InvitationId>,
    change: &TenantChange,
    revision: u64,
    at: Timestamp,
) -> Result<(), String> {
    if let TenantChange::InvitationCreated { id, invitee, grants, invited_by, expires_at } = change {
        let (grants, invited_by) = (grants.clone(), invited_by.clone());
        let status = InvitationStatus::Pending;
        let created =
            Invitation { invitee: *invitee, grants, invited_by, status, expires_at: *expires_at, reminders: 0, sent_at: at, revision };
        invitations.insert(*id, created);
        pending.insert(*invitee, *id);
        return Ok(());
    }
    let Some(id) = id_in(change) else { return Ok(()) };
    let invitation = invitations.get_mut(&id).ok_or_else(|| format!("a change of {id}, which isn't there"))?;
    invitation.revision = revision;
    match change {
        TenantChange::InvitationRenewed { grants, invited_by, expires_at, .. } => {
            invitation.grants.clone_from(grants);
            invitation.invited_by.clone_from(invited_by);
            invitation.expires_at = *expires_at;
            (invitation.reminders, invitation.sent_at) = (0, at);
        }
        TenantChange::InvitationReminded { n, .. } => (invitation.reminders, invitation.sent_at) = (*n, at),
        TenantChange::InvitationTakenOver { to, .. } => invitation.invited_by.clone_from(to),
        TenantChange::InvitationAccepted { .. } => invitation.status = InvitationStatus::Accepted,
        TenantChange::InvitationDeclined { .. } => invitation.status = InvitationStatus::Declined,
        TenantChange::InvitationRevoked { .. } => invitation.status = InvitationStatus::Revoked,
        TenantChange::InvitationCreated { .. }
        | TenantChange::OrganizationFounded { .. }
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
    if invitation.status != InvitationStatus::Pending && pending.get(&invitation.invitee) == Some(&id) {
        pending.remove(&invitation.invitee);
    }
    Ok(())
}

/// The invitation a change speaks of.
pub fn id_in(change: &TenantChange) -> Option<InvitationId> {
    match change {
        TenantChange::InvitationCreated { id, .. }
        | TenantChange::InvitationRenewed { id, .. }
        | TenantChange::InvitationReminded { id, .. }
        | TenantChange::InvitationAccepted { id, .. }
        | TenantChange::InvitationDeclined { id }
        | TenantChange::InvitationRevoked { id, .. }
        | TenantChange::InvitationTakenOver { id, .. } => Some(*id),
        TenantChange::OrganizationFounded { .. }
        | TenantChange::OrganizationRenamed { .. }
        | TenantChange::OrganizationSlugChanged { .. }
        | TenantChange::OrganizationExternalIdSet { .. }
        | TenantChange::OrganizationDeleted { .. }
        | TenantChange::MembershipStarted { .. }
        | TenantChange::MembershipRolesChanged { .. }
        | TenantChange::MembershipSuspended { .. }
        | TenantChange::MembershipReinstated { .. }
        | TenantChange::MembershipEnded { .. } => None,
    }
}
