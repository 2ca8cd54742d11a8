//! `/v1/organizations/{organization}/transfer` and `…/leave`

use crate::{
    App, Failure,
    api::{
        condition::{Answer, IfMatch, ok},
        page::Done,
        path::{InOrganization, Path},
        schema,
    },
    http::{Json, Person, Who},
    members::body::RemovedDto,
};
use axum::extract::State;
use guildhall_core::UserId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(transfer)).routes(routes!(leave))
}

/// Who is to own the organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Transfer {
    /// An active member.
    #[schema(value_type = schema::UserId)]
    to: UserId,
}

/// Transfer ownership
///
/// One atomic change: the old owner holds what the model says afterwards. Asks for a sign-in within 15 minutes.
#[utoipa::path(post, path = "/v1/organizations/{organization}/transfer", operation_id = "transfer_ownership", tag = "organizations",
    params(InOrganization), request_body = Transfer, responses((status = OK, body = Done)))]
async fn transfer(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    IfMatch(expected): IfMatch,
    Json(body): Json<Transfer>,
) -> Result<Answer<Done>, Failure> {
    let written = super::transfer(&app, &who, at.organization, body.to, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Leave an organization
#[utoipa::path(post, path = "/v1/organizations/{organization}/leave", operation_id = "leave_organization", tag = "organizations",
    params(InOrganization), responses((status = OK, body = RemovedDto)))]
async fn leave(State(app): State<App>, Person(who): Person, Path(at): Path<InOrganization>) -> Result<Answer<RemovedDto>, Failure> {
    let written = super::leave(&app, &who, at.organization).await?;
    Ok(ok(RemovedDto::new(written.value, written.revision)))
}
