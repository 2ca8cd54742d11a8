//! The state of one tenant: what its rules are decided on. Ids only; no names of people, no addresses.

mod apply;

use crate::{
    Actor, InvitationId, Refusal, RoleKey, ScopeId, StreamId, TenantId, Timestamp, UserId, change::Invitee, decided::Grant, text::Name,
};
use guildhall_access::{
    Facts, Model, ScopeKind, Snapshot,
    model::Holders,
    snapshot::{Assignment, ScopeFact},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// An organization: the root, or one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    pub parent: Option<ScopeId>,
    pub name: Name,
    pub slug: String,
    /// Made for a person, because everyone owns one.
    pub personal: bool,
    pub deleted: bool,
    pub external_id: Option<String>,
    /// The revision that last changed it: its `ETag`.
    pub revision: u64,
}

/// Whether a membership counts. Part of the type, so that no query can forget it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Active,
    Suspended,
}

/// A direct membership at one scope, with the set of roles held there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub standing: Standing,
    pub roles: Vec<RoleKey>,
    /// The revision that last changed it: its `ETag`.
    pub revision: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationStatus {
    /// Pending; expired once `expires_at` has come.
    Pending,
    Accepted,
    Declined,
    Revoked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub invitee: Invitee,
    pub grants: Vec<Grant>,
    pub invited_by: Actor,
    pub status: InvitationStatus,
    pub expires_at: Timestamp,
    pub reminders: u32,
    /// When the invitation or its last reminder was sent.
    pub sent_at: Timestamp,
    pub revision: u64,
}

/// Something in a tenant that carries the revision which last changed it: what an `ETag` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    Organization(ScopeId),
    Member(UserId, ScopeId),
    Invitation(InvitationId),
}

/// What the store loads a tenant from: rows, never the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantFacts {
    pub revision: u64,
    pub organizations: BTreeMap<ScopeId, Organization>,
    pub memberships: HashMap<(UserId, ScopeId), Membership>,
    /// Who was removed, and at which revision: never added again but by a newer invitation (L-36).
    pub removed: HashMap<UserId, u64>,
    /// Pending, expired and lately ended ones.
    pub invitations: HashMap<InvitationId, Invitation>,
}

/// The state of a tenant at a revision, and its snapshot. Changed by [`Tenant::apply`] only.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: TenantId,
    pub model: Arc<Model>,
    pub snapshot: Arc<Snapshot>,
    pub(crate) facts: TenantFacts,
    /// Pending invitations by whom they are for.
    pending: HashMap<Invitee, InvitationId>,
    /// Direct holders of the top role, by organization; suspended ones included.
    top: BTreeMap<ScopeId, BTreeSet<UserId>>,
}

/// A state that can't be: a fault in what is stored. Names tenant and what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tenant {tenant}: {what}")]
pub struct BrokenTenant {
    pub tenant: TenantId,
    pub what: String,
}

impl Tenant {
    /// A tenant that doesn't exist yet, at revision 0: what founding is applied to.
    pub fn unborn(id: TenantId, model: &Arc<Model>) -> Result<Self, BrokenTenant> {
        Self::load(id, model, TenantFacts::default())
    }

    /// Builds state and snapshot from rows.
    pub fn load(id: TenantId, model: &Arc<Model>, facts: TenantFacts) -> Result<Self, BrokenTenant> {
        let pending = facts
            .invitations
            .iter()
            .filter(|(_, invitation)| invitation.status == InvitationStatus::Pending)
            .map(|(id, invitation)| (invitation.invitee, *id))
            .collect();
        let mut top: BTreeMap<ScopeId, BTreeSet<UserId>> = BTreeMap::new();
        for ((user, scope), membership) in &facts.memberships {
            if membership.roles.contains(&model.organization.top_role) {
                top.entry(*scope).or_default().insert(*user);
            }
        }
        let snapshot = snapshot_of(id, model, &facts)?;
        Ok(Self { id, model: Arc::clone(model), snapshot: Arc::new(snapshot), facts, pending, top })
    }

