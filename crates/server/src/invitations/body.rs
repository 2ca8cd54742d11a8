//! What the API says of invitations.

use super::{RowFailure, RowResult, Seen, Status, Wanted};
use crate::{
    Failure,
    api::{schema, time::Time},
    refusals::describe,
};
use guildhall_core::{InvitationId, Model, RoleKey, invitation::Invited};
use guildhall_store::{Delivery, MemberStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One person to invite.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    /// An email address, or the handle of a user.
    #[schema(max_length = 254)]
    pub(crate) to: String,
    /// Ids of roles. Left out: what the model gives everyone; required where the model says so.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    roles: Option<Vec<RoleKey>>,
}

impl NewInvitation {
    pub(crate) fn wanted(self) -> Wanted {
        Wanted { to: self.to, roles: self.roles }
    }
}

/// An invitation that was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SentInvitation {
    #[schema(value_type = schema::InvitationId)]
    invitation: InvitationId,
    /// It was pending before, and is again with the new role.
    renewed: bool,
    revision: u64,
}

/// A single row's result as an answer of its own.
pub(crate) fn one(row: RowResult, revision: u64) -> Result<SentInvitation, Failure> {
    match row.result {
        Ok(invited) => Ok(SentInvitation { invitation: invited.id(), renewed: matches!(invited, Invited::Renewed(_)), revision }),
        Err(RowFailure::Rejected(bad)) => Err(Failure::rejected("/to", bad)),
        Err(RowFailure::Refused(refusal)) => Err(refusal.into()),
        Err(RowFailure::Limited { limit, retry_at }) => Err(Failure::Limited { retry_at, limit }),
    }
}

/// The result of each row, in the order given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationResults)]
pub(crate) struct BatchDto {
    pub(crate) results: Vec<ResultDto>,
    pub(crate) revision: u64,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = InvitationOutcome)]
#[serde(rename_all = "snake_case")]
enum OutcomeDto {
    Invited,
    Renewed,
    Rejected,
    Refused,
    Limited,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvitationResult)]
pub(crate) struct ResultDto {
    /// As it was given.
    to: String,
    outcome: OutcomeDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::InvitationId>)]
    invitation: Option<InvitationId>,
    /// Where it failed: the last part of a problem's `type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Where it failed: why, and what can be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<Time>,
}

impl ResultDto {
    pub(crate) fn new(model: &Model, row: RowResult) -> Self {
        let bare = |outcome| Self { to: row.to.clone(), outcome, invitation: None, code: None, detail: None, retry_at: None };
        match row.result {
            Ok(Invited::New(id)) => Self { invitation: Some(id), ..bare(OutcomeDto::Invited) },
            Ok(Invited::Renewed(id)) => Self { invitation: Some(id), ..bare(OutcomeDto::Renewed) },
            Err(RowFailure::Rejected(bad)) => Self { code: Some("rejected"), detail: Some(bad.to_string()), ..bare(OutcomeDto::Rejected) },
            Err(RowFailure::Refused(refusal)) => {
                let said = describe(&refusal, model);
                let detail = Some(format!("{} {}", said.detail, said.remedy));
                Self { code: Some(refusal.code()), detail, ..bare(OutcomeDto::Refused) }
            }
            Err(RowFailure::Limited { limit, retry_at }) => {
                let detail = Some(format!("the limit `{limit}` was reached"));
                Self { code: Some("limited"), detail, retry_at: Some(retry_at.into()), ..bare(OutcomeDto::Limited) }
            }
        }
    }
}

/// Where an invitation stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = InvitationStatus)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusDto {
    Pending,
    Expired,
    Declined,
}

impl From<StatusDto> for MemberStatus {
    fn from(status: StatusDto) -> Self {
        match status {
            StatusDto::Pending => Self::Invited,
            StatusDto::Expired => Self::Expired,
            StatusDto::Declined => Self::Declined,
        }
    }
}

/// Whether a mail left.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryDto {
    /// It waits, or is tried again.
    Queued,
    /// The mail server took it.
    Sent,
    /// It was given up: the mail server refused it, or could not be reached for more than a day.
    Failed,
}

impl From<&Delivery> for DeliveryDto {
    fn from(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Queued => Self::Queued,
            Delivery::Sent => Self::Sent,
            Delivery::Failed { .. } => Self::Failed,
        }
    }
}

/// An invitation of the organization.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationDto {
    #[schema(value_type = schema::InvitationId)]
    invitation: InvitationId,
    /// The address, or the handle.
    to: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    /// `pending`, `expired`, `accepted`, `declined` or `revoked`.
    status: &'static str,
    sent_at: Time,
    expires_at: Time,
    reminders: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_reminder_at: Option<Time>,
    /// What became of its newest mail, for 30 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<DeliveryDto>,
    /// It is pending, and can't be accepted until somebody who may invites again: who invited lost the right, or the role changed.
    needs_renewal: bool,
    /// The revision that last changed it: its `ETag` is `"r…"` of it.
    changed: u64,
    revision: u64,
}

/// What the API calls it.
pub(crate) fn status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Expired => "expired",
        Status::Accepted => "accepted",
        Status::Declined => "declined",
        Status::Revoked => "revoked",
    }
}

impl From<Seen> for InvitationDto {
    fn from(seen: Seen) -> Self {
        Self {
            invitation: seen.id,
            to: seen.to,
            roles: seen.roles,
            status: status(seen.status),
            sent_at: seen.sent_at.into(),
            expires_at: seen.expires_at.into(),
            reminders: seen.reminders,
            next_reminder_at: seen.next_reminder_at.map(Time),
            delivery: seen.delivery.as_ref().map(Into::into),
            needs_renewal: seen.needs_renewal,
            changed: seen.changed,
            revision: seen.revision,
        }
    }
}
