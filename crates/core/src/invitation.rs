//! Invitations: made, renewed, reminded, revoked, answered.

mod apply;

pub(crate) use apply::apply;
pub use apply::id_in;

use crate::{
    Actor, AddressId, Decided, Draft, InvitationId, Model, Permit, Refusal, RoleKey, Stop, Tenant, TenantChange, TenantId, Timestamp, User,
    UserChange, UserId, World,
    change::{Invitee, Via, Withdrawal},
    decided::{Claim, Grant},
    grant,
    mail::{MailOrder, Recipient, Template},
    op,
    tenant::{Invitation, InvitationStatus, Standing},
    text::Name,
    time::Span,
    world::Sight,
};
use guildhall_access::model::{InvitationRole, InviteBy};
use std::{collections::HashMap, slice};

/// How long sending can be undone: mail leaves afterwards.
pub const UNDO: Span = Span::seconds(10);
/// Most rows in one request.
pub const MAX_ROWS: usize = 10_000;
/// How long ended ones stay listed with "Invite again".
pub const LISTED: Span = Span::days(30);

/// One person to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub invitee: Invitee,
    /// Who has proven that address, as far as is known: to say "already here". Checked anew on acceptance.
    pub holder: Option<UserId>,
    /// The roles chosen; `None`: the model's default.
    pub roles: Option<Vec<RoleKey>>,
}

/// What became of a row that wasn't refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invited {
    New(InvitationId),
    /// It was pending and is again, with the new role.
    Renewed(InvitationId),
}

impl Invited {
    pub fn id(self) -> InvitationId {
        match self {
            Self::New(id) | Self::Renewed(id) => id,
        }
    }
}

/// Invites each row at the permit's scope. Each row has its own result; one that is refused fails only itself (L-21). Making owners
/// asks for a fresh sign-in. `founder`: of a program that founds organizations, which may name the first owner.
pub fn invite(
    world: &World<'_>,
    permit: Permit<op::InvitationCreate>,
    founder: Option<&Permit<op::OrganizationFound>>,
    way: InviteBy,
    rows: &[Row],
) -> Result<Decided<Vec<Result<Invited, Refusal>>>, Stop> {
    let (tenant, scope) = world.place(&permit)?;
    if rows.len() > MAX_ROWS {
        return Err(Refusal::LimitReached { what: "rows in one request", at_most: MAX_ROWS as u64 }.into());
    }
    if !tenant.model.invitation.by.contains(&way) {
        return Err(Refusal::InvitationWayClosed { way: way_name(way) }.into());
    }
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    let top = slice::from_ref(tenant.top_role());
    let makes_owners = rows.iter().any(|row| row.roles.as_ref().is_some_and(|roles| roles.contains(tenant.top_role())));
    if makes_owners && grant::check_give(&grant::moment(world), tenant, draft.actor(), scope, top).is_ok() {
        draft.must_be_fresh()?;
    }
    let mut this_time: HashMap<Invitee, InvitationId> = HashMap::new();
    let results = rows.iter().map(|row| invite_row(world, tenant, scope, founder, row, &mut draft, &mut this_time)).collect();
    Ok(draft.decided(results))
}

fn way_name(way: InviteBy) -> &'static str {
    match way {
        InviteBy::Email => "email",
        InviteBy::List => "list",
        InviteBy::Handle => "handle",
        InviteBy::Csv => "csv",
    }
}

fn invite_row(
    world: &World<'_>,
    tenant: &Tenant,
    scope: guildhall_access::ScopeId,
    founder: Option<&Permit<op::OrganizationFound>>,
    row: &Row,
    draft: &mut Draft,
    this_time: &mut HashMap<Invitee, InvitationId>,
) -> Result<Invited, Refusal> {
    let holder = match row.invitee {
        Invitee::User(user) => Some(user),
        Invitee::Address(_) => row.holder,
    };
    match holder.and_then(|user| tenant.membership(user, scope)).map(|membership| membership.standing) {
        Some(Standing::Active) => return Err(Refusal::AlreadyMember),
        Some(Standing::Suspended) => return Err(Refusal::MemberSuspended),
        None => {}
    }
    let roles = if names_first_owner(tenant, founder, row) {
        vec![tenant.top_role().clone()]
    } else {
        let roles = roles_for(tenant, row.roles.as_deref())?;
        grant::check_give(&grant::moment(world), tenant, draft.actor(), scope, &roles)?;
        roles
    };
    let grants = vec![Grant { scope, roles }];
    let expires_at = world.now + Span::days(i64::from(tenant.model.invitation.days));
    let invited_by = draft.actor().clone();
    let known = this_time.get(&row.invitee).copied().or_else(|| tenant.pending_for(row.invitee));
    let (outcome, change) = match known {
        Some(id) => (Invited::Renewed(id), TenantChange::InvitationRenewed { id, grants, invited_by, expires_at }),
        None => {
            let id = world.fresh();
            (Invited::New(id), TenantChange::InvitationCreated { id, invitee: row.invitee, grants, invited_by, expires_at })
        }
    };
    this_time.insert(row.invitee, outcome.id());
    draft.tenant(tenant.id, change);
    let invitation = outcome.id();
    let template = Template::Invitation { organization: tenant.id, invitation, generation: 1 };
    draft.mail(MailOrder { key: mail_key(invitation, world.now), to: recipient(row.invitee), template, not_before: world.now + UNDO });
    Ok(outcome)
}

