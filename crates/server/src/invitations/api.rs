//! `/v1/organizations/{organization}/invitations`

use super::{
    Seen, Wanted,
    body::{BatchDto, InvitationDto, NewInvitation, ResultDto, SentInvitation, StatusDto, one},
    list,
};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, IfMatch, created, ok},
        page::{self, Done, Items, window},
        path::{AnInvitation, InOrganization, Path},
    },
    failure::FieldError,
    http::{FOUR_MIB, Json, Query, Who},
    members::body::MemberDto,
    place,
};
use axum::extract::State;
use guildhall_access::model::InviteBy;
use guildhall_core::op;
use guildhall_store::{MemberQuery, MemberSort};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, invite))
        .routes(routes!(invite_many))
        .routes(routes!(find, revoke))
        .routes(routes!(remind))
        .routes(routes!(undo))
        .merge(super::answers::routes())
}

/// Which invitations.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// The beginning of a word of the address or handle.
    #[param(max_length = 200)]
    search: Option<String>,
    #[param(inline)]
    status: Option<StatusDto>,
    /// A page's `next`.
    after: Option<String>,
    /// A page's `previous`.
    before: Option<String>,
    /// How many rows, 1 to 200; 50 where nothing is said.
    #[param(minimum = 1, maximum = 200)]
    #[serde(default, deserialize_with = "page::rows")]
    limit: Option<u32>,
}

/// Invitations of the organization
///
/// Pending ones, and for 30 days those that expired or were declined.
#[utoipa::path(get, path = "/v1/organizations/{organization}/invitations", operation_id = "list_invitations", tag = "invitations",
    params(InOrganization, ListQuery), responses((status = OK, body = Items<MemberDto>)))]
async fn list_invitations(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<Items<MemberDto>>, Failure> {
    let name = format!("invitations {}", at.organization);
    let window = window(&app, &name, query.after.as_deref(), query.before.as_deref(), query.limit)?;
    if query.search.as_ref().is_some_and(|search| search.chars().count() > 200) {
        return Err(Failure::rejected("?search", "at most 200 characters"));
    }
    let query = MemberQuery {
        search: query.search,
        status: query.status.map(Into::into),
        sort: MemberSort::Name,
        after: window.after,
        before: window.before,
        limit: window.limit,
        ..MemberQuery::default()
    };
    let listed = super::list_of(&app, &who, at.organization, &query).await?;
    Ok(ok(Items::of(&app, &name, listed.page, listed.revision, MemberDto::from)))
}

/// Invite somebody
///
/// By email address, or by the handle of a user where the model lets. The mail leaves after ten seconds.
/// Inviting an address again renews the pending invitation with the new role, and says so.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations", operation_id = "invite", tag = "invitations",
    params(InOrganization), request_body = NewInvitation, responses((status = CREATED, body = SentInvitation)))]
async fn invite(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Json(body): Json<NewInvitation>,
) -> Result<Answer<SentInvitation>, Failure> {
    let written = super::create_one(&app, &who, at.organization, body.wanted()).await?;
    let revision = written.revision;
    Ok(created(one(written.value, revision)?).tagged(revision))
}

/// Whom to invite: rows, or CSV with a column `email` and, where roles are chosen, `role`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitations {
    /// 1 to 10,000 rows.
    #[schema(max_items = 10_000)]
    invitations: Option<Vec<NewInvitation>>,
    /// The first line names the columns.
    csv: Option<String>,
}

impl NewInvitations {
    fn read(self) -> Result<(InviteBy, Vec<Wanted>), Failure> {
        let wrong = |errors: Vec<FieldError>| {
            let located = |error: FieldError| FieldError { pointer: "/csv".to_owned(), what: format!("{}: {}", error.pointer, error.what) };
            Failure::Rejected(errors.into_iter().map(located).collect())
        };
        let (way, wanted) = match (self.invitations, self.csv) {
            (Some(rows), None) => (InviteBy::List, rows.into_iter().map(NewInvitation::wanted).collect()),
            (None, Some(text)) => (InviteBy::Csv, list::parse_csv(&text).map_err(wrong)?),
            (Some(_), Some(_)) => return Err(Failure::rejected("/csv", "`invitations` and `csv` exclude each other")),
            (None, None) => return Err(Failure::rejected("/invitations", "missing; give `invitations` or `csv`")),
        };
        let most = guildhall_core::invitation::MAX_ROWS;
        if wanted.is_empty() || wanted.len() > most {
            let given = if wanted.is_empty() { "no rows".to_owned() } else { format!("more than {most} rows") };
            return Err(Failure::rejected("/invitations", format!("{given}; 1 to {most} fit")));
        }
        Ok((way, wanted))
    }
}

/// Invite many
///
/// Each row has its own result, in the order given; a bad one fails only itself.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations/batch", operation_id = "invite_many", tag = "invitations",
    params(InOrganization), request_body = NewInvitations, responses((status = OK, body = BatchDto)))]
async fn invite_many(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<InOrganization>,
    Json(body): Json<NewInvitations, FOUR_MIB>,
) -> Result<Answer<BatchDto>, Failure> {
    // Who may not invite here is told so before a long list is read.
    place::read::<op::InvitationCreate>(&app, &who, at.organization).await?;
    let (way, wanted) = body.read()?;
    let written = super::create(&app, &who, at.organization, way, wanted).await?;
    let results = written.value.into_iter().map(|row| ResultDto::new(app.model(), row)).collect();
    Ok(ok(BatchDto { results, revision: written.revision }))
}

/// One invitation
#[utoipa::path(get, path = "/v1/organizations/{organization}/invitations/{invitation}", operation_id = "find_invitation", tag = "invitations",
    params(AnInvitation), responses((status = OK, body = InvitationDto)))]
async fn find(State(app): State<App>, Who(who): Who, Path(at): Path<AnInvitation>) -> Result<Answer<InvitationDto>, Failure> {
    let seen: Seen = super::find(&app, &who, at.organization, at.invitation).await?;
    let changed = seen.changed;
    Ok(ok(seen.into()).tagged(changed))
}

/// Revoke an invitation
///
/// Its links end.
#[utoipa::path(delete, path = "/v1/organizations/{organization}/invitations/{invitation}", operation_id = "revoke_invitation", tag = "invitations",
    params(AnInvitation), responses((status = OK, body = Done)))]
async fn revoke(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AnInvitation>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::revoke(&app, &who, at.organization, at.invitation, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Send a reminder
///
/// An hour apart and five at most, unless the model says otherwise.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations/{invitation}/remind", operation_id = "remind", tag = "invitations",
    params(AnInvitation), responses((status = OK, body = Done)))]
async fn remind(
    State(app): State<App>,
    Who(who): Who,
    Path(at): Path<AnInvitation>,
    IfMatch(expected): IfMatch,
) -> Result<Answer<Done>, Failure> {
    let written = super::remind(&app, &who, at.organization, at.invitation, expected).await?;
    Ok(ok(Done { revision: written.revision }))
}

/// Take an invitation back
///
/// One's own, in the ten seconds before its mail leaves.
#[utoipa::path(post, path = "/v1/organizations/{organization}/invitations/{invitation}/undo", operation_id = "undo_invitation", tag = "invitations",
    params(AnInvitation), responses((status = OK, body = Done)))]
async fn undo(State(app): State<App>, Who(who): Who, Path(at): Path<AnInvitation>) -> Result<Answer<Done>, Failure> {
    let written = super::undo(&app, &who, at.organization, at.invitation).await?;
    Ok(ok(Done { revision: written.revision }))
}
