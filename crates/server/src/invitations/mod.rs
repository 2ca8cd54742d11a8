//! Invitations: made one by one or by the list, reminded, revoked, and answered by whom they are for.

mod answers;
pub mod api;
pub(crate) mod body;
mod limits;
pub mod link;
pub mod list;
pub mod portal;

use crate::{
    App, Failure,
    events::{self, Asker},
    members::Listed,
    place::{self, Written},
};
use guildhall_access::model::InviteBy;
use guildhall_core::{
    AddressId, InvitationId, OrganizationId, Permit, Principal, Refusal, RoleKey, Stop, StreamId, TenantId, Timestamp, UserId, World,
    change::Invitee,
    invitation::{self, Invited, Joining, Row},
    op,
    tenant::{InvitationStatus, Thing},
    text::{Address, BadText, Slug},
    time::Span,
};
use guildhall_store::{Delivery, MemberQuery, Rows, WaitingInvitation};
use std::collections::HashMap;

/// One person to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// An address, or the handle of a user.
    pub to: String,
    /// The roles chosen; `None`: the model's default.
    pub roles: Option<Vec<RoleKey>>,
}

/// What became of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowResult {
    /// As it was given.
    pub to: String,
    pub result: Result<Invited, RowFailure>,
}

/// Why one row failed; the others stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowFailure {
    /// No address and no handle.
    Rejected(BadText),
    Refused(Refusal),
    /// Too many mails to that address, or too many handles looked up.
    Limited {
        limit: &'static str,
        retry_at: Timestamp,
    },
}

/// What a row turned out to speak of, before the rules are asked.
enum Found {
    Row(Row),
    Failed(RowFailure),
}

/// Invites each row. Each has its own result; one that fails fails only itself (L-21). `way`: how they were given.
pub async fn create(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    way: InviteBy,
    wanted: Vec<Wanted>,
) -> Result<Written<Vec<RowResult>>, Failure> {
    let (ground, _) = place::read::<op::InvitationCreate>(app, who, organization).await?;
    if wanted.len() > invitation::MAX_ROWS {
        let at_most = invitation::MAX_ROWS as u64;
        return Err(Refusal::LimitReached { what: "rows in one request", at_most }.into());
    }
    let found = resolve(app, who, &wanted).await?;
    let (found, taken) = limits::within(app, who, ground.tenant(), found).await?;
    let rows = rows_of(&found);
    let founder = Permit::program(who, app.now()).ok();
    let written = place::write::<op::InvitationCreate, _>(app, who, organization, move |world, _, permit| {
        invitation::invite(world, permit, founder.as_ref(), way, &rows)
    })
    .await;
    let written = match written {
        Ok(written) => written,
        Err(failure) => {
            taken.give_back(app, |_| true).await?;
            return Err(failure);
        }
    };
    taken.give_back(app, |n| written.value.get(n).is_none_or(Result::is_err)).await?;
    Ok(written.map(|outcomes| {
        let results = each_found(found, outcomes);
        wanted.into_iter().zip(results).map(|(wanted, result)| RowResult { to: wanted.to, result }).collect()
    }))
}

fn each_found(found: Vec<Found>, outcomes: Vec<Result<Invited, Refusal>>) -> Vec<Result<Invited, RowFailure>> {
    let mut outcomes = outcomes.into_iter();
    let result = |found| match found {
        Found::Failed(failure) => Err(failure),
        // INVARIANT: one outcome for each row that was handed over, in their order.
        Found::Row(_) => outcomes.next().map_or(Err(RowFailure::Refused(Refusal::NotAMember)), |it| it.map_err(RowFailure::Refused)),
    };
    found.into_iter().map(result).collect()
}

/// What would become of a row. `None`: a handle, which isn't looked up before it is sent.
pub type Foreseen = Option<Result<Invited, RowFailure>>;

