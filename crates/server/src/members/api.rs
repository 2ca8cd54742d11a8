//! `/v1/organizations/{organization}/members`

use super::{
    SentInvitations,
    body::{CountsDto, FoundDto, MemberDto, MemberResultsDto, OrderDto, PreviewDto, RemovedDto, SentDto, SortDto, StatusDto},
    bulk,
};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, IfMatch, ok},
        page::{self, Done, Items, window},
        path::{AMember, InOrganization, Path},
        schema,
    },
    http::{Json, Query, Who},
};
use axum::extract::State;
use guildhall_core::{OrganizationId, RoleKey, UserId};
use guildhall_store::MemberQuery;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .routes(routes!(change_many_roles))
        .routes(routes!(remove_many_members))
        .routes(routes!(find, remove))
        .routes(routes!(change_roles))
        .routes(routes!(suspend))
        .routes(routes!(reinstate))
        .routes(routes!(removal))
}

/// Which people, in which order.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// The beginning of a word of name, handle or address; several words must all be found.
    #[param(max_length = 200)]
    search: Option<String>,
    /// A role's id.
    role: Option<String>,
    #[param(inline)]
    status: Option<StatusDto>,
    #[param(inline)]
    sort: Option<SortDto>,
    #[param(inline)]
    order: Option<OrderDto>,
    /// A page's `next`.
    after: Option<String>,
    /// A page's `previous`.
    before: Option<String>,
    /// How many rows, 1 to 200; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "page::rows")]
    limit: Option<u32>,
}

impl ListQuery {
    fn read(self, app: &App, organization: OrganizationId) -> Result<(String, MemberQuery), Failure> {
        let sort = self.sort.unwrap_or_default();
        let order = self.order.unwrap_or_default();
        let list = format!("members {organization} {sort:?} {order:?}");
        let window = window(app, &list, self.after.as_deref(), self.before.as_deref(), self.limit)?;
        if self.search.as_ref().is_some_and(|search| search.chars().count() > 200) {
            return Err(Failure::rejected("?search", "at most 200 characters"));
        }
        if let Some(role) = self.role.as_deref().filter(|role| app.model().role(&RoleKey::new(role)).is_none()) {
            let known: Vec<&str> = app.model().roles.iter().map(|role| role.key.as_str()).collect();
            return Err(Failure::rejected("?role", format!("`{role}` is no role; there are {}", known.join(", "))));
        }
        let query = MemberQuery {
            search: self.search,
            role: self.role.as_deref().map(RoleKey::new),
            status: self.status.map(Into::into),
            sort: sort.into(),
            descending: order == OrderDto::Descending,
            after: window.after,
            before: window.before,
            limit: window.limit,
            ..MemberQuery::default()
        };
        Ok((list, query))
    }
}

/// People of the organization
///
/// Members and, for who may see them, invitations, as one list: searched, filtered, sorted.
#[utoipa::path(get, path = "/v1/organizations/{organization}/members", operation_id = "list_members", tag = "members",
    params(InOrganization, ListQuery), responses((status = OK, body = Items<MemberDto>)))]
async fn list(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<Items<MemberDto>>, Failure> {
    let (list, query) = query.read(&app, at.organization)?;
    let listed = super::list(&app, &who, at.organization, &query).await?;
    Ok(ok(Items::of(&app, &list, listed.page, listed.revision, MemberDto::from)))
}

/// How many people
#[utoipa::path(get, path = "/v1/organizations/{organization}/members/count", operation_id = "count_members", tag = "members",
    params(InOrganization), responses((status = OK, body = CountsDto)))]
async fn count(State(app): State<App>, Who(who): Who, Path(at): Path<InOrganization>) -> Result<Answer<CountsDto>, Failure> {
    Ok(ok(super::count(&app, &who, at.organization).await?.into()))
}

/// One member
#[utoipa::path(get, path = "/v1/organizations/{organization}/members/{user}", operation_id = "find_member", tag = "members",
    params(AMember), responses((status = OK, body = FoundDto)))]
async fn find(State(app): State<App>, Who(who): Who, Path(at): Path<AMember>) -> Result<Answer<FoundDto>, Failure> {
    let found = super::find(&app, &who, at.organization, at.user).await?;
    let changed = found.row.revision;
    Ok(ok(found.into()).tagged(changed))
}

/// The roles a member is to hold, all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    /// Ids of roles in the model. Those held now and not named here are taken.
    #[schema(value_type = Vec<String>, max_items = 100)]
    roles: Vec<RoleKey>,
}

/// Change a member's roles
///
/// Replaces the roles held at the organization, whole. Giving and taking each are checked.
#[utoipa::path(put, path = "/v1/organizations/{organization}/members/{user}/roles", operation_id = "change_roles", tag = "members",
    params(AMember), request_body = Roles, responses((status = OK, body = Done)))]
