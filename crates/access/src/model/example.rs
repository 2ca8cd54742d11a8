//! A model's own examples: who may do what, written beside the model from the source's point of view, role by role.
//!
//! ```toml
//! [roles.admin]                       # someone who holds this role and nothing else
//! allow = ["members.view"]            # where the role is held; all else is denied
//! own = ["projects.delete"]           # there, for their own things only
//! in_sub_organizations = []           # what follows from it in a sub-organization
//! in_workspaces = ["workspace.view"]  # and in a workspace they don't belong to
//!
//! [given]                             # each role, and the roles whose holders may give it; nobody else may
//! admin = ["owner"]
//! [taken]
//! admin = ["owner", "admin"]
//! [custom_roles.helper]               # where the model has custom roles: one that holds this
//! allow = ["members.view"]
//! given = ["owner"]
//! taken = ["owner"]
//! ```

use super::{
    Giver, GrantRule, Located, Model, PermissionIx, Role,
    error::{Problems, expected},
    grant::{Given, Held, WhyNot, allows, may_give, may_take},
    read::Table,
};
use crate::{PermissionKey, RoleKey, ScopeKind};
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;

/// The examples of one file, read once, checked against any model.
#[derive(Clone, Debug)]
pub struct Examples {
    file: String,
    text: String,
    roles: Vec<Holder>,
    given: Rules,
    taken: Rules,
    custom: Vec<Custom>,
}

/// Names, and where the list stands in the text.
#[derive(Clone, Debug, Default)]
struct Names {
    offset: usize,
    names: Vec<String>,
}

#[derive(Clone, Debug)]
struct Holder {
    role: RoleKey,
    allow: Names,
    own: Names,
    in_sub_organizations: Names,
    in_workspaces: Names,
}

#[derive(Clone, Debug, Default)]
struct Rules {
    offset: usize,
    rules: BTreeMap<RoleKey, Names>,
}

#[derive(Clone, Debug)]
struct Custom {
    role: RoleKey,
    allow: Names,
    given: Names,
    taken: Names,
}

/// Runs a file's examples against a model: what differs, each with its place in the examples.
pub fn run(model: &Model, file_name: &str, text: &str) -> Vec<Located> {
    match Examples::parse(file_name, text) {
        Ok(examples) => examples.check(model),
        Err(wrong) => wrong,
    }
}

impl Examples {
    /// Reads a file of examples.
    ///
    /// # Errors
    /// Everything that keeps it from being read.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, Vec<Located>> {
        let mut problems = Problems::new(file_name, text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            problems.at_offset(offset, error.message().to_lowercase(), "expected a TOML file");
        }
        let mut file = Table::new("", document.get_ref());
        let mut examples = Self {
            file: file_name.to_owned(),
            text: text.to_owned(),
            roles: Vec::new(),
            given: Rules::default(),
            taken: Rules::default(),
            custom: Vec::new(),
        };
        if let Some(mut table) = file.table("roles", &mut problems) {
            for (role, value) in table.take_rest(&mut problems) {
                let offset = value.span.start;
                let Some(table) = value.table(&mut problems) else { continue };
                examples.roles.push(holder(role, table, offset, &mut problems));
            }
        }
        examples.given = rules(&mut file, "given", &mut problems);
        examples.taken = rules(&mut file, "taken", &mut problems);
        if let Some(mut table) = file.table("custom_roles", &mut problems) {
            for (role, value) in table.take_rest(&mut problems) {
                let offset = value.span.start;
                let Some(table) = value.table(&mut problems) else { continue };
                examples.custom.push(custom(role, table, offset, &mut problems));
            }
        }
        file.finish(&mut problems);
        if problems.is_empty() { Ok(examples) } else { Err(problems.into_found()) }
    }

    /// What a model does otherwise than the examples say.
    pub fn check(&self, model: &Model) -> Vec<Located> {
        let alone = |kind: ScopeKind| {
            if !model.has_kind(kind) {
                return Vec::new();
            }
            let held = |role: &Role| (role.key.clone(), Held::alone(model, &role.key, kind));
            model.roles.iter().map(held).collect::<Vec<_>>()
        };
        let mut run = Run {
            model,
            problems: Problems::new(&self.file, &self.text),
            at_organizations: alone(ScopeKind::Organization),
            at_workspaces: alone(ScopeKind::Workspace),
        };
        for holder in &self.roles {
            run.holder(holder);
        }
        for role in model.roles.iter().filter(|role| !self.roles.iter().any(|holder| holder.role == role.key)) {
            let right = format!("write `[roles.{}]`", role.key);
            run.problems.at_offset(0, format!("no example says what `{}` may do", role.key), right);
        }
        let given: Vec<(ScopeKind, Given<'_>)> =
            model.roles.iter().filter_map(|role| Some((role.at, Given::role(model, &role.key)?))).collect();
        run.rules(&given, &self.given, GIVE);
        run.rules(&given, &self.taken, TAKE);
        if model.custom_roles.is_some() && self.custom.is_empty() {
            let right = "write `[custom_roles.NAME]`";
            run.problems.at_offset(0, "no example says who may give a custom role", right);
        }
        for custom in &self.custom {
            run.custom(custom);
        }
        run.problems.into_found()
    }
}

