//! What a model must be to be loaded, beyond being readable.

use super::{
    Holders, InvitationRole, Model, Role, check_grants, check_operations,
    error::{Problems, expected, list},
    limits::{self, Limit},
    parse::kind_names,
};
use crate::{Operation, RoleKey, ScopeKind, operation::Part};
use std::collections::BTreeSet;

pub(super) fn all(model: &Model, problems: &mut Problems<'_>) {
    limits(model, problems);
    references(model, problems);
    permissions(model, problems);
    modules(model, problems);
    organization(model, problems);
    plans(model, problems);
    if problems.is_incomplete {
        return;
    }
    top_role(model, problems);
    implied(model, problems);
    pages(model, problems);
    check_operations::all(model, problems);
    check_grants::all(model, problems);
}

fn limits(model: &Model, problems: &mut Problems<'_>) {
    let counts: [(&str, Limit, usize); 7] = [
        ("roles", limits::ROLES, model.roles.len()),
        ("permissions", limits::PERMISSIONS, model.permissions.len()),
        ("groups", limits::GROUPS, model.groups.len()),
        ("modules", limits::MODULES, model.modules.len()),
        ("resources", limits::RESOURCE_KINDS, model.resources.len()),
        ("features", limits::FEATURES, model.features.len()),
        ("plans", limits::PLANS, model.plans.len()),
    ];
    for (section, limit, n) in counts {
        if let Err(over) = limit.allow(n) {
            problems.at(section, over.to_string(), "declare fewer");
        }
    }
}

/// The role of this id, held at this kind of scope; else says what is wrong with naming it here.
pub(super) fn known_role<'m>(
    model: &'m Model,
    key: &RoleKey,
    at: Option<ScopeKind>,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<&'m Role> {
    if key.as_str().is_empty() {
        return None; // Said where it was read.
    }
    let Some(role) = model.role(key) else {
        let fitting = model.roles.iter().filter(|role| at.is_none_or(|kind| role.at == kind));
        let right = expected(key.as_str(), fitting.map(|role| role.key.as_str()));
        problems.at(path, format!("undeclared role `{key}`"), right);
        return None;
    };
    if let Some(kind) = at.filter(|kind| role.at != *kind && !problems.is_incomplete) {
        problems.at(path, format!("the role `{key}` is held at {}s", role.at), format!("name a role of {kind}s"));
        return None;
    }
    Some(role)
}

/// Every list of roles outside the tables.
fn references(model: &Model, problems: &mut Problems<'_>) {
    let (organization, workspace) = (Some(ScopeKind::Organization), Some(ScopeKind::Workspace));
    let rules = &model.organization;
    let mut lists: Vec<(&str, &[RoleKey], Option<ScopeKind>)> = vec![
        ("organization/after_transfer", rules.after_transfer.as_slice(), organization),
        ("organization/base_role", rules.base_role.as_slice(), organization),
        ("organization/domain_roles", &rules.domain_roles, organization),
        ("invitation/default", &model.invitation.default, organization),
        ("invitation/offered", &model.invitation.offered, organization),
    ];
    if let Some(workspaces) = &model.workspaces {
        lists.extend([
            ("workspaces/creator_roles", workspaces.creator_roles.as_slice(), workspace),
            ("workspaces/first", &workspaces.first, workspace),
            ("workspaces/personal", &workspaces.personal, workspace),
            ("workspaces/default_role", workspaces.default_role.as_slice(), workspace),
        ]);
    }
    for (path, keys, at) in lists {
        for (n, key) in keys.iter().enumerate() {
            known_role(model, key, at, &format!("{path}/{n}"), problems);
        }
    }
    for group in &model.groups {
        for (n, key) in group.columns.iter().enumerate() {
            known_role(model, key, None, &format!("groups/{}/columns/{n}", group.key), problems);
        }
    }
    for role in &model.roles {
        let Some(shown) = &role.shown_above_as else { continue };
        let path = format!("roles/{}/shown_above_as", role.key);
        known_role(model, shown, organization, &path, problems);
    }
    for (key, _) in model.pages.workspace_people.iter().flat_map(|page| &page.fields) {
        known_role(model, key, workspace, &format!("pages/workspace_people/fields/{key}"), problems);
    }
}

