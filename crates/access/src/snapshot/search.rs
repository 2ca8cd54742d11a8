//! The same question asked the other way round: who, where, what.

use super::{Micros, Snapshot};
use crate::{PermissionKey, ScopeId, SubjectId};

impl Snapshot {
    /// Everyone who holds the permission at the scope at `now`, by id. Teams and keys are subjects too.
    pub fn subjects(&self, permission: &str, scope: ScopeId, now: Micros) -> Vec<SubjectId> {
        let mut found = self.subjects_of(permission, scope, now);
        found.sort_unstable();
        found
    }

    /// A page of [`Snapshot::subjects`]: at most `limit` of those after `after`.
    pub fn subjects_after(&self, permission: &str, scope: ScopeId, now: Micros, after: Option<SubjectId>, limit: usize) -> Vec<SubjectId> {
        let mut found = self.subjects_of(permission, scope, now);
        found.retain(|id| after.is_none_or(|last| *id > last));
        found.sort_unstable();
        found.truncate(limit);
        found
    }

    fn subjects_of(&self, permission: &str, scope: ScopeId, now: Micros) -> Vec<SubjectId> {
        let (Some(permission), Some(scope)) = (self.permission_ix(permission), self.scopes.ix(scope)) else {
            return Vec::new();
        };
        let who = self.people.all().filter(|subject| self.allowed_ix(*subject, permission, scope, now));
        who.filter_map(|subject| self.people.id(subject.0)).collect()
    }

    /// Every scope where the subject holds the permission at `now`, parents before children.
    pub fn scopes(&self, subject: SubjectId, permission: &str, now: Micros) -> Vec<ScopeId> {
        let (Some(subject), Some(permission)) = (self.people.ix(subject), self.permission_ix(permission)) else {
            return Vec::new();
        };
        let place = self.scopes.all().filter(|scope| self.allowed_ix(subject, permission, *scope, now));
        place.filter_map(|scope| self.scopes.id(scope.0)).collect()
    }

    /// Every permission the subject holds at the scope at `now`, in the model's order.
    pub fn actions(&self, subject: SubjectId, scope: ScopeId, now: Micros) -> Vec<&PermissionKey> {
        let (Some(subject), Some(scope)) = (self.people.ix(subject), self.scopes.ix(scope)) else { return Vec::new() };
        let mut all = vec![0; self.roles.n_words];
        self.held(subject, scope, now, |set, link| {
            all.iter_mut().zip(self.rows.row(set, link.shape)).for_each(|(a, b)| *a |= b);
            false
        });
        self.keys(&all)
    }
}
