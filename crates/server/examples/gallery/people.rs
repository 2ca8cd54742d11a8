//! The people page in three placements, empty and filtered.

use guildhall_server::portal::view::people::{
    AllMatching, Bulk, BulkAct, Column, Columns, Filters, PeoplePage, PersonRow, QuickAdd, Sort, Sorted,
};
use guildhall_server::portal::view::{
    Action, Empty, Field, How, Icon, Link, Look, Notice, Pagination, Person, Pill, Placement, RoleCell, RoleMenu, RoleOption, Select,
    Toast, Tone,
};

use crate::sample::{action, choice, option, page, person, shell, when};
use crate::{Gallery, Outcome};

pub(crate) fn options(admin_locked: Option<&str>) -> Vec<RoleOption> {
    vec![
        RoleOption { locked: Some("Only through Transfer ownership".into()), ..option("owner", "Owner", "") },
        RoleOption {
            locked: admin_locked.map(Into::into),
            ..option("admin", "Admin", "Team members, gateway, DLP policies; everything but billing and deletion")
        },
        option("member", "Member", "Desktop app, skills, assistants and engines; their own usage"),
    ]
}

fn menu(id: &str, name: &str, role: &str) -> RoleCell {
    let options = options(None).into_iter().map(|option| RoleOption { chosen: option.title == role, ..option }).collect();
    RoleCell::Menu(RoleMenu {
        id: id.into(),
        label: format!("Role of {name}"),
        role: role.into(),
        action: "/role-confirm.html".into(),
        confirm: true,
        options,
        after: Vec::new(),
    })
}

fn row(id: &str, name: &str, second: &str, role: &str, active: &str) -> PersonRow {
    PersonRow {
        id: id.into(),
        person: Person { href: Some("/person.html".into()), ..person(id, name, second) },
        note: "Invited by Ann Okafor".into(),
        role: menu(id, name, role),
        status: Pill::new(Tone::Plain, "Joined"),
        last_active: when(active),
        selectable: true,
        inline: Vec::new(),
        menu: vec![
            Action { icon: Some(Icon::Person), ..Action::new("View person", How::Page, "/person.html") },
            Action { icon: Some(Icon::Trash), look: Look::Danger, ..Action::new("Remove", How::Dialog, "/remove.html") },
        ],
        fresh: false,
    }
}

fn invited(id: &str, address: &str, second: &str, pill: Pill) -> PersonRow {
    PersonRow {
        status: pill,
        menu: vec![
            Action { icon: Some(Icon::Bell), ..Action::new("Resend", How::Post, "/people.html") },
            Action {
                locked: Some("Reminded just now. Again in 58 minutes.".into()),
                ..Action::new("Send reminder", How::Post, "/people.html")
            },
            Action { icon: Some(Icon::Trash), look: Look::Danger, ..Action::new("Revoke", How::Dialog, "/remove.html") },
        ],
        ..row(id, address, second, "Member", "Never")
    }
}

fn rows() -> Vec<PersonRow> {
    let mut ann = row("usr_ann", "Ann Okafor", "ann@northwind.example", "Owner", "Today");
    ann.person.you = true;
    ann.selectable = false;
    ann.role = RoleCell::Locked {
        role: "Owner".into(),
        reason: "There is exactly one owner. Transfer ownership to change that.".into(),
        instead: Some(Link::new("Transfer ownership", "/transfer.html")),
    };
    let mut ewa = row("usr_ewa", "Ewa Kowalska", "ewa@northwind.example", "Member", "3 Oct 2026");
    ewa.status = Pill::new(Tone::Neutral, "Suspended");
    let long = row(
        "usr_long",
        "Maximiliane Freifrau von Hohenstein-Bergtheim zu Oberkirchen",
        "maximiliane.freifrau.von.hohenstein-bergtheim@rindfleischetikettierung.example",
        "Member",
        "Yesterday",
    );
    let mut dmitri = invited("inv_dmitri", "dmitri@northwind.example", "Invited by Ann · expires 28 Nov", Pill::new(Tone::Warn, "Invited"));
    dmitri.fresh = true;
    vec![
        ann,
        row("usr_ben", "Ben Ruiz", "ben@northwind.example", "Admin", "2 days ago"),
        row("usr_chloe", "Chloé Martin", "chloe@northwind.example", "Member", "Today"),
        dmitri,
        ewa,
        invited("inv_farid", "farid@partner.example", "Invited by Ben · expired 14 Nov", Pill::new(Tone::Bad, "Expired")),
        row("usr_grace", "Grace Liu", "grace@northwind.example", "Member", "Yesterday"),
        long,
    ]
}

fn column(title: &str, sort: Option<Sorted>) -> Column {
    Column { title: title.into(), sort: sort.map(|now| Sort { value: "name:desc".into(), now }) }
}

fn filters(query: &str) -> Filters {
    let search = Field {
        kind: "search",
        value: query.into(),
        placeholder: "Search by name or address".into(),
        ..Field::text("q", "Search by name or address")
    };
    let role = Select {
        name: "role".into(),
        label: "Role".into(),
        help: None,
        error: None,
        options: vec![choice("", "Any role", true), choice("admin", "Admin", !query.is_empty()), choice("member", "Member", false)],
    };
    let status = Select {
        name: "status".into(),
        label: "Status".into(),
        options: vec![choice("", "Any status", true), choice("joined", "Joined", false), choice("invited", "Invited", false)],
        ..role.clone()
    };
    Filters {
        action: "/people.html".into(),
        search,
        selects: vec![role, status],
        clear: (!query.is_empty()).then(|| "/people.html".into()),
    }
}

