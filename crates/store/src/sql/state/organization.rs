//! Organizations: as they are, and as they were.

use super::{Tenant, Write, values};
use crate::{
    Fault,
    db::{Row, statements},
};
use guildhall_core::{ScopeId, TenantChange, tenant::Organization, text::Name};

statements! {
    LIST_ORGANIZATIONS(organization) = "SELECT id, parent, name, slug, personal, deleted, external_id, revision
        FROM organization WHERE tenant = $1";
    FOUND(organization) = "INSERT INTO organization (tenant, id, parent, name, slug, personal, deleted, founded_at, revision)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8)";
    KEEP_ORGANIZATION(organization_past) = "INSERT INTO organization_past
            (tenant, id, parent, name, slug, personal, deleted, external_id, from_revision, to_revision)
        SELECT tenant, id, parent, name, slug, personal, deleted, external_id, revision, $3
        FROM organization WHERE tenant = $1 AND id = $2 AND revision < $3";
    RENAME(organization) = "UPDATE organization SET name = $4, revision = $3 WHERE tenant = $1 AND id = $2";
    SET_SLUG(organization) = "UPDATE organization SET slug = $4, revision = $3 WHERE tenant = $1 AND id = $2";
    SET_EXTERNAL_ID(organization) = "UPDATE organization SET external_id = $4, revision = $3 WHERE tenant = $1 AND id = $2";
    DELETE_ORGANIZATION(organization) = "UPDATE organization SET deleted = 1, erase_at = $4, revision = $3 WHERE tenant = $1 AND id = $2";
}

pub(super) fn writes(change: &TenantChange, place: Tenant, out: &mut Vec<Write>) {
    let Tenant { tenant, revision, at } = place;
    match change {
        TenantChange::OrganizationFounded { id, parent, name, slug, personal } => {
            out.push((&FOUND, values![tenant, *id, *parent, name.as_str(), slug, *personal, at, revision]));
        }
        TenantChange::OrganizationRenamed { id, to, .. } => {
            out.push((&KEEP_ORGANIZATION, values![tenant, *id, revision]));
            out.push((&RENAME, values![tenant, *id, revision, to.as_str()]));
        }
        TenantChange::OrganizationSlugChanged { id, to, .. } => {
            out.push((&KEEP_ORGANIZATION, values![tenant, *id, revision]));
            out.push((&SET_SLUG, values![tenant, *id, revision, to]));
        }
        TenantChange::OrganizationExternalIdSet { id, external_id } => {
            out.push((&KEEP_ORGANIZATION, values![tenant, *id, revision]));
            out.push((&SET_EXTERNAL_ID, values![tenant, *id, revision, external_id.as_ref()]));
        }
        TenantChange::OrganizationDeleted { id, erase_at } => {
            out.push((&KEEP_ORGANIZATION, values![tenant, *id, revision]));
            out.push((&DELETE_ORGANIZATION, values![tenant, *id, revision, *erase_at]));
        }
        TenantChange::MembershipStarted { .. }
        | TenantChange::MembershipRolesChanged { .. }
        | TenantChange::MembershipSuspended { .. }
        | TenantChange::MembershipReinstated { .. }
        | TenantChange::MembershipEnded { .. }
        | TenantChange::InvitationCreated { .. }
        | TenantChange::InvitationRenewed { .. }
        | TenantChange::InvitationReminded { .. }
        | TenantChange::InvitationAccepted { .. }
        | TenantChange::InvitationDeclined { .. }
        | TenantChange::InvitationRevoked { .. }
        | TenantChange::InvitationTakenOver { .. } => {}
    }
}

pub(crate) fn read(row: &Row) -> Result<(ScopeId, Organization), Fault> {
    let organization = Organization {
        parent: row.opt("parent", Row::scope)?,
        name: row.parsed("name", |text| Name::parse(text).ok())?,
        slug: row.text("slug")?,
        personal: row.bool("personal")?,
        deleted: row.bool("deleted")?,
        external_id: row.opt("external_id", Row::text)?,
        revision: row.u64("revision")?,
    };
    Ok((row.scope("id")?, organization))
}
