//! Fills the demo through the real commands, on a clock that runs through the last four months.

use super::people::{DECLINED, EXPIRED, INVITED, JOINED, OTHER_OWNER, OTHERS, OWNER, RAISED, SUSPENDED, UNDELIVERED};
use crate::{
    App, Failure,
    invitations::{self, Wanted},
    members, organizations,
    sign_in::arrive,
};
use guildhall_access::{
    ScopeKind,
    model::{InvitationRole, InviteBy},
};
use guildhall_core::{
    Model, OrganizationId, Permit, Principal, RoleKey, Timestamp, UserId,
    account::Birth,
    link::{self, LinkKind},
    op,
    session::SessionRecord,
    text::{Address, Name, Slug},
    time::Span,
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// The machine's clock, set back while the demo is filled.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<AtomicI64>);

impl Clock {
    fn wall() -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }
    pub fn now(&self) -> Timestamp {
        Self::wall() + Span(self.0.load(Ordering::SeqCst))
    }
    fn set_back(&self, by: Span) {
        self.0.store(-by.0, Ordering::SeqCst);
    }
}

/// Who may be entered as: a label, and whose link it is.
#[derive(Clone, Debug)]
pub struct Seeded {
    pub people: Vec<(String, UserId)>,
    pub organization: OrganizationId,
}

/// Fills an empty deployment.
pub async fn seed(app: &App, clock: &Clock) -> Result<Seeded, Failure> {
    clock.set_back(Span::days(122));
    let owner = born(app, OWNER).await?;
    let first = found(app, owner, "Northwind", "northwind").await?;
    let mut joined = Vec::new();
    for (n, person) in JOINED.iter().enumerate() {
        let days = 118 - i64::try_from(n).unwrap_or(0) * 3;
        clock.set_back(Span(Span::days(days).0 + Span::hours(6).0));
        joined.push(join(app, owner, first, *person, n).await?);
        raise(app, owner, first, &joined, n).await?;
    }
    for (address, days) in EXPIRED {
        clock.set_back(Span::days(*days));
        invite(app, owner, first, address, 1).await?;
    }
    let second = other_organization(app, clock, owner).await?;
    for at in SUSPENDED {
        clock.set_back(later(Span::days(9), i64::try_from(*at).unwrap_or(0)));
        if let Some(user) = joined.get(*at) {
            where_open(members::suspend(app, &principal(app, owner)?, first, *user, None).await)?;
        }
    }
    for (n, (address, days)) in INVITED.iter().enumerate() {
        clock.set_back(later(Span::days(*days), -2));
        let id = invite(app, owner, first, address, n).await?;
        if n == 0 {
            clock.set_back(later(Span::days(*days), 26));
            where_open(invitations::remind(app, &principal(app, owner)?, first, id, None).await)?;
        }
    }
    refused(app, clock, owner, first).await?;
    be_active(app, clock, &joined, owner, (first, second)).await?;
    clock.set_back(Span(0));
    app.post().wake();
    Ok(Seeded { people: doors(app, owner, first, &joined).await?, organization: first })
}

fn later(span: Span, hours: i64) -> Span {
    Span(span.0 - Span::hours(hours).0)
}

/// Somebody who is signed in at this moment.
fn principal(app: &App, user: UserId) -> Result<Principal, Failure> {
    let (now, token) = (app.now(), "the demo's seed");
    let id = app.fresh();
    let record =
        SessionRecord { id, user, token_hash: link::hash(token), created_at: now, signed_in_at: now, last_seen_at: now, ended_at: None };
    record.principal(token, now).ok_or_else(|| Failure::broken("a session of this moment doesn't live"))
}

async fn born(app: &App, (name, address): (&str, &str)) -> Result<UserId, Failure> {
    let ids = app.store().intern_addresses(&[Address::parse(address)?]).await?;
    arrive::be_born(app, Birth { address: ids.first().copied(), provider: None, name: Some(Name::parse(name)?), external_id: None }).await
}