/// The key of the mail that was ordered when the invitation, or its reminder, was sent.
pub fn mail_key(id: InvitationId, sent_at: Timestamp) -> String {
    format!("{id}:{}", sent_at.0)
}

/// An organization that a program founded waits for its owner: whoever founds may invite one again, where the first
/// invitation expired, was declined, or went astray.
fn names_first_owner(tenant: &Tenant, founder: Option<&Permit<op::OrganizationFound>>, row: &Row) -> bool {
    founder.is_some() && row.roles.as_deref() == Some(slice::from_ref(tenant.top_role())) && tenant.awaits_owner()
}

fn recipient(invitee: Invitee) -> Recipient {
    match invitee {
        Invitee::Address(address) => Recipient::Address(address),
        Invitee::User(user) => Recipient::User(user),
    }
}

/// The roles an invitation gives: chosen, where the model lets one choose, else its default.
fn roles_for(tenant: &Tenant, chosen: Option<&[RoleKey]>) -> Result<Vec<RoleKey>, Refusal> {
    let rules = &tenant.model.invitation;
    let offered = || rules.offered.clone();
    let roles = match (rules.role, chosen) {
        (InvitationRole::Fixed, Some(chosen)) if chosen != rules.default.as_slice() => return Err(Refusal::InvitationRoleFixed),
        (InvitationRole::Fixed, _) | (InvitationRole::Optional, None) => rules.default.clone(),
        (InvitationRole::Required, None | Some([])) => return Err(Refusal::InvitationRoleRequired { offered: offered() }),
        (InvitationRole::Optional | InvitationRole::Required, Some(chosen)) => chosen.to_vec(),
    };
    let closed = roles.iter().find(|role| !rules.offered.is_empty() && !rules.offered.contains(role) && !rules.default.contains(role));
    if let Some(role) = closed {
        return Err(Refusal::RoleUnknown { role: role.to_string(), known: offered() });
    }
    grant::shape(&tenant.model, guildhall_access::ScopeKind::Organization, &roles)
}

/// When a pending invitation may be reminded of again; `None` once all reminders are used up.
pub fn next_reminder_at(model: &Model, reminders: u32, sent_at: Timestamp) -> Option<Timestamp> {
    let rules = &model.invitation;
    (reminders < rules.reminders).then(|| sent_at + Span::minutes(i64::from(rules.reminder_gap_minutes)))
}

/// Sends a reminder: a gap apart, and only so many.
pub fn remind(world: &World<'_>, permit: Permit<op::InvitationCreate>, id: InvitationId) -> Result<Decided<()>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let invitation = pending(world, tenant, id)?;
    let next_at = next_reminder_at(&tenant.model, invitation.reminders, invitation.sent_at);
    let next_at = next_at.ok_or(Refusal::RemindersUsedUp { n: tenant.model.invitation.reminders })?;
    if world.now < next_at {
        return Err(Refusal::ReminderTooSoon { next_at }.into());
    }
    let (to, n) = (recipient(invitation.invitee), invitation.reminders + 1);
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    draft.tenant(tenant.id, TenantChange::InvitationReminded { id, n });
    let template = Template::Reminder { organization: tenant.id, invitation: id, generation: 1 };
    draft.mail(MailOrder { key: mail_key(id, world.now), to, template, not_before: world.now });
    Ok(draft.decided(()))
}

/// Withdraws a pending or expired invitation. Its links end.
pub fn revoke(world: &World<'_>, permit: Permit<op::InvitationRevoke>, id: InvitationId) -> Result<Decided<()>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let invitation = tenant.invitation(id).ok_or(Stop::NotFound)?;
    ended(id, invitation)?;
    Ok(withdraw(world, permit, tenant, id, Withdrawal::Revoked))
}

