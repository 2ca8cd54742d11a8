//! What many pages share: the page itself, the shell around it, and the small components.

use super::icon::Icon;

/// What `<head>` and every form need. `Page::plain` fills what seldom differs.
#[derive(Debug, Clone)]
pub struct Page {
    /// BCP 47, for `<html lang>`.
    pub lang: String,
    pub theme: Theme,
    /// Who is signed in: what was typed is kept for them alone.
    pub user: Option<String>,
    /// "Team": the tab reads "Team · Northwind".
    pub title: String,
    /// The organization or workspace, or the product outside of one.
    pub place: String,
    pub brand: Brand,
    /// Goes into every form as `form_token`.
    pub form_token: String,
    pub toast: Option<Toast>,
}

/// Product name, logos and an extra stylesheet that sets `--accent` and `--accent-hover` only.
#[derive(Debug, Clone)]
pub struct Brand {
    pub product: String,
    pub logo: Option<Logo>,
    pub stylesheet: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Logo {
    pub light: String,
    pub dark: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn key(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Where the navigation stands; the model chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Sidebar,
    Settings,
    Tabs,
}

/// The frame around every page inside. The same `groups` are shown in each placement.
#[derive(Debug, Clone)]
pub struct Shell {
    pub placement: Placement,
    /// The organization, or under `Tabs` the organization or workspace.
    pub place: Place,
    /// Every organization of the person, for the switcher; the present one has `current`.
    pub organizations: Vec<Place>,
    /// "All organizations" and the like, below the switcher's list.
    pub organization_links: Vec<Link>,
    pub groups: Vec<NavGroup>,
    /// The product's own pages beside Settings, for `Settings` and `Tabs`.
    pub product_links: Vec<Link>,
    pub account: Person,
    /// Profile, sessions, …; sign-out is a form of its own.
    pub account_links: Vec<Link>,
    pub sign_out: String,
}

#[derive(Debug, Clone)]
pub struct Place {
    pub name: String,
    pub initial: String,
    pub href: String,
    pub note: String,
    pub current: bool,
}

#[derive(Debug, Clone)]
pub struct NavGroup {
    /// Shown by `Settings` above its entries, read out by the others.
    pub title: String,
    pub entries: Vec<NavEntry>,
}

#[derive(Debug, Clone)]
pub struct NavEntry {
    pub label: String,
    pub href: String,
    pub icon: Icon,
    pub current: bool,
    /// What the plan locks stays visible with a padlock.
    pub locked: bool,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub label: String,
    pub href: String,
    pub icon: Option<Icon>,
}

impl Link {
    pub fn new(label: &str, href: &str) -> Self {
        Self { label: label.into(), href: href.into(), icon: None }
    }
}

/// A fact that ends with an action to take back, if it can be.
#[derive(Debug, Clone)]
pub struct Toast {
    pub text: String,
    pub undo: Option<Action>,
    /// What was typed before goes into its form again, where a script kept it.
    pub draft: bool,
}

/// What a person may press: in a row, in a menu, or under a sentence.
#[derive(Debug, Clone)]
pub struct Action {
    pub label: String,
    /// Read out instead of `label` where several rows have the same one: "Remove Chloé Martin".
    pub full_label: String,
    pub icon: Option<Icon>,
    pub how: How,
    pub href: String,
    pub look: Look,
    /// Shown instead of acting: why not, and who could.
    pub locked: Option<String>,
}

/// How an action is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A link to a page.
    Page,
    /// A link to a page that opens as a dialog where the script runs.
    Dialog,
    /// A form of its own that posts `form_token`.
    Post,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Primary,
    Plain,
    Quiet,
    Danger,
    /// Only the icon is seen; `full_label` is read out.
    IconOnly,
}

impl Action {
    pub fn new(label: &str, how: How, href: &str) -> Self {
        Self { label: label.into(), full_label: label.into(), icon: None, how, href: href.into(), look: Look::Plain, locked: None }
    }

    /// What is read out after the label that is seen; nothing where that says all.
    pub fn unseen_label(&self) -> Option<String> {
        let rest = self.full_label.strip_prefix(&self.label).map_or_else(|| format!(": {}", self.full_label), str::to_owned);
        Some(rest).filter(|rest| !rest.is_empty())
    }

    /// The id of what says why it is locked: one action stands once on a page.
    pub fn why_id(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("why{}", self.href.chars().map(plain).collect::<String>())
    }

    /// The classes of a button that looks so.
    pub fn class(&self) -> &'static str {
        match self.look {
            Look::Primary => "button primary",
            Look::Plain => "button",
            Look::Quiet => "button quiet",
            Look::Danger => "button quiet-danger",
            Look::IconOnly => "dots",
        }
    }
}

