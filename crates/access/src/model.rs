//! The access model: what a system is, as data. Loaded from one TOML file, checked whole, then immutable.
//!
//! The fields are public and read by every other crate; a `Model` comes only from [`Model::load`], so what it
//! says has been checked.

mod check;
mod check_grants;
mod check_operations;
mod error;
pub mod example;
pub mod grant;
pub mod limits;
mod lookup;
pub mod matrix;
#[cfg(test)]
mod mutation;
mod parse;
mod parse_matrix;
mod parse_portal;
mod portal;
mod presets;
mod read;
mod words;

pub use error::Located;
pub use grant::{Given, Held, WhyNot, may_give, may_take};
pub use portal::{Feature, Module, Navigation, Pages, PeoplePage, Plan, RemoveWay, ResendWay, ResourceAction, ResourceKind, RoleChangeWay};
pub use presets::{Preset, presets};
pub use words::WORDS;

use crate::{Operation, PermissionKey, RoleKey, ScopeKind};
use std::collections::{BTreeMap, BTreeSet};

/// Index of a permission in [`Model::permissions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionIx(pub u16);

/// How many may hold the top role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    /// One: only a transfer moves it.
    ExactlyOne,
    /// Any number but none.
    AtLeastOne,
}

/// A checked access model: what one system is.
#[derive(Clone, Debug)]
pub struct Model {
    /// The file's own name for the system: `workjet`.
    pub id: String,
    /// What people call the system.
    pub title: String,
    /// The file's text, letter by letter. Who stores it hashes it; nothing here does.
    pub text: String,
    /// What the portal calls things.
    pub words: Words,
    /// What holds for every organization.
    pub organization: OrganizationRules,
    /// What holds for workspaces; none: there are no workspaces.
    pub workspaces: Option<WorkspaceRules>,
    /// What teams are; none: there are no teams.
    pub teams: Option<TeamRules>,
    /// Who may give and take custom roles; none: there are no custom roles.
    pub custom_roles: Option<GrantRule>,
    /// How people are invited.
    pub invitation: InvitationRules,
    /// The model's roles, in the file's order.
    pub roles: Vec<Role>,
    /// The groups of permissions, in the file's order.
    pub groups: Vec<Group>,
    /// The rows of all groups, in the file's order.
    pub permissions: Vec<Permission>,
    /// Groups of roles of which a member may hold several.
    pub modules: Vec<Module>,
    /// What the host product keeps at scopes.
    pub resources: Vec<ResourceKind>,
    /// What a plan may lack.
    pub features: Vec<Feature>,
    /// What an organization may be on; exactly one is the default.
    pub plans: Vec<Plan>,
    /// After which events an access review is suggested (`role_change`, `removal`).
    pub review_suggest_after: Vec<String>,
    /// What the portal shows, and how things are done there.
    pub pages: Pages,
    /// Operations this system has nowhere.
    pub closed: BTreeSet<Operation>,
    /// Each kind of scope where an operation is closed, `closed` included.
    pub closed_at: BTreeSet<(Operation, ScopeKind)>,
    /// (operation, kind) → the one permission that opens it.
    pub opened: BTreeMap<(Operation, ScopeKind), PermissionIx>,
}

/// What the portal calls things. Every key of the closed list has a value: the file's, or the default of this list.
#[derive(Clone, Debug)]
pub struct Words(pub BTreeMap<&'static str, String>);

/// What holds for every organization.
#[derive(Clone, Debug)]
pub struct OrganizationRules {
    /// The role that holds everything.
    pub top_role: RoleKey,
    /// How many may hold it.
    pub holders: Holders,
    /// What the old owner holds after a transfer.
    pub after_transfer: Option<RoleKey>,
    /// How deep sub-organizations may nest; 0: none.
    pub depth: u8,
    /// Whether a sub-organization may have people who are not in the root.
    pub outsiders: bool,
    /// Whether every user holds the top role of some organization.
    pub everyone_owns_one: bool,
    /// Comes with every direct membership.
    pub base_role: Option<RoleKey>,
    /// What a verified domain may do: `join`.
    pub domain_policies: Vec<String>,
    /// What someone gets who joins by a verified domain.
    pub domain_roles: Vec<RoleKey>,
    /// Above how many top holders, and which percentage, the page advises fewer (I-40).
    pub many_top_holders: Option<ManyTopHolders>,
}

/// When the page advises fewer holders of the top role.
#[derive(Clone, Copy, Debug)]
pub struct ManyTopHolders {
    /// More than this many.
    pub above: u32,
    /// And more than this percentage of the members.
    pub percent: u32,
}

/// What holds for every workspace.
#[derive(Clone, Debug)]
pub struct WorkspaceRules {
    /// What its creator holds in it.
    pub creator_roles: Vec<RoleKey>,
    /// The roles whose first holders are named when it is made.
    pub first: Vec<RoleKey>,
    /// Whether someone outside the organization may be in it.
    pub outsiders: bool,
    /// What its owner holds in a personal workspace; empty: there are none.
    pub personal: Vec<RoleKey>,
    /// How many days a personal workspace is kept after its owner was removed.
    pub personal_kept_days: u32,
    /// The role the form offers first.
    pub default_role: Option<RoleKey>,
}

/// What teams are.
#[derive(Clone, Debug)]
pub struct TeamRules {
    /// The kinds of scope where a team may hold roles.
    pub hold_roles_at: Vec<ScopeKind>,
    /// Whether a team has managers of its own.
    pub managers: bool,
}

/// Who says which role an invited person gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationRole {
    /// The inviter does not choose: everyone gets the default.
    Fixed,
    /// The inviter may choose; else the default.
    Optional,
    /// The inviter must choose.
    Required,
}