/// Takes back one's own invitation in the moments before its mail leaves: belongs to inviting.
pub fn undo(world: &World<'_>, permit: Permit<op::InvitationCreate>, id: InvitationId) -> Result<Decided<()>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let invitation = tenant.invitation(id).ok_or(Stop::NotFound)?;
    ended(id, invitation)?;
    if !undoable(invitation, &permit.actor, world.now) {
        return Err(Stop::NotFound);
    }
    Ok(withdraw(world, permit, tenant, id, Withdrawal::Revoked))
}

/// The same for all that were sent together, by the revision they made. Answers how many; those that moved on since stay.
pub fn undo_all(world: &World<'_>, permit: Permit<op::InvitationCreate>, sent_in: u64) -> Result<Decided<usize>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    let sent = tenant.invitations().iter().filter(|(_, it)| it.revision == sent_in && it.status == InvitationStatus::Pending);
    let mut ids: Vec<_> = sent.filter(|(_, it)| undoable(it, draft.actor(), world.now)).map(|(id, _)| *id).collect();
    ids.sort_unstable();
    for id in &ids {
        draft.tenant(tenant.id, TenantChange::InvitationRevoked { id: *id, why: Withdrawal::Revoked });
    }
    Ok(draft.decided(ids.len()))
}

fn undoable(invitation: &Invitation, actor: &Actor, now: Timestamp) -> bool {
    invitation.reminders == 0 && now < invitation.sent_at + UNDO && invitation.invited_by == *actor
}

/// "I don't know these people": by the link in the mail, by nobody signed in.
pub fn unwanted(world: &World<'_>, permit: Permit<op::InvitationAnswer>, id: InvitationId) -> Result<Decided<()>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let invitation = tenant.invitation(id).ok_or(Stop::NotFound)?;
    ended(id, invitation)?;
    Ok(withdraw(world, permit, tenant, id, Withdrawal::Unwanted))
}

fn withdraw<O: crate::permit::Op>(world: &World<'_>, permit: Permit<O>, tenant: &Tenant, id: InvitationId, why: Withdrawal) -> Decided<()> {
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    draft.tenant(tenant.id, TenantChange::InvitationRevoked { id, why });
    draft.decided(())
}

/// Declines, by whom it is for.
pub fn decline(world: &World<'_>, permit: Permit<op::InvitationAnswer>, id: InvitationId) -> Result<Decided<()>, Stop> {
    let (tenant, _) = world.place(&permit)?;
    let invitation = pending(world, tenant, id)?;
    let user = world.user(permit.actor.user().ok_or(Stop::NotFound)?)?;
    if !is_for(invitation, user) {
        return Err(Refusal::InvitationForSomeoneElse.into());
    }
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    draft.read(user.stream(), user.revision);
    draft.tenant(tenant.id, TenantChange::InvitationDeclined { id });
    Ok(draft.decided(()))
}

/// Who accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Joining {
    /// A user who has proven the address, or whose handle was invited.
    User,
    /// Somebody new, who proved the mailbox through the mailed link itself: the account is made in the same commit.
    NewUser { address: AddressId, name: Option<Name> },
}

/// Accepts. The inviter's right, the role and the address are checked anew (L-14, L-23). Answers with the user.
pub fn accept(
    world: &World<'_>,
    permit: Permit<op::InvitationAnswer>,
    id: InvitationId,
    joining: &Joining,
) -> Result<Decided<UserId>, Stop> {
    let (tenant, root) = world.place(&permit)?;
    let user_id = permit.actor.user().ok_or(Stop::NotFound)?;
    let invitation = pending(world, tenant, id)?;
    let unborn;
    let user = match joining {
        Joining::User => world.user(user_id)?,
        Joining::NewUser { .. } => {
            unborn = User::unborn(user_id);
            &unborn
        }
    };
    if user.status != crate::user::AccountStatus::Active {
        return Err(Refusal::AccountBarred.into());
    }
    let proven_now = match joining {
        Joining::User => false,
        Joining::NewUser { address, .. } => invitation.invitee == Invitee::Address(*address),
    };
    if !proven_now && !is_for(invitation, user) {
        return Err(Refusal::InvitationForSomeoneElse.into());
    }
    match tenant.membership(user_id, root).map(|membership| membership.standing) {
        Some(Standing::Active) => return Err(Refusal::AlreadyMember.into()),
        Some(Standing::Suspended) => return Err(Refusal::MemberSuspended.into()),
        None => {}
    }
    // One that nobody has touched since the removal, to an address that was proven only afterwards, brings nobody back (L-36).
    if tenant.removed_at(user_id).is_some_and(|removed_at| invitation.revision <= removed_at) {
        return Err(Refusal::InvitationRevoked { invitation: id }.into());
    }
    still_given(&grant::moment(world), tenant, invitation)?;
    let mut draft = Draft::new(permit, world.now);
    draft.read(tenant.stream(), tenant.revision());
    draft.read(user.stream(), user.revision);
    match joining {
        Joining::User => {}
        Joining::NewUser { address, name } => crate::account::born(world, &mut draft, user_id, *address, name.clone()),
    }
    if let Actor::Key { id: key } = invitation.invited_by {
        draft.claim(Claim::KeyLives { key, refusal: Refusal::InviterLostRight { role: None } });
    }
    draft.tenant(tenant.id, TenantChange::InvitationAccepted { id, user: user_id });
    join(tenant, user, invitation, id, &mut draft);
    Ok(draft.decided(user_id))
}

