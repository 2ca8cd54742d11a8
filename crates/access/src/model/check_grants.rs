//! Grant rules: they name roles that are held there, give no more than is held, and leave nobody uninvitable.

use super::{
    Giver, GrantRule, Holders, Model, Role,
    check::known_role,
    error::Problems,
    grant::{Given, Held, may_give, suffices},
};
use crate::{Operation, ScopeKind};

pub(super) fn all(model: &Model, problems: &mut Problems<'_>) {
    for role in &model.roles {
        let path = format!("roles/{}", role.key);
        for (name, by) in [("given_by", &role.grant.given_by), ("taken_by", &role.grant.taken_by)] {
            let path = format!("{path}/{name}");
            known_givers(model, by, role.at, &path, problems);
            if by.is_empty() {
                continue;
            }
            if model.is_top(&role.key) && model.organization.holders == Holders::ExactlyOne {
                let what = format!("`{}` has exactly one holder, and a rule to give or take it", role.key);
                problems.at(&path, what, "only a transfer moves it: leave the rule out");
            }
            if !role.membership {
                let what = format!("`{}` only follows from other roles, and has a rule", role.key);
                problems.at(&path, what, "leave the rule out");
            }
        }
        let Some(given) = Given::role(model, &role.key) else { continue };
        exceeds(model, role, &given, &path, problems);
        needless(model, &given, role.at, &path, problems);
    }
    if let Some(rule) = &model.custom_roles {
        custom(model, rule, problems);
    }
    invitations(model, problems);
    first_managers(model, problems);
}

fn known_givers(model: &Model, by: &[Giver], at: ScopeKind, path: &str, problems: &mut Problems<'_>) {
    for (n, giver) in by.iter().enumerate() {
        let Giver::Role(key) = giver else { continue };
        // The top role flows down to every scope (P-19); all others are held where they are given.
        let at = (!model.is_top(key)).then_some(at);
        known_role(model, key, at, &format!("{path}/{n}"), problems);
        if by.iter().take(n).any(|earlier| earlier == giver) {
            problems.at(&format!("{path}/{n}"), format!("`{key}` stands twice"), "name it once");
        }
    }
}

fn exceeds(model: &Model, role: &Role, given: &Given<'_>, path: &str, problems: &mut Problems<'_>) {
    let mut more = false;
    for (n, giver) in role.grant.given_by.iter().enumerate() {
        let Giver::Role(key) = giver else { continue };
        if !model.is_top(key) && model.role(key).is_none_or(|giver| giver.at != role.at) {
            continue; // Said above: it is never held there.
        }
        let lacks = Held::alone(model, key, role.at).lacks(given);
        more |= !lacks.is_empty();
        let Some(lacking) = lacks.first().and_then(|ix| model.permission_at(*ix)) else { continue };
        if role.grant.exceeds.is_none() {
            let what = format!("`{key}` may give `{}`, and doesn't hold its `{}`", role.key, lacking.key);
            problems.at(&format!("{path}/given_by/{n}"), what, "say why with `exceeds = \"…\"`, or strike the giver");
        }
    }
    if !more && problems.knows(&format!("{path}/exceeds")) {
        let right = "strike it: every giver holds all that the role holds";
        problems.at(&format!("{path}/exceeds"), "`exceeds` explains nothing", right);
    }
}

/// An entry that changes nothing misleads: whoever it names may already by another entry.
fn needless(model: &Model, given: &Given<'_>, at: ScopeKind, path: &str, problems: &mut Problems<'_>) {
    for (name, by) in [("given_by", &given.rule.given_by), ("taken_by", &given.rule.taken_by)] {
        for (n, giver) in by.iter().enumerate() {
            let Giver::Role(key) = giver else { continue };
            if model.role(key).is_none() {
                continue;
            }
            let held = Held::alone(model, key, at);
            let covers = |(_, entry): &(usize, &Giver)| *entry != giver && suffices(entry, &held, given);
            let Some((_, other)) = by.iter().enumerate().find(covers) else { continue };
            let other = match other {
                Giver::Role(key) => key.as_str(),
                Giver::UpToOwn => "up_to_own",
            };
            let what = format!("`{key}` is named needlessly: who holds it may already, by `{other}`");
            problems.at(&format!("{path}/{name}/{n}"), what, format!("strike `{key}`"));
        }
    }
}

fn custom(model: &Model, rule: &GrantRule, problems: &mut Problems<'_>) {
    let at = ScopeKind::Organization;
    for (name, by) in [("given_by", &rule.given_by), ("taken_by", &rule.taken_by)] {
        let path = format!("custom_roles/{name}");
        known_givers(model, by, at, &path, problems);
        if by.contains(&Giver::UpToOwn) && by.contains(&Giver::Role(model.organization.top_role.clone())) {
            let right = format!("strike `{}`", model.organization.top_role);
            problems.at(&path, "the top role holds all that any role holds, and is named beside `up_to_own`", right);
        }
        let others = by.iter().enumerate().filter(|(_, giver)| match giver {
            Giver::Role(key) => model.role(key).is_some() && !model.is_top(key),
            Giver::UpToOwn => false,
        });
        for (n, _) in others.filter(|_| name == "given_by" && rule.exceeds.is_none()) {
            let what = "who gives a custom role may lack what it holds";
            problems.at(&format!("{path}/{n}"), what, "write `up_to_own`, or say why with `exceeds = \"…\"`");
        }
    }
}

/// A role that the form gives by itself or offers is one that someone who invites may give.
fn invitations(model: &Model, problems: &mut Problems<'_>) {
    let organization = ScopeKind::Organization;
    let Some(invite) = model.permission_of(Operation::InvitationCreate, organization) else { return };
    let rules = &model.invitation;
    for (name, keys) in [("default", &rules.default), ("offered", &rules.offered)] {
        for (n, key) in keys.iter().enumerate() {
            let Some(given) = Given::role(model, key) else { continue };
            let inviter = model.roles.iter().filter(|role| role.at == organization).any(|role| {
                let held = Held::alone(model, &role.key, organization);
                held.permissions.contains(&invite) && may_give(model, &held, &given).is_ok()
            });
            if !inviter {
                let what = format!("nobody who invites may give `{key}`");
                let right = format!("add one of them to `given_by` of `{key}`, or name another role");
                problems.at(&format!("invitation/{name}/{n}"), what, right);
            }
        }
    }
}

/// First managers are named by whoever makes the workspace.
fn first_managers(model: &Model, problems: &mut Problems<'_>) {
    let Some(workspaces) = &model.workspaces else { return };
    let Some(create) = model.permission_of(Operation::WorkspaceCreate, ScopeKind::Organization) else { return };
    for (n, key) in workspaces.first.iter().enumerate() {
        let Some(given) = Given::role(model, key) else { continue };
        for role in model.roles.iter().filter(|role| role.permissions.contains(&create)) {
            let held = Held::alone(model, &role.key, ScopeKind::Workspace);
            if may_give(model, &held, &given).is_err() {
                let what = format!("`{}` makes workspaces, and may not name the first `{key}`", role.key);
                let right = format!("add a role that `{}` implies to `given_by` of `{key}`", role.key);
                problems.at(&format!("workspaces/first/{n}"), what, right);
            }
        }
    }
}
