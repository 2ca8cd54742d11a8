//! `/v1/organizations/{organization}/roles` and `/v1/model`

use super::{Offer, RoleLine};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, ok},
        page::Items,
        path::{InOrganization, Path},
    },
    http::Who,
    refusals::describe,
};
use axum::extract::State;
use guildhall_access::PermissionKey;
use guildhall_core::{Model, Refusal, RoleKey};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reference)).routes(routes!(offered)).routes(routes!(model))
}

/// A role and what it permits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Role)]
struct RoleDto {
    /// Its id in the model.
    #[schema(value_type = String)]
    role: RoleKey,
    title: String,
    description: String,
    /// `organization` or `workspace`.
    at: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    #[schema(value_type = Vec<String>)]
    permissions: Vec<PermissionKey>,
}

impl From<RoleLine> for RoleDto {
    fn from(line: RoleLine) -> Self {
        let RoleLine { role, title, description, at, module, permissions } = line;
        Self { role, title, description, at: at.as_str(), module, permissions }
    }
}

/// The role reference
///
/// Every role with what it permits in this organization.
#[utoipa::path(get, path = "/v1/organizations/{organization}/roles", operation_id = "list_roles", tag = "roles",
    params(InOrganization), responses((status = OK, body = Items<RoleDto>)))]
async fn reference(State(app): State<App>, Who(who): Who, Path(at): Path<InOrganization>) -> Result<Answer<Items<RoleDto>>, Failure> {
    let lines = super::reference(&app, &who, at.organization).await?;
    Ok(ok(Items::all(lines.into_iter().map(RoleDto::from).collect())))
}

/// A role that could be given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OfferedRole)]
struct OfferDto {
    #[schema(value_type = String)]
    role: RoleKey,
    title: String,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<String>,
    /// Titles of the roles that could.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    who_could: Vec<String>,
}

fn offer(model: &Model, offer: Offer) -> OfferDto {
    let (locked, who_could) = match &offer.locked {
        None => (None, Vec::new()),
        Some(refusal @ Refusal::RoleNotYours { locked, who, .. }) => {
            (Some(locked.clone().unwrap_or_else(|| describe(refusal, model).detail)), who.clone())
        }
        Some(refusal) => (Some(describe(refusal, model).detail), Vec::new()),
    };
    let Offer { role, title, description, module, .. } = offer;
    OfferDto { role, title, description, module, allowed: locked.is_none(), locked, who_could }
}

/// The roles you may give
///
/// Each role a member can hold, open or locked for you, with why and who could.
#[utoipa::path(get, path = "/v1/organizations/{organization}/roles/offered", operation_id = "list_offered_roles", tag = "roles",
    params(InOrganization), responses((status = OK, body = Items<OfferDto>)))]
async fn offered(State(app): State<App>, Who(who): Who, Path(at): Path<InOrganization>) -> Result<Answer<Items<OfferDto>>, Failure> {
    let offers = super::may_give(&app, &who, at.organization).await?;
    Ok(ok(Items::all(offers.into_iter().map(|it| offer(app.model(), it)).collect())))
}

/// What this system is: its roles, permissions and words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
struct ModelDto {
    id: String,
    title: String,
    #[schema(value_type = String)]
    top_role: RoleKey,
    roles: Vec<RoleDto>,
    permissions: Vec<PermissionDto>,
    /// What things are called.
    words: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Permission)]
struct PermissionDto {
    #[schema(value_type = String)]
    permission: PermissionKey,
    title: String,
    description: String,
    group: String,
    /// `organization`, `workspace`, or both.
    at: Vec<&'static str>,
    /// The operations it opens.
    opens: Vec<&'static str>,
}

/// The access model
#[utoipa::path(get, path = "/v1/model", operation_id = "see_model", tag = "roles", responses((status = OK, body = ModelDto)))]
async fn model(State(app): State<App>, Who(_): Who) -> Answer<ModelDto> {
    let model = app.model();
    let role = |role: &guildhall_access::model::Role| RoleDto {
        role: role.key.clone(),
        title: model.full_title(role),
        description: role.description.clone(),
        at: role.at.as_str(),
        module: role.module.clone(),
        permissions: role.permissions.iter().filter_map(|ix| model.permission_at(*ix)).map(|it| it.key.clone()).collect(),
    };
    let permission = |it: &guildhall_access::model::Permission| PermissionDto {
        permission: it.key.clone(),
        title: it.title.clone(),
        description: it.description.clone(),
        group: it.group.clone(),
        at: it.at.iter().map(|kind| kind.as_str()).collect(),
        opens: it.opens.iter().map(|operation| operation.as_str()).collect(),
    };
    ok(ModelDto {
        id: model.id.clone(),
        title: model.title.clone(),
        top_role: model.organization.top_role.clone(),
        roles: model.roles.iter().map(role).collect(),
        permissions: model.permissions.iter().map(permission).collect(),
        words: model.words.0.clone(),
    })
}
