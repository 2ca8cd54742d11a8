//! Every operation the model has is opened by exactly one permission at each kind of scope, or closed.

use super::{Model, error::Problems};
use crate::{Operation, PermissionKey, ScopeKind, operation::Part};
use std::collections::BTreeMap;

pub(super) fn all(model: &Model, problems: &mut Problems<'_>) {
    let mut opened: BTreeMap<(Operation, ScopeKind), PermissionKey> = BTreeMap::new();
    for permission in &model.permissions {
        for operation in &permission.opens {
            let path = format!("permissions/{}/{}/opens/{operation}", permission.group, permission.key);
            let kinds: Vec<ScopeKind> = operation.kinds().iter().copied().filter(|kind| permission.at.contains(kind)).collect();
            if kinds.is_empty() {
                let right = format!("it is asked at {}", super::parse::kind_names(operation.kinds()));
                problems.at(&path, format!("`{operation}` is never asked where `{}` exists", permission.key), right);
            } else if !kinds.iter().any(|kind| model.has(*operation, *kind)) {
                let what = format!("`{operation}` is opened, and the model lacks its part");
                problems.at(&path, what, format!("declare {}, or leave it out", part(operation.part())));
            }
            for kind in kinds {
                if let Some(other) = opened.insert((*operation, kind), permission.key.clone()) {
                    let what = format!("`{operation}` is opened twice at {kind}s, by `{other}` too");
                    problems.at(&path, what, "let one permission open it");
                }
                if model.closed_at.contains(&(*operation, kind)) {
                    let what = format!("`{operation}` is opened at {kind}s, and closed");
                    problems.at(&path, what, "strike it from `closed`, or from here");
                }
            }
        }
    }
    for operation in Operation::ALL {
        for kind in operation.kinds() {
            let key = (*operation, *kind);
            let (exists, closed) = (model.has(*operation, *kind), model.closed_at.contains(&key));
            if exists && !closed && !opened.contains_key(&key) {
                let right = format!("open it at a permission, or write \"{operation} at {kind}\" into `closed`");
                problems.at("permissions", format!("no permission opens `{operation}` at {kind}s"), right);
            }
            let whole = model.closed.contains(operation);
            let needless = if whole { !model.has_part(operation.part()) } else { closed && !exists };
            if needless {
                let right = format!("strike it: the model lacks {}", part(operation.part()));
                problems.at("closed", format!("`{operation}` is closed needlessly"), right);
            }
        }
    }
    features(model, problems);
}

fn part(part: Part) -> &'static str {
    match part {
        // The operation itself is everywhere; it is workspaces that lack.
        Part::Always | Part::Workspaces => "`[workspaces]`",
        Part::SubOrganizations => "a `depth` above 0",
        Part::Teams => "`[teams]`",
        Part::CustomRoles => "`[custom_roles]`",
    }
}

fn features(model: &Model, problems: &mut Problems<'_>) {
    for feature in &model.features {
        for operation in &feature.locked_operations {
            let path = format!("features/{}/locks/operations/{operation}", feature.key);
            if ScopeKind::ALL.iter().all(|kind| model.permission_of(*operation, *kind).is_none()) {
                problems.at(&path, format!("`{operation}` is locked, and nobody could do it"), "open it, or leave it out");
            }
            let first = model.feature_locking(*operation);
            if first.is_some_and(|first| first.key != feature.key) {
                problems.at(&path, format!("`{operation}` is locked by two features"), "let one lock it");
            }
        }
    }
}
