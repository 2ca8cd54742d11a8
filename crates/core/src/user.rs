//! The state of one user: what rules about a person are decided on. Ids only; names and addresses stand in personal tables.

use crate::{AddressId, Change, IdentityId, Refusal, ScopeId, StreamId, TenantId, UserChange, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the account may be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    Active,
    /// By an operator: barred everywhere until reinstated.
    Suspended,
    /// For ever.
    Deleted,
}

/// One user at a revision. Changed by [`User::apply`] only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub revision: u64,
    pub status: AccountStatus,
    /// Proven addresses; one of them is primary where there is any.
    pub addresses: BTreeSet<AddressId>,
    pub primary: Option<AddressId>,
    pub identities: BTreeSet<IdentityId>,
    /// The organizations where this user holds the top role directly, with the tenant each lies in; suspended memberships included.
    pub owns: BTreeMap<ScopeId, TenantId>,
    pub has_handle: bool,
    pub external_id: Option<String>,
}

/// A stored change that can't follow on this state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("user {user}: {what}")]
pub struct BrokenUser {
    pub user: UserId,
    pub what: String,
}

impl User {
    /// A user who doesn't exist yet, at revision 0.
    pub fn unborn(id: UserId) -> Self {
        Self {
            id,
            revision: 0,
            status: AccountStatus::Active,
            addresses: BTreeSet::new(),
            primary: None,
            identities: BTreeSet::new(),
            owns: BTreeMap::new(),
            has_handle: false,
            external_id: None,
        }
    }
    pub fn stream(&self) -> StreamId {
        StreamId::User(self.id)
    }
    /// Whether they could sign in now: an active account with a proven address or a linked provider (L-10).
    pub fn can_sign_in(&self) -> bool {
        self.status == AccountStatus::Active && !(self.addresses.is_empty() && self.identities.is_empty())
    }
    /// Refuses where it is expected at another revision than it has.
    pub fn unchanged(&self, expected: Option<u64>) -> Result<(), Refusal> {
        match expected {
            Some(expected) if expected != self.revision => Err(Refusal::ChangedMeanwhile { revision: self.revision }),
            Some(_) | None => Ok(()),
        }
    }
    /// How many root organizations they own (A-5 counts these).
    pub fn n_roots_owned(&self) -> usize {
        self.owns.iter().filter(|(scope, tenant)| tenant.scope() == **scope).count()
    }
    /// The tenants whose root they own.
    pub fn roots_owned(&self) -> impl Iterator<Item = TenantId> + '_ {
        self.owns.iter().filter(|(scope, tenant)| tenant.scope() == **scope).map(|(_, tenant)| *tenant)
    }

    /// Moves the state by what was committed as `revision`.
    pub fn apply(&mut self, changes: &[Change], revision: u64) -> Result<(), BrokenUser> {
        for change in changes {
            let Change::User(change) = change else {
                return Err(BrokenUser { user: self.id, what: "a tenant's change in a user's stream".to_owned() });
            };
            self.apply_one(change);
        }
        self.revision = revision;
        Ok(())
    }

    fn apply_one(&mut self, change: &UserChange) {
        match change {
            UserChange::UserCreated {} | UserChange::UserReinstated {} => self.status = AccountStatus::Active,
            UserChange::NameChanged {} => {}
            UserChange::HandleChanged {} => self.has_handle = true,
            UserChange::ExternalIdSet { external_id } => self.external_id.clone_from(external_id),
            UserChange::AddressProven { address } => {
                self.addresses.insert(*address);
                self.primary.get_or_insert(*address);
            }
            UserChange::AddressMadePrimary { address } => self.primary = Some(*address),
            UserChange::AddressRemoved { address } => {
                self.addresses.remove(address);
                if self.primary == Some(*address) {
                    self.primary = self.addresses.first().copied();
                }
            }
            UserChange::IdentityLinked { identity } => {
                self.identities.insert(*identity);
            }
            UserChange::IdentityUnlinked { identity } => {
                self.identities.remove(identity);
            }
            UserChange::TopRoleGained { tenant, organization } => {
                self.owns.insert(*organization, *tenant);
            }
            UserChange::TopRoleLost { organization, .. } => {
                self.owns.remove(organization);
            }
            UserChange::UserSuspended {} => self.status = AccountStatus::Suspended,
            UserChange::UserDeleted {} => {
                self.status = AccountStatus::Deleted;
                self.addresses.clear();
                self.primary = None;
                self.identities.clear();
                self.owns.clear();
                self.has_handle = false;
                self.external_id = None;
            }
        }
    }
}
