//! Which mail is to be sent, by name and ids only: text, names and tokens come into being when it leaves.

use crate::{Actor, AddressId, InvitationId, OrganizationId, SessionId, SignInId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// One mail for the outbox. Idempotent by `key`: the same key is queued once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailOrder {
    pub key: String,
    pub to: Recipient,
    pub template: Template,
    /// Not before this moment (10 s for what can be undone).
    pub not_before: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", content = "id", rename_all = "snake_case")]
pub enum Recipient {
    Address(AddressId),
    /// The user's primary address.
    User(UserId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Template {
    Invitation {
        organization: OrganizationId,
        invitation: InvitationId,
        generation: u32,
    },
    Reminder {
        organization: OrganizationId,
        invitation: InvitationId,
        generation: u32,
    },
    SignIn {
        sign_in: SignInId,
        generation: u32,
    },
    AddAddress {
        sign_in: SignInId,
        generation: u32,
    },
    NewDevice {
        user: UserId,
        session: SessionId,
    },
    RoleChanged {
        organization: OrganizationId,
        by: Actor,
        from: Vec<String>,
        to: Vec<String>,
    },
    Removed {
        organization: OrganizationId,
        by: Actor,
    },
    OwnershipReceived {
        organization: OrganizationId,
    },
    OwnershipGiven {
        organization: OrganizationId,
        to: UserId,
    },
    AddressChanged {
        user: UserId,
    },
    /// A provider's account was linked or unlinked.
    IdentitiesChanged {
        user: UserId,
    },
}
