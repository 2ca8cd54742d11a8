//! A mail comes into being: names, links and codes are looked up and derived when it leaves, and stand nowhere.

use super::frame::{self, Content};
use crate::{
    App, Failure,
    portal::text,
    refusals::{moment, role_title},
    sign_in::page,
    users::{self, portal::sessions},
};
use fluent_bundle::FluentArgs;
use guildhall_core::{
    Actor, AddressId, Id, InvitationId, OrganizationId, RoleKey, SessionId, Timestamp, UserId,
    change::Invitee,
    link::{self, LinkKind},
    mail::{MailOrder, Recipient, Template},
    tenant::InvitationStatus,
    time::Span,
};
use unicode_normalization::UnicodeNormalization as _;

/// A mail, ready to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// For `List-Unsubscribe`, one click.
    pub unsubscribe: Option<String>,
    /// The button's label and address, for the demo's mailbox.
    pub link: Option<(String, String)>,
    pub code: Option<String>,
}

/// What became of an order.
#[derive(Clone, Debug)]
pub enum Rendered {
    Letter(Box<Letter>),
    /// There is nothing left to send, and why.
    Gone(&'static str),
}

/// Where it goes: the address, and its id where it is known.
struct To {
    typed: String,
    id: Option<AddressId>,
}

/// What a template says, before it stands in the frame.
#[derive(Default)]
struct Said {
    message: &'static str,
    args: Vec<(&'static str, String)>,
    href: Option<String>,
    code: Option<String>,
    unwanted: Option<String>,
}

/// Makes the letter of an order.
pub async fn render(app: &App, order: &MailOrder) -> Result<Rendered, Failure> {
    let Some(to) = recipient(app, order.to).await? else { return Ok(Rendered::Gone("nobody has the address any more")) };
    let said = match &order.template {
        Template::Invitation { invitation, generation, .. } => {
            invited(app, &to, *invitation, *generation, ("invitation", "invitation-nobody")).await?
        }
        Template::Reminder { invitation, generation, .. } => {
            invited(app, &to, *invitation, *generation, ("reminder", "reminder-nobody")).await?
        }
        Template::SignIn { sign_in, generation } => Ok(coded(app, "sign-in", LinkKind::SignIn, *sign_in, *generation)),
        Template::AddAddress { sign_in, generation } => Ok(coded(app, "add-address", LinkKind::AddAddress, *sign_in, *generation)),
        Template::NewDevice { session, .. } => Ok(new_device(app, *session, order.not_before).await?),
        Template::RoleChanged { organization, by, from, to } => {
            let titles = |roles: &[String]| titles(app, &roles.iter().map(|role| RoleKey::new(role)).collect::<Vec<_>>());
            let args = vec![("from", titles(from)), ("to", titles(to))];
            let (message, args) = by_whom(app, by, ("role-changed", "role-changed-nobody"), args).await?;
            about(app, message, *organization, args, Opens::Organization).await?
        }
        Template::Removed { organization, by } => {
            let (message, args) = by_whom(app, by, ("removed", "removed-nobody"), Vec::new()).await?;
            about(app, message, *organization, args, Opens::Nothing).await?
        }
        Template::OwnershipReceived { organization } => {
            about(app, "ownership-received", *organization, Vec::new(), Opens::Organization).await?
        }
        Template::OwnershipGiven { organization, to } => {
            let person = shown_name(app, *to).await?;
            about(app, "ownership-given", *organization, vec![("person", person)], Opens::Organization).await?
        }
        Template::AddressChanged { user } => Ok(not_you(app, "address-changed", *user, order.not_before)),
        Template::IdentitiesChanged { user } => Ok(not_you(app, "identities-changed", *user, order.not_before)),
    };
    Ok(match said {
        Ok(said) => Rendered::Letter(Box::new(letter(app, to.typed, said))),
        Err(why) => Rendered::Gone(why),
    })
}

/// What a person is told of their account, with the way to end it.
fn not_you(app: &App, message: &'static str, user: UserId, at: Timestamp) -> Said {
    let href = Some(app.url(&format!("/not-me/{}", not_me_token(app, user, at))));
    Said { message, args: vec![("at", moment(at))], href, ..Said::default() }
}

async fn new_device(app: &App, session: SessionId, at: Timestamp) -> Result<Said, Failure> {
    let row = app.store().see_session(session).await?;
    let (agent, network) = row.map_or((None, None), |row| (row.user_agent, row.network));
    let unknown = |message| app.post().catalogue.text(message, "", &FluentArgs::new()).unwrap_or_default();
    let device = agent.and_then(|agent| sessions::device(&agent).0).unwrap_or_else(|| unknown("unknown-browser"));
    let network = network.unwrap_or_else(|| unknown("unknown-network"));
    let args = vec![("at", moment(at)), ("device", device), ("network", network)];
    Ok(Said { message: "new-device", args, href: Some(app.url("/profile/sessions")), ..Said::default() })
}

/// The message that names who did it, or the one without.
async fn by_whom(
    app: &App,
    by: &Actor,
    (by_person, by_nobody): (&'static str, &'static str),
    mut args: Vec<(&'static str, String)>,
) -> Result<(&'static str, Vec<(&'static str, String)>), Failure> {
    match by {
        Actor::User { id } => {
            args.push(("person", shown_name(app, *id).await?));
            Ok((by_person, args))
        }
        Actor::Key { .. } | Actor::Operator { .. } | Actor::System { .. } => Ok((by_nobody, args)),
    }
}

async fn recipient(app: &App, to: Recipient) -> Result<Option<To>, Failure> {
    match to {
        Recipient::Address(id) => Ok(app.store().address(id).await?.and_then(|row| row.typed).map(|typed| To { typed, id: Some(id) })),
        Recipient::User(user) => {
            let row = app.store().find_user(user).await?;
            Ok(row.and_then(|row| row.primary.map(|typed| To { typed, id: row.primary_id })))
        }
    }
}

fn letter(app: &App, to: String, said: Said) -> Letter {
    let catalogue = &app.post().catalogue;
    let product = page::product(app);
    let mut args = FluentArgs::new();
    for (name, value) in &said.args {
        args.set(*name, value.as_str());
    }
    args.set("product", product.as_str());
    args.set("address", to.as_str());
    if let Some(code) = &said.code {
        args.set("code", code.as_str());
    }
    let text = |attribute: &str| catalogue.text(said.message, attribute, &args);
    let button = text("button").zip(said.href.clone());
    let unwanted = catalogue.text("unwanted", "", &args).zip(said.unwanted.clone());
    let content = Content {
        product: product.clone(),
        subject: text("subject").unwrap_or_default(),
        lead: text("lead").unwrap_or_default(),
        code: said.code.clone(),
        button: button.clone(),
        note: text("note"),
        footer: catalogue.text("footer", "", &args).unwrap_or_default(),
        unwanted,
    };
    Letter {
        to,
        subject: content.subject.clone(),
        text: frame::text(&content),
        html: frame::html(&content),
        unsubscribe: said.unwanted,
        link: button,
        code: said.code,
    }
}

fn coded<K: guildhall_core::id::Kind>(app: &App, message: &'static str, kind: LinkKind, id: Id<K>, generation: u32) -> Said {
    let token = link::token(app.key(), kind, id, generation);
    let digits = link::code(app.key(), kind, id, generation);
    let code = digits.split_at_checked(3).map_or(digits.clone(), |(a, b)| format!("{a} {b}"));
    Said { message, href: Some(app.url(&format!("/sign-in/link/{token}"))), code: Some(code), ..Said::default() }
}

async fn invited(
    app: &App,
    to: &To,
    id: InvitationId,
    generation: u32,
    messages: (&'static str, &'static str),
) -> Result<Result<Said, &'static str>, Failure> {
    let Some((tenant, row)) = app.store().find_invitation(id).await? else { return Ok(Err("the invitation is gone")) };
    if row.status != InvitationStatus::Pending || app.now() >= row.expires_at {
        return Ok(Err("the invitation has ended"));
    }
    if app.store().tenant(tenant).await?.is_none_or(|view| view.tenant.is_deleted()) {
        return Ok(Err("the organization was deleted"));
    }
    let address = match row.invitee {
        Invitee::Address(address) => Some(address),
        Invitee::User(user) => users::primary_address(app, user).await?,
    };
    if let Some(address) = address
        && app.store().is_blocked(address, tenant).await?
    {
        return Ok(Err(UNWANTED));
    }
    let roles: Vec<RoleKey> = row.grants.iter().flat_map(|grant| grant.roles.clone()).collect();
    let args = vec![
        ("organization", safe_name(&row.organization_name, &row.organization_slug)),
        ("roles", titles(app, &roles)),
        ("until", moment(row.expires_at)),
    ];
    let (message, args) = by_whom(app, &row.invited_by, messages, args).await?;
    let href = app.url(&format!("/join/{}", link::token(app.key(), LinkKind::Invitation, id, generation)));
    let unwanted = to.id.map(|_| app.url(&format!("/unwanted/{}", link::token(app.key(), LinkKind::Unwanted, id, generation))));
    Ok(Ok(Said { message, args, href: Some(href), code: None, unwanted }))
}

#[derive(PartialEq, Eq)]
enum Opens {
    Organization,
    Nothing,
}

async fn about(
    app: &App,
    message: &'static str,
    organization: OrganizationId,
    mut args: Vec<(&'static str, String)>,
    opens: Opens,
) -> Result<Result<Said, &'static str>, Failure> {
    let Some(row) = app.store().find_organization(organization).await? else { return Ok(Err("the organization is gone")) };
    args.push(("organization", safe_name(&row.name, &row.slug)));
    let href = (opens == Opens::Organization).then(|| app.url(&format!("/o/{}", row.slug)));
    Ok(Ok(Said { message, args, href, ..Said::default() }))
}

fn titles(app: &App, roles: &[RoleKey]) -> String {
    let titles: Vec<String> = roles.iter().map(|role| role_title(app.model(), role)).collect();
    if titles.is_empty() { app.post().catalogue.text("no-role", "", &FluentArgs::new()).unwrap_or_default() } else { text::and(&titles) }
}

/// A person's name, if it can stand in a mail, or their handle, or the address they have proven: who is told of them may know it.
async fn shown_name(app: &App, user: UserId) -> Result<String, Failure> {
    let row = app.store().find_user(user).await?;
    let known = row.and_then(|row| row.name.filter(|name| !looks_like_a_domain(name)).or(row.handle).or(row.primary));
    let someone = || app.post().catalogue.text("someone", "", &FluentArgs::new()).unwrap_or_default();
    Ok(known.unwrap_or_else(someone))
}

/// The organization's name, or its slug where the name looks like a domain or an address: mail programs make links of those.
fn safe_name(name: &str, slug: &str) -> String {
    if looks_like_a_domain(name) { slug.to_owned() } else { text::organization(name, slug) }
}

/// A word with a dot between letters or an address of numbers, an at sign, a scheme or a slash; also where they are written with
/// characters that look like them.
fn looks_like_a_domain(name: &str) -> bool {
    let name: String = name.nfkc().map(plain).collect();
    name.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let labels: Vec<&str> = word.split('.').collect();
        let dotted = labels.len() > 1 && labels.iter().all(|label| !label.is_empty());
        let named = labels.last().is_some_and(|last| last.chars().count() > 1 && last.chars().any(char::is_alphabetic));
        let numbered = labels.len() > 3 && labels.iter().all(|label| label.chars().all(char::is_numeric));
        let scheme = word.split_once(':').is_some_and(|(scheme, _)| scheme.len() > 1 && scheme.chars().all(char::is_alphabetic));
        dotted && (named || numbered) || scheme || word.contains(['@', '/'])
    })
}