fn join(tenant: &Tenant, user: &User, invitation: &Invitation, id: InvitationId, draft: &mut Draft) {
    for Grant { scope, roles } in &invitation.grants {
        let (scope, roles, via) = (*scope, roles.clone(), Via::Invitation(id));
        if roles.contains(tenant.top_role()) {
            draft.user(user.id, UserChange::TopRoleGained { tenant: tenant.id, organization: scope });
        }
        let invited_by = Some(invitation.invited_by.clone());
        draft.tenant(tenant.id, TenantChange::MembershipStarted { scope, user: user.id, roles, via, invited_by });
    }
}

/// Whether who invited could still give it, and whether it can still be had.
fn still_given(at: &grant::Moment<'_>, tenant: &Tenant, invitation: &Invitation) -> Result<(), Refusal> {
    let founding = tenant.awaits_owner();
    for Grant { scope, roles } in &invitation.grants {
        let lost = |role: Option<&RoleKey>| Refusal::InviterLostRight { role: role.cloned() };
        let kind = tenant.kind_of(*scope).ok_or_else(|| lost(None))?;
        grant::shape(&tenant.model, kind, roles).map_err(|_| lost(roles.first()))?;
        if founding && invitation.invited_by.user().is_none() {
            continue;
        }
        if !grant::may_still_invite(at, tenant, &invitation.invited_by, *scope) {
            return Err(lost(None));
        }
        grant::check_give(at, tenant, &invitation.invited_by, *scope, roles).map_err(|_| lost(roles.first()))?;
    }
    Ok(())
}

/// Whether accepting it would be refused, as things stand, until somebody who may invites again: who invited lost the right, or the
/// role changed. Whether the key of a program that invited still lives, its reader looks up.
pub fn needs_renewal(sight: &Sight<'_>, tenant: &Tenant, id: InvitationId) -> bool {
    let pending = tenant.invitation(id).filter(|invitation| invitation.status == InvitationStatus::Pending);
    pending.is_some_and(|invitation| still_given(&grant::moment_of(sight), tenant, invitation).is_err())
}

/// Whether the invitation is for this user: by an address they have proven, or by their handle. What is not for them
/// answers, by its id, like one that doesn't exist.
pub fn concerns(world: &World<'_>, tenant: TenantId, id: InvitationId, user: UserId) -> Result<bool, Stop> {
    let invitation = world.tenant(tenant)?.invitation(id).ok_or(Stop::NotFound)?;
    Ok(is_for(invitation, world.user(user)?))
}

fn is_for(invitation: &Invitation, user: &User) -> bool {
    match invitation.invitee {
        Invitee::Address(address) => user.addresses.contains(&address),
        Invitee::User(id) => id == user.id,
    }
}

fn ended(id: InvitationId, invitation: &Invitation) -> Result<(), Refusal> {
    match invitation.status {
        InvitationStatus::Pending => Ok(()),
        InvitationStatus::Accepted => Err(Refusal::InvitationAccepted { invitation: id }),
        InvitationStatus::Declined => Err(Refusal::InvitationDeclined { invitation: id }),
        InvitationStatus::Revoked => Err(Refusal::InvitationRevoked { invitation: id }),
    }
}

fn pending<'a>(world: &World<'_>, tenant: &'a Tenant, id: InvitationId) -> Result<&'a Invitation, Stop> {
    let invitation = tenant.invitation(id).ok_or(Stop::NotFound)?;
    ended(id, invitation)?;
    if world.now >= invitation.expires_at {
        return Err(Refusal::InvitationExpired { invitation: id, at: invitation.expires_at }.into());
    }
    Ok(invitation)
}
