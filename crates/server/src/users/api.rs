//! `/v1/user`: the person who is signed in, and their own things.

use super::{
    Profile,
    body::{AddressDto, IdentityDto, MyOrganizationDto, ProfileUpdate, SessionDto, UserDto},
};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, IfMatch, ok},
        page::{Done, Items},
        path::{MyAddress, MyIdentity, MySession, Path},
    },
    http::{Json, Person},
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(me, update, delete))
        .routes(routes!(addresses))
        .routes(routes!(make_primary))
        .routes(routes!(remove_address))
        .routes(routes!(identities))
        .routes(routes!(unlink))
        .routes(routes!(sessions, end_other_sessions))
        .routes(routes!(end_session))
        .routes(routes!(organizations))
        .merge(super::adding::routes())
        .merge(super::programs::routes())
}

/// Who is signed in
#[utoipa::path(get, path = "/v1/user", operation_id = "see_user", tag = "user", responses((status = OK, body = UserDto)))]
async fn me(State(app): State<App>, Person(who): Person) -> Result<Answer<UserDto>, Failure> {
    let row = super::me(&app, &who).await?;
    let changed = row.revision;
    Ok(ok(row.into()).tagged(changed))
}

/// Change one's profile
///
/// What is left out stays. An old handle rests for 90 days.
#[utoipa::path(patch, path = "/v1/user", operation_id = "update_user", tag = "user",
    request_body = ProfileUpdate, responses((status = OK, body = UserDto)))]
async fn update(
    State(app): State<App>,
    Person(who): Person,
    IfMatch(expected): IfMatch,
    Json(body): Json<ProfileUpdate>,
) -> Result<Answer<UserDto>, Failure> {
    let ProfileUpdate { name, handle, theme, locale } = body;
    let profile = Profile { name, handle, theme: theme.map(Into::into), locale: locale.map(|locale| locale.0) };
    super::update(&app, &who, profile, expected).await?;
    me(State(app), Person(who)).await
}

/// Delete one's account
///
/// Barred everywhere with this answer. Refused while you are the only owner of organizations with other members.
/// Asks for a sign-in within 15 minutes.
#[utoipa::path(delete, path = "/v1/user", operation_id = "delete_user", tag = "user", responses((status = OK, body = Done)))]
async fn delete(State(app): State<App>, Person(who): Person, IfMatch(expected): IfMatch) -> Result<Answer<Done>, Failure> {
    let written = super::delete_account(&app, &who, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// One's proven addresses
#[utoipa::path(get, path = "/v1/user/addresses", operation_id = "list_addresses", tag = "user",
    responses((status = OK, body = Items<AddressDto>)))]
async fn addresses(State(app): State<App>, Person(who): Person) -> Result<Answer<Items<AddressDto>>, Failure> {
    let rows = super::addresses(&app, &who).await?;
    Ok(ok(Items::all(rows.into_iter().map(AddressDto::from).collect())))
}

/// Make an address the primary one
///
/// Asks for a sign-in within 15 minutes.
#[utoipa::path(post, path = "/v1/user/addresses/{address}/primary", operation_id = "make_address_primary", tag = "user",
    params(MyAddress), responses((status = OK, body = Done)))]
async fn make_primary(
    State(app): State<App>,
    Person(who): Person,
    Path(at): Path<MyAddress>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::make_primary(&app, &who, at.address, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Give an address up
///
/// Not the last one. Asks for a sign-in within 15 minutes.
#[utoipa::path(delete, path = "/v1/user/addresses/{address}", operation_id = "remove_address", tag = "user",
    params(MyAddress), responses((status = OK, body = Done)))]
async fn remove_address(
    State(app): State<App>,
    Person(who): Person,
    Path(at): Path<MyAddress>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::remove_address(&app, &who, at.address, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// One's linked providers
#[utoipa::path(get, path = "/v1/user/identities", operation_id = "list_identities", tag = "user",
    responses((status = OK, body = Items<IdentityDto>)))]
async fn identities(State(app): State<App>, Person(who): Person) -> Result<Answer<Items<IdentityDto>>, Failure> {
    let rows = super::identities(&app, &who).await?;
    Ok(ok(Items::all(rows.into_iter().map(IdentityDto::from).collect())))
}

/// Unlink a provider
///
/// Not the last way to sign in. Asks for a sign-in within 15 minutes.
#[utoipa::path(delete, path = "/v1/user/identities/{identity}", operation_id = "unlink_identity", tag = "user",
    params(MyIdentity), responses((status = OK, body = Done)))]
async fn unlink(
    State(app): State<App>,
    Person(who): Person,
    Path(at): Path<MyIdentity>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::unlink(&app, &who, at.identity, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Where one is signed in
#[utoipa::path(get, path = "/v1/user/sessions", operation_id = "list_sessions", tag = "user",
    responses((status = OK, body = Items<SessionDto>)))]
async fn sessions(State(app): State<App>, Person(who): Person) -> Result<Answer<Items<SessionDto>>, Failure> {
    let rows = super::sessions(&app, &who).await?;
    let here = who.session();
    Ok(ok(Items::all(rows.into_iter().map(|row| SessionDto::new(row, here)).collect())))
}

/// How many sessions ended.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct EndedSessions {
    ended: u64,
}

/// End all other sessions
#[utoipa::path(delete, path = "/v1/user/sessions", operation_id = "end_other_sessions", tag = "user",
    responses((status = OK, body = EndedSessions)))]
async fn end_other_sessions(State(app): State<App>, Person(who): Person) -> Result<Answer<EndedSessions>, Failure> {
    Ok(ok(EndedSessions { ended: super::end_other_sessions(&app, &who).await? }))
}

/// End a session
///
/// At once.
#[utoipa::path(delete, path = "/v1/user/sessions/{session}", operation_id = "end_session", tag = "user",
    params(MySession), responses((status = OK, body = EndedSessions)))]
async fn end_session(State(app): State<App>, Person(who): Person, Path(at): Path<MySession>) -> Result<Answer<EndedSessions>, Failure> {
    super::end_session(&app, &who, at.session).await?;
    Ok(ok(EndedSessions { ended: 1 }))
}

/// One's organizations
#[utoipa::path(get, path = "/v1/user/organizations", operation_id = "list_own_organizations", tag = "user",
    responses((status = OK, body = Items<MyOrganizationDto>)))]
async fn organizations(State(app): State<App>, Person(who): Person) -> Result<Answer<Items<MyOrganizationDto>>, Failure> {
    let rows = super::organizations(&app, &who).await?;
    Ok(ok(Items::all(rows.into_iter().map(MyOrganizationDto::from).collect())))
}
