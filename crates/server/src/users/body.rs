//! What the API says of users.

use super::Theme;
use crate::api::{
    schema,
    text::{Locale, maybe},
    time::Time,
};
use guildhall_core::{
    AddressId, IdentityId, OrganizationId, RoleKey, SessionId, UserId,
    tenant::Standing,
    text::{Handle, Name},
    user::AccountStatus,
};
use guildhall_store::{MyAddress, MyIdentity, MyOrganization, SessionRow, UserRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserDto {
    #[schema(value_type = schema::UserId)]
    id: UserId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<String>,
    /// The primary one.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// `active`, `suspended` or `deleted`.
    status: &'static str,
    theme: ThemeDto,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    created_at: Time,
    /// The revision that last changed the account.
    changed: u64,
}

impl From<UserRow> for UserDto {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            handle: row.handle,
            address: row.primary,
            status: match row.status {
                AccountStatus::Active => "active",
                AccountStatus::Suspended => "suspended",
                AccountStatus::Deleted => "deleted",
            },
            theme: match row.theme.as_deref() {
                Some("light") => ThemeDto::Light,
                Some("dark") => ThemeDto::Dark,
                Some(_) | None => ThemeDto::System,
            },
            locale: row.locale,
            external_id: row.external_id,
            created_at: row.created_at.into(),
            changed: row.revision,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Theme)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ThemeDto {
    System,
    Light,
    Dark,
}

impl From<ThemeDto> for Theme {
    fn from(theme: ThemeDto) -> Self {
        match theme {
            ThemeDto::System => Self::System,
            ThemeDto::Light => Self::Light,
            ThemeDto::Dark => Self::Dark,
        }
    }
}

/// What is to change; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileUpdate {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    pub(crate) name: Option<Name>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, pattern = "^[a-z0-9]([a-z0-9-]{0,37})[a-z0-9]$")]
    pub(crate) handle: Option<Handle>,
    pub(crate) theme: Option<ThemeDto>,
    /// A language tag such as `en-GB`.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, max_length = 35)]
    pub(crate) locale: Option<Locale>,
}

/// One of one's proven addresses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressDto {
    #[schema(value_type = schema::AddressId)]
    id: AddressId,
    address: String,
    primary: bool,
    proven_at: Time,
}

impl From<MyAddress> for AddressDto {
    fn from(row: MyAddress) -> Self {
        Self { id: row.id, address: row.typed.unwrap_or_default(), primary: row.primary, proven_at: row.proven_at.into() }
    }
}

/// One of one's accounts at providers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityDto {
    #[schema(value_type = schema::IdentityId)]
    id: IdentityId,
    issuer: String,
    label: String,
    linked_at: Time,
}

impl From<MyIdentity> for IdentityDto {
    fn from(row: MyIdentity) -> Self {
        Self { id: row.id, issuer: row.issuer, label: row.label, linked_at: row.linked_at.into() }
    }
}

/// One of one's sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(crate) struct SessionDto {
    #[schema(value_type = schema::SessionId)]
    id: SessionId,
    created_at: Time,
    signed_in_at: Time,
    last_seen_at: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// The one that asks.
    current: bool,
}

impl SessionDto {
    pub(crate) fn new(row: SessionRow, here: Option<SessionId>) -> Self {
        Self {
            id: row.id,
            created_at: row.created_at.into(),
            signed_in_at: row.signed_in_at.into(),
            last_seen_at: row.last_seen_at.into(),
            user_agent: row.user_agent,
            network: row.network,
            current: here == Some(row.id),
        }
    }
}

/// One of one's organizations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MyOrganization)]
pub(crate) struct MyOrganizationDto {
    #[schema(value_type = schema::OrganizationId)]
    id: OrganizationId,
    name: String,
    slug: String,
    /// Made for a person, because everyone owns one.
    personal: bool,
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    suspended: bool,
    joined_at: Time,
}

impl From<MyOrganization> for MyOrganizationDto {
    fn from(row: MyOrganization) -> Self {
        Self {
            id: row.id,
            name: row.name,
            slug: row.slug,
            personal: row.personal,
            roles: row.roles,
            suspended: row.standing == Standing::Suspended,
            joined_at: row.joined_at.into(),
        }
    }
}