async fn found(app: &App, owner: UserId, name: &str, slug: &str) -> Result<OrganizationId, Failure> {
    let new = organizations::New { name: Name::parse(name)?, slug: Slug::parse(slug)?, external_id: None, owner: None };
    Ok(organizations::found(app, &principal(app, owner)?, new).await?.value)
}

/// The roles an inviter may choose, highest first; none where the model fixes them.
fn offered(model: &Model) -> Vec<RoleKey> {
    if model.invitation.role == InvitationRole::Fixed {
        return Vec::new();
    }
    let may = |key: &RoleKey| model.invitation.offered.is_empty() || model.invitation.offered.contains(key);
    let mut roles: Vec<_> = model
        .roles
        .iter()
        .filter(|role| role.at == ScopeKind::Organization && !model.is_top(&role.key) && !role.grant.given_by.is_empty() && may(&role.key))
        .collect();
    roles.sort_by_key(|role| std::cmp::Reverse(role.rank));
    roles.into_iter().map(|role| role.key.clone()).collect()
}

/// Most get what everybody gets; some the others, in turn.
fn roles_for(model: &Model, n: usize) -> Option<Vec<RoleKey>> {
    let offered = offered(model);
    let usual = model.invitation.default.first().or(offered.last()).cloned()?;
    let others: Vec<RoleKey> = offered.iter().filter(|role| **role != usual).cloned().collect();
    if offered.is_empty() {
        return None;
    }
    let role = if n % 5 == 3 { others.get((n / 5) % others.len().max(1)).cloned().unwrap_or(usual) } else { usual };
    Some(vec![role])
}

async fn invite(
    app: &App,
    inviter: UserId,
    organization: OrganizationId,
    to: &str,
    n: usize,
) -> Result<guildhall_core::InvitationId, Failure> {
    let wanted = vec![Wanted { to: to.to_owned(), roles: roles_for(app.model(), n) }];
    let by = if app.model().invitation.by.contains(&InviteBy::Email) { InviteBy::Email } else { InviteBy::List };
    let results = invitations::create(app, &principal(app, inviter)?, organization, by, wanted).await?.value;
    match results.into_iter().next().map(|row| row.result) {
        Some(Ok(invited)) => Ok(invited.id()),
        Some(Err(why)) => Err(Failure::broken(format!("the demo can't invite {to}: {why:?}"))),
        None => Err(Failure::broken("an invitation without a result")),
    }
}

async fn join(
    app: &App,
    inviter: UserId,
    organization: OrganizationId,
    (name, address): (&str, &str),
    n: usize,
) -> Result<UserId, Failure> {
    let id = invite(app, inviter, organization, address, n).await?;
    let token = link::token(app.key(), LinkKind::Invitation, id, 1);
    Ok(invitations::link::accept_as_new(app, &token, Some(Name::parse(name)?)).await?.value.0)
}

/// One invitation that was declined, and one whose address is mistyped.
async fn refused(app: &App, clock: &Clock, owner: UserId, organization: OrganizationId) -> Result<(), Failure> {
    let (person, days) = DECLINED;
    clock.set_back(Span::days(days));
    let id = invite(app, owner, organization, person.1, 0).await?;
    let invited = born(app, person).await?;
    invitations::decline(app, &principal(app, invited)?, id).await?;
    let (address, days) = UNDELIVERED;
    clock.set_back(Span::days(days));
    let id = invite(app, owner, organization, address, 0).await?;
    clock.set_back(Span(Span::days(days).0 - Span::minutes(1).0));
    let due = app.store().due_mails(1_000).await?;
    if let Some(mail) = due.iter().find(|mail| mail.order.key.starts_with(&id.to_string())) {
        app.store().mail_refused(mail.id, "550 5.1.2 Host or domain name not found").await?;
    }
    Ok(())
}

