//! What the API says of members.

use super::{Found, Removal, RemovalPreview, bulk::Results};
use crate::{
    Failure,
    api::{schema, time::Time},
    http::problem::words,
    invitations::body::DeliveryDto,
};
use guildhall_core::{InvitationId, Model, OrganizationId, RoleKey, UserId};
use guildhall_store::{MemberRow, MemberSort, MemberStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person of the organization, or somebody invited.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberDto {
    /// Absent for somebody invited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    user: Option<UserId>,
    /// Absent for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::InvitationId>)]
    invitation: Option<InvitationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// Ids of roles in the model.
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    status: StatusDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_active_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    joined_at: Option<Time>,
    /// Who invited them, where a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<InviterDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Time>,
    /// How many reminders went out.
    #[serde(skip_serializing_if = "Option::is_none")]
    reminders: Option<u32>,
    /// When the next one may.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_reminder_at: Option<Time>,
    /// Of a pending invitation: what became of its newest mail, for 30 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryDto>,
    /// A pending invitation that can't be accepted until somebody who may invites again: who invited lost the right, or the role changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs_renewal: Option<bool>,
    /// The revision that last changed this membership or invitation: its `ETag` is `"r…"` of it.
    changed: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Inviter)]
pub(crate) struct InviterDto {
    #[schema(value_type = schema::UserId)]
    user: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// How somebody stands in the organization.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = MemberStatus)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusDto {
    Joined,
    Suspended,
    Invited,
    Expired,
    Declined,
}

impl From<MemberStatus> for StatusDto {
    fn from(status: MemberStatus) -> Self {
        match status {
            MemberStatus::Joined => Self::Joined,
            MemberStatus::Suspended => Self::Suspended,
            MemberStatus::Invited => Self::Invited,
            MemberStatus::Expired => Self::Expired,
            MemberStatus::Declined => Self::Declined,
        }
    }
}
impl From<StatusDto> for MemberStatus {
    fn from(status: StatusDto) -> Self {
        match status {
            StatusDto::Joined => Self::Joined,
            StatusDto::Suspended => Self::Suspended,
            StatusDto::Invited => Self::Invited,
            StatusDto::Expired => Self::Expired,
            StatusDto::Declined => Self::Declined,
        }
    }
}

impl From<MemberRow> for MemberDto {
    fn from(row: MemberRow) -> Self {
        let is_invitation = row.invitation.is_some();
        Self {
            user: row.member,
            invitation: row.invitation,
            name: row.name,
            handle: row.handle,
            address: row.address,
            roles: row.roles,
            status: row.status.into(),
            last_active_at: row.last_active_at.map(Time),
            joined_at: row.joined_at.map(Time),
            invited_by: row.invited_by.map(|by| InviterDto { user: by.id, name: by.name }),
            expires_at: row.expires_at.map(Time),
            reminders: is_invitation.then_some(row.reminders),
            next_reminder_at: row.next_reminder_at.map(Time),
            delivery: row.delivery.as_ref().map(Into::into),
            needs_renewal: is_invitation.then_some(row.needs_renewal),
            changed: row.revision,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = MemberSort)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SortDto {
    #[default]
    Name,
    Role,
    Status,
    LastActive,
    JoinedAt,
}

impl From<SortDto> for MemberSort {
    fn from(sort: SortDto) -> Self {
        match sort {
            SortDto::Name => Self::Name,
            SortDto::Role => Self::Role,
            SortDto::Status => Self::Status,
            SortDto::LastActive => Self::LastActive,
            SortDto::JoinedAt => Self::JoinedAt,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Order)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderDto {
    #[default]
    Ascending,
    Descending,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counts)]
pub(crate) struct CountsDto {
    joined: u64,
    suspended: u64,
    invited: u64,
    expired: u64,
    declined: u64,
}

impl From<guildhall_store::MemberCounts> for CountsDto {
    fn from(counts: guildhall_store::MemberCounts) -> Self {
        let guildhall_store::MemberCounts { joined, suspended, invited, expired, declined } = counts;
        Self { joined, suspended, invited, expired, declined }
    }
}

/// A member, with what was last changed about them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FoundMember)]
pub(crate) struct FoundDto {
    member: MemberDto,
    /// The newest first. Empty for who reads of somebody else and may neither change roles nor view the audit log.
    changes: Vec<ChangeDto>,
    /// The tenant's revision it is about.
    revision: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecentChange)]
pub(crate) struct ChangeDto {
    revision: u64,
    at: Time,
    /// `membership.roles_changed`, …
    kind: String,
    /// Who did it: `by` and an id.
    #[schema(value_type = Object)]
    actor: guildhall_core::Actor,
}

impl From<Found> for FoundDto {
    fn from(found: Found) -> Self {
        let change = |row: guildhall_store::ChangeRow| ChangeDto {
            revision: row.revision,
            at: row.at.into(),
            kind: row.change.kind().to_owned(),
            actor: row.actor,
        };
        Self { changes: found.changes.into_iter().map(change).collect(), revision: found.revision, member: found.row.into() }
    }
}

/// What removing a member would end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RemovalPreview)]
pub(crate) struct PreviewDto {
    /// The organizations left, the one asked for first.
    organizations: Vec<NamedDto>,
    /// Pending invitations they sent.
    sent_invitations: Vec<LineDto>,
    /// Pending invitations to them.
    received_invitations: Vec<LineDto>,
    /// How many sessions of theirs lose this organization with the removal; none is ended.
    sessions: u64,
    revision: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NamedOrganization)]
pub(crate) struct NamedDto {
    #[schema(value_type = schema::OrganizationId)]
    id: OrganizationId,
    name: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingInvitation)]
