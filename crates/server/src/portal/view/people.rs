//! The list of people and what is done from it: invite, change a role, remove, hand over.

use askama::Template;

use super::{
    form::{Choice, Field, Panel, Select},
    parts::{Action, Dated, Empty, Fact, Link, NavEntry, Notice, Page, Pagination, Person, Pill, RoleCell, RoleOption, Shell, When},
};

/// `GET …/people`. Everything the model words comes as text: title, button, pills.
#[derive(Debug, Clone, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    pub page: Page,
    pub shell: Shell,
    /// "41 people, 3 invited. Owners and admins can manage them."
    pub state: String,
    /// The primary button; `locked` says who could.
    pub invite: Option<Action>,
    /// Inline forms of adding (the field with "Add a New User") where the model wants one.
    pub quick_add: Option<QuickAdd>,
    /// Above the list: "Many admins", conflicts, what waits.
    pub notices: Vec<Notice>,
    /// Links that a model asks for beside the list (W-37 to W-39).
    pub links: Vec<Link>,
    pub filters: Filters,
    pub columns: Columns,
    /// The order now, which filtering keeps.
    pub order: String,
    pub rows: Vec<PersonRow>,
    /// Where the bulk bar posts `act` and `who`; none hides the checkboxes.
    pub bulk: Option<Bulk>,
    pub pagination: Pagination,
    /// Shown when `rows` is empty.
    pub empty: Empty,
}

/// One field and one button above the list.
#[derive(Debug, Clone)]
pub struct QuickAdd {
    pub action: String,
    pub field: Field,
    pub submit: String,
}

/// A GET form: its values live in the address.
#[derive(Debug, Clone)]
pub struct Filters {
    pub action: String,
    pub search: Field,
    pub selects: Vec<Select>,
    /// Address without filters, while some are set.
    pub clear: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Columns {
    pub person: Column,
    pub role: Column,
    pub status: Column,
    pub last_active: Column,
}

/// A head; with `sort` it is a button of the filter form that sends `sort=…`.
#[derive(Debug, Clone)]
pub struct Column {
    pub title: String,
    pub sort: Option<Sort>,
}

#[derive(Debug, Clone)]
pub struct Sort {
    /// What pressing sends.
    pub value: String,
    pub now: Sorted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    No,
    Ascending,
    Descending,
}

impl Sorted {
    /// The value of `aria-sort`.
    pub fn aria(self) -> &'static str {
        match self {
            Self::No => "none",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

#[derive(Debug, Clone)]
pub struct PersonRow {
    /// `usr_…` or `inv_…`: the value of the checkbox, and part of ids in the page.
    pub id: String,
    pub person: Person,
    /// "Invited by Ann Okafor", and until when.
    pub note: Dated,
    pub role: RoleCell,
    pub status: Pill,
    pub last_active: When,
    /// May be chosen for a bulk action.
    pub selectable: bool,
    /// In the row itself: "Remove", "Manage Roles", bell, trash.
    pub inline: Vec<Action>,
    /// Behind the three dots.
    pub menu: Vec<Action>,
    /// Just invited: tinted briefly.
    pub fresh: bool,
}

impl PeoplePage {
    /// How much room the last column needs: dots, one button or icon more, or two.
    fn acts_width(&self) -> usize {
        let inline = self.rows.iter().map(|row| row.inline.len()).max().unwrap_or(0);
        inline.min(2) + 1
    }
}

impl PersonRow {
    fn more_label(&self) -> String {
        format!("More about {}", self.person.name)
    }
}

/// "3 selected · Resend · Change role · Remove · Clear".
#[derive(Debug, Clone)]
pub struct Bulk {
    pub action: String,
    /// Value of `act` and label.
    pub acts: Vec<BulkAct>,
    /// Where there are more than on this page.
    pub all_matching: Option<AllMatching>,
}

/// "All 44 that match".
#[derive(Debug, Clone)]
pub struct AllMatching {
    pub label: String,
    /// What stands before "selected" while it is ticked: "44", "All".
    pub n: String,
}

#[derive(Debug, Clone)]
pub struct BulkAct {
    pub key: String,
    pub label: String,
    pub danger: bool,
}

/// `GET …/people/invite`: posts `addresses`, `role`, `workspaces`; without a script the answer is the review.
#[derive(Debug, Clone, Template)]
#[template(path = "invite.html")]
pub struct InvitePage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    /// One text area per role group: one, or "Managers" and "Users" (I-22).
    pub addresses: Vec<AddressField>,
    /// Absent where the model fixes the role (I-10).
    pub roles: Option<RoleChoice>,
    /// Workspaces that can be given in the same step.
    pub workspaces: Vec<Choice>,
    /// Where CSV is taken.
    pub csv: Option<Link>,
    /// How many seats are left, what the role may do, how long it lives.
    pub notice: Option<Notice>,
}

/// `GET …/invite/csv`: CSV pasted or read from a file; the answer is the review.
#[derive(Debug, Clone, Template)]
#[template(path = "invite_csv.html")]
pub struct InviteCsvPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub field: Field,
}

/// Addresses as chips where the script runs, a text area where not.
#[derive(Debug, Clone)]
pub struct AddressField {
    pub field: Field,
    /// One address only (`by = ["email"]`): a plain input without chips.
    pub single: bool,
    /// At most so many; the counter says "3 of 500".
    pub limit: u32,
    /// Handles are accepted too.
    pub handles: bool,
    /// Addresses that are members already, to mark a chip "Already here".
    pub here: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct RoleChoice {
    pub label: String,
    pub options: Vec<RoleOption>,
    pub error: Option<String>,
}

/// Before sending (without a script) or after: a result for each entry.
#[derive(Debug, Clone, Template)]
#[template(path = "invite_result.html")]
pub struct InviteResultPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    /// Sent along again when this is a review: name and value.
    pub hidden: Vec<(String, String)>,
    pub rows: Vec<InviteResult>,
    /// Something was done: closing it leads to the list, which has changed.
    pub done: bool,
}

#[derive(Debug, Clone)]
pub struct InviteResult {
    pub address: String,
    /// "Invited as Member", "Already a member", "Not an address: the part after @ is missing".
    pub note: String,
    pub pill: Pill,
}

/// Several people at once, before it is done: whom it is about, and the role where one is chosen.
#[derive(Debug, Clone, Template)]
#[template(path = "bulk.html")]
pub struct BulkPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    /// Sent along: name and value.
    pub hidden: Vec<(String, String)>,
    /// Of a removal, as on [`RemovePage`].
    pub ends: Vec<Fact>,
    pub passes: Vec<Notice>,
    pub offers: Vec<Choice>,
    /// A tick for each, sent as `who`.
    pub people: Vec<Choice>,
    pub roles: Option<RoleChoice>,
}

