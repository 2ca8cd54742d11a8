//! What a rule says no with: one closed list. Adding one makes the compiler ask what API, portal and docs say of it.

use crate::{InvitationId, OrganizationId, RoleKey, TenantId, Timestamp};

/// A rule that holds said no. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The organization would have nobody who can act with the top role (L-7, L-10).
    LastOwner {
        organization: OrganizationId,
    },
    /// Exactly one holds the top role: it can be neither removed, demoted, suspended nor left, only transferred.
    OwnerMustTransfer {
        organization: OrganizationId,
    },
    /// Everyone owns at least one organization, and this was the last one.
    LastOwnedOrganization,
    /// The giver may not give this role; `locked` is the model's own sentence for it, `who` could.
    RoleNotYours {
        role: RoleKey,
        locked: Option<String>,
        who: Vec<String>,
    },
    /// The taker may not take this role.
    RoleNotTakable {
        role: RoleKey,
        who: Vec<String>,
    },
    /// No such role here, or it can't be given by hand.
    RoleUnknown {
        role: String,
        known: Vec<RoleKey>,
    },
    /// These roles can't be held together: the top role stands alone, and so does a role without a module.
    RolesDontMix {
        roles: Vec<RoleKey>,
    },
    /// The model fixes the role of an invitation, or requires that one is chosen.
    InvitationRoleFixed,
    InvitationRoleRequired {
        offered: Vec<RoleKey>,
    },
    /// The model's ways don't include inviting by handle, by list, ….
    InvitationWayClosed {
        way: &'static str,
    },
    /// They belong to the organization already.
    AlreadyMember,
    /// They belong to it, but suspended: reinstate them instead.
    MemberSuspended,
    /// Not a member here.
    NotAMember,
    /// The invitation has ended.
    InvitationExpired {
        invitation: InvitationId,
        at: Timestamp,
    },
    InvitationRevoked {
        invitation: InvitationId,
    },
    InvitationAccepted {
        invitation: InvitationId,
    },
    InvitationDeclined {
        invitation: InvitationId,
    },
    /// The signed-in user has not proven the invited address, or is not the invited handle.
    InvitationForSomeoneElse,
    /// Who invited may no longer give the role (L-14).
    InviterLostRight {
        role: Option<RoleKey>,
    },
    /// A reminder went out a moment ago, or as many as may.
    ReminderTooSoon {
        next_at: Timestamp,
    },
    RemindersUsedUp {
        n: u32,
    },
    /// Ownership goes to an active member who isn't the owner.
    TransferToSelf,
    TransferToNonMember,
    /// Nobody suspends themselves: they could not undo it.
    SuspendSelf,
    /// Taken in the whole deployment, or not yet free again.
    SlugTaken {
        slug: String,
    },
    HandleTaken {
        handle: String,
    },
    AddressTaken,
    IdentityTaken,
    ExternalIdTaken {
        external_id: String,
    },
    /// It would be the last way to sign in.
    LastSignInMethod,
    /// They are the only owner of organizations that have other members.
    SoleOwnerOf {
        organizations: Vec<TenantId>,
    },
    /// The account is suspended or deleted.
    AccountBarred,
    /// The organization was deleted.
    OrganizationDeleted,
    /// A limit of the deployment.
    LimitReached {
        what: &'static str,
        at_most: u64,
    },
    /// What should be changed has changed meanwhile (`If-Match`).
    ChangedMeanwhile {
        revision: u64,
    },
    /// The plan lacks the feature.
    PlanLacks {
        feature: String,
        unlock: String,
    },
    /// No seat is left in the plan (L-9).
    NoSeat {
        seats: u32,
    },
}

impl Refusal {
    /// The last part of its `type` URI and the name of its page in the docs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LastOwner { .. } => "last-owner",
            Self::OwnerMustTransfer { .. } => "owner-must-transfer",
            Self::LastOwnedOrganization => "last-owned-organization",
            Self::RoleNotYours { .. } => "role-not-yours",
            Self::RoleNotTakable { .. } => "role-not-takable",
            Self::RoleUnknown { .. } => "role-unknown",
            Self::RolesDontMix { .. } => "roles-dont-mix",
            Self::InvitationRoleFixed => "invitation-role-fixed",
            Self::InvitationRoleRequired { .. } => "invitation-role-required",
            Self::InvitationWayClosed { .. } => "invitation-way-closed",
            Self::AlreadyMember => "already-member",
            Self::MemberSuspended => "member-suspended",
            Self::NotAMember => "not-a-member",
            Self::InvitationExpired { .. } => "invitation-expired",
            Self::InvitationRevoked { .. } => "invitation-revoked",
            Self::InvitationAccepted { .. } => "invitation-accepted",
            Self::InvitationDeclined { .. } => "invitation-declined",
            Self::InvitationForSomeoneElse => "invitation-for-someone-else",
            Self::InviterLostRight { .. } => "inviter-lost-right",
            Self::ReminderTooSoon { .. } => "reminder-too-soon",
            Self::RemindersUsedUp { .. } => "reminders-used-up",
            Self::TransferToSelf => "transfer-to-self",
            Self::SuspendSelf => "suspend-self",
            Self::TransferToNonMember => "transfer-to-non-member",
            Self::SlugTaken { .. } => "slug-taken",
            Self::HandleTaken { .. } => "handle-taken",
            Self::AddressTaken => "address-taken",
            Self::IdentityTaken => "identity-taken",
            Self::ExternalIdTaken { .. } => "external-id-taken",
            Self::LastSignInMethod => "last-sign-in-method",
            Self::SoleOwnerOf { .. } => "sole-owner-of",
            Self::AccountBarred => "account-barred",
            Self::OrganizationDeleted => "organization-deleted",
            Self::LimitReached { .. } => "limit-reached",
            Self::ChangedMeanwhile { .. } => "changed-meanwhile",
            Self::PlanLacks { .. } => "plan-lacks",
            Self::NoSeat { .. } => "no-seat",
        }
    }
}
