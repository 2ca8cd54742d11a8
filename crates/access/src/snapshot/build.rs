//! Facts become a snapshot, and a change of the facts a changed one.

use super::{
    ScopeIx, Snapshot, SubjectIx,
    decide::Names,
    facts::{Assignment, FactChange, Facts, Micros},
    limits::Limit,
    people::{People, Row},
    roles::{RoleSet, Roles},
    rows::Rows,
    scopes::Scopes,
};
use crate::{Model, ScopeId, ScopeKind, SubjectId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The moments at which an assignment begins or ends, and how many do.
pub(super) type Moments = BTreeMap<Micros, u32>;

impl Snapshot {
    /// Compiles the facts.
    ///
    /// # Errors
    /// The [`Limit`] that they exceed.
    pub fn build(model: &Arc<Model>, facts: Facts) -> Result<Self, Limit> {
        let mut snapshot = Self {
            model: Arc::clone(model),
            revision: facts.revision,
            names: Arc::new(Names::new(model)),
            roles: Arc::new(Roles::new(model, &facts.custom_roles, &facts.matrix)?),
            scopes: Arc::new(Scopes::new(facts.seed, &facts.scopes)?),
            rows: Arc::new(Rows::new()),
            people: Arc::new(People::new(facts.seed, 0)),
            moments: Arc::new(Moments::new()),
        };
        let mut rows = Vec::with_capacity(facts.assignments.len());
        for assignment in facts.assignments {
            let ix = snapshot.subject(assignment.subject)?;
            rows.extend(snapshot.row(&assignment)?.map(|row| (ix, row)));
        }
        rows.sort_by_key(|(ix, _)| *ix);
        for run in rows.chunk_by(|a, b| a.0 == b.0) {
            if let Some((ix, _)) = run.first() {
                snapshot.set_direct(*ix, run.iter().map(|(_, row)| *row).collect());
            }
        }
        let (mut members, mut teams) = (BTreeMap::new(), BTreeMap::new());
        for (team, member) in facts.team_members {
            let (team, member) = (snapshot.subject(team)?, snapshot.subject(member)?);
            members.entry(team).or_insert_with(BTreeSet::new).insert(member);
            teams.entry(member).or_insert_with(BTreeSet::new).insert(team);
        }
        let people = Arc::make_mut(&mut snapshot.people);
        for (team, members) in members {
            people.set_members(team, members.into_iter().collect());
        }
        for (member, teams) in teams {
            Limit::TeamsPerMember.check(teams.len())?;
            people.set_teams(member, teams.into_iter().collect());
        }
        for ix in snapshot.people.all() {
            snapshot.flatten(ix.0)?;
        }
        Arc::make_mut(&mut snapshot.rows).refill(&snapshot.roles, &snapshot.scopes.shapes);
        Ok(snapshot)
    }

    /// The snapshot after these changes, which are one revision, in order: a new scope stands before what is held
    /// there. What does not change is shared with this one. Indices of subjects, scopes and permissions stay.
    ///
    /// # Errors
    /// The [`Limit`] that it would exceed. What has gone keeps its number, so building anew may still succeed.
    pub fn apply(&self, changes: &[FactChange], revision: u64) -> Result<Self, Limit> {
        let mut next = self.clone();
        next.revision = revision;
        for change in changes {
            next.change(change)?;
        }
        if next.rows.is_behind(&next.scopes.shapes) {
            Arc::make_mut(&mut next.rows).fill(&next.roles, &next.scopes.shapes);
        }
        Ok(next)
    }

    /// [`Snapshot::apply`] for the commonest change: all that one subject holds itself, replaced whole.
    ///
    /// # Errors
    /// As [`Snapshot::apply`].
    pub fn with_subject(&self, subject: SubjectId, assignments: Vec<Assignment>, revision: u64) -> Result<Self, Limit> {
        self.apply(&[FactChange::Assignments { subject, assignments }], revision)
    }

    /// The subject is gone: neither holds anything itself nor through a team.
    ///
    /// # Errors
    /// As [`Snapshot::apply`].
    pub fn without_subject(&self, subject: SubjectId, revision: u64) -> Result<Self, Limit> {
        let nothing = FactChange::Assignments { subject, assignments: Vec::new() };
        self.apply(&[nothing, FactChange::Teams { member: subject, teams: Vec::new() }], revision)
    }

    fn change(&mut self, change: &FactChange) -> Result<(), Limit> {
        match change {
            FactChange::Assignments { subject, assignments } => {
                let ix = self.subject(*subject)?;
                let mut rows = Vec::with_capacity(assignments.len());
                for assignment in assignments {
                    rows.extend(self.row(assignment)?);
                }
                self.set_direct(ix, rows);
                self.flatten(ix)?;
                self.flatten_members(ix)
            }
            FactChange::Teams { member, teams } => self.change_teams(*member, teams),
            FactChange::TeamDeleted { team } => {
                let team = self.subject(*team)?;
                self.set_direct(team, Vec::new());
                let members: Vec<u32> = self.people.members(team).collect();
                let people = Arc::make_mut(&mut self.people);
                people.set_members(team, Vec::new());
                for member in &members {
                    let others = people.teams(*member).filter(|t| *t != team).collect();
                    people.set_teams(*member, others);
                }
                members.into_iter().chain([team]).try_for_each(|ix| self.flatten(ix))
            }
            FactChange::Scope(fact) => Arc::make_mut(&mut self.scopes).put(fact),
            FactChange::ScopeDeleted { scope } => self.delete_scope(*scope),
            FactChange::Matrix { custom_roles, cells } => {
                Arc::make_mut(&mut self.roles).overlay(&self.model, custom_roles, cells)?;
                Arc::make_mut(&mut self.rows).refill(&self.roles, &self.scopes.shapes);
                Ok(())
            }
        }
    }

    /// Looks at every subject, so that nothing is left of what was held there.
    fn delete_scope(&mut self, scope: ScopeId) -> Result<(), Limit> {
        Arc::make_mut(&mut self.scopes).delete(scope)?;
        for SubjectIx(ix) in self.people.all() {
            let there = |row: &Row| !self.scopes.way(ScopeIx(row.scope)).is_empty();
            let left: Vec<Row> = self.people.direct(ix).filter(there).collect();
            if left.len() < self.people.direct(ix).count() {
                self.set_direct(ix, left);
                self.flatten(ix)?;
                self.flatten_members(ix)?;
            }
        }
        Ok(())
    }

    fn change_teams(&mut self, member: SubjectId, teams: &[SubjectId]) -> Result<(), Limit> {
        let member = self.subject(member)?;
        let teams = teams.iter().map(|t| self.subject(*t)).collect::<Result<BTreeSet<u32>, Limit>>()?;
        Limit::TeamsPerMember.check(teams.len())?;
        let old: BTreeSet<u32> = self.people.teams(member).collect();
        let people = Arc::make_mut(&mut self.people);
        for team in old.symmetric_difference(&teams) {
            let mut members: BTreeSet<u32> = people.members(*team).collect();
            if !members.remove(&member) {
                members.insert(member);
            }
            people.set_members(*team, members.into_iter().collect());
        }
        people.set_teams(member, teams.into_iter().collect());
        self.flatten(member)
    }

    fn subject(&mut self, id: SubjectId) -> Result<u32, Limit> {
        match self.people.ix(id) {
            Some(ix) => Ok(ix.0),
            None => Arc::make_mut(&mut self.people).intern(id),
        }
    }

    /// As it is stored; None at a scope that isn't there.
    fn row(&mut self, assignment: &Assignment) -> Result<Option<Row>, Limit> {
        let Some(scope) = self.scopes.ix(assignment.scope).filter(|ix| !self.scopes.way(*ix).is_empty()) else {
            return Ok(None);
        };
        let mut set = RoleSet::default();
        for key in &assignment.roles {
            let role = match self.roles.ix(key.as_str()) {
                Some(role) => role,
                None => Arc::make_mut(&mut self.roles).intern(key)?,
            };
            set.insert(role);
        }
        let from = assignment.from.unwrap_or(Micros::MIN);
        let until = assignment.until.unwrap_or(Micros::MAX);
        Ok(Some(Row { scope: scope.0, set: self.set(set)?, from, until }))
    }

    fn set(&mut self, set: RoleSet) -> Result<u16, Limit> {
        match self.rows.ix(&set) {
            Some(ix) => Ok(ix),
            None => Arc::make_mut(&mut self.rows).intern(set),
        }
    }

    fn set_direct(&mut self, ix: u32, rows: Vec<Row>) {
        let gone: Vec<Micros> = self.people.direct(ix).flat_map(moments).collect();
        let come: Vec<Micros> = rows.iter().copied().flat_map(moments).collect();
        if gone != come {
            let all = Arc::make_mut(&mut self.moments);
            for at in come {
                *all.entry(at).or_default() += 1;
            }
            for at in gone {
                if let Some(count) = all.get_mut(&at) {
                    *count -= 1;
                    if *count == 0 {
                        all.remove(&at);
                    }
                }
            }
        }
        Arc::make_mut(&mut self.people).set_direct(ix, rows);
    }

    fn flatten_members(&mut self, team: u32) -> Result<(), Limit> {
        let members: Vec<u32> = self.people.members(team).collect();
        members.into_iter().try_for_each(|member| self.flatten(member))
    }

    /// Everything the subject holds, its teams' assignments and base roles included, into its line.
    fn flatten(&mut self, ix: u32) -> Result<(), Limit> {
        let mut rows: Vec<(u16, RoleSet, Row)> = Vec::new();
        for row in self.people.direct(ix) {
            rows.push((row.scope, self.with_base(row), row));
        }
        for team in self.people.teams(ix) {
            rows.extend(self.people.direct(team).map(|row| (row.scope, self.rows.set(row.set), row)));
        }
        rows.sort_by_key(|(scope, ..)| *scope);
        let (mut held, mut timed) = (Vec::new(), Vec::new());
        for run in rows.chunk_by(|a, b| a.0 == b.0) {
            let mut all = RoleSet::default();
            for (scope, set, row) in run {
                if row.is_timed() {
                    timed.push(Row { scope: *scope, set: self.set(*set)?, ..*row });
                } else {
                    all.union(set);
                }
            }
            if let Some((scope, ..)) = run.first().filter(|_| !all.is_empty()) {
                held.push((*scope, self.set(all)?));
            }
        }
        Arc::make_mut(&mut self.people).set_line(ix, &held, timed);
        Ok(())
    }

    /// The roles of an own assignment: with the base role where it is a membership of an organization.
    pub(super) fn with_base(&self, row: Row) -> RoleSet {
        let mut set = self.rows.set(row.set);
        if let Some(base) = self.roles.base
            && self.scopes.kind(row.scope) == Some(ScopeKind::Organization)
        {
            set.insert(base);
        }
        set
    }
}

/// When it begins and when it ends, if ever.
fn moments(row: Row) -> impl Iterator<Item = Micros> {
    let ever = row.from < row.until;
    let from = Some(row.from).filter(|at| ever && *at != Micros::MIN);
    let until = Some(row.until).filter(|at| ever && *at != Micros::MAX);
    from.into_iter().chain(until)
}
