//! The tables: roles, and group by group the permissions with who holds them.

use super::{
    GrantRule, Group, Permission, PermissionIx, Role,
    error::{Problems, expected, list},
    parse::{KINDS, grant_rule, role_keys},
    read::{Table, Value},
};
use crate::{Operation, PermissionKey, RoleKey, ScopeKind};
use std::collections::BTreeMap;

/// What stands in `[roles]`, `[groups]` and `[permissions]`.
pub(super) struct Matrix {
    pub(super) roles: Vec<Role>,
    pub(super) groups: Vec<Group>,
    pub(super) permissions: Vec<Permission>,
}

impl Matrix {
    pub(super) fn permission_ix(&self, key: &str) -> Option<PermissionIx> {
        let at = self.permissions.iter().position(|permission| permission.key.as_str() == key)?;
        u16::try_from(at).ok().map(PermissionIx)
    }
}

/// What a group's permissions have in common unless they say otherwise.
#[derive(Default)]
struct Common {
    at: Kinds,
    editable: bool,
    roots_only: bool,
    ours: bool,
}

/// The kinds of scope that an `at` names.
#[derive(Clone, Default)]
struct Kinds {
    kinds: Vec<ScopeKind>,
    /// It is written, and can't be read: what is wrong with it was said.
    is_wrong: bool,
}

impl Kinds {
    /// Where a role is held.
    fn one(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        Self::read(table, problems, |table, problems| table.choice("at", KINDS, problems).map(|kind| vec![kind]))
    }
    /// Where permissions exist.
    fn many(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Self> {
        Self::read(table, problems, |table, problems| table.choices("at", KINDS, problems))
    }
    /// `None`: there is no `at`, nor what was probably meant to be one.
    fn read(
        table: &mut Table<'_>,
        problems: &mut Problems<'_>,
        ask: impl Fn(&mut Table<'_>, &mut Problems<'_>) -> Option<Vec<ScopeKind>>,
    ) -> Option<Self> {
        let before = problems.n();
        let kinds = ask(table, problems);
        let is_wrong = problems.n() > before || (kinds.is_none() && table.means("at"));
        problems.is_incomplete |= is_wrong;
        (is_wrong || kinds.is_some()).then(|| Self { kinds: kinds.unwrap_or_default(), is_wrong })
    }
    fn is_missing(&self) -> bool {
        self.kinds.is_empty() && !self.is_wrong
    }
}

/// What all roles have in common unless they say otherwise.
#[derive(Default)]
struct RoleDefaults {
    at: Kinds,
    implies: Option<Implies>,
    grant: GrantRule,
}

/// `itself` stands for the role's own id.
type Implies = BTreeMap<ScopeKind, Vec<RoleKey>>;

pub(super) fn parse(file: &mut Table<'_>, problems: &mut Problems<'_>) -> Matrix {
    let defaults = file.table("role_defaults", problems).map(|table| role_defaults(table, problems));
    let defaults = defaults.unwrap_or_default();
    let mut homeless = Vec::new();
    let mut matrix = Matrix { roles: Vec::new(), groups: Vec::new(), permissions: Vec::new() };
    match file.table("roles", problems) {
        Some(mut table) => {
            for (id, value) in table.take_rest(problems) {
                check_id(id, &value, problems);
                let Some(table) = value.table(problems) else { continue };
                let (role, at) = role(id, table, &defaults, problems);
                homeless.extend(at.is_missing().then(|| id.to_owned()));
                matrix.roles.push(role);
            }
            say_where(("role", "is held", "are held"), &homeless, ("roles", "role_defaults", "[role_defaults]"), problems);
        }
        None => problems.at("", "`[roles]` is missing", "declare at least the top role"),
    }
    let mut commons = BTreeMap::new();
    if let Some(mut table) = file.table("groups", problems) {
        for (id, value) in table.take_rest(problems) {
            check_id(id, &value, problems);
            let Some(table) = value.table(problems) else { continue };
            let (group, common) = group(id, table, problems);
            matrix.groups.push(group);
            commons.insert(id.to_owned(), common);
        }
    }
    if let Some(mut table) = file.table("permissions", problems) {
        for (id, value) in table.take_rest(problems) {
            let Some(group) = matrix.groups.iter().find(|group| group.key == id) else {
                let known = expected(id, matrix.groups.iter().map(|group| group.key.as_str()));
                problems.at(&value.path, format!("undeclared group `{id}`"), known);
                problems.is_incomplete = true;
                continue;
            };
            let Some(mut rows) = value.table(problems) else { continue };
            let common = commons.remove(id).unwrap_or_default();
            let (section, above) = (format!("permissions/{id}"), format!("groups/{id}"));
            let mut homeless = Vec::new();
            for (id, value) in rows.take_rest(problems) {
                check_id(id, &value, problems);
                let Some(row) = value.table(problems) else { continue };
                let (permission, at) = permission(id, row, group, &common, problems);
                homeless.extend(at.is_missing().then(|| id.to_owned()));
                matrix.permissions.push(permission);
            }
            say_where(("permission", "exists", "exist"), &homeless, (&section, &above, &format!("[groups.{id}]")), problems);
        }
    }
    matrix
}

/// Who says nowhere at which kind of scope: one at its own place, several once, where they could say it together.
fn say_where(
    (noun, one, many): (&str, &str, &str),
    homeless: &[String],
    (section, above, header): (&str, &str, &str),
    problems: &mut Problems<'_>,
) {
    problems.is_incomplete |= !homeless.is_empty();
    match homeless {
        [] => {}
        [id] => {
            let right = format!("write `at = \"organization\"` or `at = \"workspace\"` here or in `{header}`");
            problems.at(&format!("{section}/{id}"), format!("the {noun} `{id}` doesn't say where it {one}"), right);
        }
        ids => {
            let path = if problems.knows(above) { above } else { section };
            let right = format!("write `at = \"organization\"` or `at = \"workspace\"` in `{header}` for all, or at each");
            problems.at(path, format!("the {noun}s {} don't say where they {many}", list(ids)), right);
        }
    }
}

/// Ids are lower-case words joined by dots and underscores.
pub(super) fn check_id(id: &str, value: &Value<'_>, problems: &mut Problems<'_>) {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.';
    if id.is_empty() || !id.chars().all(fine) {
        problems.at(&value.path, format!("`{id}` is no id"), "write it in lower-case letters, digits, `_` and `.`");
    }
    if let Err(over) = super::limits::ID_LENGTH.allow(id.chars().count()) {
        problems.at(&value.path, over.to_string(), "write a shorter id");
    }
}

pub(super) fn operation(name: &str, path: &str, problems: &mut Problems<'_>) -> Option<Operation> {
    let found = Operation::parse(name);
    // An empty one was said where it was read.
    if found.is_none() && !name.is_empty() {
        let known = expected(name, Operation::ALL.iter().map(|operation| operation.as_str()));
        problems.at(path, format!("unknown operation `{name}`"), known);
    }
    found
}

/// The operations of a list; each is found again under the list's path and its own name.
pub(super) fn operations(names: &[String], path: &str, problems: &mut Problems<'_>) -> Vec<Operation> {
    let mut found = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let place = format!("{path}/{n}");
        problems.also(&place, &format!("{path}/{name}"));
        found.extend(operation(name, &place, problems));
    }
    found
}

