//! A person's own pages.

use askama::Template;

use super::{
    form::{Field, Select},
    parts::{Action, Dated, Notice, Page, Person, Pill, Shell, Theme},
};

/// Name, handle, language and theme.
#[derive(Debug, Clone, Template)]
#[template(path = "profile.html")]
pub struct ProfilePage {
    pub page: Page,
    pub shell: Shell,
    pub person: Person,
    pub action: String,
    pub fields: Vec<Field>,
    pub language: Select,
    pub refused: Option<Notice>,
    /// Accounts at providers that sign them in.
    pub linked: Vec<LinkedRow>,
    /// "Link Google", for each provider there is.
    pub link: Vec<Action>,
    pub dangers: Vec<super::organization::Danger>,
}

#[derive(Debug, Clone)]
pub struct LinkedRow {
    /// "Google: ann@example.org".
    pub label: String,
    pub note: Dated,
    pub unlink: Action,
}

/// Addresses of one account: proven, waiting, primary.
#[derive(Debug, Clone, Template)]
#[template(path = "addresses.html")]
pub struct AddressesPage {
    pub page: Page,
    pub shell: Shell,
    pub state: String,
    pub rows: Vec<AddressRow>,
    pub add: String,
    pub field: Field,
    pub notices: Vec<Notice>,
}

#[derive(Debug, Clone)]
pub struct AddressRow {
    pub id: String,
    pub address: String,
    pub note: Dated,
    pub pill: Option<Pill>,
    pub menu: Vec<Action>,
}

impl AddressRow {
    fn more_label(&self) -> String {
        format!("More about {}", self.address)
    }
}

/// Where one is signed in.
#[derive(Debug, Clone, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    pub page: Page,
    pub shell: Shell,
    pub state: String,
    pub rows: Vec<super::person::SessionRow>,
    pub end_others: Option<Action>,
    pub notices: Vec<Notice>,
}
