//! `ETag` and `If-Match` (RFC 9110, 13.1.1), from the revision that last changed the thing.

use crate::{App, Failure};
use axum::{
    extract::FromRequestParts,
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// The revision that the thing must have; `None`: any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<u64>);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        let mut values = parts.headers.get_all(header::IF_MATCH).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return if parts.headers.contains_key(header::IF_MATCH) { Err(bad()) } else { Ok(Self(None)) };
        };
        let text = value.to_str().map_err(|_| bad())?.trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let revision = text.strip_prefix("\"r").and_then(|rest| rest.strip_suffix('"')).filter(|digits| !digits.starts_with('+'));
        revision.and_then(|digits| digits.parse().ok()).map(|revision| Self(Some(revision))).ok_or_else(bad)
    }
}

fn bad() -> Failure {
    Failure::rejected("header If-Match", "one ETag as it was answered, such as `\"r17\"`, or `*`")
}

/// A body with a status and, where the thing has one, its `ETag`.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    status: StatusCode,
    changed: Option<u64>,
    body: T,
}

/// 200.
pub(crate) fn ok<T>(body: T) -> Answer<T> {
    Answer { status: StatusCode::OK, changed: None, body }
}
/// 201.
pub(crate) fn created<T>(body: T) -> Answer<T> {
    Answer { status: StatusCode::CREATED, changed: None, body }
}

impl<T> Answer<T> {
    /// With the revision that last changed the thing.
    pub(crate) fn tagged(self, changed: u64) -> Self {
        Self { changed: Some(changed), ..self }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.body)).into_response();
        if let Some(tag) = self.changed.and_then(|changed| HeaderValue::from_str(&format!("\"r{changed}\"")).ok()) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}
