//! Times as the API writes them: RFC 3339 in UTC.

use super::schema::Moment;
use guildhall_core::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// A moment, written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Timestamp);

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = jiff::Timestamp::from_microsecond(self.0.0).map_err(serde::ser::Error::custom)?;
        serializer.collect_str(&at)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        Moment::schema()
    }
}
impl ToSchema for Time {
    fn name() -> std::borrow::Cow<'static, str> {
        Moment::name()
    }
}
