//! The model as Cedar policies, the facts as Cedar entities. Written from the model's lists; what a snapshot compiles
//! is not used. Membership of a team, what a team holds and what follows from a role further down are all Cedar's own
//! `in`: a role at a scope is a group, in which are those who hold it and the groups it follows from.

use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request,
    RestrictedExpression,
};
use guildhall_access::{
    Model, PermissionKey, RoleKey, ScopeId, ScopeKind, SubjectId,
    model::Permission,
    snapshot::{Assignment, Cell, Facts, Micros, Owns},
};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    error::Error,
    fmt::Write as _,
    str::FromStr,
};

type Failure = Box<dyn Error + Send + Sync>;

/// Which policies a question is put to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policies {
    /// One for each permission, all of them: Cedar finds those that apply.
    OfPermissions,
    /// One for each role, naming all it may do: as one would write them. All of them.
    OfRoles,
    /// Those of the action asked about: sorted by hand beforehand, the fastest way to use Cedar.
    OfAction,
}

/// Cedar, knowing a world at one moment.
#[derive(Debug)]
pub struct Oracle {
    authorizer: Authorizer,
    entities: Entities,
    of_permissions: PolicySet,
    of_roles: PolicySet,
    of_action: HashMap<PermissionKey, PolicySet>,
    none: PolicySet,
}

fn kind_name(kind: ScopeKind) -> &'static str {
    match kind {
        ScopeKind::Organization => "Organization",
        ScopeKind::Workspace => "Workspace",
    }
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, Failure> {
    Ok(EntityUid::from_type_name_and_id(EntityTypeName::from_str(kind)?, EntityId::new(id)))
}

fn user(id: SubjectId) -> Result<EntityUid, Failure> {
    uid("User", &id.0.to_string())
}

fn team(id: SubjectId) -> Result<EntityUid, Failure> {
    uid("Team", &id.0.to_string())
}

/// The group of those who hold the role at the scope.
fn group(role: usize, scope: ScopeId) -> Result<EntityUid, Failure> {
    uid("Group", &format!("{role}@{}", scope.0))
}

/// The model's roles and the organization's own, numbered: key, kind, what follows below.
struct Roles<'a>(Vec<(&'a RoleKey, ScopeKind, &'a Implied)>);

type Implied = BTreeMap<ScopeKind, Vec<RoleKey>>;

impl<'a> Roles<'a> {
    fn new(model: &'a Model, facts: &'a Facts) -> Self {
        let of_model = model.roles.iter().map(|r| (&r.key, r.at, &r.implies));
        Self(of_model.chain(facts.custom_roles.iter().map(|r| (&r.key, r.at, &r.implies))).collect())
    }

    fn number(&self, key: &RoleKey) -> Option<usize> {
        self.0.iter().position(|(k, ..)| *k == key)
    }

    fn number_at(&self, key: &RoleKey, kind: ScopeKind) -> Option<usize> {
        self.0.iter().position(|(k, at, _)| *k == key && *at == kind)
    }
}

impl Oracle {
    /// Tells Cedar the world as it is at `now`.
    ///
    /// # Errors
    /// What Cedar refuses of it.
    pub fn new(model: &Model, facts: &Facts, now: Micros) -> Result<Self, Failure> {
        let roles = Roles::new(model, facts);
        let (mut of_permissions, mut of_roles, mut of_action) = (PolicySet::new(), PolicySet::new(), HashMap::new());
        for permission in &model.permissions {
            let mut of_this = PolicySet::new();
            for (n, text) in policies(permission, &roles, model, facts).into_iter().enumerate() {
                let policy = Policy::parse(Some(PolicyId::new(format!("{}#{n}", permission.key))), text)?;
                of_permissions.add(policy.clone())?;
                of_this.add(policy)?;
            }
            of_action.insert(permission.key.clone(), of_this);
        }
        for (n, text) in policies_of_roles(&roles, model, facts).into_iter().enumerate() {
            of_roles.add(Policy::parse(Some(PolicyId::new(n.to_string())), text)?)?;
        }
        let entities = Entities::from_entities(entities(model, &roles, facts, now)?, None)?;
        Ok(Self { authorizer: Authorizer::new(), entities, of_permissions, of_roles, of_action, none: PolicySet::new() })
    }

    /// The question, as Cedar takes it. Scopes that are unknown are asked about as organizations.
    ///
    /// # Errors
    /// What Cedar refuses of it.
    pub fn request(facts: &Facts, subject: SubjectId, permission: &PermissionKey, scope: ScopeId, owns: Owns) -> Result<Request, Failure> {
        let kind = facts.scopes.iter().find(|s| s.id == scope).map_or(ScopeKind::Organization, |s| s.kind);
        let scope = uid(kind_name(kind), &scope.0.to_string())?;
        let owns = RestrictedExpression::new_bool(owns == Owns::Yes);
        let context = Context::from_pairs([("owns".to_owned(), owns)])?;
        Ok(Request::new(user(subject)?, uid("Action", permission.as_str())?, scope, context, None)?)
    }

    /// Cedar's answer.
    pub fn allowed(&self, request: &Request, permission: &PermissionKey, policies: Policies) -> bool {
        let set = match policies {
            Policies::OfPermissions => &self.of_permissions,
            Policies::OfRoles => &self.of_roles,
            Policies::OfAction => self.of_action.get(permission).unwrap_or(&self.none),
        };
        self.authorizer.is_authorized(request, set, &self.entities).decision() == Decision::Allow
    }
}

/// How a role holds a permission.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Outright,
    ForOwn,
}