    pub fn stream(&self) -> StreamId {
        StreamId::Tenant(self.id)
    }
    pub fn revision(&self) -> u64 {
        self.facts.revision
    }
    pub fn root(&self) -> ScopeId {
        self.id.scope()
    }
    pub fn organization(&self, scope: ScopeId) -> Option<&Organization> {
        self.facts.organizations.get(&scope)
    }
    pub fn organizations(&self) -> &BTreeMap<ScopeId, Organization> {
        &self.facts.organizations
    }
    /// Every scope, the root first.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeId> + '_ {
        let root = self.root();
        std::iter::once(root).chain(self.facts.organizations.keys().copied().filter(move |scope| *scope != root))
    }
    pub fn kind_of(&self, scope: ScopeId) -> Option<ScopeKind> {
        self.snapshot.scope(scope).map(|fact| fact.kind)
    }
    /// Whether the scope is this one or lies below it.
    pub fn is_within(&self, scope: ScopeId, above: ScopeId) -> bool {
        self.snapshot.way_up(scope).contains(&above)
    }
    /// Whether the root was deleted: nobody reaches anything in it.
    pub fn is_deleted(&self) -> bool {
        self.organization(self.root()).is_none_or(|root| root.deleted)
    }
    pub fn membership(&self, user: UserId, scope: ScopeId) -> Option<&Membership> {
        self.facts.memberships.get(&(user, scope))
    }
    pub fn memberships(&self) -> &HashMap<(UserId, ScopeId), Membership> {
        &self.facts.memberships
    }
    /// The revision that removed this user, where they have not joined again since.
    pub fn removed_at(&self, user: UserId) -> Option<u64> {
        self.facts.removed.get(&user).copied()
    }
    pub fn invitation(&self, id: InvitationId) -> Option<&Invitation> {
        self.facts.invitations.get(&id)
    }
    pub fn invitations(&self) -> &HashMap<InvitationId, Invitation> {
        &self.facts.invitations
    }
    /// The pending invitation for this address or user, expired or not.
    pub fn pending_for(&self, invitee: Invitee) -> Option<InvitationId> {
        self.pending.get(&invitee).copied()
    }
    /// Everyone who directly holds the top role there, suspended ones included.
    pub fn top_holders(&self, scope: ScopeId) -> impl Iterator<Item = UserId> + '_ {
        self.top.get(&scope).into_iter().flatten().copied()
    }
    /// Whether nobody owns the root: it was founded for somebody who has not accepted yet.
    pub fn awaits_owner(&self) -> bool {
        self.top_holders(self.root()).next().is_none()
    }
    /// Those of them whose membership counts.
    pub fn active_top_holders(&self, scope: ScopeId) -> impl Iterator<Item = UserId> + '_ {
        self.top_holders(scope).filter(move |user| self.membership(*user, scope).is_some_and(|m| m.standing == Standing::Active))
    }
    /// The revision that last changed this; `None` where it isn't here.
    pub fn revision_of(&self, thing: Thing) -> Option<u64> {
        match thing {
            Thing::Organization(scope) => self.organization(scope).map(|it| it.revision),
            Thing::Member(user, scope) => self.membership(user, scope).map(|it| it.revision),
            Thing::Invitation(id) => self.invitation(id).map(|it| it.revision),
        }
    }
    /// Refuses where something has changed since the revision that was expected (`If-Match`).
    pub fn unchanged(&self, thing: Thing, expected: Option<u64>) -> Result<(), Refusal> {
        match (expected, self.revision_of(thing)) {
            (Some(expected), Some(revision)) if expected != revision => Err(Refusal::ChangedMeanwhile { revision }),
            (Some(_) | None, Some(_) | None) => Ok(()),
        }
    }
    pub fn holders(&self) -> Holders {
        self.model.organization.holders
    }
    pub fn top_role(&self) -> &RoleKey {
        &self.model.organization.top_role
    }

    /// The facts a snapshot is compiled from; also what a preview changes a copy of.
    pub fn facts(&self) -> &TenantFacts {
        &self.facts
    }
}

fn assignment_of(user: UserId, scope: ScopeId, membership: &Membership) -> Option<Assignment> {
    match membership.standing {
        Standing::Active => Some(Assignment { subject: user.subject(), scope, roles: membership.roles.clone(), from: None, until: None }),
        // A suspended subject holds nothing.
        Standing::Suspended => None,
    }
}

fn snapshot_of(id: TenantId, model: &Arc<Model>, facts: &TenantFacts) -> Result<Snapshot, BrokenTenant> {
    let root_deleted = facts.organizations.get(&id.scope()).is_none_or(|root| root.deleted);
    let mut scopes = Vec::new();
    if !root_deleted {
        add_scopes(&facts.organizations, None, &mut scopes);
    }
    let known: HashSet<ScopeId> = scopes.iter().map(|scope| scope.id).collect();
    let assignments = facts
        .memberships
        .iter()
        .filter(|((_, scope), _)| known.contains(scope))
        .filter_map(|((user, scope), membership)| assignment_of(*user, *scope, membership))
        .collect();
    let facts = Facts { revision: facts.revision, scopes, assignments, ..Facts::default() };
    Snapshot::build(model, facts).map_err(|limit| BrokenTenant { tenant: id, what: limit.to_string() })
}

/// Parents before children; a deleted organization takes all below it along.
fn add_scopes(organizations: &BTreeMap<ScopeId, Organization>, parent: Option<ScopeId>, out: &mut Vec<ScopeFact>) {
    for (id, organization) in organizations {
        if organization.parent == parent && !organization.deleted {
            out.push(ScopeFact { id: *id, kind: ScopeKind::Organization, parent });
            add_scopes(organizations, Some(*id), out);
        }
    }
}
