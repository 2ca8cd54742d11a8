//! The roles × permissions table a person would put in documentation, as Markdown.

use super::{Giver, Group, Holders, Model, Permission, Role};
use crate::RoleKey;
use std::fmt::Write as _;

/// One table for each group of permissions: a row for each permission, a column for each role. At the end, who gives and
/// takes each role.
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
    grants(model, &mut page);
    page
}

/// Who gives and takes each role; what follows from other roles only is given by nobody.
fn grants(model: &Model, page: &mut String) {
    page.push_str("\n## Who gives which role\n\n| Role | Given by | Taken by |\n|---|---|---|\n");
    for role in &model.roles {
        let (given, taken) = if model.is_top(&role.key) && model.organization.holders == Holders::ExactlyOne {
            ("a transfer only".to_owned(), "a transfer only".to_owned())
        } else if role.membership {
            (givers(model, &role.grant.given_by), givers(model, &role.grant.taken_by))
        } else {
            ("nobody: it follows from other roles".to_owned(), String::new())
        };
        _ = writeln!(page, "| {} | {given} | {taken} |", name(model, role));
    }
    if let Some(rule) = &model.custom_roles {
        _ = writeln!(page, "| Custom roles | {} | {} |", givers(model, &rule.given_by), givers(model, &rule.taken_by));
    }
}

/// What a role is called, with its place where another of the model is called the same.
fn name(model: &Model, role: &Role) -> String {
    let title = model.full_title(role);
    if model.roles.iter().filter(|other| model.full_title(other) == title).count() < 2 {
        return escape(&title);
    }
    escape(&format!("{title} ({})", model.words.get(role.at.as_str())))
}

fn givers(model: &Model, by: &[Giver]) -> String {
    let title = |giver: &Giver| match giver {
        Giver::Role(key) => model.role(key).map(|role| name(model, role)),
        Giver::UpToOwn => Some("who holds all it holds".to_owned()),
    };
    let titles: Vec<String> = by.iter().filter_map(title).collect();
    if titles.is_empty() { "nobody".to_owned() } else { titles.join(", ") }
}

/// The columns of a group's table, whose rows are these.
pub fn columns<'m>(model: &'m Model, group: &Group, rows: &[&Permission]) -> Vec<&'m Role> {
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