fn names(table: &mut Table<'_>, key: &'static str, otherwise: usize, problems: &mut Problems<'_>) -> Names {
    let Some(value) = table.take(key, problems) else { return Names { offset: otherwise, names: Vec::new() } };
    Names { offset: value.span.start, names: value.strings(problems).unwrap_or_default() }
}

fn holder(role: &str, mut table: Table<'_>, offset: usize, problems: &mut Problems<'_>) -> Holder {
    let mut list = |key| names(&mut table, key, offset, problems);
    let holder = Holder {
        role: RoleKey::new(role),
        allow: list("allow"),
        own: list("own"),
        in_sub_organizations: list("in_sub_organizations"),
        in_workspaces: list("in_workspaces"),
    };
    table.finish(problems);
    holder
}

fn custom(role: &str, mut table: Table<'_>, offset: usize, problems: &mut Problems<'_>) -> Custom {
    let mut list = |key| names(&mut table, key, offset, problems);
    let custom = Custom { role: RoleKey::new(role), allow: list("allow"), given: list("given"), taken: list("taken") };
    table.finish(problems);
    custom
}

fn rules(file: &mut Table<'_>, section: &'static str, problems: &mut Problems<'_>) -> Rules {
    let Some(value) = file.take(section, problems) else { return Rules::default() };
    let mut rules = Rules { offset: value.span.start, rules: BTreeMap::new() };
    let Some(mut table) = value.table(problems) else { return rules };
    for (role, value) in table.take_rest(problems) {
        let who = Names { offset: value.span.start, names: value.strings(problems).unwrap_or_default() };
        rules.rules.insert(RoleKey::new(role), who);
    }
    rules
}

/// Giving or taking.
#[derive(Clone, Copy)]
struct Verb {
    way: &'static str,
    check: fn(&Model, &Held, &Given<'_>) -> Result<(), WhyNot>,
    by: fn(&GrantRule) -> &[Giver],
}

const GIVE: Verb = Verb { way: "give", check: may_give, by: |rule| &rule.given_by };
const TAKE: Verb = Verb { way: "take", check: may_take, by: |rule| &rule.taken_by };

struct Run<'r> {
    model: &'r Model,
    problems: Problems<'r>,
    /// Each role, and what its holder holds at organizations.
    at_organizations: Vec<(RoleKey, Held)>,
    /// Each role, and what its holder holds at workspaces.
    at_workspaces: Vec<(RoleKey, Held)>,
}