/// What [`create`] would answer now, and nothing of it done: the command itself, run without its changes.
pub async fn foresee(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    way: InviteBy,
    wanted: &[Wanted],
) -> Result<Vec<Foreseen>, Failure> {
    place::read::<op::InvitationCreate>(app, who, organization).await?;
    let addresses: Vec<Wanted> = wanted.iter().filter(|row| !is_handle(row)).cloned().collect();
    let found = resolve(app, who, &addresses).await?;
    let rows = rows_of(&found);
    let written = place::write::<op::InvitationCreate, _>(app, who, organization, move |world, _, permit| {
        Ok(invitation::invite(world, permit, None, way, &rows)?.preview())
    })
    .await?;
    let mut results = each_found(found, written.value).into_iter();
    Ok(wanted.iter().map(|row| if is_handle(row) { None } else { results.next() }).collect())
}

fn rows_of(found: &[Found]) -> Vec<Row> {
    found.iter().filter_map(|found| if let Found::Row(row) = found { Some(row.clone()) } else { None }).collect()
}

/// Invites one person: by handle where what was given looks like one and the model lets, else by address.
pub async fn create_one(app: &App, who: &Principal, organization: OrganizationId, wanted: Wanted) -> Result<Written<RowResult>, Failure> {
    let by_handle = is_handle(&wanted) && app.model().invitation.by.contains(&InviteBy::Handle);
    let way = if by_handle { InviteBy::Handle } else { InviteBy::Email };
    let Written { value, revision, at } = create(app, who, organization, way, vec![wanted]).await?;
    let value = value.into_iter().next().ok_or_else(|| Failure::broken("one invitation had no result"))?;
    Ok(Written { value, revision, at })
}

fn is_handle(row: &Wanted) -> bool {
    !row.to.trim().trim_start_matches('@').contains('@')
}

/// Finds whom each row speaks of: addresses get their ids, handles their users.
async fn resolve(app: &App, who: &Principal, wanted: &[Wanted]) -> Result<Vec<Found>, Failure> {
    let parsed: Vec<Result<Address, BadText>> = wanted.iter().map(|row| Address::parse(&row.to)).collect();
    let addresses: Vec<Address> =
        wanted.iter().zip(&parsed).filter(|(row, _)| !is_handle(row)).filter_map(|(_, it)| it.clone().ok()).collect();
    let ids = app.store().intern_addresses(&addresses).await?;
    let holders = app.store().holder_of(&ids).await?;
    let known: HashMap<&str, (AddressId, Option<UserId>)> = addresses.iter().map(Address::key).zip(ids.into_iter().zip(holders)).collect();
    let mut found = Vec::with_capacity(wanted.len());
    for (row, parsed) in wanted.iter().zip(&parsed) {
        if is_handle(row) {
            found.push(by_handle(app, who, row).await?);
            continue;
        }
        found.push(match parsed {
            Err(bad) => Found::Failed(RowFailure::Rejected(bad.clone())),
            Ok(address) => known.get(address.key()).map_or_else(
                || Found::Failed(RowFailure::Rejected(BadText("the address could not be kept; try again".to_owned()))),
                |(id, holder)| Found::Row(Row { invitee: Invitee::Address(*id), holder: *holder, roles: row.roles.clone() }),
            ),
        });
    }
    Ok(found)
}

/// By handle: exact, limited, and telling nothing but whether somebody has it (P-3).
async fn by_handle(app: &App, who: &Principal, row: &Wanted) -> Result<Found, Failure> {
    let text = row.to.trim();
    let Ok(handle) = Slug::parse(text.strip_prefix('@').unwrap_or(text)) else {
        let bad = Address::parse(text).err().unwrap_or_else(|| BadText(format!("`{text}` is neither an address nor a handle")));
        return Ok(Found::Failed(RowFailure::Rejected(bad)));
    };
    if !app.model().invitation.by.contains(&InviteBy::Handle) {
        let bad = Address::parse(text).err().unwrap_or_else(|| BadText(format!("`{text}` is not an email address")));
        return Ok(Found::Failed(RowFailure::Rejected(bad)));
    }
    if let Some(user) = who.user() {
        let taken =
            app.store().take(limits::HANDLES, user.uuid().as_bytes(), Span::hours(1), app.config().limits.handle_lookups_hour).await?;
        if let Err(limited) = taken {
            events::limited(app, &Asker { who: Some(who), ..Asker::default() }, limits::HANDLES).await;
            return Ok(Found::Failed(RowFailure::Limited { limit: limits::HANDLES, retry_at: limited.retry_at }));
        }
    }
    Ok(match app.store().find_user_by_handle(handle.as_str()).await? {
        Some(user) => Found::Row(Row { invitee: Invitee::User(user.id), holder: Some(user.id), roles: row.roles.clone() }),
        None => Found::Failed(RowFailure::Rejected(BadText(format!("nobody has the handle `{handle}`; an email address invites anyone")))),
    })
}

