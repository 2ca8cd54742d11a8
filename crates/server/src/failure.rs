//! The one error of every action and handler. Answered as problem+json or as a page by [`crate::http::answer`].

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use guildhall_core::{Denied, Refusal, Stop, Timestamp, text::BadText};
use guildhall_store::{Fault, WriteError};

/// One thing that is wrong with what was sent, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into the body (`/invitations/3/address`), `?name` for the query, or a form's field.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Why something wasn't done. Nothing was changed; of a fault that is likely, but not known.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The body is no JSON, or no form: 400.
    Malformed(String),
    /// Read, but not right: 422.
    Rejected(Vec<FieldError>),
    /// 401; a page redirects to sign-in.
    NotSignedIn,
    /// 404: the same for what never was and for another tenant's.
    NotFound,
    /// 403; `who_could` are titles of roles.
    NotAllowed { what: String, who_could: Vec<String> },
    /// 403: the form token or the origin is wrong, so the request may be somebody else's doing.
    Forged,
    /// 403: sign in again first.
    StepUp,
    /// 409: a rule said no (412 for what changed meanwhile).
    Refused(Refusal),
    /// 429.
    Limited { retry_at: Timestamp, limit: &'static str },
    /// 413.
    TooLarge { at_most: usize },
    /// 415; what would be right.
    UnsupportedMediaType { expected: &'static str },
    /// 405.
    MethodNotAllowed,
    /// 406.
    NotAcceptable,
    /// 408: it took too long.
    TimedOut,
    /// 409: an `Idempotency-Key` used for something else, or still at work.
    IdempotencyConflict(&'static str),
    /// 409: it was done under this `Idempotency-Key`, and nobody knows any more what was answered.
    AnswerLost,
    /// 503: the database is away, or a stored fact is broken. Logged once.
    Fault(Fault),
    /// 500: a fault of ours. Logged once.
    Broken(String),
}

impl Failure {
    /// One thing is wrong with what was sent.
    pub fn rejected(pointer: impl Into<String>, what: impl ToString) -> Self {
        Self::Rejected(vec![FieldError { pointer: pointer.into(), what: what.to_string() }])
    }
    /// A fault of ours.
    pub fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Rejected(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed { .. } | Self::StepUp | Self::Forged => StatusCode::FORBIDDEN,
            Self::Refused(Refusal::ChangedMeanwhile { .. }) => StatusCode::PRECONDITION_FAILED,
            Self::Refused(_) | Self::IdempotencyConflict(_) | Self::AnswerLost => StatusCode::CONFLICT,
            Self::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Fault(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
    /// The last part of its `type` URI.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Rejected(_) => "rejected",
            Self::NotSignedIn => "not-signed-in",
            Self::NotFound => "not-found",
            Self::NotAllowed { .. } => "not-allowed",
            Self::Forged => "forged",
            Self::StepUp => "step-up",
            Self::Refused(refusal) => refusal.code(),
            Self::Limited { .. } => "limited",
            Self::TooLarge { .. } => "too-large",
            Self::UnsupportedMediaType { .. } => "unsupported-media-type",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotAcceptable => "not-acceptable",
            Self::TimedOut => "timed-out",
            Self::IdempotencyConflict(_) => "idempotency-conflict",
            Self::AnswerLost => "answer-lost",
            Self::Fault(_) => "unavailable",
            Self::Broken(_) => "fault",
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotVisible => Self::NotFound,
            Denied::NotAllowed { operation, holders } => Self::NotAllowed { what: operation.to_owned(), who_could: holders },
            Denied::KeyLacks { operation } => {
                Self::NotAllowed { what: operation.to_owned(), who_could: vec![format!("a key with the scope `{operation}`")] }
            }
            Denied::Barred => Self::NotSignedIn,
        }
    }
}
impl From<BadText> for Failure {
    fn from(bad: BadText) -> Self {
        Self::rejected("", bad)
    }
}
impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Needs(streams) => Self::Broken(format!("a command still asks for {streams:?}")),
            Stop::Denied(denied) => denied.into(),
            Stop::Refused(refusal) => Self::Refused(refusal),
            Stop::Rejected(bad) => bad.into(),
            Stop::StepUp => Self::StepUp,
            Stop::NotFound => Self::NotFound,
        }
    }
}
impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Stop(stop) => stop.into(),
            WriteError::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// The status alone; [`crate::http::answer`] finds the failure beside it and writes the body.
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.extensions_mut().insert(self);
        response
    }
}
