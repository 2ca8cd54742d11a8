//! How a tenant's state and snapshot move by a commit.

use super::{BrokenTenant, Membership, Organization, Standing, Tenant, assignment_of, snapshot_of};
use crate::{Change, RoleKey, ScopeId, TenantChange, Timestamp, UserId};
use guildhall_access::snapshot::{Assignment, FactChange};
use std::{collections::BTreeSet, sync::Arc};

impl Tenant {
    /// Moves the state and the snapshot by what was committed as `revision`.
    pub fn apply(&mut self, changes: &[Change], revision: u64, at: Timestamp) -> Result<(), BrokenTenant> {
        let mut touched: BTreeSet<UserId> = BTreeSet::new();
        let mut reshaped = false;
        for change in changes {
            let Change::Tenant(change) = change else {
                return Err(self.broken("a user's change in a tenant's stream"));
            };
            reshaped |= self.apply_one(change, revision, at, &mut touched)?;
        }
        self.facts.revision = revision;
        self.republish(&touched, reshaped)
    }

    fn republish(&mut self, touched: &BTreeSet<UserId>, reshaped: bool) -> Result<(), BrokenTenant> {
        if reshaped {
            self.snapshot = Arc::new(snapshot_of(self.id, &self.model, &self.facts)?);
            return Ok(());
        }
        let change = |user: &UserId| FactChange::Assignments {
            subject: user.subject(),
            assignments: self.facts.organizations.keys().filter_map(|scope| self.assignment(*user, *scope)).collect(),
        };
        let changes: Vec<FactChange> = touched.iter().map(change).collect();
        let next = self.snapshot.apply(&changes, self.facts.revision).map_err(|limit| self.broken(&limit.to_string()))?;
        self.snapshot = Arc::new(next);
        Ok(())
    }

    fn assignment(&self, user: UserId, scope: ScopeId) -> Option<Assignment> {
        let membership = self.membership(user, scope)?;
        assignment_of(user, scope, membership)
    }

    /// Answers whether scopes came or went, so that the snapshot is built anew.
    fn apply_one(
        &mut self,
        change: &TenantChange,
        revision: u64,
        at: Timestamp,
        touched: &mut BTreeSet<UserId>,
    ) -> Result<bool, BrokenTenant> {
        match change {
            TenantChange::OrganizationFounded { id, parent, name, slug, personal } => {
                let (name, slug) = (name.clone(), slug.clone());
                let founded =
                    Organization { parent: *parent, name, slug, personal: *personal, deleted: false, external_id: None, revision };
                self.facts.organizations.insert(*id, founded);
                Ok(true)
            }
            TenantChange::OrganizationRenamed { id, to, .. } => self.with_organization(*id, revision, |it| it.name = to.clone()),
            TenantChange::OrganizationSlugChanged { id, to, .. } => self.with_organization(*id, revision, |it| it.slug.clone_from(to)),
            TenantChange::OrganizationExternalIdSet { id, external_id } => {
                self.with_organization(*id, revision, |it| it.external_id.clone_from(external_id))
            }
            TenantChange::OrganizationDeleted { id, .. } => self.with_organization(*id, revision, |it| it.deleted = true).map(|_| true),
            TenantChange::MembershipStarted { scope, user, roles, .. } => {
                touched.insert(*user);
                self.facts.removed.remove(user);
                let started = Membership { standing: Standing::Active, roles: roles.clone(), revision };
                self.facts.memberships.insert((*user, *scope), started);
                self.index_top(*user, *scope, roles);
                Ok(false)
            }
            TenantChange::MembershipRolesChanged { scope, user, to, .. } => {
                touched.insert(*user);
                self.with_membership(*user, *scope, |membership| {
                    membership.roles.clone_from(to);
                    membership.revision = revision;
                })?;
                self.index_top(*user, *scope, to);
                Ok(false)
            }
            TenantChange::MembershipSuspended { scope, user } => self.stand(*user, *scope, Standing::Suspended, revision, touched),
            TenantChange::MembershipReinstated { scope, user } => self.stand(*user, *scope, Standing::Active, revision, touched),
            TenantChange::MembershipEnded { scope, user, why, .. } => {
                touched.insert(*user);
                if self.facts.memberships.remove(&(*user, *scope)).is_none() {
                    return Err(self.broken(&format!("{user} left a scope they were not in")));
                }
                self.index_top(*user, *scope, &[]);
                if *scope == self.root() && why.bars_return() {
                    self.facts.removed.insert(*user, revision);
                }
                Ok(false)
            }
            TenantChange::InvitationCreated { .. }
            | TenantChange::InvitationRenewed { .. }
            | TenantChange::InvitationReminded { .. }
            | TenantChange::InvitationAccepted { .. }
            | TenantChange::InvitationDeclined { .. }
            | TenantChange::InvitationRevoked { .. }
            | TenantChange::InvitationTakenOver { .. } => self.apply_invitation(change, revision, at).map(|()| false),
        }
    }

    fn with_organization(&mut self, id: ScopeId, revision: u64, change: impl FnOnce(&mut Organization)) -> Result<bool, BrokenTenant> {
        let Some(organization) = self.facts.organizations.get_mut(&id) else {
            return Err(self.broken("a change of an organization that isn't there"));
        };
        change(organization);
        organization.revision = revision;
        Ok(false)
    }

    fn stand(
        &mut self,
        user: UserId,
        scope: ScopeId,
        standing: Standing,
        revision: u64,
        touched: &mut BTreeSet<UserId>,
    ) -> Result<bool, BrokenTenant> {
        touched.insert(user);
        self.with_membership(user, scope, |membership| {
            membership.standing = standing;
            membership.revision = revision;
        })?;
        Ok(false)
    }

    fn with_membership(&mut self, user: UserId, scope: ScopeId, change: impl FnOnce(&mut Membership)) -> Result<(), BrokenTenant> {
        match self.facts.memberships.get_mut(&(user, scope)) {
            Some(membership) => {
                change(membership);
                Ok(())
            }
            None => Err(self.broken(&format!("a change of {user}, who is not in that scope"))),
        }
    }

    fn index_top(&mut self, user: UserId, scope: ScopeId, roles: &[RoleKey]) {
        let holders = self.top.entry(scope).or_default();
        if roles.contains(&self.model.organization.top_role) {
            holders.insert(user);
        } else {
            holders.remove(&user);
        }
    }

    fn broken(&self, what: &str) -> BrokenTenant {
        BrokenTenant { tenant: self.id, what: what.to_owned() }
    }

    fn apply_invitation(&mut self, change: &TenantChange, revision: u64, at: Timestamp) -> Result<(), BrokenTenant> {
        crate::invitation::apply(&mut self.facts.invitations, &mut self.pending, change, revision, at).map_err(|what| self.broken(&what))
    }
}
