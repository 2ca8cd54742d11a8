//! The role reference.

use askama::Template;

use super::parts::{Page, Shell};

/// What each role may do: its sentence, and the tables of the model.
#[derive(Debug, Clone, Template)]
#[template(path = "roles.html")]
pub struct RolesPage {
    pub page: Page,
    pub shell: Shell,
    pub state: String,
    pub groups: Vec<RoleGroup>,
    pub tables: Vec<Table>,
}

/// The roles of one kind of scope.
#[derive(Debug, Clone)]
pub struct RoleGroup {
    /// "In a workspace"; shown where there are several kinds.
    pub title: String,
    pub roles: Vec<Told>,
}

#[derive(Debug, Clone)]
pub struct Told {
    pub title: String,
    pub text: String,
    /// The reader holds it.
    pub mine: bool,
}

/// A group of permissions, with a column for each role.
#[derive(Debug, Clone)]
pub struct Table {
    pub title: String,
    pub text: Option<String>,
    pub columns: Vec<String>,
    pub lines: Vec<Line>,
}

#[derive(Debug, Clone)]
pub struct Line {
    pub title: String,
    pub text: String,
    pub cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Yes,
    /// For one's own things only.
    Own,
    No,
}