fn people(placement: Placement, title: &str, invite: &str) -> PeoplePage {
    PeoplePage {
        page: page(title),
        shell: shell(placement, title, "people"),
        state: "41 people, 3 invited. Owners and admins can manage them.".into(),
        invite: Some(Action { look: Look::Primary, ..Action::new(invite, How::Dialog, "/invite.html") }),
        quick_add: None,
        notices: Vec::new(),
        links: Vec::new(),
        filters: filters(""),
        columns: Columns {
            person: column("Person", Some(Sorted::Ascending)),
            role: column("Role", Some(Sorted::No)),
            status: column("Status", None),
            last_active: column("Last active", Some(Sorted::No)),
        },
        order: "name".into(),
        rows: rows(),
        bulk: Some(Bulk {
            action: "/people.html".into(),
            acts: vec![
                BulkAct { key: "resend".into(), label: "Resend".into(), danger: false },
                BulkAct { key: "role".into(), label: "Change role".into(), danger: false },
                BulkAct { key: "remove".into(), label: "Remove".into(), danger: true },
            ],
            all_matching: Some(AllMatching { label: "All 44".into(), n: "44".into() }),
        }),
        pagination: Pagination { count: "44 people".into(), previous: None, next: Some("/people.html".into()) },
        empty: Empty { icon: Icon::People, text: String::new(), action: None },
    }
}

fn members_with_icons() -> PeoplePage {
    let mut page = people(Placement::Settings, "Members", "Add members");
    for row in &mut page.rows {
        let name = row.person.name.clone();
        let icon = |label: &str, icon, how, to: &str| Action {
            icon: Some(icon),
            ..action(label, &format!("{label} {name}"), Look::IconOnly, how, to)
        };
        row.menu.clear();
        row.inline = vec![icon("Edit", Icon::Pencil, How::Dialog, "role-edit"), icon("Delete", Icon::Trash, How::Dialog, "remove")];
        row.role = RoleCell::Plain("User".into());
        if row.id.starts_with("inv_") {
            row.inline.remove(0);
            row.inline.insert(0, icon("Send reminder", Icon::Bell, How::Post, "people"));
        }
    }
    page.notices = vec![Notice::new(Tone::Neutral, "Seven of 41 people are admins. Workspace managers are often enough: prefer them.")];
    page.bulk = None;
    page
}

fn with_buttons() -> PeoplePage {
    let mut page = people(Placement::Sidebar, "Team Management", "");
    page.invite = None;
    page.quick_add = Some(QuickAdd {
        action: "/people.html".into(),
        field: Field { kind: "email", placeholder: "name@company.example".into(), ..Field::text("address", "Email address") },
        submit: "Add a New User".into(),
    });
    for row in &mut page.rows {
        let name = row.person.name.clone();
        row.role = RoleCell::Plain("6 modules".into());
        row.menu.clear();
        row.inline = vec![
            action("Manage Roles", &name, Look::Plain, How::Dialog, "manage-roles"),
            Action { icon: Some(Icon::Trash), ..action("Delete", &format!("Delete {name}"), Look::IconOnly, How::Dialog, "remove") },
        ];
    }
    if let Some(row) = page.rows.get_mut(2) {
        row.status = Pill { source: Some(Link::new("from Northwind", "/people.html")), ..Pill::new(Tone::Neutral, "Inherited") };
    }
    page.bulk = None;
    page
}

pub(crate) fn fill(gallery: &mut Gallery) -> Outcome {
    let mut team = people(Placement::Sidebar, "Team", "Invite User");
    team.links = vec![Link::new("Gateway settings", "/people.html"), Link::new("DLP policies", "/people.html")];
    gallery.add("people", &team)?;
    team.page.toast = Some(Toast {
        text: "Invited dmitri@northwind.example as Member.".into(),
        undo: Some(Action { look: Look::Quiet, ..Action::new("Undo", How::Post, "/people.html") }),
        draft: false,
    });
    gallery.add("people-toast", &team)?;
    gallery.add("people-settings", &members_with_icons())?;
    gallery.add("people-tabs", &people(Placement::Tabs, "People", "Invite User"))?;
    gallery.add("people-buttons", &with_buttons())?;
    let mut filtered = people(Placement::Sidebar, "Team", "Invite User");
    filtered.filters = filters("chlo");
    filtered.rows.clear();
    filtered.empty = Empty {
        icon: Icon::Search,
        text: "Nobody matches “chlo” with role Admin.".into(),
        action: Some(Action::new("Clear filters", How::Page, "/people.html")),
    };
    gallery.add("people-filtered", &filtered)?;
    let mut empty = people(Placement::Tabs, "People", "Invite User");
    empty.rows.clear();
    empty.state = "Only you, so far.".into();
    empty.invite = None;
    empty.empty = Empty {
        icon: Icon::People,
        text: "People you invite appear here, with what they may do and when they were last active.".into(),
        action: Some(Action { look: Look::Primary, ..Action::new("Invite User", How::Dialog, "/invite.html") }),
    };
    gallery.add("people-empty", &empty)
}
