//! Ids in addresses: one that can't be an id is told so to programs, and is not found for browsers.

use crate::{App, Failure};
use axum::{
    extract::{FromRequestParts, path::ErrorKind, rejection::PathRejection},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// The parameters of the address.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let wrong = match axum::extract::Path::<T>::from_request_parts(parts, app).await {
            Ok(axum::extract::Path(value)) => return Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(wrong)) => wrong.into_kind(),
            Err(other) => return Err(Failure::broken(other.body_text())),
        };
        if !parts.uri.path().starts_with("/v1/") {
            return Err(Failure::NotFound);
        }
        Err(located(wrong))
    }
}

/// Which parameter it is, and why it can't be one.
fn located(wrong: ErrorKind) -> Failure {
    if let ErrorKind::DeserializeError { key, message, .. } = wrong {
        return Failure::rejected(format!("{{{key}}}"), message);
    }
    if let ErrorKind::ParseErrorAtKey { key, value, expected_type } = wrong {
        return Failure::rejected(format!("{{{key}}}"), format!("`{value}` is not {expected_type}"));
    }
    if let ErrorKind::InvalidUtf8InPathParam { key } = wrong {
        return Failure::rejected(format!("{{{key}}}"), "not UTF-8");
    }
    if let ErrorKind::Message(message) = wrong {
        return Failure::rejected("{path}", message);
    }
    Failure::broken(wrong.to_string())
}