/// The invitations of the organization, as a list: pending, and those lately expired or declined.
pub async fn list_of(app: &App, who: &Principal, organization: OrganizationId, query: &MemberQuery) -> Result<Listed, Failure> {
    place::read::<op::InvitationView>(app, who, organization).await?;
    let (_, permit) = place::read::<op::MemberView>(app, who, organization).await?;
    let query = MemberQuery { rows: Rows::Invitations, ..query.clone() };
    let page = app.store().list_members(&permit, &query).await?;
    Ok(Listed { page, revision: permit.revision() })
}

/// An invitation as who may see invitations sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub id: InvitationId,
    /// The address, or the handle: name and address stay unknown until acceptance (P-2).
    pub to: String,
    pub roles: Vec<RoleKey>,
    pub status: Status,
    pub expires_at: Timestamp,
    pub sent_at: Timestamp,
    pub reminders: u32,
    /// When the next reminder may go out; `None`: none any more.
    pub next_reminder_at: Option<Timestamp>,
    /// What became of its newest mail, while that is kept.
    pub delivery: Option<Delivery>,
    /// It can't be accepted until somebody who may invites again.
    pub needs_renewal: bool,
    pub changed: u64,
    pub revision: u64,
}

/// Where an invitation stands, its expiry included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    Expired,
    Accepted,
    Declined,
    Revoked,
}

impl Status {
    pub fn of(invitation: &guildhall_core::tenant::Invitation, now: Timestamp) -> Self {
        match invitation.status {
            InvitationStatus::Pending if now >= invitation.expires_at => Self::Expired,
            InvitationStatus::Pending => Self::Pending,
            InvitationStatus::Accepted => Self::Accepted,
            InvitationStatus::Declined => Self::Declined,
            InvitationStatus::Revoked => Self::Revoked,
        }
    }
}

/// One invitation of the organization.
pub async fn find(app: &App, who: &Principal, organization: OrganizationId, id: InvitationId) -> Result<Seen, Failure> {
    let (ground, permit) = place::read::<op::InvitationView>(app, who, organization).await?;
    let invitation = ground.tenant().invitation(id).ok_or(Failure::NotFound)?;
    let to = match invitation.invitee {
        Invitee::Address(address) => app.store().address(address).await?.and_then(|row| row.typed),
        Invitee::User(user) => app.store().find_user(user).await?.and_then(|row| row.handle),
    };
    let (delivery, needs_renewal) = app.store().pending_state(&permit, id).await?;
    let status = Status::of(invitation, app.now());
    let next_reminder_at = || invitation::next_reminder_at(app.model(), invitation.reminders, invitation.sent_at);
    Ok(Seen {
        id,
        to: to.unwrap_or_default(),
        roles: invitation.grants.iter().filter(|grant| grant.scope == ground.scope).flat_map(|grant| grant.roles.clone()).collect(),
        status,
        expires_at: invitation.expires_at,
        sent_at: invitation.sent_at,
        reminders: invitation.reminders,
        next_reminder_at: (status == Status::Pending).then(next_reminder_at).flatten(),
        delivery,
        needs_renewal,
        changed: invitation.revision,
        revision: permit.revision(),
    })
}

