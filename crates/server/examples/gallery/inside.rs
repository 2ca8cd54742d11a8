//! One person, settings, and a person's own pages.

use guildhall_server::portal::view::mine::{AddressRow, AddressesPage, LinkedRow, ProfilePage, SessionsPage};
use guildhall_server::portal::view::organization::{Danger, OrganizationRow, OrganizationSettingsPage, OrganizationsPage};
use guildhall_server::portal::view::outside::WaitingRow;
use guildhall_server::portal::view::person::{ChangeRow, KeyRow, PersonPage, ScopeRole, SessionRow};
use guildhall_server::portal::view::{
    Action, Empty, Field, How, Icon, Link, Look, Notice, Page, Pill, Placement, RoleCell, RoleMenu, Select, Tone,
};

use crate::people::options;
use crate::sample::{action, choice, page, person, place, shell, when};
use crate::{Gallery, Outcome};

fn session(icon: Icon, device: &str, note: &str, here: bool) -> SessionRow {
    let end = action("End session", &format!("End session {device}"), Look::Plain, How::Post, "sessions");
    SessionRow {
        icon,
        device: device.into(),
        note: note.into(),
        active: when("2 days ago"),
        here,
        actions: if here { Vec::new() } else { vec![end] },
    }
}

fn chloe(gallery: &mut Gallery) -> Outcome {
    let menu = RoleCell::Menu(RoleMenu {
        id: "p1".into(),
        label: "Role of Chloé Martin in Northwind".into(),
        role: "Member".into(),
        action: "/role-confirm.html".into(),
        confirm: true,
        options: options(None),
        after: Vec::new(),
    });
    let change = |text: &str, at: &str| ChangeRow { text: text.into(), at: when(at) };
    gallery.add(
        "person",
        &PersonPage {
            page: page("Chloé Martin"),
            shell: shell(Placement::Sidebar, "Team", "people"),
            back: Link::new("Team", "/people.html"),
            person: person("usr_chloe", "Chloé Martin", "chloe@northwind.example"),
            status: Pill::new(Tone::Plain, "Joined"),
            actions: vec![
                Action::new("Suspend", How::Dialog, "/remove.html"),
                Action { look: Look::Danger, ..Action::new("Remove", How::Dialog, "/remove.html") },
            ],
            notices: vec![Notice {
                link: Some(Link::new("Review access", "/people.html")),
                ..Notice::new(Tone::Neutral, "Chloé’s role changed two days ago.")
            }],
            roles: vec![
                ScopeRole { scope: Link::new("Northwind", "/people.html"), role: menu, source: None },
                ScopeRole { scope: Link::new("Claims", "/people.html"), role: RoleCell::Plain("Manager".into()), source: None },
                ScopeRole {
                    scope: Link::new("Invoices", "/people.html"),
                    role: RoleCell::Locked {
                        role: "Reader".into(),
                        reason: "Through the group Data. Change the group to change this.".into(),
                        instead: None,
                    },
                    source: Some("Through the group Data".into()),
                },
            ],
            keys: vec![KeyRow {
                name: "Nightly export".into(),
                hint: "gh_live_…4f2a".into(),
                used: when("Today"),
                actions: vec![action("Revoke", "Revoke Nightly export", Look::Danger, How::Dialog, "remove")],
            }],
            sessions: Some("Signed in with 1 browser.".into()),
            changes: vec![change("Ann made Chloé a member", "2 days ago"), change("Chloé joined by invitation from Ann", "3 Oct 2026")],
            changes_link: Some(Link::new("All changes in the audit log", "/people.html")),
        },
    )
}

fn settings(gallery: &mut Gallery) -> Outcome {
    let danger = |title: &str, note: &str, page: &str| Danger {
        title: title.into(),
        note: note.into(),
        action: action(title, title, Look::Danger, How::Dialog, page),
    };
    let mut transfer = danger("Transfer ownership", "To an active member. You become an admin.", "transfer");
    transfer.action.look = Look::Plain;
    let mut settings = OrganizationSettingsPage {
        page: page("Settings"),
        shell: shell(Placement::Sidebar, "Team", "settings"),
        state: "Created on 3 Oct 2026. Owners and admins can change it.".into(),
        action: "/organization-settings.html".into(),
        fields: vec![
            Field { value: "Northwind".into(), autocomplete: "organization", ..Field::text("name", "Name") },
            Field {
                value: "northwind".into(),
                help: Some("In addresses and mails. The old one is free again after 90 days.".into()),
                ..Field::text("slug", "Slug")
            },
            Field { optional: true, kind: "url", ..Field::text("logo", "Website") },
        ],
        selects: vec![Select {
            name: "review".into(),
            label: "Access review".into(),
            help: None,
            error: None,
            options: vec![choice("ask", "Ask after a role change or removal", true), choice("no", "Never ask", false)],
        }],
        submit: Some("Save changes".into()),
        refused: None,
        conflict: None,
        dangers: vec![
            transfer,
            Danger {
                action: Action {
                    locked: Some("Transfer ownership first".into()),
                    ..action("Leave Northwind", "Leave Northwind", Look::Danger, How::Dialog, "people")
                },
                ..danger("Leave Northwind", "Only after you transferred ownership.", "people")
            },
            danger("Delete organization", "Ends access for 41 people. Kept for 30 days.", "delete-organization"),
        ],
    };
    gallery.add("organization-settings", &settings)?;
    settings.refused = Some(Notice::new(Tone::Bad, "Only owners and admins can change Northwind. Ann Okafor is its owner."));
    if let Some(field) = settings.fields.get_mut(1) {
        field.value = "north wind".into();
        field.error = Some("A slug has no spaces. Use lower-case letters, digits and dashes.".into());
    }
    settings.shell = shell(Placement::Settings, "Members", "settings");
    gallery.add("organization-settings-errors", &settings)
}

