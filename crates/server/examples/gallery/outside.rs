//! Sign-in, invitations, errors and the demo's pages.

use guildhall_server::portal::view::demo::{Mail, MailRow, MailboxPage, System, SystemsPage};
use guildhall_server::portal::view::outside::{
    AcceptPage, AcceptState, CheckMailPage, CreateForm, ErrorPage, LinkPage, NoOrganizationPage, SignInPage, WaitingPage, WaitingRow,
};
use guildhall_server::portal::view::{Action, Empty, Field, How, Icon, Link, Look, Notice, Tone};

use crate::sample::{action, fact, footer, outside_page, person, place, when};
use crate::{Gallery, Outcome};

fn sign_in(gallery: &mut Gallery) -> Outcome {
    let address = Field { kind: "email", autocomplete: "username webauthn", autofocus: true, ..Field::text("address", "Email address") };
    let mut page = SignInPage {
        page: outside_page("Sign in"),
        action: "/check-mail.html".into(),
        address: Some(address.clone()),
        return_to: "/people".into(),
        providers: vec![Action::new("Continue with Google", How::Post, "/people.html")],
        passkey: Some("/passkey".into()),
        notice: None,
        note: None,
        footer: footer(),
    };
    gallery.add("sign-in", &page)?;
    let error = Some("The @ is missing. Type the whole address, like ann@northwind.example.".into());
    page.address = Some(Field { value: "ann.northwind.example".into(), error, ..address });
    page.notice = Some(Notice::new(Tone::Neutral, "You were signed out after 7 quiet days. What you typed is kept."));
    page.note = Some("Only invited people can sign in.".into());
    gallery.add("sign-in-error", &page)?;
    let code = Field { help: Some("Six digits. You can paste them.".into()), ..Field::text("code", "Code") };
    let mut check = CheckMailPage {
        page: outside_page("Check your mail"),
        address: "ann@northwind.example".into(),
        action: "/people.html".into(),
        code,
        resend: "/check-mail.html".into(),
        resend_in: 30,
        change: Link::new("Use another address", "/sign-in.html"),
        mailbox: Some(Link::new("Open the demo’s mailbox", "/mailbox.html")),
        notice: None,
        footer: footer(),
    };
    gallery.add("check-mail", &check)?;
    check.code.error = Some("That code doesn’t match. Three tries are left.".into());
    gallery.add("check-mail-error", &check)
}

fn links(gallery: &mut Gallery) -> Outcome {
    let again = Action { look: Look::Primary, ..Action::new("Send a new link", How::Page, "/sign-in.html") };
    let cases = [
        ("link-expired", Icon::Clock, "This link has expired", "Links work for 10 minutes. We can send another to the same address."),
        ("link-used", Icon::Lock, "This link was used already", "Each link works once. If it wasn’t you, tell your organization’s owner."),
        (
            "link-browser",
            Icon::Device,
            "Open this in the browser where you asked",
            "You asked for this link elsewhere. Type the code from the mail there, or start again here.",
        ),
    ];
    for (name, icon, heading, lead) in cases {
        let page = LinkPage {
            page: outside_page(heading),
            icon,
            heading: heading.into(),
            lead: lead.into(),
            actions: vec![again.clone()],
            note: None,
            footer: footer(),
        };
        gallery.add(name, &page)?;
    }
    Ok(())
}

fn accept_page(heading: &str, lead: &str, state: AcceptState) -> AcceptPage {
    AcceptPage {
        page: outside_page(heading),
        place: place("Northwind", "", false),
        heading: heading.into(),
        lead: lead.into(),
        facts: vec![fact("Role", "Member"), fact("Workspaces", "Claims, Invoices"), fact("Expires", "28 Nov 2026")],
        state,
        notice: None,
        refuse: vec![
            Action { look: Look::Quiet, ..Action::new("Decline", How::Post, "/sign-in.html") },
            Action { look: Look::Quiet, ..Action::new("I don’t know these people", How::Post, "/sign-in.html") },
        ],
        footer: footer(),
    }
}