/// Gives a few the highest role that can be given, where the model lets the owner.
async fn raise(app: &App, owner: UserId, organization: OrganizationId, joined: &[UserId], n: usize) -> Result<(), Failure> {
    let (true, Some(user)) = (RAISED.contains(&n), joined.get(n)) else { return Ok(()) };
    let model = app.model();
    let highest = model
        .roles
        .iter()
        .filter(|role| role.at == ScopeKind::Organization && role.module.is_none() && !role.grant.given_by.is_empty())
        .filter(|role| !model.is_top(&role.key) || n == 0)
        .max_by_key(|role| (model.is_top(&role.key) && n == 0, role.rank))
        .map(|role| role.key.clone());
    let Some(role) = highest else { return Ok(()) };
    where_open(members::change_roles(app, &principal(app, owner)?, organization, *user, vec![role], None).await)
}

/// What a model closes is left out of its demo.
fn where_open<T>(done: Result<T, Failure>) -> Result<(), Failure> {
    match done {
        Ok(_) | Err(Failure::Refused(_) | Failure::NotAllowed { .. }) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Another organization, where the first one's owner is an ordinary member.
async fn other_organization(app: &App, clock: &Clock, guest: UserId) -> Result<OrganizationId, Failure> {
    clock.set_back(Span::days(10));
    let owner = born(app, OTHER_OWNER).await?;
    let organization = found(app, owner, "Harbor Studio", "harbor-studio").await?;
    for (n, person) in OTHERS.iter().enumerate() {
        clock.set_back(later(Span::days(10), 2 + i64::try_from(n).unwrap_or(0)));
        join(app, owner, organization, *person, 0).await?;
    }
    let id = invite(app, owner, organization, OWNER.1, 0).await?;
    invitations::accept(app, &principal(app, guest)?, id).await?;
    Ok(organization)
}

/// When each was last seen: between minutes and weeks ago.
async fn be_active(
    app: &App,
    clock: &Clock,
    joined: &[UserId],
    owner: UserId,
    (first, _): (OrganizationId, OrganizationId),
) -> Result<(), Failure> {
    for (n, user) in joined.iter().chain([&owner]).enumerate() {
        let minutes = [7, 45, 180, 1_300, 2_900, 4_400, 9_000, 21_000];
        clock.set_back(Span::minutes(minutes.get(n % minutes.len()).copied().unwrap_or(60)));
        let Some(view) = app.store().tenant(first).await? else { return Ok(()) };
        // The suspended see nothing, and so leave no trace.
        let permit: Result<Permit<op::OrganizationSee>, _> = view.sight(app.store()).permit(&principal(app, *user)?, first.scope());
        if let Ok(permit) = permit {
            app.store().note_activity(&permit).await?;
        }
    }
    Ok(())
}

/// The owner, and one of each other role that somebody holds.
async fn doors(app: &App, owner: UserId, organization: OrganizationId, joined: &[UserId]) -> Result<Vec<(String, UserId)>, Failure> {
    let Some(view) = app.store().tenant(organization).await? else { return Ok(Vec::new()) };
    let title = |user: UserId| {
        let membership = view.tenant.membership(user, organization.scope())?;
        let titles: Vec<String> = membership.roles.iter().map(|role| crate::refusals::role_title(app.model(), role)).collect();
        Some(if titles.len() > 2 { "Member".to_owned() } else { titles.join(", ") })
    };
    let mut doors: Vec<(String, UserId)> = Vec::new();
    let mut seen = Vec::new();
    let people = std::iter::once((OWNER.0, owner)).chain(JOINED.iter().map(|(name, _)| *name).zip(joined.iter().copied()));
    for (n, (name, user)) in people.enumerate() {
        let Some(title) = title(user) else { continue };
        if n > 0 && SUSPENDED.contains(&(n - 1)) || seen.contains(&title) || doors.len() >= 3 {
            continue;
        }
        doors.push((format!("{name}, {title}"), user));
        seen.push(title);
    }
    Ok(doors)
}