fn top_role(model: &Model, problems: &mut Problems<'_>) {
    let key = &model.organization.top_role;
    let path = "organization/top_role";
    let Some(top) = known_role(model, key, Some(ScopeKind::Organization), path, problems) else { return };
    for role in model.roles.iter().filter(|role| role.key != *key && role.at == top.at) {
        if role.rank >= top.rank {
            let what = format!("the role `{}` ranks as high as the top role", role.key);
            problems.at(&format!("roles/{}/rank", role.key), what, format!("rank it below {}", top.rank));
        }
    }
    for permission in &model.permissions {
        let path = format!("permissions/{}/{}/roles", permission.group, permission.key);
        if !permission.roles.contains(key) {
            let what = format!("the permission `{}` doesn't list the top role", permission.key);
            problems.at(&path, what, format!("name `{key}`, which holds every permission"));
        }
    }
}

/// Below an organization lie sub-organizations and workspaces; below a workspace nothing.
fn implied(model: &Model, problems: &mut Problems<'_>) {
    for role in &model.roles {
        if !model.has_kind(role.at) {
            let path = format!("roles/{}/at", role.key);
            problems.at(&path, format!("the role `{}` has no scope", role.key), "declare `[workspaces]`");
        }
        for (kind, keys) in &role.implies {
            let path = format!("roles/{}/implies/{kind}", role.key);
            if role.at == ScopeKind::Workspace {
                let what = format!("the role `{}` implies roles below workspaces", role.key);
                problems.at(&path, what, "nothing lies below a workspace: leave it out");
                continue;
            }
            let missing = match kind {
                ScopeKind::Organization => (model.organization.depth == 0).then_some("depth 0"),
                ScopeKind::Workspace => model.workspaces.is_none().then_some("no `[workspaces]`"),
            };
            if let Some(missing) = missing {
                let what = format!("the role `{}` implies roles at {kind}s below, and there are none", role.key);
                problems.at(&path, what, format!("the model has {missing}: leave it out"));
                continue;
            }
            for (n, key) in keys.iter().enumerate() {
                let path = format!("{path}/{n}");
                let known = known_role(model, key, Some(*kind), &path, problems);
                if known.is_some() && *kind == role.at && *key != role.key {
                    let what = format!("the role `{}` implies `{key}`, another of its own kind of scope", role.key);
                    problems.at(&path, what, "at sub-organizations a role implies only `itself`");
                }
            }
        }
    }
}

fn permissions(model: &Model, problems: &mut Problems<'_>) {
    let mut seen = BTreeSet::new();
    for permission in &model.permissions {
        let path = format!("permissions/{}/{}", permission.group, permission.key);
        let columns = model.groups.iter().find(|group| group.key == permission.group).map(|group| &group.columns);
        if !seen.insert(&permission.key) {
            problems.at(&path, format!("the permission `{}` is declared twice", permission.key), "declare it once");
        }
        for kind in permission.at.iter().filter(|kind| !model.has_kind(**kind)) {
            problems.at(&format!("{path}/at"), format!("there are no {kind}s"), "declare `[workspaces]`");
        }
        for (n, key) in permission.roles.iter().enumerate() {
            let column = columns.is_some_and(|columns| columns.contains(key));
            if model.role(key).is_none() && column {
                continue; // Said once, at the group's columns.
            }
            let path = format!("{path}/roles/{n}");
            let Some(role) = known_role(model, key, None, &path, problems) else { continue };
            if columns.is_some_and(|columns| !columns.is_empty() && !column) {
                let what = format!("`{key}` holds it, and the group's `columns` leave the role out");
                problems.at(&path, what, format!("add `{key}` to `columns` of the group `{}`: no table would show it", permission.group));
            }
            if permission.own.contains(key) {
                problems.at(&path, format!("`{key}` holds it, and for own things"), "name the role once");
            }
            of_its_kind(model, permission, role, &path, problems);
        }
        for (n, key) in permission.own.iter().enumerate() {
            let path = format!("{path}/own/{n}");
            let Some(role) = known_role(model, key, None, &path, problems) else { continue };
            of_its_kind(model, permission, role, &path, problems);
        }
        needs(model, permission, &path, problems);
    }
}