impl Run<'_> {
    fn holder(&mut self, holder: &Holder) {
        let model = self.model;
        let Some(role) = model.role(&holder.role) else {
            self.undeclared(holder.role.as_str(), holder.allow.offset);
            return;
        };
        let here = BTreeSet::from([role.key.clone()]);
        self.same(holder, &holder.allow, &model.permissions_of(&here, role.at), "may do where the role is held");
        self.same(holder, &holder.own, &model.own_permissions_of(&here, role.at), "may do with their own things");
        let everywhere = |ix: &PermissionIx| model.permission_at(*ix).is_some_and(|p| !p.roots_only);
        let below = |kind: ScopeKind, there: bool| {
            let roles = if there && role.at == ScopeKind::Organization { model.flow(&here, kind) } else { BTreeSet::new() };
            model.permissions_of(&roles, kind).into_iter().filter(everywhere).collect::<BTreeSet<_>>()
        };
        let sub = below(ScopeKind::Organization, model.organization.depth > 0);
        let workspace = below(ScopeKind::Workspace, model.workspaces.is_some());
        self.same(holder, &holder.in_sub_organizations, &sub, "may do in a sub-organization");
        self.same(holder, &holder.in_workspaces, &workspace, "may do in a workspace below");
    }

    /// The permissions named are exactly these.
    fn same(&mut self, holder: &Holder, names: &Names, really: &BTreeSet<PermissionIx>, where_to: &str) {
        let mut named = BTreeSet::new();
        for name in &names.names {
            match self.model.permission_ix(&PermissionKey::new(name)) {
                Some(ix) => _ = named.insert(ix),
                None => {
                    let known = expected(name, self.model.permissions.iter().map(|p| p.key.as_str()));
                    self.problems.at_offset(names.offset, format!("undeclared permission `{name}`"), known);
                }
            }
        }
        let title = |ix: &PermissionIx| self.model.permission_at(*ix).map(|p| p.key.to_string()).unwrap_or_default();
        for ix in really.difference(&named) {
            let what = format!("`{}` {where_to}: `{}`", holder.role, title(ix));
            self.problems.at_offset(names.offset, what, "the example denies it");
        }
        for ix in named.difference(really) {
            let what = format!("not what `{}` {where_to}: `{}`", holder.role, title(ix));
            self.problems.at_offset(names.offset, what, "the example allows it");
        }
    }

    fn rules(&mut self, roles: &[(ScopeKind, Given<'_>)], rules: &Rules, verb: Verb) {
        for (key, names) in &rules.rules {
            if self.model.role(key).is_none() {
                self.undeclared(key.as_str(), names.offset);
            }
        }
        for (at, given) in roles {
            match rules.rules.get(&given.key) {
                Some(names) => self.who(names, given, *at, verb),
                None => {
                    let what = format!("no example says who may {} `{}`", verb.way, given.key);
                    self.problems.at_offset(rules.offset, what, format!("write `{} = […]`", given.key));
                }
            }
        }
    }

    fn custom(&mut self, custom: &Custom) {
        let model = self.model;
        let ixs = custom.allow.names.iter().filter_map(|name| model.permission_ix(&PermissionKey::new(name)));
        let Some(given) = Given::custom(model, custom.role.clone(), custom.role.as_str(), ixs.collect()) else {
            let right = "strike `[custom_roles]`";
            self.problems.at_offset(custom.allow.offset, "the model has no custom roles", right);
            return;
        };
        self.who(&custom.given, &given, ScopeKind::Organization, GIVE);
        self.who(&custom.taken, &given, ScopeKind::Organization, TAKE);
    }

    /// Exactly the holders of these roles may give or take the role.
    fn who(&mut self, names: &Names, given: &Given<'_>, at: ScopeKind, verb: Verb) {
        for name in names.names.iter().filter(|name| self.model.role(&RoleKey::new(name)).is_none()) {
            self.undeclared(name, names.offset);
        }
        let holders = match at {
            ScopeKind::Organization => &self.at_organizations,
            ScopeKind::Workspace => &self.at_workspaces,
        };
        for (key, held) in holders {
            let named = names.names.iter().any(|name| name == key.as_str());
            let way = verb.way;
            if named {
                let Err(why) = (verb.check)(self.model, held, given) else { continue };
                let what = format!("`{key}` may not {way} `{}`: {why}", given.key);
                self.problems.at_offset(names.offset, what, "the example allows it");
            } else if allows(self.model, held, given, (verb.by)(given.rule)) {
                let what = format!("`{key}` may {way} `{}`", given.key);
                self.problems.at_offset(names.offset, what, "the example denies it");
            }
        }
    }

    fn undeclared(&mut self, name: &str, offset: usize) {
        let known = expected(name, self.model.roles.iter().map(|role| role.key.as_str()));
        self.problems.at_offset(offset, format!("undeclared role `{name}`"), known);
    }
}