fn accept(gallery: &mut Gallery) -> Outcome {
    let lead = "Ann Okafor invited dmitri@northwind.example.";
    let name = Field { autocomplete: "name", autofocus: true, ..Field::text("name", "Your name") };
    let primary = |label: &str| Action { look: Look::Primary, ..Action::new(label, How::Page, "/people.html") };
    let new = AcceptState::New { action: "/people.html".into(), name, submit: "Join Northwind".into() };
    gallery.add("accept", &accept_page("Join Northwind", lead, new))?;
    let sign_in =
        AcceptState::SignIn { actions: vec![primary("Sign in to join"), Action::new("Continue with Google", How::Post, "/people.html")] };
    gallery.add("accept-nobody", &accept_page("Join Northwind", lead, sign_in))?;
    let dmitri = person("usr_dmitri", "Dmitri Orlov", "dmitri@northwind.example");
    let invited = AcceptState::Invited { as_person: dmitri, action: "/people.html".into(), submit: "Join Northwind".into() };
    gallery.add("accept-invited", &accept_page("Join Northwind", lead, invited))?;
    let other = AcceptState::Other {
        as_person: person("usr_grace", "Grace Liu", "grace@partner.example"),
        actions: vec![primary("Add the address and join"), Action::new("Change user", How::Post, "/sign-in.html")],
    };
    let mut page = accept_page("Join Northwind", lead, other);
    page.notice = Some(Notice::new(Tone::Warn, "You are signed in as Grace Liu, whose account doesn’t have dmitri@northwind.example."));
    gallery.add("accept-other", &page)?;
    let cases = [
        ("accept-expired", "This invitation has expired", "It ended on 14 Nov 2026. Ann Okafor can invite you again."),
        ("accept-withdrawn", "This invitation was withdrawn", "Northwind took it back on 14 Nov 2026. Ask the person who invited you."),
        ("accept-joined", "You already belong to Northwind", "You joined on 3 Oct 2026 as Member."),
    ];
    for (name, heading, lead) in cases {
        let mut page = accept_page(heading, lead, AcceptState::Ended { actions: vec![primary("Open Northwind")] });
        page.facts.clear();
        page.refuse.clear();
        gallery.add(name, &page)?;
    }
    Ok(())
}

fn waiting(gallery: &mut Gallery) -> Outcome {
    let ann = person("usr_ann", "Ann Okafor", "ann@northwind.example");
    let row = |name: &str, note: &str| WaitingRow {
        place: place(name, "", false),
        note: note.into(),
        actions: vec![
            action("Decline", &format!("Decline {name}"), Look::Quiet, How::Post, "waiting"),
            action("Join", &format!("Join {name}"), Look::Plain, How::Post, "people"),
        ],
    };
    gallery.add(
        "waiting",
        &WaitingPage {
            page: outside_page("Invitations"),
            heading: "Two invitations wait for you".into(),
            lead: "Join the ones you want. Nobody is told about those you don’t answer.".into(),
            notices: Vec::new(),
            invitations: vec![
                row("Northwind", "Invited by Ben as Member · expires 28 Nov"),
                row("Adventure Works", "Invited by Priya as Admin · expires 27 Nov"),
            ],
            organizations: vec![place("Blue Yonder Freight", "Member", false)],
            actions: Vec::new(),
            account: ann.clone(),
            sign_out: "/sign-in.html".into(),
            footer: footer(),
        },
    )?;
    gallery.add(
        "no-organization",
        &NoOrganizationPage {
            page: outside_page("No organization yet"),
            heading: "You don’t belong to an organization yet".into(),
            lead: "Ask for an invitation to ann@northwind.example, or found an organization of your own.".into(),
            create: Some(CreateForm {
                action: "/people.html".into(),
                name: Field { autocomplete: "organization", ..Field::text("name", "Name of the organization") },
                submit: "Create organization".into(),
            }),
            account: ann,
            sign_out: "/sign-in.html".into(),
            footer: footer(),
        },
    )
}