fn holds(role: &RoleKey, permission: &Permission, model: &Model, facts: &Facts) -> Option<Holds> {
    let same = |(p, r, _): &&(PermissionKey, RoleKey, Cell)| *p == permission.key && r == role;
    let cell = facts.matrix.iter().rfind(same).map(|(.., cell)| *cell);
    let custom = || facts.custom_roles.iter().any(|c| c.key == *role && c.permissions.contains(&permission.key));
    match cell {
        _ if *role == model.organization.top_role => Some(Holds::Outright),
        Some(Cell::Given) => Some(Holds::Outright),
        Some(Cell::Taken) => None,
        None if permission.roles.contains(role) || custom() => Some(Holds::Outright),
        None => permission.own.contains(role).then_some(Holds::ForOwn),
    }
}

/// For each role and kind of scope one policy, or a few where some permissions are for roots or own things only.
fn policies_of_roles(roles: &Roles<'_>, model: &Model, facts: &Facts) -> Vec<String> {
    let mut policies = Vec::new();
    for (n, (role, ..)) in roles.0.iter().enumerate() {
        for (kind, root, how) in ScopeKind::ALL.into_iter().flat_map(|kind| {
            [(false, Holds::Outright), (true, Holds::Outright), (false, Holds::ForOwn), (true, Holds::ForOwn)]
                .map(|(root, how)| (kind, root, how))
        }) {
            let these = model.permissions.iter().filter(|p| p.at.contains(&kind) && p.roots_only == root);
            let held = these.filter(|p| holds(role, p, model, facts) == Some(how));
            let actions: Vec<String> = held.map(|p| format!("Action::\"{}\"", p.key)).collect();
            if actions.is_empty() {
                continue;
            }
            let (actions, kind) = (actions.join(", "), kind_name(kind));
            let root = if root { " && resource.root" } else { "" };
            let owns = if how == Holds::ForOwn { " && context.owns" } else { "" };
            policies.push(format!(
                "permit(principal, action in [{actions}], resource is {kind}) when {{ principal in resource.role{n}{root}{owns} }};"
            ));
        }
    }
    policies
}

/// One policy for each kind of scope where the permission is asked.
fn policies(permission: &Permission, roles: &Roles<'_>, model: &Model, facts: &Facts) -> Vec<String> {
    let mut condition = String::from("false");
    for (n, (role, ..)) in roles.0.iter().enumerate() {
        let _ = match holds(role, permission, model, facts) {
            Some(Holds::Outright) => write!(condition, " || principal in resource.role{n}"),
            Some(Holds::ForOwn) => write!(condition, " || (context.owns && principal in resource.role{n})"),
            None => Ok(()),
        };
    }
    let root = if permission.roots_only { " && resource.root" } else { "" };
    let of_kind = |kind: &ScopeKind| {
        let (action, kind) = (permission.key.as_str(), kind_name(*kind));
        format!("permit(principal, action == Action::\"{action}\", resource is {kind}) when {{ ({condition}){root} }};")
    };
    permission.at.iter().map(of_kind).collect()
}

fn entities(model: &Model, roles: &Roles<'_>, facts: &Facts, now: Micros) -> Result<Vec<Entity>, Failure> {
    let kinds: HashMap<ScopeId, ScopeKind> = facts.scopes.iter().map(|s| (s.id, s.kind)).collect();
    let mut parents: HashMap<EntityUid, HashSet<EntityUid>> = HashMap::new();
    for assignment in facts.assignments.iter().filter(|a| in_force(a, now)) {
        let Some(kind) = kinds.get(&assignment.scope) else { continue };
        let held = assignment.roles.iter().filter_map(|key| roles.number_at(key, *kind));
        for role in held {
            let group = group(role, assignment.scope)?;
            parents.entry(user(assignment.subject)?).or_default().insert(group.clone());
            parents.entry(team(assignment.subject)?).or_default().insert(group);
        }
        // Belonging is one's own: it does not pass from a team to its members.
        let base = model.organization.base_role.as_ref().filter(|_| *kind == ScopeKind::Organization);
        if let Some(base) = base.and_then(|key| roles.number(key)) {
            parents.entry(user(assignment.subject)?).or_default().insert(group(base, assignment.scope)?);
        }
    }
    for (in_team, member) in &facts.team_members {
        parents.entry(user(*member)?).or_default().insert(team(*in_team)?);
        parents.entry(team(*in_team)?).or_default();
    }
    let mut all = Vec::new();
    for scope in &facts.scopes {
        let mut attributes = HashMap::from([("root".to_owned(), RestrictedExpression::new_bool(scope.parent.is_none()))]);
        for (n, (key, _, implies)) in roles.0.iter().enumerate() {
            let here = group(n, scope.id)?;
            attributes.insert(format!("role{n}"), RestrictedExpression::new_entity_uid(here.clone()));
            parents.entry(here).or_default();
            let Some(above) = scope.parent else { continue };
            let mut follow: Vec<usize> = implies.get(&scope.kind).into_iter().flatten().filter_map(|k| roles.number(k)).collect();
            if **key == model.organization.top_role {
                follow.push(n);
            }
            for implied in follow {
                parents.entry(group(n, above)?).or_default().insert(group(implied, scope.id)?);
            }
        }
        let id = uid(kind_name(scope.kind), &scope.id.0.to_string())?;
        all.push(Entity::new(id, attributes, HashSet::new())?);
    }
    all.extend(parents.into_iter().map(|(id, parents)| Entity::new_no_attrs(id, parents)));
    Ok(all)
}

fn in_force(assignment: &Assignment, now: Micros) -> bool {
    assignment.from.is_none_or(|from| from <= now) && assignment.until.is_none_or(|until| now < until)
}
