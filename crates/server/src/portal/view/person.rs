//! One person in an organization.

use askama::Template;

use super::{
    icon::Icon,
    parts::{Action, Dated, Link, Notice, Page, Person, Pill, RoleCell, Shell, When},
};

/// Roles, sessions here, keys, recent changes of one person.
#[derive(Debug, Clone, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    pub page: Page,
    pub shell: Shell,
    pub back: Link,
    pub person: Person,
    pub status: Pill,
    pub actions: Vec<Action>,
    pub notices: Vec<Notice>,
    pub roles: Vec<ScopeRole>,
    pub keys: Vec<KeyRow>,
    /// "Signed in with 2 browsers", for themselves and for who could end that.
    pub sessions: Option<String>,
    pub changes: Vec<ChangeRow>,
    pub changes_link: Option<Link>,
}

#[derive(Debug, Clone)]
pub struct ScopeRole {
    pub scope: Link,
    pub role: RoleCell,
    /// "Inherited from Northwind", "Through the group Data".
    pub source: Option<Dated>,
}

#[derive(Debug, Clone)]
pub struct KeyRow {
    pub name: String,
    pub hint: String,
    pub used: When,
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub struct SessionRow {
    pub icon: Icon,
    /// "Firefox on Linux".
    pub device: String,
    pub note: String,
    pub active: When,
    pub here: bool,
    pub actions: Vec<Action>,
}

#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub text: String,
    pub at: When,
}