fn errors(gallery: &mut Gallery) -> Outcome {
    let cases = [
        (403, "You no longer have access to Northwind", "Ben removed you a minute ago. Ask him or another admin if this is a mistake."),
        (404, "There is nothing here", "The address is wrong, or what was here is gone or not yours to see."),
        (429, "Too many tries", "Wait 4 minutes, then try again. The limit protects your account."),
        (500, "Something broke on our side", "Nothing was changed. Try again; if it stays, send the reference to your administrator."),
        (503, "Back in a moment", "Guildhall is being updated. Try again in a minute."),
    ];
    for (status, heading, lead) in cases {
        let page = ErrorPage {
            page: outside_page(heading),
            status,
            heading: heading.into(),
            lead: lead.into(),
            reference: (status == 500).then(|| "req_01jd2m8t7v".into()),
            actions: vec![Action {
                look: Look::Primary,
                ..Action::new(if status >= 429 { "Retry" } else { "Go to start" }, How::Page, "/people.html")
            }],
            organizations: if status == 403 { vec![place("Blue Yonder Freight", "Member", false)] } else { Vec::new() },
            footer: footer(),
        };
        gallery.add(&format!("error-{status}"), &page)?;
    }
    Ok(())
}

fn demo(gallery: &mut Gallery) -> Outcome {
    let mail = |to: &str, subject: &str, current: bool| MailRow {
        to: to.into(),
        subject: subject.into(),
        href: "/mailbox.html".into(),
        at: when("2 minutes ago"),
        current,
    };
    gallery.add(
        "mailbox",
        &MailboxPage {
            page: outside_page("Mailbox"),
            lead: "Every mail this demo would have sent. Nothing leaves this machine.".into(),
            mails: vec![
                mail("dmitri@northwind.example", "Ann Okafor invites you to Northwind", true),
                mail("ann@northwind.example", "Your sign-in code", false),
            ],
            open: Some(Mail {
                from: "Guildhall".into(),
                to: "dmitri@northwind.example".into(),
                subject: "Ann Okafor invites you to Northwind".into(),
                at: when("2 minutes ago"),
                body: "Ann Okafor invites you to Northwind as Member.\nThe link works until 28 Nov 2026.".into(),
                link: Some(Link::new("Join Northwind", "/accept.html")),
                code: None,
            }),
            empty: Empty { icon: Icon::Inbox, text: String::new(), action: None },
            footer: footer(),
        },
    )?;
    let system = |name: &str, description: &str| System {
        name: name.into(),
        description: description.into(),
        enter: vec![
            action("Enter as Ann, owner", &format!("in {name}"), Look::Plain, How::Post, "people"),
            action("as Chloé, member", &format!("in {name}"), Look::Quiet, How::Post, "people"),
        ],
    };
    gallery.add(
        "systems",
        &SystemsPage {
            page: outside_page("Demo"),
            heading: "One product, six systems".into(),
            lead: "Choose one and who you are in it.".into(),
            systems: vec![
                system("Standard", "What a newcomer gets: everything, with the strictest safe rule."),
                system("Workjet Portal", "One owner, admins, members; a Team page in a sidebar."),
                system("AI Hub", "Members in settings, workspace managers, reminders by bell."),
                system("Appcircle", "Roles per module, sub-organizations, inherited people."),
                system("Model Match", "A Security page with sixteen permissions."),
                system("Pipes", "Tabs, handles, groups, implicit owners."),
            ],
            mailbox: Some(Link::new("Open the mailbox", "/mailbox.html")),
            footer: footer(),
        },
    )
}

pub(crate) fn fill(gallery: &mut Gallery) -> Outcome {
    sign_in(gallery)?;
    links(gallery)?;
    accept(gallery)?;
    waiting(gallery)?;
    errors(gallery)?;
    demo(gallery)
}
