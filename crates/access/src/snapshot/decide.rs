//! The question: may this subject do this here, now?

use super::{Micros, PermissionIx, ScopeIx, Snapshot, SubjectIx, scopes::Link};
use crate::{Model, Operation, PermissionKey, ScopeId, ScopeKind, SubjectId};
use rustc_hash::FxHashMap;

/// Whether the thing asked about belongs to the subject who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owns {
    Yes,
    No,
}

/// The model's names, at hand.
#[derive(Debug)]
pub(super) struct Names {
    permissions: FxHashMap<PermissionKey, PermissionIx>,
    opened: Vec<[Option<PermissionIx>; 2]>,
}

impl Names {
    pub(super) fn new(model: &Model) -> Self {
        let permissions = super::roles::indexed(&model.permissions).map(|(p, ix)| (p.key.clone(), ix)).collect();
        let opened = |operation: &Operation| ScopeKind::ALL.map(|kind| model.opened.get(&(*operation, kind)).copied());
        Self { permissions, opened: Operation::ALL.iter().map(opened).collect() }
    }

    #[inline]
    fn opened(&self, operation: Operation, kind: ScopeKind) -> Option<PermissionIx> {
        // INVARIANT: `Operation::ALL` is in the order of the enum.
        let [organization, workspace] = self.opened.get(operation as usize)?;
        match kind {
            ScopeKind::Organization => *organization,
            ScopeKind::Workspace => *workspace,
        }
    }
}

impl Snapshot {
    /// Whether the subject holds the permission at the scope at `now`. What is unknown is denied.
    #[inline]
    pub fn allowed(&self, subject: SubjectId, permission: &str, scope: ScopeId, now: Micros) -> bool {
        let (Some(subject), Some(permission), Some(scope)) =
            (self.people.ix(subject), self.permission_ix(permission), self.scopes.ix(scope))
        else {
            return false;
        };
        self.allowed_ix(subject, permission, scope, now)
    }

    /// [`Snapshot::allowed`] for a resource at the scope that the subject owns, or doesn't.
    pub fn allowed_own(&self, subject: SubjectId, permission: &str, scope: ScopeId, owns: Owns, now: Micros) -> bool {
        let (Some(subject), Some(permission), Some(scope)) =
            (self.people.ix(subject), self.permission_ix(permission), self.scopes.ix(scope))
        else {
            return false;
        };
        self.allowed_own_ix(subject, permission, scope, owns, now)
    }

    /// Whether the subject may do the operation at the scope at `now`: holds the permission that opens it there.
    /// False where nothing opens it.
    pub fn may(&self, subject: SubjectId, operation: Operation, scope: ScopeId, now: Micros) -> bool {
        let (Some(subject), Some(scope)) = (self.people.ix(subject), self.scopes.ix(scope)) else { return false };
        let Some(kind) = self.scopes.kind(scope.0) else { return false };
        self.names.opened(operation, kind).is_some_and(|p| self.allowed_ix(subject, p, scope, now))
    }

    /// [`Snapshot::allowed`] with this snapshot's numbers: a walk up a few scopes and a bit test at each.
    #[inline]
    pub fn allowed_ix(&self, subject: SubjectIx, permission: PermissionIx, scope: ScopeIx, now: Micros) -> bool {
        let Some(line) = self.people.line(subject) else { return false };
        if !line.is_plain() {
            return self.held(subject, scope, now, |set, link| self.rows.permits(set, link.shape, permission));
        }
        let rows = &*self.rows;
        let way = self.scopes.way(scope).iter();
        // Both are looked up rather than stopping at the first: ways are short, and a wrong guess costs more.
        way.fold(false, |any, link| any | rows.permits(line.at(link.scope), link.shape, permission))
    }

    /// [`Snapshot::allowed_own`] with this snapshot's numbers.
    pub fn allowed_own_ix(&self, subject: SubjectIx, permission: PermissionIx, scope: ScopeIx, owns: Owns, now: Micros) -> bool {
        match owns {
            Owns::No => self.allowed_ix(subject, permission, scope, now),
            Owns::Yes => self.held(subject, scope, now, |set, link| self.rows.permits_own(set, link.shape, permission)),
        }
    }

    /// Many questions at once; the answers in the same order.
    pub fn allowed_batch(&self, questions: &[(SubjectIx, PermissionIx, ScopeIx)], now: Micros) -> Vec<bool> {
        questions.iter().map(|(subject, permission, scope)| self.allowed_ix(*subject, *permission, *scope, now)).collect()
    }

    /// Whether `found` is true of a set of roles held at the scope or above it.
    pub(super) fn held(&self, subject: SubjectIx, scope: ScopeIx, now: Micros, mut found: impl FnMut(u16, Link) -> bool) -> bool {
        let Some(line) = self.people.line(subject) else { return false };
        self.scopes.way(scope).iter().any(|link| {
            let for_ever = if line.is_long() { self.people.long(subject, link.scope) } else { line.at(link.scope) };
            for_ever != 0 && found(for_ever, *link)
                || line.is_timed()
                    && self.people.timed(subject).any(|row| row.scope == link.scope && row.in_force(now) && found(row.set, *link))
        })
    }

    /// The subject's number in this snapshot and those made from it by [`Snapshot::apply`]; None where it is unknown.
    #[inline]
    pub fn subject_ix(&self, subject: SubjectId) -> Option<SubjectIx> {
        self.people.ix(subject)
    }

    /// The scope's number in this snapshot and those made from it by [`Snapshot::apply`]; None where it is unknown.
    #[inline]
    pub fn scope_ix(&self, scope: ScopeId) -> Option<ScopeIx> {
        self.scopes.ix(scope)
    }

    /// The permission's number in the model; None where it has none of this name.
    #[inline]
    pub fn permission_ix(&self, permission: &str) -> Option<PermissionIx> {
        self.names.permissions.get(permission).copied()
    }
}
