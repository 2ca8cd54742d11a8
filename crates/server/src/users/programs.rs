//! `/v1/users`: users as a host product makes and finds them, with a service key of the deployment.

use super::{
    NewUser,
    body::UserDto,
    suspension::{self, By},
};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, created, ok},
        page::{Done, Items},
        path::{AUser, Path},
        schema,
        text::{ExternalId, maybe},
    },
    http::{Json, Query, Who},
};
use axum::extract::State;
use guildhall_core::{
    OrganizationId, UserId,
    text::{Address, Name},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(find)).routes(routes!(suspend)).routes(routes!(reinstate))
}

/// A new user. The host product vouches for the address.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = NewUser)]
#[serde(deny_unknown_fields)]
struct NewUserDto {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, max_length = 200)]
    external_id: Option<ExternalId>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, format = Email)]
    address: Option<Address>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    name: Option<Name>,
}

/// The user that was made.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct CreatedUser {
    #[schema(value_type = schema::UserId)]
    id: UserId,
    revision: u64,
}

/// Make a user
///
/// With `address`, `external_id`, or both. For service keys of the deployment with the scope `user.create`.
#[utoipa::path(post, path = "/v1/users", operation_id = "create_user", tag = "users",
    request_body = NewUserDto, responses((status = CREATED, body = CreatedUser)))]
async fn create(State(app): State<App>, Who(who): Who, Json(body): Json<NewUserDto>) -> Result<Answer<CreatedUser>, Failure> {
    let new = NewUser { external_id: body.external_id.map(|it| it.0), address: body.address, name: body.name };
    let written = super::create(&app, &who, new).await?;
    Ok(created(CreatedUser { id: written.value, revision: written.revision }).tagged(written.revision))
}

/// Which user.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    external_id: String,
}

/// Find users by external id
///
/// One or none.
#[utoipa::path(get, path = "/v1/users", operation_id = "list_users", tag = "users",
    params(Which), responses((status = OK, body = Items<UserDto>)))]
async fn list(State(app): State<App>, Who(who): Who, Query(which): Query<Which>) -> Result<Answer<Items<UserDto>>, Failure> {
    match super::by_external_id(&app, &who, &which.external_id).await {
        Ok(row) => Ok(ok(Items::all(vec![row.into()]))),
        Err(Failure::NotFound) => Ok(ok(Items::all(Vec::new()))),
        Err(failure) => Err(failure),
    }
}

/// One user
#[utoipa::path(get, path = "/v1/users/{user}", operation_id = "find_user", tag = "users",
    params(AUser), responses((status = OK, body = UserDto)))]
async fn find(State(app): State<App>, Who(who): Who, Path(at): Path<AUser>) -> Result<Answer<UserDto>, Failure> {
    let row = super::find(&app, &who, at.user).await?;
    let changed = row.revision;
    Ok(ok(row.into()).tagged(changed))
}

/// What a suspension leaves behind.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct SuspendedUser {
    /// The revision of the user.
    revision: u64,
    /// Organizations that have no other owner who can sign in: each needs one.
    #[schema(value_type = Vec<schema::OrganizationId>)]
    without_owner: Vec<OrganizationId>,
}

/// Suspend an account
///
/// Barred everywhere with this answer: sessions end, every decision about the person denies. Never refused; the answer names
/// the organizations that are left without an owner. For service keys of the deployment with the scope `account.suspend`.
#[utoipa::path(post, path = "/v1/users/{user}/suspend", operation_id = "suspend_user", tag = "users",
    params(AUser), responses((status = OK, body = SuspendedUser)))]
async fn suspend(State(app): State<App>, Who(who): Who, Path(at): Path<AUser>) -> Result<Answer<SuspendedUser>, Failure> {
    let written = suspension::suspend(&app, By::Program(who), at.user).await?;
    Ok(ok(SuspendedUser { revision: written.revision, without_owner: written.value.without_owner }))
}

/// Reinstate a suspended account
///
/// They sign in anew. For service keys of the deployment with the scope `account.suspend`.
#[utoipa::path(post, path = "/v1/users/{user}/reinstate", operation_id = "reinstate_user", tag = "users",
    params(AUser), responses((status = OK, body = Done)))]
async fn reinstate(State(app): State<App>, Who(who): Who, Path(at): Path<AUser>) -> Result<Answer<Done>, Failure> {
    let written = suspension::reinstate(&app, By::Program(who), at.user).await?;
    Ok(ok(Done { revision: written.revision }))
}
