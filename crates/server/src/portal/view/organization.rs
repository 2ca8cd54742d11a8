//! An organization's settings and the choice between organizations.

use askama::Template;

use super::{
    form::{Field, Panel, Select},
    parts::{Action, Dated, Empty, Fact, Notice, Page, Pill, Place, Shell},
};

#[derive(Debug, Clone, Template)]
#[template(path = "organization_settings.html")]
pub struct OrganizationSettingsPage {
    pub page: Page,
    pub shell: Shell,
    pub state: String,
    pub action: String,
    pub fields: Vec<Field>,
    pub selects: Vec<Select>,
    /// "Save changes", or none where the reader may only look.
    pub submit: Option<String>,
    pub refused: Option<Notice>,
    pub conflict: Option<super::people::Conflict>,
    /// The danger zone, last on the page: transfer, leave, delete.
    pub dangers: Vec<Danger>,
}

#[derive(Debug, Clone)]
pub struct Danger {
    pub title: String,
    pub note: String,
    pub action: Action,
}

/// "Delete Northwind?", typed.
#[derive(Debug, Clone, Template)]
#[template(path = "delete_organization.html")]
pub struct DeleteOrganizationPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub ends: Vec<Fact>,
    pub notices: Vec<Notice>,
}

/// A new organization: name and short name.
#[derive(Debug, Clone, Template)]
#[template(path = "new_organization.html")]
pub struct NewOrganizationPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub fields: Vec<Field>,
}

/// One's organizations.
#[derive(Debug, Clone, Template)]
#[template(path = "organizations.html")]
pub struct OrganizationsPage {
    pub page: Page,
    pub shell: Shell,
    pub state: String,
    pub create: Option<Action>,
    pub rows: Vec<OrganizationRow>,
    pub invitations: Vec<super::outside::WaitingRow>,
    pub empty: Empty,
}

#[derive(Debug, Clone)]
pub struct OrganizationRow {
    pub place: Place,
    pub since: Dated,
    pub role: String,
    pub status: Pill,
    pub menu: Vec<Action>,
}

impl OrganizationRow {
    fn more_label(&self) -> String {
        format!("More about {}", self.place.name)
    }
}
