//! Pages that only the demo has: the mailbox and the choice of a system.

use askama::Template;

use super::parts::{Action, Empty, Link, Page, When};

/// Mails that the demo would have sent, newest first; one may be open.
#[derive(Debug, Clone, Template)]
#[template(path = "mailbox.html")]
pub struct MailboxPage {
    pub page: Page,
    pub lead: String,
    pub mails: Vec<MailRow>,
    pub open: Option<Mail>,
    pub empty: Empty,
    pub footer: Vec<Link>,
}

#[derive(Debug, Clone)]
pub struct MailRow {
    pub to: String,
    pub subject: String,
    pub href: String,
    pub at: When,
    pub current: bool,
}

#[derive(Debug, Clone)]
pub struct Mail {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub at: When,
    pub body: String,
    /// The mail's link as a button.
    pub link: Option<Link>,
    pub code: Option<String>,
}

/// The systems that the demo can be, and who one may be in each.
#[derive(Debug, Clone, Template)]
#[template(path = "systems.html")]
pub struct SystemsPage {
    pub page: Page,
    pub heading: String,
    pub lead: String,
    pub systems: Vec<System>,
    pub mailbox: Option<Link>,
    pub footer: Vec<Link>,
}

#[derive(Debug, Clone)]
pub struct System {
    pub name: String,
    pub description: String,
    /// "Enter as Ann, owner".
    pub enter: Vec<Action>,
}
