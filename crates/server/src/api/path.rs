//! The ids that stand in paths.

pub(crate) use crate::http::path::Path;
use guildhall_core::{AddressId, IdentityId, InvitationId, OrganizationId, SessionId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;

/// An organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct InOrganization {
    /// The organization.
    #[param(value_type = super::schema::OrganizationId)]
    pub(crate) organization: OrganizationId,
}

/// A member of an organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AMember {
    /// The organization.
    #[param(value_type = super::schema::OrganizationId)]
    pub(crate) organization: OrganizationId,
    /// The member.
    #[param(value_type = super::schema::UserId)]
    pub(crate) user: UserId,
}

/// An invitation of an organization.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AnInvitation {
    /// The organization.
    #[param(value_type = super::schema::OrganizationId)]
    pub(crate) organization: OrganizationId,
    /// The invitation.
    #[param(value_type = super::schema::InvitationId)]
    pub(crate) invitation: InvitationId,
}

/// An invitation to who asks.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MyInvitation {
    /// The invitation.
    #[param(value_type = super::schema::InvitationId)]
    pub(crate) invitation: InvitationId,
}

/// A user.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct AUser {
    /// The user.
    #[param(value_type = super::schema::UserId)]
    pub(crate) user: UserId,
}

/// One's own address.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MyAddress {
    /// The address's id.
    #[param(value_type = super::schema::AddressId)]
    pub(crate) address: AddressId,
}

/// One's own account at a provider.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MyIdentity {
    /// The identity's id.
    #[param(value_type = super::schema::IdentityId)]
    pub(crate) identity: IdentityId,
}

/// One's own session.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct MySession {
    /// The session's id.
    #[param(value_type = super::schema::SessionId)]
    pub(crate) session: SessionId,
}