fn role_defaults(mut table: Table<'_>, problems: &mut Problems<'_>) -> RoleDefaults {
    let defaults = RoleDefaults {
        at: Kinds::one(&mut table, problems).unwrap_or_default(),
        implies: implies(&mut table, "itself", problems),
        grant: grant_rule(&mut table, problems),
    };
    table.finish(problems);
    defaults
}

/// The role, and where it is held.
fn role(id: &str, mut table: Table<'_>, defaults: &RoleDefaults, problems: &mut Problems<'_>) -> (Role, Kinds) {
    let title = table.required("title", problems);
    let at = Kinds::one(&mut table, problems).unwrap_or_else(|| defaults.at.clone());
    let own_name = |key: &RoleKey| if key.as_str() == "itself" { RoleKey::new(id) } else { key.clone() };
    let implied = implies(&mut table, id, problems).or_else(|| defaults.implies.clone()).unwrap_or_default();
    let stated = grant_rule(&mut table, problems);
    let grant = GrantRule {
        given_by: if table.has("given_by") { stated.given_by } else { defaults.grant.given_by.clone() },
        taken_by: if table.has("taken_by") { stated.taken_by } else { defaults.grant.taken_by.clone() },
        exceeds: stated.exceeds.or_else(|| defaults.grant.exceeds.clone()),
    };
    let role = Role {
        key: RoleKey::new(id),
        title,
        description: table.string("description", problems).unwrap_or_default(),
        at: at.kinds.first().copied().unwrap_or(ScopeKind::Organization),
        module: None,
        rank: table.number("rank", 0..=1_000, problems).unwrap_or_default(),
        implies: implied.iter().map(|(kind, keys)| (*kind, keys.iter().map(own_name).collect())).collect(),
        grant,
        locked: table.string("locked", problems),
        membership: table.flag("membership", problems).unwrap_or(true),
        shown_above_as: table.string("shown_above_as", problems).map(|name| RoleKey::new(&name)),
        permissions: Vec::new(),
        own: Vec::new(),
    };
    table.finish(problems);
    (role, at)
}