/// Sends a reminder.
pub async fn remind(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    id: InvitationId,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::write::<op::InvitationCreate, _>(app, who, organization, move |world, tenant, permit| {
        tenant.unchanged(Thing::Invitation(id), expected)?;
        invitation::remind(world, permit, id)
    })
    .await
}

/// Withdraws it: its links end.
pub async fn revoke(
    app: &App,
    who: &Principal,
    organization: OrganizationId,
    id: InvitationId,
    expected: Option<u64>,
) -> Result<Written<()>, Failure> {
    place::write::<op::InvitationRevoke, _>(app, who, organization, move |world, tenant, permit| {
        tenant.unchanged(Thing::Invitation(id), expected)?;
        invitation::revoke(world, permit, id)
    })
    .await
}

/// Takes one's own invitation back before its mail leaves.
pub async fn undo(app: &App, who: &Principal, organization: OrganizationId, id: InvitationId) -> Result<Written<()>, Failure> {
    place::write::<op::InvitationCreate, _>(app, who, organization, move |world, _, permit| invitation::undo(world, permit, id)).await
}

/// Takes back all of one's own that were sent together, by the revision they made, before their mails leave. Answers how many.
pub async fn undo_all(app: &App, who: &Principal, organization: OrganizationId, sent_in: u64) -> Result<Written<usize>, Failure> {
    place::write::<op::InvitationCreate, _>(app, who, organization, move |world, _, permit| invitation::undo_all(world, permit, sent_in))
        .await
}

/// The invitations that wait for who asks, of every organization.
pub async fn waiting(app: &App, who: &Principal) -> Result<Vec<WaitingInvitation>, Failure> {
    let permit = place::own_permit(app, who)?;
    Ok(app.store().invitations_for(&permit).await?)
}

/// Accepts one that waits. The answer is the organization joined.
pub async fn accept(app: &App, who: &Principal, id: InvitationId) -> Result<Written<TenantId>, Failure> {
    answer(app, who, id, |world, permit, id| invitation::accept(world, permit, id, &Joining::User).map(|decided| decided.map(drop))).await
}

/// Declines one that waits.
pub async fn decline(app: &App, who: &Principal, id: InvitationId) -> Result<Written<TenantId>, Failure> {
    answer(app, who, id, invitation::decline).await
}

type Answer = fn(&World<'_>, Permit<op::InvitationAnswer>, InvitationId) -> Result<guildhall_core::Decided<()>, Stop>;

/// What isn't for who asks answers like one that doesn't exist (L-18).
async fn answer(app: &App, who: &Principal, id: InvitationId, command: Answer) -> Result<Written<TenantId>, Failure> {
    let user = place::person(who)?;
    if app.store().is_barred(user) {
        return Err(Failure::NotSignedIn);
    }
    let (tenant, _) = app.store().find_invitation(id).await?.ok_or(Failure::NotFound)?;
    let who = who.clone();
    let streams = [StreamId::Tenant(tenant), StreamId::User(user)];
    let committed = app
        .store()
        .write(&streams, move |world: &World<'_>| {
            if !invitation::concerns(world, tenant, id, user)? {
                return Err(Stop::NotFound);
            }
            command(world, Permit::invited(&who, tenant)?, id)
        })
        .await?;
    Ok(place::in_tenant(app, tenant, committed).await?.map(|()| tenant))
}

/// Where the model lets signing in accept (W-9): a person who is new and for whom exactly one waits joins by it.
pub async fn accept_by_signing_in(app: &App, who: &Principal, is_new: bool) -> Result<Option<Written<TenantId>>, Failure> {
    if !app.model().invitation.accept_by_sign_in || !is_new {
        return Ok(None);
    }
    let waiting = waiting(app, who).await?;
    let [only] = waiting.as_slice() else { return Ok(None) };
    match accept(app, who, only.id).await {
        Ok(written) => Ok(Some(written)),
        // It stays in their list, which says why it can't be accepted.
        Err(Failure::Refused(_) | Failure::NotFound) => Ok(None),
        Err(failure) => Err(failure),
    }
}