fn of_its_kind(model: &Model, permission: &super::Permission, role: &Role, path: &str, problems: &mut Problems<'_>) {
    if !permission.at.contains(&role.at) && !model.is_top(&role.key) && !problems.is_incomplete {
        let what = format!("the role `{}` is held at {}s, the permission at {}", role.key, role.at, kind_names(&permission.at));
        problems.at(path, what, "name a role of the permission's kind of scope");
    }
}

fn needs(model: &Model, permission: &super::Permission, path: &str, problems: &mut Problems<'_>) {
    // An empty one was said where it was read.
    for (n, key) in permission.needs.iter().enumerate().filter(|(_, key)| !key.as_str().is_empty()) {
        let Some(needed) = model.permission(key) else {
            let right = expected(key.as_str(), model.permissions.iter().map(|p| p.key.as_str()));
            problems.at(&format!("{path}/needs/{n}"), format!("undeclared permission `{key}`"), right);
            continue;
        };
        let lacks = |role: &&RoleKey| !needed.roles.contains(role) && !model.is_top(role);
        let own_lacks = |role: &&RoleKey| lacks(role) && !needed.own.contains(role);
        let breaking = permission.roles.iter().filter(lacks).chain(permission.own.iter().filter(own_lacks));
        for role in breaking {
            let what = format!("the role `{role}` holds `{}` without `{key}`, which it needs", permission.key);
            problems.at(&format!("{path}/roles"), what, format!("give `{role}` the permission `{key}` too"));
        }
    }
}

fn modules(model: &Model, problems: &mut Problems<'_>) {
    let mut seen = BTreeSet::new();
    for module in &model.modules {
        for (n, key) in module.roles.iter().enumerate() {
            let path = format!("modules/{}/roles/{n}", module.key);
            known_role(model, key, Some(ScopeKind::Organization), &path, problems);
            if !seen.insert(key) {
                problems.at(&path, format!("the role `{key}` is in two modules"), "name it in one");
            }
        }
    }
}

fn organization(model: &Model, problems: &mut Problems<'_>) {
    let rules = &model.organization;
    let moved = !model.closed_at.contains(&(Operation::OwnershipTransfer, ScopeKind::Organization));
    if moved && rules.after_transfer.is_none() && rules.base_role.is_none() {
        let right = "write `after_transfer = \"…\"`, or close `ownership.transfer`";
        problems.at("organization", "what the old holder has after a transfer is open", right);
    }
    let top = Some(&rules.top_role);
    if rules.holders == Holders::ExactlyOne && rules.after_transfer.as_ref() == top {
        problems.at("organization/after_transfer", "the old holder would keep the top role", "name another role");
    }
    if rules.base_role.as_ref() == top {
        problems.at("organization/base_role", "every member would hold everything", "name another role");
    }
    if rules.holders == Holders::ExactlyOne && rules.domain_roles.contains(&rules.top_role) {
        problems.at("organization/domain_roles", "a domain would give the top role", "name another role");
    }
    let invitation = &model.invitation;
    if invitation.default.is_empty() && invitation.role != InvitationRole::Required {
        let right = "write `default = [\"…\"]`, or `role = \"required\"`";
        problems.at("invitation/role", "nobody says which role an invited person gets", right);
    }
    let held = invitation.default.iter().filter_map(|key| model.role(key)).filter(|role| role.at == ScopeKind::Organization);
    let (of_modules, alone): (Vec<&Role>, Vec<&Role>) = held.partition(|role| role.module.is_some());
    if alone.len() > 1 || alone.len() == 1 && !of_modules.is_empty() {
        problems.at("invitation/default", "these roles can't be held together", "name one role, or roles of modules");
    }
    if let Some(n) = invitation.default.iter().position(|key| Some(key) == rules.base_role.as_ref()) {
        problems.at(&format!("invitation/default/{n}"), "every member holds the base role anyway", "name what they hold besides");
    }
    let teams = model.teams.iter().flat_map(|teams| &teams.hold_roles_at);
    for kind in teams.filter(|kind| !model.has_kind(**kind)) {
        problems.at("teams/hold_roles_at", format!("there are no {kind}s"), "declare `[workspaces]`");
    }
}