/// "Make Chloé Martin an admin?"
#[derive(Debug, Clone, Template)]
#[template(path = "role_confirm.html")]
pub struct RoleConfirmPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub person: Person,
    /// All that is chosen, each sent as `role`: together they replace what is held.
    pub roles: Vec<String>,
    pub from: String,
    pub to: String,
    /// What they can do then, and no longer.
    pub gains: Vec<String>,
    pub losses: Vec<String>,
    pub notice: Option<Notice>,
    pub conflict: Option<Conflict>,
}

/// Somebody else changed it meanwhile: both values, `keep=theirs` or `keep=mine`.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// "Ben changed this a minute ago".
    pub text: String,
    /// "Ben’s" and what it is, "Yours" and what it is.
    pub theirs: Fact,
    pub mine: Fact,
    /// "Keep Ben’s", "Use mine".
    pub keep_theirs: String,
    pub use_mine: String,
}

/// "Edit": a role in a dialog with Save (I-14, I-26).
#[derive(Debug, Clone, Template)]
#[template(path = "role_edit.html")]
pub struct RoleEditPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub person: Person,
    pub roles: RoleChoice,
}

/// "Remove Chloé Martin from Northwind?": what ends, with numbers; what stays; what passes to whom.
#[derive(Debug, Clone, Template)]
#[template(path = "remove.html")]
pub struct RemovePage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub ends: Vec<Fact>,
    /// What passes on, or is kept for someone.
    pub passes: Vec<Notice>,
    /// Offers such as taking over the invitations they sent.
    pub offers: Vec<Choice>,
    /// "Suspend instead".
    pub instead: Option<Action>,
}

/// Transfer of ownership, typed.
#[derive(Debug, Clone, Template)]
#[template(path = "transfer.html")]
pub struct TransferPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    /// Where the search goes, as a form of its own beside the one that hands over.
    pub find: String,
    /// Present where not everybody is listed.
    pub search: Option<Field>,
    /// Active members to choose from, or the one chosen already.
    pub to: Select,
    pub facts: Vec<Fact>,
    pub notice: Option<Notice>,
}

/// "Manage Roles": scopes left, roles of every module right.
#[derive(Debug, Clone, Template)]
#[template(path = "manage_roles.html")]
pub struct ManageRolesPage {
    pub page: Page,
    pub shell: Shell,
    pub panel: Panel,
    pub person: Person,
    /// The organization and its sub-organizations, each a link to this dialog at that scope.
    pub scopes: Vec<NavEntry>,
    /// "Owner" for full access; locked with who may give it.
    pub owner: Option<Choice>,
    pub modules: Vec<Module>,
    pub reference: Option<Link>,
    pub notice: Option<Notice>,
}

#[derive(Debug, Clone)]
pub struct Module {
    pub key: String,
    pub title: String,
    /// Posted as `role[key]`; several may be set.
    pub roles: Vec<Choice>,
    /// "Viewer from Northwind. A lower choice changes nothing."
    pub inherited: Option<String>,
}
