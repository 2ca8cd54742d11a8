//! `/v1/organizations`

use super::{New, Seen, Update};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, IfMatch, created, ok},
        page::{Done, Items},
        path::{InOrganization, Path},
        schema,
        text::{ExternalId, maybe, takeable, text},
        time::Time,
    },
    http::{Json, Query, Who},
};
use axum::extract::State;
use guildhall_core::{
    OrganizationId, Principal, RoleKey,
    text::{Address, Name, Slug},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, found)).routes(routes!(see, update, delete))
}

/// An organization, as who asks sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub(crate) struct OrganizationDto {
    #[schema(value_type = schema::OrganizationId)]
    id: OrganizationId,
    name: String,
    slug: String,
    /// Made for a person, because everyone owns one.
    personal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// What you hold here directly.
    #[schema(value_type = Vec<String>)]
    my_roles: Vec<RoleKey>,
    /// The operations you may do here.
    may: Vec<&'static str>,
    /// The revision that last changed it: its `ETag` is `"r…"` of it.
    changed: u64,
    /// The tenant's revision it is about.
    revision: u64,
}

impl From<Seen> for OrganizationDto {
    fn from(seen: Seen) -> Self {
        Self {
            id: seen.id,
            name: seen.name.as_str().to_owned(),
            slug: seen.slug,
            personal: seen.personal,
            external_id: seen.external_id,
            my_roles: seen.my_roles,
            may: seen.operations.into_iter().map(guildhall_core::Operation::as_str).collect(),
            changed: seen.changed,
            revision: seen.revision,
        }
    }
}

/// Which organization: by slug or by the host product's id. A person may leave both out.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Which {
    slug: Option<String>,
    external_id: Option<String>,
}

/// Find organizations
///
/// By slug or external id: one or none. Without either: those you belong to, or the one a key belongs to.
#[utoipa::path(get, path = "/v1/organizations", operation_id = "list_organizations", tag = "organizations",
    params(Which), responses((status = OK, body = Items<OrganizationDto>)))]
async fn list(State(app): State<App>, Who(who): Who, Query(which): Query<Which>) -> Result<Answer<Items<OrganizationDto>>, Failure> {
    let found = match (&which.slug, &which.external_id) {
        (Some(_), Some(_)) => return Err(Failure::rejected("?external_id", "`slug` and `external_id` exclude each other")),
        (Some(slug), None) => vec![super::by_slug(&app, &who, slug).await],
        (None, Some(external_id)) => vec![super::by_external_id(&app, &who, external_id).await],
        (None, None) => all(&app, &who).await?,
    };
    let mut items = Vec::with_capacity(found.len());
    for seen in found {
        match seen {
            Ok(seen) => items.push(seen.into()),
            Err(Failure::NotFound) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(ok(Items::all(items)))
}

async fn all(app: &App, who: &Principal) -> Result<Vec<Result<Seen, Failure>>, Failure> {
    let ids: Vec<OrganizationId> = match (who.user(), who.tenant()) {
        (Some(_), _) => crate::users::organizations(app, who).await?.into_iter().map(|mine| mine.id).collect(),
        (None, Some(tenant)) => vec![tenant],
        (None, None) => return Err(Failure::rejected("?external_id", "missing; a key of the deployment asks by `slug` or `external_id`")),
    };
    let mut seen = Vec::with_capacity(ids.len());
    for id in ids {
        seen.push(super::see(app, who, id).await);
    }
    Ok(seen)
}

/// A new organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    #[serde(deserialize_with = "text")]
    #[schema(value_type = String, min_length = 1, max_length = 64)]
    name: Name,
    #[serde(deserialize_with = "text")]
    #[schema(value_type = String, pattern = "^[a-z0-9]([a-z0-9-]{0,37})[a-z0-9]$")]
    slug: Slug,
    /// For service keys of the deployment: what the host product calls it.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, max_length = 200)]
    external_id: Option<ExternalId>,
    /// For service keys: whose it is. Where nobody has proven the address, they are invited.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, format = Email)]
    owner: Option<Address>,
}

/// What was made.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct FoundedOrganization {
    #[schema(value_type = schema::OrganizationId)]
    id: OrganizationId,
    revision: u64,
}

/// Found an organization
///
/// A person becomes its owner. A service key founds for the owner it names.
#[utoipa::path(post, path = "/v1/organizations", operation_id = "found_organization", tag = "organizations",
    request_body = NewOrganization, responses((status = CREATED, body = FoundedOrganization)))]
async fn found(State(app): State<App>, Who(who): Who, Json(body): Json<NewOrganization>) -> Result<Answer<FoundedOrganization>, Failure> {
    let NewOrganization { name, slug, external_id, owner } = body;
    let new = New { name, slug, external_id: external_id.map(|it| it.0), owner };
    let written = super::found(&app, &who, new).await?;
    Ok(created(FoundedOrganization { id: written.value, revision: written.revision }).tagged(written.revision))
}

/// One organization
#[utoipa::path(get, path = "/v1/organizations/{organization}", operation_id = "see_organization", tag = "organizations",
    params(InOrganization), responses((status = OK, body = OrganizationDto)))]
async fn see(State(app): State<App>, Who(who): Who, Path(at): Path<InOrganization>) -> Result<Answer<OrganizationDto>, Failure> {
    let seen = super::see(&app, &who, at.organization).await?;
    let changed = seen.changed;
    Ok(ok(seen.into()).tagged(changed))
}

/// What is to change; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationUpdate {
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, pattern = "^[a-z0-9]([a-z0-9-]{0,37})[a-z0-9]$")]
    slug: Option<Slug>,
    /// For service keys of the deployment; `null` takes it away.
    #[expect(clippy::option_option, reason = "left out, `null`, and a text are three things")]
    #[serde(default, deserialize_with = "takeable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    external_id: Option<Option<ExternalId>>,
}

/// Change an organization
///
/// An old slug is never redirected, and rests for 90 days.
#[utoipa::path(patch, path = "/v1/organizations/{organization}", operation_id = "update_organization", tag = "organizations",
    params(InOrganization), request_body = OrganizationUpdate, responses((status = OK, body = Done)))]
async fn update(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    IfMatch(expected): IfMatch,
    Json(body): Json<OrganizationUpdate>,
) -> Result<Answer<Done>, Failure> {
    let external_id = body.external_id.map(|it| it.map(|id| id.0));
    let update = Update { name: body.name, slug: body.slug, external_id };
    let written = super::update(&app, &who, at.organization, update, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// What was deleted.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct DeletedOrganization {
    /// What it kept is erased then.
    erase_at: Time,
    revision: u64,
}

/// Delete an organization
///
/// Access ends with this answer, for everyone; what it kept is erased after 30 days. Asks for a sign-in within 15 minutes.
#[utoipa::path(delete, path = "/v1/organizations/{organization}", operation_id = "delete_organization", tag = "organizations",
    params(InOrganization), responses((status = OK, body = DeletedOrganization)))]
async fn delete(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<DeletedOrganization>, Failure> {
    let written = super::delete(&app, &who, at.organization, expected).await?;
    Ok(ok(DeletedOrganization { erase_at: written.value.into(), revision: written.revision }))
}