fn plans(model: &Model, problems: &mut Problems<'_>) {
    let defaults: Vec<&str> = model.plans.iter().filter(|plan| plan.default).map(|plan| plan.key.as_str()).collect();
    match defaults.as_slice() {
        [_] => {}
        [] => problems.at("plans", "no plan is the default one", "write `default = true` at one of `[plans]`"),
        many => problems.at("plans", format!("{} are default plans", list(many)), "keep one"),
    }
    let known = || model.features.iter().map(|feature| feature.key.as_str());
    for plan in &model.plans {
        for (n, key) in plan.features.iter().enumerate().filter(|(_, key)| !known().any(|known| known == *key)) {
            let path = format!("plans/{}/features/{n}", plan.key);
            problems.at(&path, format!("undeclared feature `{key}`"), expected(key, known()));
        }
    }
    let modules: Vec<&str> = model.modules.iter().map(|module| module.key.as_str()).collect();
    let resources: Vec<&str> = model.resources.iter().map(|kind| kind.key.as_str()).collect();
    for feature in &model.features {
        let path = format!("features/{}/locks", feature.key);
        for (what, keys, known) in [("module", &feature.locked_modules, &modules), ("resource kind", &feature.locked_resources, &resources)]
        {
            for key in keys.iter().filter(|key| !known.contains(&key.as_str())) {
                problems.at(&path, format!("undeclared {what} `{key}`"), expected(key, known.iter().copied()));
            }
        }
    }
}

fn pages(model: &Model, problems: &mut Problems<'_>) {
    for (n, page) in model.pages.order.iter().enumerate() {
        let path = format!("pages/order/{n}");
        if model.pages.order.iter().take(n).any(|earlier| earlier == page) {
            problems.at(&path, format!("the page `{page}` stands twice"), "name it once");
        }
        let part = match page.as_str() {
            "workspaces" => Some((Part::Workspaces, "`[workspaces]`")),
            "teams" => Some((Part::Teams, "`[teams]`")),
            "organizations" => Some((Part::SubOrganizations, "a `depth` above 0")),
            _ => None,
        };
        if let Some((_, right)) = part.filter(|(part, _)| !model.has_part(*part)) {
            problems.at(&path, format!("the page `{page}` has nothing to show"), format!("declare {right}"));
        }
        let operation = match page.as_str() {
            "audit" => Some(Operation::AuditView),
            "keys" => Some(Operation::KeyCreate),
            "billing" => Some(Operation::BillingView),
            "credits" => Some(Operation::CreditsView),
            "oauth_clients" => Some(Operation::OauthClientManage),
            "export" => Some(Operation::ExportCreate),
            "domains" => Some(Operation::DomainManage),
            "reviews" => Some(Operation::ReviewRun),
            "security" => Some(Operation::PermissionUpdate),
            _ => None,
        };
        if let Some(operation) = operation.filter(|o| model.permission_of(*o, ScopeKind::Organization).is_none()) {
            problems.at(&path, format!("no permission opens the page `{page}`"), format!("open `{operation}`"));
        }
    }
    if model.pages.workspace_people.is_some() && model.workspaces.is_none() {
        problems.at("pages/workspace_people", "there are no workspaces", "declare `[workspaces]`");
    }
    for (n, link) in model.pages.people.links.iter().enumerate() {
        if !model.pages.order.contains(link) {
            let right = expected(link, model.pages.order.iter().map(String::as_str));
            problems.at(&format!("pages/people/links/{n}"), format!("the page `{link}` is not shown"), right);
        }
    }
}