pub(crate) struct LineDto {
    #[schema(value_type = schema::InvitationId)]
    invitation: InvitationId,
    to: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    expires_at: Time,
}

impl From<RemovalPreview> for PreviewDto {
    fn from(preview: RemovalPreview) -> Self {
        let line = |line: super::InvitationLine| LineDto {
            invitation: line.id,
            to: line.to,
            roles: line.roles,
            expires_at: line.expires_at.into(),
        };
        let named = |(scope, name): (guildhall_core::ScopeId, guildhall_core::text::Name)| NamedDto {
            id: OrganizationId::from_scope(scope),
            name: name.as_str().to_owned(),
        };
        Self {
            organizations: preview.places.into_iter().map(named).collect(),
            sent_invitations: preview.sent.into_iter().map(line).collect(),
            received_invitations: preview.received.into_iter().map(line).collect(),
            sessions: preview.n_sessions,
            revision: preview.revision,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = SentInvitations)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SentDto {
    #[default]
    Withdraw,
    TakeOver,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = MemberOutcome)]
#[serde(rename_all = "snake_case")]
enum OutcomeDto {
    Done,
    Refused,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberResult)]
pub(crate) struct MemberResultDto {
    #[schema(value_type = schema::UserId)]
    user: UserId,
    outcome: OutcomeDto,
    /// Where it was refused: the last part of a problem's `type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Where it was refused: why, and what can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// The rows' results, in the order given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberResults)]
pub(crate) struct MemberResultsDto {
    results: Vec<MemberResultDto>,
    revision: u64,
}

impl MemberResultsDto {
    pub(crate) fn new<T>(model: &Model, all: Results<T>) -> Self {
        let row = |(user, result): (UserId, Result<T, Failure>)| match result {
            Ok(_) => MemberResultDto { user, outcome: OutcomeDto::Done, code: None, detail: None },
            Err(failure) => {
                let said = words(&failure, model);
                let detail = Some(format!("{} {}", said.detail, said.remedy));
                MemberResultDto { user, outcome: OutcomeDto::Refused, code: Some(failure.code()), detail }
            }
        };
        Self { results: all.rows.into_iter().map(row).collect(), revision: all.revision }
    }
}

/// What a removal ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Removed)]
pub(crate) struct RemovedDto {
    /// The organizations left.
    #[schema(value_type = Vec<schema::OrganizationId>)]
    organizations: Vec<OrganizationId>,
    /// Their own pending invitations: withdrawn, or taken over.
    #[schema(value_type = Vec<schema::InvitationId>)]
    sent_invitations: Vec<InvitationId>,
    #[schema(value_type = Vec<schema::InvitationId>)]
    received_invitations: Vec<InvitationId>,
    revision: u64,
}

impl RemovedDto {
    pub(crate) fn new(removal: Removal, revision: u64) -> Self {
        Self {
            organizations: removal.scopes.into_iter().map(OrganizationId::from_scope).collect(),
            sent_invitations: removal.sent,
            received_invitations: removal.received,
            revision,
        }
    }
}
