//! `/v1/user/invitations` and `/v1/invitations`: answering, signed in or by the mailed link.

use super::{body::status, link};
use crate::{
    App, Failure,
    api::{
        condition::{Answer, created, ok},
        page::Items,
        path::{MyInvitation, Path},
        schema,
        text::maybe,
        time::Time,
    },
    http::{Json, MaybeWho, Person},
};
use axum::extract::State;
use guildhall_core::{InvitationId, OrganizationId, RoleKey, UserId, text::Name};
use guildhall_store::WaitingInvitation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(waiting))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(open))
        .routes(routes!(accept_by_link))
        .routes(routes!(unwanted))
}

/// An invitation that waits for who asks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingInvitation)]
struct WaitingDto {
    #[schema(value_type = schema::InvitationId)]
    invitation: InvitationId,
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    organization_name: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<String>,
    expires_at: Time,
}

impl From<WaitingInvitation> for WaitingDto {
    fn from(row: WaitingInvitation) -> Self {
        Self {
            invitation: row.id,
            organization: row.organization,
            organization_name: row.organization_name,
            roles: row.roles,
            invited_by: row.invited_by_name,
            expires_at: row.expires_at.into(),
        }
    }
}

/// Invitations that wait for you
///
/// To addresses you have proven, and to your handle.
#[utoipa::path(get, path = "/v1/user/invitations", operation_id = "list_waiting_invitations", tag = "user",
    responses((status = OK, body = Items<WaitingDto>)))]
async fn waiting(State(app): State<App>, Person(who): Person) -> Result<Answer<Items<WaitingDto>>, Failure> {
    let rows = super::waiting(&app, &who).await?;
    Ok(ok(Items::all(rows.into_iter().map(WaitingDto::from).collect())))
}

/// The organization that was joined, or wasn't.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct AnsweredInvitation {
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    revision: u64,
}

/// Accept an invitation
#[utoipa::path(post, path = "/v1/user/invitations/{invitation}/accept", operation_id = "accept_invitation", tag = "user",
    params(MyInvitation), responses((status = OK, body = AnsweredInvitation)))]
async fn accept(State(app): State<App>, Person(who): Person, Path(at): Path<MyInvitation>) -> Result<Answer<AnsweredInvitation>, Failure> {
    let written = super::accept(&app, &who, at.invitation).await?;
    Ok(ok(AnsweredInvitation { organization: written.value, revision: written.revision }))
}

/// Decline an invitation
#[utoipa::path(post, path = "/v1/user/invitations/{invitation}/decline", operation_id = "decline_invitation", tag = "user",
    params(MyInvitation), responses((status = OK, body = AnsweredInvitation)))]
async fn decline(State(app): State<App>, Person(who): Person, Path(at): Path<MyInvitation>) -> Result<Answer<AnsweredInvitation>, Failure> {
    let written = super::decline(&app, &who, at.invitation).await?;
    Ok(ok(AnsweredInvitation { organization: written.value, revision: written.revision }))
}

/// The token of a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    #[schema(max_length = 200)]
    token: String,
}

/// What stands behind a link.
#[derive(Debug, Serialize, ToSchema)]
struct OpenedInvitation {
    #[schema(value_type = schema::InvitationId)]
    invitation: InvitationId,
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    organization_name: String,
    #[schema(value_type = Vec<String>)]
    roles: Vec<RoleKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_by: Option<String>,
    /// The address, or the handle.
    to: String,
    /// `pending`, `expired`, `accepted`, `declined` or `revoked`.
    status: &'static str,
    expires_at: Time,
    /// What comes next: `new` (give a name), `sign_in` first, `accept`, `add_address` first (by its mailed code), or
    /// `somebody_else`.
    next: &'static str,
}

/// Look behind an invitation's link
///
/// Changes nothing, however often it is asked.
#[utoipa::path(post, path = "/v1/invitations/open", operation_id = "open_invitation", tag = "invitations",
    request_body = Token, responses((status = OK, body = OpenedInvitation)))]
async fn open(State(app): State<App>, MaybeWho(who): MaybeWho, Json(body): Json<Token>) -> Result<Answer<OpenedInvitation>, Failure> {
    let opened = link::open(&app, who.as_ref(), &body.token).await?;
    Ok(ok(OpenedInvitation {
        invitation: opened.id,
        organization: opened.organization,
        organization_name: opened.organization_name.as_str().to_owned(),
        roles: opened.roles,
        invited_by: opened.invited_by,
        to: opened.to,
        status: status(opened.status),
        expires_at: opened.expires_at.into(),
        next: match opened.who {
            link::Whom::New => "new",
            link::Whom::MustSignIn => "sign_in",
            link::Whom::Invited => "accept",
            link::Whom::Other { addable: true } => "add_address",
            link::Whom::Other { addable: false } => "somebody_else",
        },
    }))
}

/// How to accept by the link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AcceptByLink {
    #[schema(max_length = 200)]
    token: String,
    /// For somebody new: what they are called.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    name: Option<Name>,
}

/// Who joined what.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct JoinedByLink {
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    /// The account that was made, for somebody new. It signs in as everyone does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::UserId>)]
    new_user: Option<UserId>,
    revision: u64,
}

/// Accept an invitation by its link
///
/// Signed in: as that person, who has proven the address (`POST /v1/user/addresses` adds one). Not signed in, and nobody
/// has the address: the link proves the mailbox, and an account is made. The link never signs an existing user in, and
/// never gives one an address.
#[utoipa::path(post, path = "/v1/invitations/accept", operation_id = "accept_by_link", tag = "invitations",
    request_body = AcceptByLink, responses((status = CREATED, body = JoinedByLink)))]
async fn accept_by_link(
    State(app): State<App>,
    MaybeWho(who): MaybeWho,
    Json(body): Json<AcceptByLink>,
) -> Result<Answer<JoinedByLink>, Failure> {
    let (written, new_user) = match who {
        Some(who) => (link::accept(&app, &who, &body.token).await?, None),
        None => {
            let joined = link::accept_as_new(&app, &body.token, body.name).await?;
            let user = joined.value.0;
            (joined.map(|(_, organization)| organization), Some(user))
        }
    };
    Ok(created(JoinedByLink { organization: written.value, new_user, revision: written.revision }))
}

/// That it is done.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
struct Blocked {
    blocked: bool,
}

/// "I don't know these people"
///
/// Withdraws the invitation; the organization sends no more mail to that address.
#[utoipa::path(post, path = "/v1/invitations/unwanted", operation_id = "unwanted_invitation", tag = "invitations",
    request_body = Token, responses((status = OK, body = Blocked)))]
async fn unwanted(State(app): State<App>, MaybeWho(_): MaybeWho, Json(body): Json<Token>) -> Result<Answer<Blocked>, Failure> {
    link::unwanted(&app, &body.token).await?;
    Ok(ok(Blocked { blocked: true }))
}