fn waiting() -> WaitingRow {
    WaitingRow {
        place: place("Adventure Works", "", false),
        note: "Invited by Priya as Member · expires 27 Nov".into(),
        actions: vec![
            action("Decline", "Decline Adventure Works", Look::Quiet, How::Post, "waiting"),
            action("Join", "Join Adventure Works", Look::Plain, How::Post, "people"),
        ],
    }
}

fn organizations(gallery: &mut Gallery) -> Outcome {
    let row = |name: &str, note: &str, role: &str, status: Pill| OrganizationRow {
        place: place(name, "", false),
        since: note.into(),
        role: role.into(),
        status,
        menu: vec![Action { look: Look::Danger, ..Action::new("Leave", How::Dialog, "/remove.html") }],
    };
    gallery.add(
        "organizations",
        &OrganizationsPage {
            page: Page { place: "Guildhall".into(), ..page("Organizations") },
            shell: shell(Placement::Sidebar, "Team", ""),
            state: "You belong to two organizations.".into(),
            create: Some(Action { look: Look::Primary, ..Action::new("New organization", How::Dialog, "/no-organization.html") }),
            rows: vec![
                row("Northwind", "41 people", "Owner", Pill::new(Tone::Plain, "")),
                row("Blue Yonder Freight", "1,204 people", "Member", Pill::new(Tone::Neutral, "Suspended")),
            ],
            invitations: vec![waiting()],
            empty: Empty { icon: Icon::Organization, text: String::new(), action: None },
        },
    )
}

fn profile(gallery: &mut Gallery) -> Outcome {
    let ann = person("usr_ann", "Ann Okafor", "ann@northwind.example");
    gallery.add(
        "profile",
        &ProfilePage {
            page: page("Profile"),
            shell: shell(Placement::Settings, "Members", "profile"),
            person: ann,
            action: "/profile.html".into(),
            fields: vec![
                Field { value: "Ann Okafor".into(), autocomplete: "name", ..Field::text("name", "Name") },
                Field {
                    value: "ann-okafor".into(),
                    autocomplete: "username",
                    help: Some("Others can invite you by it.".into()),
                    ..Field::text("handle", "Handle")
                },
            ],
            language: Select {
                name: "language".into(),
                label: "Language".into(),
                help: None,
                error: None,
                options: vec![choice("en", "English", true), choice("de", "Deutsch", false)],
            },
            refused: None,
            linked: vec![LinkedRow {
                label: "Google: ann@northwind.example".into(),
                note: "Linked on 3 Aug 2026".into(),
                unlink: Action::new("Unlink", How::Dialog, "/remove.html"),
            }],
            link: vec![Action::new("Link Google", How::Post, "/profile.html")],
            dangers: vec![Danger {
                title: "Delete your account".into(),
                note: "You own Northwind. Transfer or delete it first.".into(),
                action: Action {
                    locked: Some("Transfer or delete Northwind first".into()),
                    ..action("Delete account", "Delete account", Look::Danger, How::Dialog, "people")
                },
            }],
        },
    )
}

fn addresses_and_sessions(gallery: &mut Gallery) -> Outcome {
    let address = |id: &str, address: &str, note: &str, pill: Option<Pill>| AddressRow {
        id: id.into(),
        address: address.into(),
        note: note.into(),
        pill,
        menu: vec![
            Action::new("Make primary", How::Post, "/addresses.html"),
            Action { look: Look::Danger, ..Action::new("Remove", How::Dialog, "/remove.html") },
        ],
    };
    gallery.add(
        "addresses",
        &AddressesPage {
            page: page("Addresses"),
            shell: shell(Placement::Tabs, "People", ""),
            state: "Two proven, one waiting.".into(),
            rows: vec![
                address("a1", "ann@northwind.example", "Proven on 3 Oct 2026", Some(Pill::new(Tone::Ok, "Primary"))),
                address("a2", "ann.okafor@post.example", "Proven on 4 Oct 2026", None),
                address("a3", "ann@adventure-works.example", "A code was sent 2 minutes ago", Some(Pill::new(Tone::Warn, "Not proven"))),
            ],
            add: "/addresses.html".into(),
            field: Field {
                kind: "email",
                autocomplete: "email",
                help: Some("We send it a code. The others hear of it by mail.".into()),
                ..Field::text("address", "Address")
            },
            notices: Vec::new(),
        },
    )?;
    gallery.add(
        "sessions",
        &SessionsPage {
            page: page("Sessions"),
            shell: shell(Placement::Sidebar, "Team", ""),
            state: "You are signed in on three devices.".into(),
            rows: vec![
                session(Icon::Device, "Firefox on Linux", "Berlin, Germany · signed in 3 Oct 2026", true),
                session(Icon::Phone, "Safari on iPhone", "Berlin, Germany", false),
                session(Icon::Device, "Chrome on Windows", "Lagos, Nigeria", false),
            ],
            end_others: Some(Action::new("End all others", How::Post, "/sessions.html")),
            notices: Vec::new(),
        },
    )
}

pub(crate) fn fill(gallery: &mut Gallery) -> Outcome {
    chloe(gallery)?;
    settings(gallery)?;
    organizations(gallery)?;
    profile(gallery)?;
    addresses_and_sessions(gallery)
}
