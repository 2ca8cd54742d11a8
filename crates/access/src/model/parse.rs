//! From the file's text to a [`Model`]: the sections that say what an organization is and how one gets in.

use super::{
    Giver, GrantRule, Holders, InvitationRole, InvitationRules, InviteBy, ManyTopHolders, Model, OrganizationRules, TeamRules,
    ToWorkspaces, WorkspaceRules, check,
    error::{Located, Problems},
    limits, parse_matrix, parse_portal,
    read::Table,
    words,
};
use crate::{Operation, RoleKey, ScopeKind};
use std::collections::{BTreeMap, BTreeSet};
use toml::de::DeTable;

/// The kinds of scope by the names of model files.
pub(super) const KINDS: &[(&str, ScopeKind)] = &[("organization", ScopeKind::Organization), ("workspace", ScopeKind::Workspace)];

pub(super) fn load(file: &str, text: &str) -> Result<Model, Vec<Located>> {
    let mut problems = Problems::new(file, text);
    if let Err(over) = limits::FILE_BYTES.allow(text.len()) {
        problems.at("", over.to_string(), "make the file smaller");
        return Err(problems.into_found());
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        problems.at_offset(offset, error.message().to_lowercase(), "expected a TOML file");
    }
    if !problems.is_empty() {
        return Err(problems.into_found());
    }
    let model = read(Table::new("", document.get_ref()), text, &mut problems);
    // Without tables, all that could be said is that everything is missing.
    if !model.roles.is_empty() && !model.permissions.is_empty() {
        check::all(&model, &mut problems);
    } else if problems.is_empty() {
        problems.at("", "the model has no roles or no permissions", "declare `[roles]` and `[permissions]`");
    }
    if problems.is_empty() { Ok(model) } else { Err(problems.into_found()) }
}

fn read(mut file: Table<'_>, text: &str, problems: &mut Problems<'_>) -> Model {
    match file.number("format", 0..=u32::MAX, problems) {
        Some(1) => {}
        Some(other) => problems.at("format", format!("format `{other}` is unknown"), "this version reads format 1"),
        None => problems.at("", "`format` is missing", "write `format = 1`"),
    }
    let id = file.required("id", problems);
    let title = file.required("title", problems);
    let closed_names = file.strings("closed", problems).unwrap_or_default();
    let words = words::parse(file.table("words", problems), problems);
    let organization = if let Some(table) = file.table("organization", problems) {
        organization(table, problems)
    } else {
        problems.at("", "`[organization]` is missing", "write one, with at least `top_role`");
        organization(Table::new("organization", &DeTable::new()), &mut Problems::new("", ""))
    };
    let workspaces = file.table("workspaces", problems).map(|table| workspaces(table, problems));
    let teams = file.table("teams", problems).map(|table| teams(table, problems));
    let custom_roles = file.table("custom_roles", problems).map(|table| custom_roles(table, problems));
    let invitation = invitation(file.table("invitation", problems), problems);
    let matrix = parse_matrix::parse(&mut file, problems);
    let portal = parse_portal::parse(&mut file, &matrix, problems);
    file.finish(problems);
    let mut model = Model {
        id,
        title,
        text: text.to_owned(),
        words,
        organization,
        workspaces,
        teams,
        custom_roles,
        invitation,
        roles: matrix.roles,
        groups: matrix.groups,
        permissions: matrix.permissions,
        modules: portal.modules,
        resources: portal.resources,
        features: portal.features,
        plans: portal.plans,
        review_suggest_after: portal.review_suggest_after,
        pages: portal.pages,
        closed: BTreeSet::new(),
        closed_at: BTreeSet::new(),
        opened: BTreeMap::new(),
    };
    close(&mut model, &closed_names, problems);
    model.settle();
    model
}

