//! A failure as problem+json (RFC 9457).

use crate::{
    App, Failure,
    refusals::{Described, could, describe, moment, sentence},
};
use guildhall_core::{Model, Refusal, Timestamp};
use serde::Serialize;

/// The media type of failures.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What a failing answer holds.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// A path of this server, where a page explains it.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// What can be done now, or who could.
    pub remedy: String,
    /// The last part of `type`.
    pub code: &'static str,
    /// What to quote when asking for help.
    pub reference: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemError>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who_could: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<String>,
    /// What it is at now (`changed-meanwhile`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// One thing that is wrong with what was sent.
#[derive(Clone, Debug, Serialize)]
pub struct ProblemError {
    pub pointer: String,
    pub detail: String,
}

impl Problem {
    pub fn of(app: &App, failure: &Failure, reference: &str) -> Self {
        let Described { title, detail, remedy } = words(failure, app.model());
        let mut problem = Self {
            kind: format!("/problems/{}", failure.code()),
            title: title.to_owned(),
            status: failure.status().as_u16(),
            detail,
            remedy,
            code: failure.code(),
            reference: reference.to_owned(),
            errors: Vec::new(),
            who_could: Vec::new(),
            retry_at: retry_at(failure).map(rfc3339),
            revision: None,
        };
        if let Failure::Rejected(errors) = failure {
            let one = |error: &crate::failure::FieldError| ProblemError { pointer: error.pointer.clone(), detail: error.what.clone() };
            problem.errors = errors.iter().map(one).collect();
        }
        if let Failure::NotAllowed { who_could: who, .. }
        | Failure::Refused(Refusal::RoleNotYours { who, .. } | Refusal::RoleNotTakable { who, .. }) = failure
        {
            problem.who_could.clone_from(who);
        }
        if let Failure::Refused(Refusal::ChangedMeanwhile { revision }) = failure {
            problem.revision = Some(*revision);
        }
        problem
    }
}

/// When to try again, where a failure knows.
pub fn retry_at(failure: &Failure) -> Option<Timestamp> {
    if let Failure::Limited { retry_at: at, .. } | Failure::Refused(Refusal::ReminderTooSoon { next_at: at }) = failure {
        Some(*at)
    } else {
        None
    }
}

/// A time as the API writes it.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

fn said(title: &'static str, detail: impl Into<String>, remedy: &str) -> Described {
    Described { title, detail: detail.into(), remedy: remedy.to_owned() }
}

/// What any failure says.
pub fn words(failure: &Failure, model: &Model) -> Described {
    match failure {
        Failure::Malformed(what) => said("Not readable", format!("{what}."), "Send what the documentation describes."),
        Failure::Rejected(errors) => {
            let all: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.pointer, error.what)).collect();
            said("Not right yet", sentence(all.join("; ").trim_start_matches(": ").to_owned()), "Mend what is listed, and send it again.")
        }
        Failure::NotSignedIn => said("Not signed in", "This needs a session or a service key that is still good.", "Sign in."),
        Failure::NotFound => said("Not found", "There is nothing here, or nothing that you can see.", "Check the address."),
        Failure::NotAllowed { what, who_could } => {
            let detail = format!("This needs `{what}`, which you don't hold.");
            Described { title: "Not allowed", detail, remedy: could(who_could) }
        }
        Failure::Forged => said(
            "Not sent from our page",
            "The form is older than your sign-in, or didn't come from here.",
            "Load the page again, and send it once more.",
        ),
        Failure::StepUp => said("Sign in again", "This needs a sign-in within the last 15 minutes.", "Sign in again, then repeat it."),
        Failure::Refused(refusal) => describe(refusal, model),
        Failure::Limited { retry_at, limit } => said(
            "Too many requests",
            format!("The limit `{limit}` was reached; there is room again at {}.", moment(*retry_at)),
            "Wait until then.",
        ),
        Failure::TooLarge { at_most } => said("Too large", format!("At most {at_most} bytes can be sent here."), "Send less at once."),
        Failure::UnsupportedMediaType { expected } => {
            said("Unsupported media type", format!("The body must be `{expected}`."), "Say so in `Content-Type`.")
        }
        Failure::MethodNotAllowed => {
            said("Method not allowed", "This address doesn't answer to that method.", "`Allow` lists those it does.")
        }
        Failure::NotAcceptable => said("Not acceptable", "There is no such form of this.", "Ask for `application/json`."),
        Failure::TimedOut => said("It took too long", "The request was given up.", "Try again."),
        Failure::AnswerLost => said(
            "Done, and the answer lost",
            "A request with this key was carried out, and the server stopped before its answer was kept. Nothing is done again.",
            "Read what it was about: the lists show the change.",
        ),
        Failure::IdempotencyConflict(what) => said("Idempotency key in use", *what, "Use a new key for a new request."),
        Failure::Fault(_) => said("Not available now", "Something that this needs doesn't answer.", "Try again in a moment."),
        Failure::Broken(_) => {
            said("Something broke", "This is a fault of ours. It was recorded.", "Try again; if it stays, quote the reference.")
        }
    }
}
