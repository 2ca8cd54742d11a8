//! What is refused, said in place: what, why, who could. And what is locked, before anybody tries.

use super::text;
use crate::{
    Failure,
    refusals::{self, describe},
};
use axum::http::StatusCode;
use guildhall_access::model::Holders;
use guildhall_core::{Model, Operation, Refusal};

/// The sentence above the buttons; a failure that has a page of its own comes back.
pub(crate) fn in_place(model: &Model, failure: Failure) -> Result<String, Failure> {
    match &failure {
        Failure::Rejected(errors) => {
            let all: Vec<String> = errors.iter().map(|error| text::sentence(&error.what)).collect();
            Ok(all.join(" "))
        }
        Failure::NotAllowed { what, who_could } => Ok(not_allowed(model, what, who_could)),
        Failure::Refused(refusal) => Ok(why(model, refusal)),
        Failure::Limited { retry_at, .. } => Ok(format!("That was often enough for now. Go on from {}.", refusals::moment(*retry_at))),
        Failure::Malformed(_)
        | Failure::NotSignedIn
        | Failure::NotFound
        | Failure::Forged
        | Failure::StepUp
        | Failure::TooLarge { .. }
        | Failure::UnsupportedMediaType { .. }
        | Failure::MethodNotAllowed
        | Failure::NotAcceptable
        | Failure::TimedOut
        | Failure::IdempotencyConflict(_)
        | Failure::AnswerLost
        | Failure::Fault(_)
        | Failure::Broken(_) => Err(failure),
    }
}

/// The status of a page that shows a refusal in place.
pub(crate) fn status(failure: &Failure) -> StatusCode {
    match failure.status() {
        // No `If-Match` was sent: the form's own revision is old.
        StatusCode::PRECONDITION_FAILED => StatusCode::CONFLICT,
        status => status,
    }
}

/// A refusal in one or two sentences.
pub(crate) fn why(model: &Model, refusal: &Refusal) -> String {
    // Revisions are for programs.
    if let Refusal::ChangedMeanwhile { .. } = refusal {
        return "It was changed meanwhile. Look at it once more, then decide.".to_owned();
    }
    let said = describe(refusal, model);
    text::quoted(format!("{} {}", said.detail, said.remedy).trim())
}

/// Why something is locked, short: the model's own sentence, else what happened.
pub(crate) fn locked(model: &Model, refusal: &Refusal) -> String {
    if let Refusal::RoleNotYours { locked: Some(sentence), .. } = refusal {
        return text::sentence(sentence);
    }
    if let Refusal::RoleNotYours { role, who, .. } | Refusal::RoleNotTakable { role, who } = refusal {
        let one = *role == model.organization.top_role && model.organization.holders == Holders::ExactlyOne;
        if one && who.is_empty() {
            let top = refusals::role_title(model, role);
            return format!("There is exactly one {top}. Only “{}” changes who that is.", model.words.get("transfer"));
        }
    }
    why(model, refusal)
}

/// "Only Owner and Admin can invite people."
pub(crate) fn only(model: &Model, operation: Operation, holders: &[String]) -> String {
    not_allowed(model, operation.as_str(), holders)
}

/// The same, for an operation known by its key.
pub(crate) fn not_allowed(model: &Model, what: &str, holders: &[String]) -> String {
    let doing = doing(model, what);
    let mut titles: Vec<String> = Vec::new();
    for holder in holders {
        if !titles.contains(holder) {
            titles.push(holder.clone());
        }
    }
    if titles.is_empty() { format!("Nobody here can {doing}.") } else { format!("Only {} can {doing}.", text::and(&titles)) }
}

/// What an operation is, after "can".
fn doing(model: &Model, operation: &str) -> String {
    let organization = model.words.get("organization");
    match operation {
        "organization.update" => format!("change this {organization}"),
        "organization.delete" => format!("delete this {organization}"),
        "organization.found" => format!("make a new {organization}"),
        "organization.create_child" => format!("make a {}", model.words.get("sub_organization")),
        "ownership.transfer" => "transfer ownership".to_owned(),
        "member.view" => "see who is here".to_owned(),
        "member.add" => "add people".to_owned(),
        "member.change_roles" => "change roles".to_owned(),
        "member.suspend" => "suspend people".to_owned(),
        "member.remove" => "remove people".to_owned(),
        "invitation.view" => "see invitations".to_owned(),
        "invitation.create" => "invite people".to_owned(),
        "invitation.revoke" => "take invitations back".to_owned(),
        "role.view" => "see what roles may do".to_owned(),
        "audit.view" => "see the audit log".to_owned(),
        other => format!("do this (`{other}`)"),
    }
}