/// Why nothing is sent to who said they don't know these people.
pub const UNWANTED: &str = "they don't want mail from this organization";

/// What NFKC doesn't make alike: dots, slashes and colons that readers, and some browsers, take for the plain ones.
fn plain(c: char) -> char {
    match c {
        '。' | '\u{2027}' | '\u{2024}' | '\u{06D4}' | '\u{0701}' | '\u{0702}' | '\u{A4F8}' | '\u{A60E}' => '.',
        '\u{2044}' | '\u{2215}' | '\u{29F8}' | '\u{2571}' | '\\' => '/',
        '\u{2236}' | '\u{A789}' | '\u{02D0}' | '\u{05C3}' => ':',
        other => other,
    }
}

/// How long "this wasn't me" is good, in days that have begun.
const NOT_ME_DAYS: u32 = 3;

fn day_of(at: Timestamp) -> u32 {
    u32::try_from(at.0 / Span::days(1).0).unwrap_or(0)
}

/// The token of "this wasn't me": its generation is the day it was sent.
fn not_me_token(app: &App, user: UserId, at: Timestamp) -> String {
    link::token(app.key(), LinkKind::NotMe, user, day_of(at))
}

/// Whose account a "this wasn't me" speaks of, if it is good.
pub fn not_me(app: &App, token: &str) -> Option<UserId> {
    let user = link::id_of(token)?;
    let today = day_of(app.now());
    link::check(app.key(), LinkKind::NotMe, user, today.saturating_sub(NOT_ME_DAYS)..=today, token).then_some(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mail_programs_make_links_of_are_not_shown() {
        for name in [
            "bank.example",
            "Visit bank.example now",
            "a@b.example",
            "x/y",
            "bank。example",
            "(bank.example)",
            "evil\u{2024}com",
            "evil\u{2027}com",
            "evil\u{2215}com",
            "evil\u{ff0e}com",
            "evil\u{ff61}com",
            "1.1.1.1 login",
            "mailto:a",
            "mailto\u{2236}a",
        ] {
            assert!(looks_like_a_domain(name), "{name}");
        }
        for name in
            ["Northwind", "St. Gallen", "Dr. Who", "Version 2.0", "A. B. Cee", "Northwind Ltd.", "Col·legi", "Team: Red", "10:30", "1.2.3"]
        {
            assert!(!looks_like_a_domain(name), "{name}");
        }
        assert_eq!(safe_name("bank.example", "north"), "north");
    }

    #[test]
    fn a_name_of_several_scripts_stands_with_the_slug_that_cannot_look_like_another() {
        // The second letter is Cyrillic.
        assert_eq!(safe_name("Nоrthwind", "qzx"), "Nоrthwind (qzx)");
        assert_eq!(safe_name("Northwind", "qzx"), "Northwind");
    }
}