/// `implies = { organization = "itself", workspace = ["manager"] }`.
fn implies(table: &mut Table<'_>, id: &str, problems: &mut Problems<'_>) -> Option<Implies> {
    let mut kinds = table.table("implies", problems)?;
    let mut implied = Implies::new();
    for (name, kind) in KINDS {
        let Some(value) = kinds.take(name, problems) else { continue };
        let keys = if value.raw.as_str() == Some("itself") { vec![RoleKey::new(id)] } else { role_keys(value.strings(problems)) };
        implied.insert(*kind, keys);
    }
    kinds.finish(problems);
    Some(implied)
}

fn group(id: &str, mut table: Table<'_>, problems: &mut Problems<'_>) -> (Group, Common) {
    let group = Group {
        key: id.to_owned(),
        title: table.required("title", problems),
        sentence: table.string("sentence", problems),
        off_page: table.flag("off_page", problems).unwrap_or_default(),
        columns: role_keys(table.strings("columns", problems)),
    };
    let common = Common {
        at: Kinds::many(&mut table, problems).unwrap_or_default(),
        editable: table.flag("editable", problems).unwrap_or_default(),
        roots_only: table.flag("roots_only", problems).unwrap_or_default(),
        ours: table.flag("ours", problems).unwrap_or_default(),
    };
    table.finish(problems);
    (group, common)
}

/// The permission, and where it exists.
fn permission(id: &str, mut table: Table<'_>, group: &Group, common: &Common, problems: &mut Problems<'_>) -> (Permission, Kinds) {
    let title = table.required("title", problems);
    let at = Kinds::many(&mut table, problems).unwrap_or_else(|| common.at.clone());
    let (roles, own) = holders(&mut table, group, problems);
    let names = table.strings("opens", problems).unwrap_or_default();
    let path = table.below("opens");
    let opens = operations(&names, &path, problems);
    let needs = table.strings("needs", problems).unwrap_or_default();
    let permission = Permission {
        key: PermissionKey::new(id),
        title,
        description: table.string("description", problems).unwrap_or_default(),
        group: group.key.clone(),
        at: at.kinds.clone(),
        roots_only: table.flag("roots_only", problems).unwrap_or(common.roots_only),
        roles,
        own,
        opens,
        editable: table.flag("editable", problems).unwrap_or(common.editable),
        destructive: table.flag("destructive", problems).unwrap_or_default(),
        needs: needs.iter().map(|name| PermissionKey::new(name)).collect(),
        ours: table.flag("ours", problems).unwrap_or(common.ours),
    };
    table.finish(problems);
    (permission, at)
}

/// Who holds it: a list of roles, or one row of cells (`"yes yes no"`) under the group's columns.
fn holders(table: &mut Table<'_>, group: &Group, problems: &mut Problems<'_>) -> (Vec<RoleKey>, Vec<RoleKey>) {
    let own = table.strings("own", problems);
    let Some(value) = table.take("roles", problems) else {
        problems.at(table.path(), "`roles` is missing", "name every role that holds it, the top role too");
        return (Vec::new(), Vec::new());
    };
    if let Some(row) = value.raw.as_str() {
        if own.is_some() {
            problems.at(&table.below("own"), "`own` beside a row of cells", "write `own` into the role's cell");
        }
        return cells(row, &value, group, problems);
    }
    (role_keys(value.strings(problems)), role_keys(own))
}

fn cells(row: &str, value: &Value<'_>, group: &Group, problems: &mut Problems<'_>) -> (Vec<RoleKey>, Vec<RoleKey>) {
    let cells: Vec<&str> = row.split_whitespace().collect();
    let (n, columns) = (cells.len(), group.columns.len());
    if n != columns {
        let right = match columns {
            0 => format!("give the group `{}` its `columns`", group.key),
            _ => format!("columns of the group `{}`: {columns}", group.key),
        };
        problems.at(&value.path, format!("cells in the row: {n}"), right);
    }
    let (mut roles, mut own) = (Vec::new(), Vec::new());
    for (cell, role) in cells.iter().zip(&group.columns) {
        match *cell {
            "yes" => roles.push(role.clone()),
            "own" => own.push(role.clone()),
            "no" => {}
            other => problems.at(&value.path, format!("unknown cell `{other}`"), "expected `yes`, `no` or `own`"),
        }
    }
    (roles, own)
}
