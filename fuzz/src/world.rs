//! Random small worlds: facts of a tenant, and questions about it.

use crate::Random;
use guildhall_access::{
    Model, PermissionKey, RoleKey, ScopeId, ScopeKind, SubjectId,
    snapshot::{Assignment, Cell, CustomRole, Facts, Micros, Owns, ScopeFact},
};
use std::collections::BTreeMap;

/// Moments at which assignments begin and end.
const MOMENTS: [Micros; 3] = [10, 20, 30];

/// The size of a world.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub people: usize,
    pub teams: usize,
    pub scopes: usize,
    pub assignments: usize,
}

#[derive(Clone, Debug)]
pub struct Question {
    pub subject: SubjectId,
    pub permission: PermissionKey,
    pub scope: ScopeId,
    pub owns: Owns,
}

fn number(n: usize) -> u128 {
    n as u128
}

impl World {
    /// A few people, teams and scopes, one of each beyond those that the facts know.
    pub const SMALL: Self = Self { people: 6, teams: 2, scopes: 7, assignments: 14 };

    fn subject(n: usize) -> SubjectId {
        SubjectId(100 + number(n))
    }

    fn scope(n: usize) -> ScopeId {
        ScopeId(1_000 + number(n))
    }

    /// Facts such as a tenant of this model might have, and some that it couldn't: roles at scopes of another kind,
    /// undeclared roles, custom roles and teams where the model has none.
    pub fn facts(self, model: &Model, random: &mut Random) -> Facts {
        let scopes = self.scopes(model, random);
        let custom_roles = if random.once_in(2) { vec![custom_role(model, random)] } else { Vec::new() };
        let mut keys: Vec<RoleKey> = model.roles.iter().map(|r| r.key.clone()).collect();
        keys.extend(custom_roles.iter().map(|r| r.key.clone()));
        let mut matrix = BTreeMap::new();
        for _ in 0..random.below(12) {
            let (Some(permission), Some(role)) = (random.pick(&model.permissions), random.pick(&keys)) else { continue };
            let cell = if random.once_in(2) { Cell::Given } else { Cell::Taken };
            matrix.insert((permission.key.clone(), role.clone()), cell);
        }
        keys.push(RoleKey::new("unheard-of"));
        let assignments = (0..self.assignments).map(|_| self.assignment(&keys, &scopes, model, random)).collect();
        let member =
            |random: &mut Random| (Self::subject(self.people + random.below(self.teams)), Self::subject(random.below(self.people)));
        Facts {
            revision: 1,
            scopes,
            assignments,
            team_members: if self.teams == 0 { Vec::new() } else { (0..self.teams * 2).map(|_| member(random)).collect() },
            custom_roles,
            matrix: matrix.into_iter().map(|((p, r), cell)| (p, r, cell)).collect(),
            seed: random.bits(),
        }
    }

    fn scopes(self, model: &Model, random: &mut Random) -> Vec<ScopeFact> {
        let mut scopes = vec![ScopeFact { id: Self::scope(0), kind: ScopeKind::Organization, parent: None }];
        let mut organizations = vec![Self::scope(0)];
        for n in 1..self.scopes {
            let id = Self::scope(n);
            let parent = random.pick(&organizations).copied();
            let organization = model.workspaces.is_none() || random.once_in(2);
            let kind = if organization { ScopeKind::Organization } else { ScopeKind::Workspace };
            if organization {
                organizations.push(id);
            }
            scopes.push(ScopeFact { id, kind, parent });
        }
        scopes
    }

    fn assignment(self, keys: &[RoleKey], scopes: &[ScopeFact], model: &Model, random: &mut Random) -> Assignment {
        let (scope, kind) = random.pick(scopes).map_or((Self::scope(0), ScopeKind::Organization), |s| (s.id, s.kind));
        let fitting: Vec<RoleKey> = model.roles.iter().filter(|r| r.at == kind).map(|r| r.key.clone()).collect();
        let pick = |random: &mut Random| {
            let from = if random.once_in(4) { keys } else { &fitting };
            random.pick(from).cloned()
        };
        let moment = |random: &mut Random| random.pick(&MOMENTS).copied().filter(|_| random.once_in(5));
        Assignment {
            subject: Self::subject(random.below(self.people + self.teams)),
            scope,
            roles: (0..random.below(4)).filter_map(|_| pick(random)).collect(),
            from: moment(random),
            until: moment(random),
        }
    }

    /// A question; now and then about somebody or somewhere unknown.
    pub fn question(self, model: &Model, random: &mut Random) -> Option<Question> {
        Some(Question {
            subject: Self::subject(random.below(self.people + self.teams + 1)),
            permission: random.pick(&model.permissions)?.key.clone(),
            scope: Self::scope(random.below(self.scopes + 1)),
            owns: if random.once_in(2) { Owns::Yes } else { Owns::No },
        })
    }
}

fn custom_role(model: &Model, random: &mut Random) -> CustomRole {
    let kind = |random: &mut Random| if random.once_in(2) { ScopeKind::Workspace } else { ScopeKind::Organization };
    let implied = random.pick(&model.roles).map(|r| r.key.clone()).filter(|_| random.once_in(2));
    CustomRole {
        key: RoleKey::new("custom"),
        at: kind(random),
        permissions: (0..5).filter_map(|_| random.pick(&model.permissions)).map(|p| p.key.clone()).collect(),
        implies: BTreeMap::from([(kind(random), implied.into_iter().collect())]),
    }
}
