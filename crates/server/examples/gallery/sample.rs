//! Northwind and its people.

use guildhall_server::portal::view::{
    Action, Avatar, Brand, Choice, Fact, How, Icon, Link, Look, NavEntry, NavGroup, Page, Panel, Person, Place, Placement, RoleOption,
    Shell, Theme, When, Width,
};

pub(crate) fn page(title: &str) -> Page {
    Page {
        lang: "en".into(),
        theme: Theme::System,
        user: None,
        title: title.into(),
        place: "Northwind".into(),
        brand: Brand { product: "Guildhall".into(), logo: None, stylesheet: None },
        form_token: "sample".into(),
        toast: None,
    }
}

pub(crate) fn outside_page(title: &str) -> Page {
    Page { place: "Guildhall".into(), ..page(title) }
}

pub(crate) fn footer() -> Vec<Link> {
    vec![Link::new("Privacy", "/index.html"), Link::new("Help", "/index.html")]
}

pub(crate) fn place(name: &str, note: &str, current: bool) -> Place {
    Place { name: name.into(), initial: name.chars().take(1).collect(), href: "/people.html".into(), note: note.into(), current }
}

pub(crate) fn entry(label: &str, icon: Icon, page: &str, current: bool) -> NavEntry {
    NavEntry { label: label.into(), href: format!("/{page}.html"), icon, current, locked: false }
}

pub(crate) fn navigation(people: &str, current: &str) -> Vec<NavEntry> {
    let at = |key: &str| key == current;
    vec![
        entry("Overview", Icon::House, "people", at("overview")),
        entry(people, Icon::People, "people", at("people")),
        entry("Workspaces", Icon::Workspaces, "people", at("workspaces")),
        NavEntry { locked: true, ..entry("Roles", Icon::Shield, "manage-roles", at("roles")) },
        entry("Audit log", Icon::Log, "people", at("audit")),
        entry("API keys", Icon::Key, "people", at("keys")),
        entry("Settings", Icon::Settings, "organization-settings", at("settings")),
    ]
}

pub(crate) fn shell(placement: Placement, people: &str, current: &str) -> Shell {
    let mut groups = vec![NavGroup { title: "Northwind".into(), entries: navigation(people, current) }];
    if placement == Placement::Settings {
        groups.push(NavGroup {
            title: "Workspaces".into(),
            entries: vec![
                entry("Claims", Icon::Workspaces, "people", false),
                entry("Invoices and credit notes, Europe", Icon::Workspaces, "people", false),
            ],
        });
        groups.push(NavGroup {
            title: "Yours".into(),
            entries: vec![
                entry("Profile", Icon::Person, "profile", at_profile(current)),
                entry("Sessions", Icon::Device, "sessions", false),
            ],
        });
    }
    Shell {
        placement,
        place: place("Northwind", "Owner", true),
        organizations: vec![place("Northwind", "Owner", true), place("Blue Yonder Freight", "Member", false)],
        organization_links: vec![Link { icon: Some(Icon::Organization), ..Link::new("All organizations", "/organizations.html") }],
        groups,
        product_links: vec![Link::new("Projects", "/people.html"), Link::new("Runs", "/people.html")],
        account: person("usr_ann", "Ann Okafor", "ann@northwind.example"),
        account_links: vec![
            Link { icon: Some(Icon::Person), ..Link::new("Profile", "/profile.html") },
            Link { icon: Some(Icon::Mail), ..Link::new("Addresses", "/addresses.html") },
            Link { icon: Some(Icon::Device), ..Link::new("Sessions", "/sessions.html") },
        ],
        sign_out: "/sign-in.html".into(),
    }
}

fn at_profile(current: &str) -> bool {
    current == "profile"
}

pub(crate) fn person(id: &str, name: &str, second: &str) -> Person {
    Person { name: name.into(), second: second.into(), avatar: Avatar::of(id, name), you: false, href: None }
}

pub(crate) fn when(words: &str) -> When {
    let exact = if words == "Never" { "" } else { "2026-11-20T09:41:00Z" };
    When { words: words.into(), exact: exact.into() }
}

pub(crate) fn action(label: &str, full: &str, look: Look, how: How, page: &str) -> Action {
    Action { full_label: full.into(), look, ..Action::new(label, how, &format!("/{page}.html")) }
}

pub(crate) fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.into(), value: value.into() }
}

pub(crate) fn choice(value: &str, title: &str, chosen: bool) -> Choice {
    Choice { value: value.into(), title: title.into(), help: None, chosen, locked: None }
}

pub(crate) fn option(key: &str, title: &str, description: &str) -> RoleOption {
    RoleOption { key: key.into(), title: title.into(), description: description.into(), chosen: false, locked: None }
}

pub(crate) fn panel(title: &str, submit: &str, width: Width) -> Panel {
    Panel {
        title: title.into(),
        intro: None,
        width,
        action: "/people.html".into(),
        cancel: "/people.html".into(),
        submit: Some(submit.into()),
        destroys: false,
        refused: None,
        typed: None,
    }
}
