//! Why: the path that led to a decision, and the roles that are held, with where they come from.

use super::{
    Micros, Owns, PermissionIx, ScopeIx, Snapshot, SubjectIx,
    people::Row,
    roles::{RoleSet, has},
    scopes::Link,
};
use crate::{PermissionKey, RoleKey, ScopeId, SubjectId};

/// The answer, with the path that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    pub revision: u64,
    /// Where allowed: one path. Where denied: empty.
    pub path: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Holds the role here, directly or through the team.
    Holds { role: RoleKey, scope: ScopeId, team: Option<SubjectId> },
    /// The role held above implies this one here.
    Implies { role: RoleKey, scope: ScopeId },
    /// The role holds the permission (the top role: every permission).
    Permits { role: RoleKey, permission: PermissionKey },
    /// The role holds the permission for its holder's own things, and this is one.
    PermitsOwn { role: RoleKey, permission: PermissionKey },
}

/// A role held at a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Held {
    pub role: RoleKey,
    /// Where the assignment stands that it comes from: the scope asked about, or one above.
    pub from: ScopeId,
    /// The team whose assignment it is; None: the subject's own.
    pub team: Option<SubjectId>,
}

/// One assignment in force: what is held, where, and through which team.
struct Source {
    set: RoleSet,
    link: Link,
    team: Option<u32>,
}

impl Snapshot {
    /// [`Snapshot::allowed`], with the path: the nearest assignment's, an own one before a team's.
    pub fn explain(&self, subject: SubjectId, permission: &str, scope: ScopeId, now: Micros) -> Decision {
        self.explain_own(subject, permission, scope, Owns::No, now)
    }

    /// [`Snapshot::allowed_own`], with the path.
    pub fn explain_own(&self, subject: SubjectId, permission: &str, scope: ScopeId, owns: Owns, now: Micros) -> Decision {
        let path = self.path(subject, permission, scope, owns, now).unwrap_or_default();
        Decision { allowed: !path.is_empty(), revision: self.revision, path }
    }

    /// Every role held at the scope at `now`, the implied ones included, with each way it comes: the nearest first.
    pub fn roles_at(&self, subject: SubjectId, scope: ScopeId, now: Micros) -> Vec<Held> {
        let mut all = Vec::new();
        let (Some(subject), Some(scope)) = (self.people.ix(subject), self.scopes.ix(scope)) else { return all };
        for source in self.sources(subject, scope, now) {
            let Some(shape) = self.scopes.shapes.get(usize::from(source.link.shape)) else { continue };
            for role in self.roles.follow(&source.set, shape).iter() {
                let team = source.team.and_then(|t| self.people.id(t));
                if let (Some(role), Some(from)) = (self.roles.key(role), self.scopes.id(source.link.scope)) {
                    let held = Held { role: role.clone(), from, team };
                    if !all.contains(&held) {
                        all.push(held);
                    }
                }
            }
        }
        all
    }

    /// Whether the subject belongs to the scope or to one above it, whatever it holds there: itself or through a team.
    pub fn belongs(&self, subject: SubjectId, scope: ScopeId, now: Micros) -> bool {
        match (self.people.ix(subject), self.scopes.ix(scope)) {
            (Some(subject), Some(scope)) => !self.sources(subject, scope, now).is_empty(),
            (None, _) | (_, None) => false,
        }
    }

    /// All that the role holds, the organization's changes to the matrix included; the top role: everything. Where it
    /// can be asked is another question. Empty for a role that is unknown.
    pub fn permissions_of(&self, role: &str) -> Vec<&PermissionKey> {
        self.roles.ix(role).map(|role| self.keys(self.roles.permits(role))).unwrap_or_default()
    }

    /// The permissions of a set, in the model's order.
    pub(super) fn keys(&self, set: &[u64]) -> Vec<&PermissionKey> {
        let indexed = super::roles::indexed(&self.model.permissions);
        indexed.filter(|(_, ix)| has(set, *ix)).map(|(p, _)| &p.key).collect()
    }

    /// The assignments in force that count at the scope, the nearest first, own ones before teams'.
    fn sources(&self, subject: SubjectIx, scope: ScopeIx, now: Micros) -> Vec<Source> {
        let mut sources = Vec::new();
        for link in self.scopes.way(scope) {
            let here = |row: &Row| row.scope == link.scope && row.in_force(now);
            for row in self.people.direct(subject.0).filter(here) {
                sources.push(Source { set: self.with_base(row), link: *link, team: None });
            }
            for team in self.people.teams(subject.0) {
                for row in self.people.direct(team).filter(here) {
                    sources.push(Source { set: self.rows.set(row.set), link: *link, team: Some(team) });
                }
            }
        }
        sources
    }

    fn path(&self, subject: SubjectId, permission: &str, scope: ScopeId, owns: Owns, now: Micros) -> Option<Vec<Step>> {
        let (subject, scope) = (self.people.ix(subject)?, self.scopes.ix(scope)?);
        let permission = self.permission_ix(permission)?;
        let sources = self.sources(subject, scope, now);
        sources.iter().find_map(|source| self.path_from(source, permission, scope, owns))
    }

    /// A path from the assignment to the permission: level by level down, each role with one that implied it.
    fn path_from(&self, source: &Source, permission: PermissionIx, scope: ScopeIx, owns: Owns) -> Option<Vec<Step>> {
        let shape = self.scopes.shapes.get(usize::from(source.link.shape))?;
        if !has(self.roles.asked(shape.end(), shape.root), permission) {
            return None;
        }
        let first: Vec<(u16, u16)> = self.roles.valid(&source.set, shape.start).iter().map(|r| (r, r)).collect();
        let mut levels = vec![first];
        for kind in &shape.steps {
            let mut below: Vec<(u16, u16)> = Vec::new();
            for (role, _) in levels.last()? {
                let mut one = RoleSet::default();
                one.insert(*role);
                for implied in self.roles.implied(&one, *kind).iter() {
                    if below.iter().all(|(known, _)| *known != implied) {
                        below.push((implied, *role));
                    }
                }
            }
            levels.push(below);
        }
        let outright = |r: u16| has(self.roles.permits(r), permission);
        let for_own = |r: u16| owns == Owns::Yes && has(self.roles.own(r), permission);
        let held = levels.last()?;
        let last = held.iter().find(|(r, _)| outright(*r)).or_else(|| held.iter().find(|(r, _)| for_own(*r)))?.0;

        let way = self.scopes.way(scope);
        let key = self.model.permissions.get(usize::from(permission.0))?.key.clone();
        let role = self.roles.key(last)?.clone();
        let mut steps =
            vec![if outright(last) { Step::Permits { role, permission: key } } else { Step::PermitsOwn { role, permission: key } }];
        let mut at = last;
        // The scope asked about is the first of its way and the last of the levels.
        for (level, link) in levels.iter().rev().zip(way) {
            let (_, above) = level.iter().find(|(role, _)| *role == at)?;
            let (role, scope) = (self.roles.key(at)?.clone(), self.scopes.id(link.scope)?);
            if link.scope == source.link.scope {
                steps.push(Step::Holds { role, scope, team: source.team.and_then(|t| self.people.id(t)) });
            } else {
                steps.push(Step::Implies { role, scope });
            }
            at = *above;
        }
        steps.reverse();
        Some(steps)
    }
}
