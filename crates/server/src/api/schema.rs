//! How ids and times stand in the `OpenAPI` document.

use guildhall_core::id::{AddressKind, IdentityKind, InvitationKind, Kind, OrganizationKind, SessionKind, SignInKind, UserKind};
use std::borrow::Cow;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type},
    },
};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:ident, $example:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub(crate) enum $name {}
            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    id($kind::PREFIX, $kind::NOUN, $example)
                }
            }
            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )*
    };
}

ids! {
    /// `usr_…`
    UserId = UserKind, "usr_068s1kv4d1oao00000sdk3ig8o";
    /// `org_…`
    OrganizationId = OrganizationKind, "org_068s1kv4d1oao00000sdk3ig8o";
    /// `inv_…`
    InvitationId = InvitationKind, "inv_068s1kv4d1oao00000sdk3ig8o";
    /// `adr_…`
    AddressId = AddressKind, "adr_068s1kv4d1oao00000sdk3ig8o";
    /// `idn_…`
    IdentityId = IdentityKind, "idn_068s1kv4d1oao00000sdk3ig8o";
    /// `ses_…`
    SessionId = SessionKind, "ses_068s1kv4d1oao00000sdk3ig8o";
    /// `sgn_…`
    SignInId = SignInKind, "sgn_068s1kv4d1oao00000sdk3ig8o";
}

fn id(prefix: &str, noun: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        // 128 bits in 26 letters and digits: the last one holds three of them.
        .pattern(Some(format!("^{prefix}_[0-9a-v]{{25}}[048cgkos]$")))
        .description(Some(format!("The id of the {noun}.")))
        .examples([serde_json::Value::from(example)])
        .build()
        .into()
}

/// A moment: RFC 3339, in UTC.
#[derive(Debug)]
pub(crate) enum Moment {}
impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples([serde_json::Value::from("2026-03-01T09:30:00Z")])
            .build()
            .into()
    }
}
impl ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Moment")
    }
}
