//! Before somebody is inside: sign-in, codes, links that do not work, invitations, errors.

use askama::Template;

use super::{
    form::Field,
    icon::Icon,
    parts::{Action, Dated, Fact, Link, Notice, Page, Person, Place},
};

/// Address, providers, passkey.
#[derive(Debug, Clone, Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub page: Page,
    pub action: String,
    /// None where no mail leaves: then no code comes.
    pub address: Option<Field>,
    /// A path, sent along.
    pub return_to: String,
    /// "Continue with Google".
    pub providers: Vec<Action>,
    /// Where the passkey's assertion is posted; none hides the button.
    pub passkey: Option<String>,
    pub notice: Option<Notice>,
    /// Who may come: "Only invited people can sign in."
    pub note: Option<String>,
    pub footer: Vec<Link>,
}

/// Behind the one-time link that makes the first operator.
#[derive(Debug, Clone, Template)]
#[template(path = "operator.html")]
pub struct OperatorPage {
    pub page: Page,
    pub lead: String,
    pub action: String,
    pub fields: Vec<Field>,
    pub submit: String,
    pub footer: Vec<Link>,
}

/// What others are to call who is new.
#[derive(Debug, Clone, Template)]
#[template(path = "welcome.html")]
pub struct WelcomePage {
    pub page: Page,
    pub lead: String,
    pub action: String,
    pub fields: Vec<Field>,
    /// A path, sent along.
    pub return_to: String,
    /// There at once.
    pub later: Action,
    pub notice: Option<Notice>,
    pub footer: Vec<Link>,
}

/// "Check your mail": the code may be typed or pasted here.
#[derive(Debug, Clone, Template)]
#[template(path = "check_mail.html")]
pub struct CheckMailPage {
    pub page: Page,
    pub address: String,
    pub action: String,
    pub code: Field,
    pub resend: String,
    /// Seconds until another may be asked for.
    pub resend_in: u32,
    pub change: Link,
    /// The demo's mailbox.
    pub mailbox: Option<Link>,
    pub notice: Option<Notice>,
    pub footer: Vec<Link>,
}

/// A link that is expired, used, or opened in another browser; also confirmation before a link acts.
#[derive(Debug, Clone, Template)]
#[template(path = "link.html")]
pub struct LinkPage {
    pub page: Page,
    pub icon: Icon,
    pub heading: String,
    pub lead: String,
    pub actions: Vec<Action>,
    pub note: Option<String>,
    pub footer: Vec<Link>,
}

/// The page behind an invitation's link.
#[derive(Debug, Clone, Template)]
#[template(path = "accept.html")]
pub struct AcceptPage {
    pub page: Page,
    pub place: Place,
    /// "Join Northwind", "This invitation has expired".
    pub heading: String,
    /// "Ann Okafor invited dmitri@northwind.example as Member."
    pub lead: String,
    pub facts: Vec<Fact>,
    pub state: AcceptState,
    pub notice: Option<Notice>,
    /// "I don't know these people" and Decline.
    pub refuse: Vec<Action>,
    pub footer: Vec<Link>,
}

#[derive(Debug, Clone)]
pub enum AcceptState {
    /// Nobody is signed in and the address is new: a name, then in.
    New { action: String, name: Field, submit: String },
    /// Nobody is signed in, somebody has the address: sign in first.
    SignIn { actions: Vec<Action> },
    /// The invited person.
    Invited { as_person: Person, action: String, submit: String },
    /// Somebody else: add the address first, or change user.
    Other { as_person: Person, actions: Vec<Action> },
    /// Expired, withdrawn, already joined, or refused on acceptance.
    Ended { actions: Vec<Action> },
}

/// Several invitations wait, or an organization is to be chosen.
#[derive(Debug, Clone, Template)]
#[template(path = "waiting.html")]
pub struct WaitingPage {
    pub page: Page,
    pub heading: String,
    pub lead: String,
    /// What was refused just now.
    pub notices: Vec<super::parts::Notice>,
    pub invitations: Vec<WaitingRow>,
    pub organizations: Vec<Place>,
    pub actions: Vec<Action>,
    pub account: Person,
    pub sign_out: String,
    pub footer: Vec<Link>,
}

#[derive(Debug, Clone)]
pub struct WaitingRow {
    pub place: Place,
    pub note: Dated,
    pub actions: Vec<Action>,
}

/// Signed in and a member of nothing: what can be done now.
#[derive(Debug, Clone, Template)]
#[template(path = "no_organization.html")]
pub struct NoOrganizationPage {
    pub page: Page,
    pub heading: String,
    pub lead: String,
    /// A name for a new organization, where anyone may found one.
    pub create: Option<CreateForm>,
    pub account: Person,
    pub sign_out: String,
    pub footer: Vec<Link>,
}

#[derive(Debug, Clone)]
pub struct CreateForm {
    pub action: String,
    pub name: Field,
    pub submit: String,
}

/// 403, 404, 429, 500, 503, "You no longer have access to Northwind".
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub page: Page,
    pub status: u16,
    pub heading: String,
    pub lead: String,
    /// A reference number for a fault.
    pub reference: Option<String>,
    pub actions: Vec<Action>,
    /// One's other organizations, after access ended.
    pub organizations: Vec<Place>,
    pub footer: Vec<Link>,
}