/// What an invitation may name people by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InviteBy {
    /// One email address.
    Email,
    /// Several addresses in one field.
    List,
    /// The handle of an existing user.
    Handle,
    /// A file of addresses and roles.
    Csv,
}

/// Whether someone may be put into workspaces before they have joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToWorkspaces {
    /// Only members are added to workspaces.
    No,
    /// The invitation carries workspace roles too (P-20).
    InOneStep,
    /// An invited person may be put into workspaces before they accept.
    After,
}

/// How people are invited.
#[derive(Clone, Debug)]
pub struct InvitationRules {
    /// What the form takes.
    pub by: Vec<InviteBy>,
    /// Who says which role they get.
    pub role: InvitationRole,
    /// The roles given when the inviter doesn't choose.
    pub default: Vec<RoleKey>,
    /// The roles the form offers, in this order; empty in the file: all of the organization that someone may give.
    pub offered: Vec<RoleKey>,
    /// Whether signing in accepts (W-9); the link always does.
    pub accept_by_sign_in: bool,
    /// How many days an invitation lives.
    pub days: u32,
    /// How many minutes lie between reminders at least.
    pub reminder_gap_minutes: u32,
    /// How many reminders there may be.
    pub reminders: u32,
    /// Whether workspaces may be given before they have joined.
    pub to_workspaces: ToWorkspaces,
}

/// Who may give or take a role.
#[derive(Clone, Debug, Default)]
pub struct GrantRule {
    /// Who may give it.
    pub given_by: Vec<Giver>,
    /// Who may take it away.
    pub taken_by: Vec<Giver>,
    /// Why someone may give more than they hold.
    pub exceeds: Option<String>,
}

/// One entry of a grant rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Giver {
    /// Who holds this role at the scope where it is given: directly, by team, or implied.
    Role(RoleKey),
    /// Who holds, there, all that the role holds.
    UpToOwn,
}

/// A named set of permissions at one kind of scope.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its id.
    pub key: RoleKey,
    /// What people call it.
    pub title: String,
    /// What it is for, in a sentence; may be empty.
    pub description: String,
    /// The kind of scope where it is held.
    pub at: ScopeKind,
    /// The module it belongs to.
    pub module: Option<String>,
    /// For display and for "and above".
    pub rank: u32,
    /// The roles that follow from it at each kind of scope below.
    pub implies: BTreeMap<ScopeKind, Vec<RoleKey>>,
    /// Who may give and take it.
    pub grant: GrantRule,
    /// What the form says where the role is locked.
    pub locked: Option<String>,
    /// False: implied without membership (the standard preset's Admin at workspaces).
    pub membership: bool,
    /// Not shown at the organization, but as this role (I-35).
    pub shown_above_as: Option<RoleKey>,
    /// Every permission it holds, the model's own matrix. The top role holds every permission of the model.
    pub permissions: Vec<PermissionIx>,
    /// What it holds for its holder's own things only.
    pub own: Vec<PermissionIx>,
}

/// A table of permissions, as the source has it.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What it is about, shown under the heading.
    pub sentence: Option<String>,
    /// Whether the Security page leaves it out.
    pub off_page: bool,
    /// The roles of the source's table, in its order; empty: no table of its own.
    pub columns: Vec<RoleKey>,
}

/// The right to do one thing: a row of a table.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the file, independent of the others")]
#[derive(Clone, Debug)]
pub struct Permission {
    /// Its id.
    pub key: PermissionKey,
    /// What people call it.
    pub title: String,
    /// What it controls, in a sentence; may be empty.
    pub description: String,
    /// The group it stands in.
    pub group: String,
    /// The kinds of scope where it exists.
    pub at: Vec<ScopeKind>,
    /// Whether it exists at root organizations only.
    pub roots_only: bool,
    /// Every role that holds it, the top role among them.
    pub roles: Vec<RoleKey>,
    /// Roles that hold it for their own things only.
    pub own: Vec<RoleKey>,
    /// The operations it opens.
    pub opens: Vec<Operation>,
    /// Whether an organization may change who holds it.
    pub editable: bool,
    /// Whether the page marks it.
    pub destructive: bool,
    /// What a role must hold too for this one to be of use.
    pub needs: Vec<PermissionKey>,
    /// True where the source document has no such row.
    pub ours: bool,
}
