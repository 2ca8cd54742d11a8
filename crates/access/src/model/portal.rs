//! What is built on the tables of roles and permissions: modules, resources, plans and the portal's pages.

use super::PermissionIx;
use crate::{Operation, RoleKey, ScopeKind};
use std::collections::BTreeMap;

/// A group of roles of which a member may hold several: a column of the "Manage Roles" dialog.
#[derive(Clone, Debug)]
pub struct Module {
    /// Its id.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// Its roles, in the order of the dialog.
    pub roles: Vec<RoleKey>,
    /// The feature without which it is locked.
    pub feature: Option<String>,
}

/// What may be done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceAction {
    /// See it and its settings.
    View,
    /// Make one.
    Create,
    /// Change its settings.
    Edit,
    /// Delete it.
    Delete,
    /// Let others see it.
    Share,
    /// Make it the scope's default one.
    SetDefault,
}

/// A kind of thing that the host product keeps at a scope.
#[derive(Clone, Debug)]
pub struct ResourceKind {
    /// Its id.
    pub key: String,
    /// What people call one.
    pub title: String,
    /// JSON Schema of its settings, as JSON text.
    pub schema: String,
    /// Whether a scope has a default one.
    pub has_default: bool,
    /// Which permission an action needs at a kind of scope; absent: nobody may.
    pub actions: BTreeMap<(ScopeKind, ResourceAction), PermissionIx>,
}

/// What a plan may lack.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Its id.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The operations refused without it.
    pub locked_operations: Vec<Operation>,
    /// The modules locked without it.
    pub locked_modules: Vec<String>,
    /// The kinds of resources locked without it.
    pub locked_resources: Vec<String>,
    /// What the portal says unlocks it.
    pub unlock: String,
}

/// What an organization is on.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its id.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// Whether an organization is on it unless operators set another.
    pub default: bool,
    /// The features it includes.
    pub features: Vec<String>,
    /// How many members there may be; none: any number.
    pub seats: Option<u32>,
}

/// Where the navigation entries stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Navigation {
    /// At the side.
    Sidebar,
    /// In the initials menu, under Settings, in a side menu.
    Settings,
    /// Under the organization's or workspace's name.
    Tabs,
}

/// How a role is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleChangeWay {
    /// A dropdown in the row.
    Menu,
    /// An edit icon in the row, a field and Save.
    Edit,
    /// A dialog with a column for each module.
    Dialog,
}

/// How someone is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveWay {
    /// A button in the row.
    Button,
    /// An entry of the three-dot menu.
    Menu,
    /// A trash can in the row.
    Trash,
    /// An entry of the role dropdown (I-28).
    RoleMenu,
}

/// How an invitation is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendWay {
    /// A bell icon.
    Bell,
    /// A word.
    Text,
}

/// What the portal shows.
#[derive(Clone, Debug)]
pub struct Pages {
    /// Where the navigation entries stand.
    pub navigation: Navigation,
    /// Page keys in the order of the navigation.
    pub order: Vec<String>,
    /// What each page of `order` is called.
    pub titles: BTreeMap<String, String>,
    /// The organization's people page.
    pub people: PeoplePage,
    /// A workspace's people page.
    pub workspace_people: Option<PeoplePage>,
    /// The Security page's title and the heading it stands under.
    pub security: Option<(String, Option<String>)>,
}

/// How a people page works.
#[derive(Clone, Debug)]
pub struct PeoplePage {
    /// Its title.
    pub title: String,
    /// `settings`, `panel`: the ways there (I-20).
    pub ways: Vec<String>,
    /// How a role is changed there.
    pub role_change: Vec<RoleChangeWay>,
    /// Whether a role change is confirmed.
    pub role_confirm: bool,
    /// How someone is removed there.
    pub remove: Vec<RemoveWay>,
    /// How an invitation is sent again there.
    pub resend: ResendWay,
    /// Pages reached from here (W-37 … W-39).
    pub links: Vec<String>,
    /// One address field per role: role → label (I-22).
    pub fields: Vec<(RoleKey, String)>,
}