/// `"key.create"` closes an operation everywhere, `"member.add at organization"` at one kind of scope.
fn close(model: &mut Model, names: &[String], problems: &mut Problems<'_>) {
    for (n, entry) in names.iter().enumerate() {
        let path = format!("closed/{n}");
        let (name, kind) = match entry.split_once(" at ") {
            Some((name, kind)) => (name, Some(kind)),
            None => (entry.as_str(), None),
        };
        let Some(operation) = parse_matrix::operation(name, &path, problems) else { continue };
        let kinds: Vec<ScopeKind> = match kind {
            None => {
                model.closed.insert(operation);
                operation.kinds().iter().copied().filter(|kind| model.has(operation, *kind)).collect()
            }
            Some(word) => operation.kinds().iter().copied().filter(|kind| kind.as_str() == word).collect(),
        };
        if kinds.is_empty() && kind.is_some() {
            let right = format!("it is asked at {}", kind_names(operation.kinds()));
            problems.at(&path, format!("`{entry}`: the operation is never asked there"), right);
        }
        for kind in kinds {
            if !model.closed_at.insert((operation, kind)) {
                problems.at(&path, format!("`{name}` is closed twice"), "name it once");
            }
        }
    }
}

pub(super) fn kind_names(kinds: &[ScopeKind]) -> String {
    kinds.iter().map(|kind| format!("{kind}s")).collect::<Vec<_>>().join(" and ")
}

pub(super) fn role_keys(names: Option<Vec<String>>) -> Vec<RoleKey> {
    names.unwrap_or_default().iter().map(|name| RoleKey::new(name)).collect()
}

fn organization(mut table: Table<'_>, problems: &mut Problems<'_>) -> OrganizationRules {
    let holders = [("exactly_one", Holders::ExactlyOne), ("at_least_one", Holders::AtLeastOne)];
    let most_depth = u32::try_from(limits::DEPTH.most).unwrap_or_default();
    let rules = OrganizationRules {
        top_role: RoleKey::new(&table.required("top_role", problems)),
        holders: table.choice("holders", &holders, problems).unwrap_or(Holders::AtLeastOne),
        after_transfer: table.string("after_transfer", problems).map(|name| RoleKey::new(&name)),
        depth: table.number("depth", 0..=most_depth, problems).and_then(|n| u8::try_from(n).ok()).unwrap_or_default(),
        outsiders: table.flag("outsiders", problems).unwrap_or_default(),
        everyone_owns_one: table.flag("everyone_owns_one", problems).unwrap_or_default(),
        base_role: table.string("base_role", problems).map(|name| RoleKey::new(&name)),
        domain_policies: table
            .choices("domain_policies", &[("join", "join")], problems)
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        domain_roles: role_keys(table.strings("domain_roles", problems)),
        many_top_holders: table.table("many_top_holders", problems).map(|mut many| {
            let above = many.number("above", 1..=u32::MAX, problems).unwrap_or(1);
            let percent = many.number("percent", 1..=100, problems).unwrap_or(100);
            many.finish(problems);
            ManyTopHolders { above, percent }
        }),
    };
    table.finish(problems);
    rules
}

fn workspaces(mut table: Table<'_>, problems: &mut Problems<'_>) -> WorkspaceRules {
    let rules = WorkspaceRules {
        creator_roles: role_keys(table.strings("creator_roles", problems)),
        first: role_keys(table.strings("first", problems)),
        outsiders: table.flag("outsiders", problems).unwrap_or_default(),
        personal: role_keys(table.strings("personal", problems)),
        personal_kept_days: table.number("personal_kept_days", 0..=3_650, problems).unwrap_or_default(),
        default_role: table.string("default_role", problems).map(|name| RoleKey::new(&name)),
    };
    table.finish(problems);
    rules
}

fn teams(mut table: Table<'_>, problems: &mut Problems<'_>) -> TeamRules {
    let rules = TeamRules {
        hold_roles_at: table.choices("hold_roles_at", KINDS, problems).unwrap_or_default(),
        managers: table.flag("managers", problems).unwrap_or_default(),
    };
    table.finish(problems);
    rules
}

fn custom_roles(mut table: Table<'_>, problems: &mut Problems<'_>) -> GrantRule {
    let at = table.choice("at", KINDS, problems);
    if at == Some(ScopeKind::Workspace) {
        problems.at("custom_roles/at", "custom roles at workspaces are unknown", "expected `organization`");
    }
    let rule = grant_rule(&mut table, problems);
    table.finish(problems);
    rule
}

/// `given_by`, `taken_by` and `exceeds`, where the table says them.
pub(super) fn grant_rule(table: &mut Table<'_>, problems: &mut Problems<'_>) -> GrantRule {
    GrantRule {
        given_by: givers(table.strings("given_by", problems)),
        taken_by: givers(table.strings("taken_by", problems)),
        exceeds: table.string("exceeds", problems),
    }
}