async fn change_roles(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AMember>,
    IfMatch(expected): IfMatch,
    Json(body): Json<Roles>,
) -> Result<Answer<Done>, Failure> {
    if body.roles.len() > 100 {
        return Err(Failure::rejected("/roles", "at most 100 roles"));
    }
    let written = super::change_roles(&app, &who, at.organization, at.user, body.roles, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Suspend a member
///
/// Their access here is held until they are reinstated; their sessions and other organizations are untouched.
#[utoipa::path(post, path = "/v1/organizations/{organization}/members/{user}/suspend", operation_id = "suspend_member", tag = "members",
    params(AMember), responses((status = OK, body = Done)))]
async fn suspend(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AMember>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::suspend(&app, &who, at.organization, at.user, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Reinstate a member
#[utoipa::path(post, path = "/v1/organizations/{organization}/members/{user}/reinstate", operation_id = "reinstate_member", tag = "members",
    params(AMember), responses((status = OK, body = Done)))]
async fn reinstate(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AMember>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::reinstate(&app, &who, at.organization, at.user, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// What a removal would end
///
/// Changes nothing. Answers with the refusal where the removal would be refused.
#[utoipa::path(get, path = "/v1/organizations/{organization}/members/{user}/removal", operation_id = "preview_removal", tag = "members",
    params(AMember), responses((status = OK, body = PreviewDto)))]
async fn removal(State(app): State<App>, Who(who): Who, Path(at): Path<AMember>) -> Result<Answer<PreviewDto>, Failure> {
    Ok(ok(super::removal_preview(&app, &who, at.organization, at.user).await?.into()))
}

/// How to remove.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct RemoveQuery {
    /// What becomes of the pending invitations they sent; those you may not give are withdrawn in any case.
    #[param(inline)]
    sent_invitations: Option<SentDto>,
}

/// Remove a member
///
/// From the organization and all below it, at once: with this answer, no session of theirs sees it any more.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/members/{user}", operation_id = "remove_member", tag = "members",
    params(AMember, RemoveQuery), responses((status = OK, body = RemovedDto)))]
async fn remove(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AMember>,
    Query(query): Query<RemoveQuery>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<RemovedDto>, Failure> {
    let written = super::remove(&app, &who, at.organization, at.user, sent(query.sent_invitations), expected).await?;
    Ok(ok(RemovedDto::new(written.value, written.revision)))
}

fn sent(told: Option<SentDto>) -> SentInvitations {
    match told.unwrap_or_default() {
        SentDto::Withdraw => SentInvitations::Withdraw,
        SentDto::TakeOver => SentInvitations::TakeOver,
    }
}

/// The roles that members are to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleChanges {
    /// 1 to 1,000 rows.
    #[schema(min_items = 1, max_items = 1_000)]
    changes: Vec<RoleChange>,
}

/// All the roles that one member is to hold.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleChange {
    #[schema(value_type = schema::UserId)]
    user: UserId,
    /// Ids of roles in the model. Those held now and not named here are taken.
    #[schema(value_type = Vec<String>, max_items = 100)]
    roles: Vec<RoleKey>,
}

fn fits(pointer: &str, n: usize) -> Result<(), Failure> {
    if (1..=bulk::MOST).contains(&n) { Ok(()) } else { Err(Failure::rejected(pointer, format!("{n} rows; 1 to {} fit", bulk::MOST))) }
}

/// Change many members' roles
///
/// Each row has its own result, in the order given; one that is refused fails only itself.
#[utoipa::path(post, path = "/v1/organizations/{organization}/members/roles", operation_id = "change_many_roles", tag = "members",
    params(InOrganization), request_body = RoleChanges, responses((status = OK, body = MemberResultsDto)))]
async fn change_many_roles(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Json(body): Json<RoleChanges>,
) -> Result<Answer<MemberResultsDto>, Failure> {
    fits("/changes", body.changes.len())?;
    if let Some(n) = body.changes.iter().position(|row| row.roles.len() > 100) {
        return Err(Failure::rejected(format!("/changes/{n}/roles"), "at most 100 roles"));
    }
    let changes = body.changes.into_iter().map(|row| (row.user, row.roles)).collect();
    let results = bulk::change_roles(&app, &who, at.organization, changes).await?;
    Ok(ok(MemberResultsDto::new(app.model(), results)))
}

/// Whom to remove.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Removals {
    /// 1 to 1,000 members.
    #[schema(value_type = Vec<schema::UserId>, min_items = 1, max_items = 1_000)]
    users: Vec<UserId>,
    /// What becomes of the pending invitations they sent; those you may not give are withdrawn in any case.
    sent_invitations: Option<SentDto>,
}

/// Remove many members
///
/// Each row has its own result, in the order given; one that is refused fails only itself.
#[utoipa::path(post, path = "/v1/organizations/{organization}/members/removals", operation_id = "remove_many_members", tag = "members",
    params(InOrganization), request_body = Removals, responses((status = OK, body = MemberResultsDto)))]
async fn remove_many_members(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Json(body): Json<Removals>,
) -> Result<Answer<MemberResultsDto>, Failure> {
    fits("/users", body.users.len())?;
    let results = bulk::remove(&app, &who, at.organization, body.users, sent(body.sent_invitations)).await?;
    Ok(ok(MemberResultsDto::new(app.model(), results)))
}
