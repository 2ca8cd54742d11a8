//! The role reference: what each role may do, as the model's tables have it.

use crate::{
    App, Failure,
    portal::{
        inside::Inside,
        view::roles::{Cell, Line, RoleGroup, RolesPage, Table, Told},
    },
    roles,
};
use axum::{Router, response::Response, routing::get};
use guildhall_access::model::{Group, Permission, Role, matrix};
use guildhall_core::{Model, ScopeKind};

pub fn routes() -> Router<App> {
    Router::new().route("/o/{slug}/roles", get(show))
}

async fn show(inside: Inside) -> Result<Response, Failure> {
    let lines = roles::reference(inside.app(), &inside.visit.who, inside.id()).await?;
    let model = inside.model();
    let title = inside.title_of("roles", model.words.get("roles_reference"));
    let told = |line: &roles::RoleLine| {
        let is_mine = inside.seen.my_roles.contains(&line.role);
        (!line.description.is_empty()).then(|| Told { title: line.title.clone(), text: line.description.clone(), mine: is_mine })
    };
    let group = |(kind, article): (ScopeKind, &str)| {
        let roles: Vec<Told> = lines.iter().filter(|line| line.at == kind).filter_map(told).collect();
        (!roles.is_empty()).then(|| RoleGroup { title: format!("In {article} {}", model.words.get(kind.as_str())), roles })
    };
    let view = RolesPage {
        page: inside.page(&title),
        shell: inside.shell("roles"),
        state: "What each role may do. A person with several roles may do what any of them may.".to_owned(),
        groups: [(ScopeKind::Organization, "the"), (ScopeKind::Workspace, "each")].into_iter().filter_map(group).collect(),
        tables: model.groups.iter().map(|group| table(model, group, &lines)).filter(|table| !table.lines.is_empty()).collect(),
    };
    inside.visit.show(&view)
}

fn table(model: &Model, group: &Group, lines: &[roles::RoleLine]) -> Table {
    let rows: Vec<&Permission> = model.permissions.iter().filter(|permission| permission.group == group.key).collect();
    let columns = matrix::columns(model, group, &rows);
    let line = |permission: &&Permission| Line {
        title: permission.title.clone(),
        text: permission.description.clone(),
        cells: columns.iter().map(|role| cell(permission, role, lines)).collect(),
    };
    Table {
        title: group.title.clone(),
        text: group.sentence.clone(),
        columns: columns.iter().map(|role| model.column_title(role, &columns)).collect(),
        lines: rows.iter().map(line).collect(),
    }
}

/// By the organization's own table; "own" where only for one's own things.
fn cell(permission: &Permission, role: &Role, lines: &[roles::RoleLine]) -> Cell {
    let holds = lines.iter().find(|line| line.role == role.key).is_some_and(|line| line.permissions.contains(&permission.key));
    match (permission.own.contains(&role.key), holds) {
        (true, _) => Cell::Own,
        (false, true) => Cell::Yes,
        (false, false) => Cell::No,
    }
}
