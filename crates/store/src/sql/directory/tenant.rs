//! Keeps the directory in step with a tenant's changes, in their commit.

use super::row::{self, NewRow, Place, Shown, Standing};
use crate::{
    Fault,
    db::{Row, Tx, Value, statements},
    memory::Step,
    sql::{
        address::{FIND_ADDRESSES, chunks, thirty_two},
        state::{Write, invitation::read_invitee},
    },
};
use guildhall_core::{
    AddressId, Change, InvitationId, Model, ScopeId, TenantChange, TenantId, UserId, change::Invitee, decided::Grant, invitation::id_in,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

statements! {
    FIND_PEOPLE(user_account) = concat!("SELECT u.id, p.name, p.handle, a.typed AS address FROM user_account u
        LEFT JOIN person p ON p.user_id = u.id LEFT JOIN address a ON a.id = u.primary_address WHERE u.id IN (", thirty_two!(), ")");
    FIND_INVITEES(invitation) = concat!("SELECT id, invitee_kind, invitee FROM invitation WHERE id IN (", thirty_two!(), ")");
    FIND_INVITED(directory) = concat!("SELECT id, tenant, scope FROM directory WHERE kind = 1 AND id IN (", thirty_two!(), ")");
    FIND_SAME_INVITEE(directory) = concat!("SELECT id, tenant, scope FROM directory WHERE kind = 1 AND subject IN (", thirty_two!(), ")");
}

/// What the rows of one commit are made of, read beforehand in chunks.
#[derive(Debug, Default)]
struct Known {
    people: HashMap<UserId, Shown>,
    addresses: HashMap<AddressId, Shown>,
    invitees: HashMap<InvitationId, Invitee>,
    /// Where each invitation stands.
    scopes: HashMap<InvitationId, Vec<ScopeId>>,
    /// Those that ended and are listed still, for somebody who is invited anew.
    outdated: Vec<Place>,
}

/// Keeps `directory` and its words in step with members and invitations.
pub(crate) async fn tenant_changed(tx: &Tx, model: &Model, tenant: TenantId, step: &Step) -> Result<(), Fault> {
    let changes: Vec<&TenantChange> = step.changes.iter().filter_map(of_tenant).collect();
    let mut known = read(tx, tenant, &changes).await?;
    let mut writes = Vec::new();
    for place in std::mem::take(&mut known.outdated) {
        row::drop_row(place, &mut writes);
    }
    let mut sync = Sync { model, tenant, step, known, out: writes };
    for change in changes {
        sync.apply(change);
    }
    if !sync.out.is_empty() {
        tx.execute_all(&sync.out).await?;
    }
    Ok(())
}

fn of_tenant(change: &Change) -> Option<&TenantChange> {
    match change {
        Change::Tenant(change) => Some(change),
        Change::User(_) => None,
    }
}

async fn read(tx: &Tx, tenant: TenantId, changes: &[&TenantChange]) -> Result<Known, Fault> {
    let mut known = Known::default();
    let invitations: HashSet<InvitationId> = changes.iter().filter_map(|change| id_in(change)).collect();
    let mut new: HashSet<InvitationId> = HashSet::new();
    let (mut people, mut invited) = (HashSet::new(), Vec::new());
    for change in changes {
        if let TenantChange::MembershipStarted { user, .. } = change {
            people.insert(*user);
        }
        if let TenantChange::InvitationCreated { id, invitee, .. } = change {
            known.invitees.insert(*id, *invitee);
            new.insert(*id);
            invited.push(subject(*invitee));
        }
    }
    let old: Vec<InvitationId> = invitations.difference(&new).copied().collect();
    for row in ask(tx, &FIND_INVITED, &old).await? {
        known.scopes.entry(row.id("id")?).or_default().push(row.scope("scope")?);
    }
    let renewed: Vec<InvitationId> = changes.iter().filter_map(|change| renewed(change)).filter(|id| !new.contains(id)).collect();
    for row in ask(tx, &FIND_INVITEES, &renewed).await? {
        known.invitees.insert(row.id("id")?, read_invitee(&row)?);
    }
    for row in ask(tx, &FIND_SAME_INVITEE, &invited).await? {
        if row.id::<guildhall_core::id::OrganizationKind>("tenant")? == tenant {
            known.outdated.push(Place { tenant, scope: row.scope("scope")?, id: row.uuid("id")? });
        }
    }
    let addresses: Vec<AddressId> = known.invitees.values().filter_map(|invitee| address_of(*invitee)).collect();
    people.extend(known.invitees.values().filter_map(|invitee| user_of(*invitee)));
    for row in ask(tx, &FIND_ADDRESSES, &addresses).await? {
        let shown = Shown { address: row.opt("typed", Row::text)?, ..Shown::default() };
        known.addresses.insert(row.id("id")?, shown);
    }
    known.people = people_of(tx, &people.into_iter().collect::<Vec<_>>()).await?;
    Ok(known)
}

/// What people are known by.
pub(super) async fn people_of(tx: &Tx, users: &[UserId]) -> Result<HashMap<UserId, Shown>, Fault> {
    let mut people = HashMap::new();
    for row in ask(tx, &FIND_PEOPLE, users).await? {
        let (name, handle) = (row.opt("name", Row::text)?, row.opt("handle", Row::text)?);
        people.insert(row.id("id")?, Shown { name, handle, address: row.opt("address", Row::text)? });
    }
    Ok(people)
}

async fn ask<T: Copy + Into<Value>>(tx: &Tx, statement: &'static crate::db::Statement, ids: &[T]) -> Result<Vec<Row>, Fault> {
    let mut found = Vec::new();
    for values in chunks(ids, &Uuid::nil().into()) {
        found.extend(tx.query(statement, &values).await?);
    }
    Ok(found)
}

fn renewed(change: &TenantChange) -> Option<InvitationId> {
    let TenantChange::InvitationRenewed { id, .. } = change else { return None };
    Some(*id)
}

fn subject(invitee: Invitee) -> Uuid {
    match invitee {
        Invitee::Address(address) => address.uuid(),
        Invitee::User(user) => user.uuid(),
    }
}

fn address_of(invitee: Invitee) -> Option<AddressId> {
    match invitee {
        Invitee::Address(address) => Some(address),
        Invitee::User(_) => None,
    }
}

fn user_of(invitee: Invitee) -> Option<UserId> {
    match invitee {
        Invitee::User(user) => Some(user),
        Invitee::Address(_) => None,
    }
}

/// One commit's changes on their way into the directory.
struct Sync<'a> {
    model: &'a Model,
    tenant: TenantId,
    step: &'a Step,
    known: Known,
    out: Vec<Write>,
}

impl Sync<'_> {
    fn at(&self, scope: ScopeId, user: UserId) -> Place {
        Place { tenant: self.tenant, scope, id: user.uuid() }
    }

    fn apply(&mut self, change: &TenantChange) {
        let revision = self.step.revision;
        match change {
            TenantChange::MembershipStarted { scope, user, roles, invited_by, .. } => {
                let shown = self.known.people.get(user).cloned().unwrap_or_default();
                let new = NewRow {
                    place: self.at(*scope, *user),
                    subject: user.uuid(),
                    shown: &shown,
                    roles,
                    standing: Standing::Joined { at: self.step.at },
                    invited_by: invited_by.as_ref().and_then(guildhall_core::Actor::user),
                    revision,
                };
                row::put(self.model, &new, &mut self.out);
            }
            TenantChange::MembershipRolesChanged { scope, user, to, .. } => {
                row::set_roles(self.model, self.at(*scope, *user), to, revision, &mut self.out);
            }
            TenantChange::MembershipSuspended { scope, user } => row::suspend(self.at(*scope, *user), revision, &mut self.out),
            TenantChange::MembershipReinstated { scope, user } => row::reinstate(self.at(*scope, *user), revision, &mut self.out),
            TenantChange::MembershipEnded { scope, user, .. } => row::drop_row(self.at(*scope, *user), &mut self.out),
            TenantChange::InvitationCreated { id, grants, invited_by, expires_at, .. }
            | TenantChange::InvitationRenewed { id, grants, invited_by, expires_at } => {
                self.drop_invitation(*id);
                let standing = Standing::Invited { at: self.step.at, expires_at: *expires_at };
                self.invite(*id, grants, invited_by.user(), &standing);
            }
            TenantChange::InvitationReminded { id, n } => {
                let at = self.step.at;
                self.each(*id, |place, out| row::remind(place, *n, at, revision, out));
            }
            TenantChange::InvitationTakenOver { id, to, .. } => {
                self.each(*id, |place, out| row::take_over(place, to.user(), revision, out));
            }
            TenantChange::InvitationDeclined { id } => {
                let at = self.step.at;
                self.each(*id, |place, out| row::decline(place, at, revision, out));
            }
            TenantChange::InvitationAccepted { id, .. } | TenantChange::InvitationRevoked { id, .. } => self.drop_invitation(*id),
            TenantChange::OrganizationFounded { .. }
            | TenantChange::OrganizationRenamed { .. }
            | TenantChange::OrganizationSlugChanged { .. }
            | TenantChange::OrganizationExternalIdSet { .. }
            | TenantChange::OrganizationDeleted { .. } => {}
        }
    }

    /// One row for each scope it gives something at.
    fn invite(&mut self, id: InvitationId, grants: &[Grant], invited_by: Option<UserId>, standing: &Standing) {
        let Some(invitee) = self.known.invitees.get(&id).copied() else { return };
        let shown = match invitee {
            Invitee::Address(address) => self.known.addresses.get(&address).cloned().unwrap_or_default(),
            // By handle: until accepted, neither name nor address.
            Invitee::User(user) => {
                let handle = self.known.people.get(&user).and_then(|person| person.handle.clone());
                Shown { handle, ..Shown::default() }
            }
        };
        for Grant { scope, roles } in grants {
            let place = Place { tenant: self.tenant, scope: *scope, id: id.uuid() };
            let (subject, standing, revision) = (subject(invitee), standing.clone(), self.step.revision);
            row::put(self.model, &NewRow { place, subject, shown: &shown, roles, standing, invited_by, revision }, &mut self.out);
        }
        self.known.scopes.insert(id, grants.iter().map(|grant| grant.scope).collect());
    }

    fn drop_invitation(&mut self, id: InvitationId) {
        self.each(id, row::drop_row);
        self.known.scopes.remove(&id);
    }

    fn each(&mut self, id: InvitationId, change: impl Fn(Place, &mut Vec<Write>)) {
        for scope in self.known.scopes.get(&id).into_iter().flatten() {
            change(Place { tenant: self.tenant, scope: *scope, id: id.uuid() }, &mut self.out);
        }
    }
}
