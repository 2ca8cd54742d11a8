//! `POST /v1/user/addresses`: adding an address, which a mailed code proves first.

use crate::{
    App, Failure,
    api::{
        condition::{Answer, created, ok},
        page::Items,
        schema,
        text::text,
    },
    http::{Browser, Json, Person, ReturnTo},
    sign_in::{
        Asked, address,
        mailed::{self, Ended, Outcome},
    },
};
use axum::extract::State;
use guildhall_core::{Principal, SignInId, text::Address};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::body::AddressDto;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(prove))
}

/// An address to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAddress {
    #[serde(deserialize_with = "text")]
    #[schema(value_type = String, format = Email)]
    address: Address,
}

/// The code that was mailed proves it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct MailedCode {
    #[schema(value_type = schema::SignInId)]
    sign_in: SignInId,
}

/// Bound to the session: the code is good where it was asked for only.
fn here(mut asked: Asked, who: &Principal) -> Result<Asked, Failure> {
    let session = who.session().ok_or(Failure::NotSignedIn)?;
    asked.browser = Browser::of_session(session);
    Ok(asked)
}

/// Add an address
///
/// Mails a code to it. Asks for a sign-in within 15 minutes.
#[utoipa::path(post, path = "/v1/user/addresses", operation_id = "add_address", tag = "user",
    request_body = NewAddress, responses((status = CREATED, body = MailedCode)))]
async fn add(
    State(app): State<App>,
    Person(who): Person,
    asked: Asked,
    Json(body): Json<NewAddress>,
) -> Result<Answer<MailedCode>, Failure> {
    let back = ReturnTo::from(address::MINE.to_owned());
    let sign_in = address::ask(&app, &here(asked, &who)?, &who, &body.address, &back).await?;
    Ok(created(MailedCode { sign_in }))
}

/// The code from the mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    #[schema(value_type = schema::SignInId)]
    sign_in: SignInId,
    /// Six digits.
    #[schema(max_length = 20)]
    code: String,
}

/// Prove an address
///
/// Five wrong codes end it. Answers with all addresses.
#[utoipa::path(post, path = "/v1/user/addresses/prove", operation_id = "prove_address", tag = "user",
    request_body = Code, responses((status = OK, body = Items<AddressDto>)))]
async fn prove(
    State(app): State<App>,
    Person(who): Person,
    asked: Asked,
    Json(body): Json<Code>,
) -> Result<Answer<Items<AddressDto>>, Failure> {
    match mailed::by_code(&app, &here(asked, &who)?, body.sign_in, &body.code).await? {
        Outcome::Added { .. } => {}
        Outcome::Wrong { left } => return Err(Failure::rejected("/code", format!("not this code; {left} tries are left"))),
        Outcome::Ended { why: Ended::Used | Ended::Replaced | Ended::Expired | Ended::TooManyTries, .. } => {
            return Err(Failure::rejected("/sign_in", "it has ended; ask for a new code"));
        }
        Outcome::Ended { why: Ended::Unknown, .. } | Outcome::OtherBrowser { .. } | Outcome::OtherPerson | Outcome::Arrived { .. } => {
            return Err(Failure::NotFound);
        }
    }
    let rows = super::addresses(&app, &who).await?;
    Ok(ok(Items::all(rows.into_iter().map(AddressDto::from).collect())))
}