/// Dot and word. `Plain` is muted text without a dot: the normal state is quiet.
#[derive(Debug, Clone)]
pub struct Pill {
    pub tone: Tone,
    pub word: String,
    /// Where an inherited state comes from.
    pub source: Option<Link>,
    pub why: Option<Why>,
}

/// What a pill says when it is pressed.
#[derive(Debug, Clone)]
pub struct Why {
    /// Stands once on the page.
    pub id: String,
    pub text: String,
}

impl Pill {
    pub fn new(tone: Tone, word: &str) -> Self {
        Self { tone, word: word.into(), source: None, why: None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Neutral,
    Ok,
    Warn,
    Bad,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "muted",
            Self::Neutral => "pill",
            Self::Ok => "pill ok",
            Self::Warn => "pill warn",
            Self::Bad => "pill bad",
        }
    }

    /// The classes of a notice in this tone.
    pub fn notice(self) -> &'static str {
        match self {
            Self::Plain | Self::Neutral => "notice",
            Self::Ok => "notice ok",
            Self::Warn => "notice warn",
            Self::Bad => "notice bad",
        }
    }
}

/// A sentence in a tinted box: refused (`Bad`), to be known before acting (`Warn`), told (`Neutral`).
#[derive(Debug, Clone)]
pub struct Notice {
    pub tone: Tone,
    pub text: String,
    pub link: Option<Link>,
}

impl Notice {
    pub fn new(tone: Tone, text: &str) -> Self {
        Self { tone, text: text.into(), link: None }
    }
}

/// Initials on one of eight grounds, or the icon of an address where there is no name yet.
#[derive(Debug, Clone)]
pub struct Avatar {
    pub initials: String,
    pub hue: u8,
}

impl Avatar {
    /// The ground follows the id, the letters the name: first of the first and of the last word.
    pub fn of(id: &str, name: &str) -> Self {
        let hash = id.bytes().fold(2_166_136_261_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
        let hue = u8::try_from((hash >> 13) % 8).unwrap_or(0);
        let mut words = name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        let first = words.next();
        let initials = first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect();
        Self { initials, hue }
    }
}

/// Name over address, or address over what is known of an invitation.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub second: String,
    pub avatar: Avatar,
    pub you: bool,
    pub href: Option<String>,
}

/// What to show in a role's place.
#[derive(Debug, Clone)]
pub enum RoleCell {
    /// Text only: the reader may not change roles.
    Plain(String),
    /// A padlock with the reason, and what changes it all the same.
    Locked {
        role: String,
        reason: String,
        instead: Option<Link>,
    },
    Menu(RoleMenu),
    /// A link to a dialog (`role_change = "dialog"` or `"edit"`).
    Dialog {
        role: String,
        action: Action,
    },
}

#[derive(Debug, Clone)]
pub struct RoleMenu {
    /// Unique in the page.
    pub id: String,
    /// "Role of Chloé Martin".
    pub label: String,
    pub role: String,
    /// Where an option posts `role`; with `confirm` it is the address of the dialog, read with `?role=`.
    pub action: String,
    pub confirm: bool,
    pub options: Vec<RoleOption>,
    /// "Remove access" and the like, after a line.
    pub after: Vec<Action>,
}

impl RoleMenu {
    /// The address of an option's dialog.
    pub fn option_href(&self, option: &RoleOption) -> String {
        let join = if self.action.contains('?') { '&' } else { '?' };
        format!("{}{join}role={}", self.action, option.key)
    }
}

#[derive(Debug, Clone)]
pub struct RoleOption {
    pub key: String,
    pub title: String,
    pub description: String,
    pub chosen: bool,
    /// Who may give it, where the reader may not.
    pub locked: Option<String>,
}

/// Keyset pages: addresses of the neighbours, if there are any.
#[derive(Debug, Clone)]
pub struct Pagination {
    /// "44 people".
    pub count: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Empty {
    pub icon: Icon,
    pub text: String,
    pub action: Option<Action>,
}

/// A short fact with its value, in order of importance.
#[derive(Debug, Clone)]
pub struct Fact {
    pub label: String,
    pub value: String,
}

/// A line that holds a time: "Invited by Ann · expires 28 Nov", "Since 3 Oct 2026, invited by Ann".
#[derive(Debug, Clone, Default)]
pub struct Dated {
    pub before: String,
    pub when: Option<When>,
    pub after: String,
}

impl Dated {
    pub fn new(before: impl Into<String>, when: When) -> Self {
        Self { before: before.into(), when: Some(when), after: String::new() }
    }
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.when.is_none()
    }
}

/// Without a time.
impl<T: Into<String>> From<T> for Dated {
    fn from(text: T) -> Self {
        Self { before: text.into(), ..Self::default() }
    }
}

/// A word and its exact time for `<time>`.
#[derive(Debug, Clone)]
pub struct When {
    pub words: String,
    /// RFC 3339, or empty where there was no such time.
    pub exact: String,
}
