//! The roles × permissions table a person would put in documentation, as Markdown.

use super::{Group, Model, Permission, Role};
use crate::RoleKey;
use std::fmt::Write as _;

/// One table for each group of permissions: a row for each permission, a column for each role.
///
/// A cell is `yes`, `own` (for the holder's own things only) or empty. The columns are the group's own, where the model
/// names them; else every role that is held where the group's permissions exist.
pub fn render(model: &Model) -> String {
    let mut page = format!("# {}: roles and permissions\n", model.title);
    for group in &model.groups {
        let rows: Vec<&Permission> = model.permissions.iter().filter(|row| row.group == group.key).collect();
        if rows.is_empty() {
            continue;
        }
        _ = write!(page, "\n## {}\n\n", group.title);
        if let Some(sentence) = &group.sentence {
            _ = write!(page, "{sentence}\n\n");
        }
        let columns = columns(model, group, &rows);
        let titles: Vec<String> = columns.iter().map(|role| escape(&model.column_title(role, &columns))).collect();
        _ = writeln!(page, "| Permission | {} |", titles.join(" | "));
        _ = writeln!(page, "|---|{}", "---|".repeat(columns.len()));
        for row in rows {
            let cells: Vec<&str> = columns.iter().map(|role| cell(row, &role.key)).collect();
            _ = writeln!(page, "| {} | {} |", escape(&row.title), cells.join(" | "));
        }
    }
    page
}

fn columns<'m>(model: &'m Model, group: &Group, rows: &[&Permission]) -> Vec<&'m Role> {
    if !group.columns.is_empty() {
        return group.columns.iter().filter_map(|key| model.role(key)).collect();
    }
    let fits = |role: &&Role| model.is_top(&role.key) || rows.iter().any(|row| row.at.contains(&role.at));
    model.roles.iter().filter(fits).collect()
}

fn cell(permission: &Permission, role: &RoleKey) -> &'static str {
    if permission.roles.contains(role) {
        "yes"
    } else if permission.own.contains(role) {
        "own"
    } else {
        ""
    }
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}