fn givers(names: Option<Vec<String>>) -> Vec<Giver> {
    let giver = |name: &String| match name.as_str() {
        "up_to_own" => Giver::UpToOwn,
        role => Giver::Role(RoleKey::new(role)),
    };
    names.unwrap_or_default().iter().map(giver).collect()
}

fn invitation(table: Option<Table<'_>>, problems: &mut Problems<'_>) -> InvitationRules {
    let by = [("email", InviteBy::Email), ("list", InviteBy::List), ("handle", InviteBy::Handle), ("csv", InviteBy::Csv)];
    let role = [("fixed", InvitationRole::Fixed), ("optional", InvitationRole::Optional), ("required", InvitationRole::Required)];
    let to_workspaces = [("no", ToWorkspaces::No), ("in_one_step", ToWorkspaces::InOneStep), ("after", ToWorkspaces::After)];
    let mut rules = InvitationRules {
        by: vec![InviteBy::Email],
        role: InvitationRole::Required,
        default: Vec::new(),
        offered: Vec::new(),
        accept_by_sign_in: false,
        days: 7,
        reminder_gap_minutes: 60,
        reminders: 5,
        to_workspaces: ToWorkspaces::No,
    };
    let Some(mut table) = table else {
        problems.at("", "`[invitation]` is missing", "write one, with at least `by` and `role`");
        return rules;
    };
    rules.by = table.choices("by", &by, problems).unwrap_or(rules.by);
    rules.role = table.choice("role", &role, problems).unwrap_or(rules.role);
    rules.default = role_keys(table.strings("default", problems));
    rules.offered = role_keys(table.strings("offered", problems));
    let accept = table.choices("accept", &[("link", false), ("sign_in", true)], problems);
    rules.accept_by_sign_in = accept.unwrap_or_default().contains(&true);
    rules.days = table.number("days", 1..=30, problems).unwrap_or(rules.days);
    let gap = table.number("reminder_gap_minutes", 60..=43_200, problems);
    rules.reminder_gap_minutes = gap.unwrap_or(rules.reminder_gap_minutes);
    rules.reminders = table.number("reminders", 0..=5, problems).unwrap_or(rules.reminders);
    rules.to_workspaces = table.choice("to_workspaces", &to_workspaces, problems).unwrap_or(rules.to_workspaces);
    table.finish(problems);
    rules
}

impl Model {
    /// Computes what follows from the rows: who holds what, which permission opens what, what the form offers.
    pub(super) fn settle(&mut self) {
        let top = self.organization.top_role.clone();
        for role in &mut self.roles {
            let module = self.modules.iter().find(|module| module.roles.contains(&role.key));
            role.module = module.map(|module| module.key.clone());
            let numbered = || (0..=u16::MAX).map(super::PermissionIx).zip(&self.permissions);
            let holds = |p: &super::Permission| role.key == top || p.roles.contains(&role.key);
            role.permissions = numbered().filter(|(_, p)| holds(p)).map(|(ix, _)| ix).collect();
            role.own = numbered().filter(|(_, p)| p.own.contains(&role.key)).map(|(ix, _)| ix).collect();
        }
        self.opened = BTreeMap::new();
        for (ix, permission) in (0..=u16::MAX).map(super::PermissionIx).zip(&self.permissions) {
            for (operation, kind) in self.asked(permission) {
                self.opened.entry((operation, kind)).or_insert(ix);
            }
        }
        if self.invitation.offered.is_empty() {
            let given = self.roles.iter().filter(|role| role.at == ScopeKind::Organization && role.module.is_none());
            let given = given.filter(|role| !role.grant.given_by.is_empty());
            self.invitation.offered = given.map(|role| role.key.clone()).collect();
        }
    }

    /// The (operation, kind) pairs that a permission opens in this model.
    pub(super) fn asked(&self, permission: &super::Permission) -> Vec<(Operation, ScopeKind)> {
        let mut pairs = Vec::new();
        for operation in &permission.opens {
            let kinds = operation.kinds().iter().filter(|kind| permission.at.contains(kind));
            pairs.extend(kinds.filter(|kind| self.has(*operation, **kind)).map(|kind| (*operation, *kind)));
        }
        pairs
    }
}
