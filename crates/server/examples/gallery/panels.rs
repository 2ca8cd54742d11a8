//! Dialogs, as the pages that they also are.

use guildhall_server::portal::view::organization::DeleteOrganizationPage;
use guildhall_server::portal::view::people::{
    AddressField, Conflict, InvitePage, InviteResult, InviteResultPage, ManageRolesPage, Module, RemovePage, RoleChoice, RoleConfirmPage,
    RoleEditPage, TransferPage,
};
use guildhall_server::portal::view::secret::SecretPage;
use guildhall_server::portal::view::{
    Action, Choice, Field, How, Icon, Link, Look, Notice, Panel, Person, Pill, Placement, RoleOption, Select, Shell, Tone, Typed, Width,
};

use crate::people::options;
use crate::sample::{choice, entry, fact, page, panel, person, shell};
use crate::{Gallery, Outcome};

fn inside() -> Shell {
    shell(Placement::Sidebar, "Team", "people")
}

fn chloe() -> Person {
    person("usr_chloe", "Chloé Martin", "chloe@northwind.example")
}

fn role_choice(locked: Option<&str>) -> RoleChoice {
    let options = options(locked).into_iter().skip(1).map(|option| RoleOption { chosen: option.key == "member", ..option });
    RoleChoice { label: "Role".into(), options: options.collect(), error: None }
}

fn addresses(name: &str, label: &str, value: &str) -> AddressField {
    AddressField {
        field: Field {
            value: value.into(),
            help: Some("Separate by comma, semicolon, space or line.".into()),
            autofocus: true,
            ..Field::text(name, label)
        },
        single: false,
        limit: 500,
        handles: true,
        here: vec!["ben@northwind.example".into()],
    }
}

fn invite(gallery: &mut Gallery) -> Outcome {
    let mut page = InvitePage {
        page: page("Invite User"),
        shell: inside(),
        panel: panel("Invite User", "Send Invite", Width::Middle),
        addresses: vec![AddressField {
            single: true,
            field: Field { kind: "email", autofocus: true, ..Field::text("addresses", "Email address") },
            ..addresses("addresses", "Email address", "")
        }],
        roles: Some(role_choice(Some("Only the owner can make someone an admin"))),
        workspaces: Vec::new(),
        csv: None,
        notice: None,
    };
    gallery.add("invite", &page)?;
    page.panel = panel("Invite people to Northwind", "Send invitations", Width::Middle);
    page.addresses =
        vec![addresses("addresses", "Addresses or handles", "hana@northwind.example\nben@northwind.example\nivan@@partner\njun-park")];
    page.workspaces = vec![choice("wsp_1", "Claims", true), choice("wsp_2", "Invoices", false)];
    page.notice = Some(Notice::new(Tone::Neutral, "9 of 50 seats are free. Invitations end after 7 days."));
    page.panel.refused =
        Some(Notice::new(Tone::Bad, "100 invitations a day is the limit for a new organization. 12 are left until midnight UTC."));
    gallery.add("invite-list", &page)?;
    let result = |address: &str, note: &str, pill: Pill| InviteResult { address: address.into(), note: note.into(), pill };
    gallery.add(
        "invite-result",
        &InviteResultPage {
            page: page.page,
            shell: inside(),
            panel: Panel {
                intro: Some("Two were invited. Two were not.".into()),
                submit: None,
                ..panel("Invited to Northwind", "", Width::Middle)
            },
            hidden: Vec::new(),
            rows: vec![
                result("hana@northwind.example", "Invited as Member. The mail leaves in 10 seconds.", Pill::new(Tone::Ok, "Invited")),
                result("jun-park", "Invited as Member. Their mail stays hidden until they accept.", Pill::new(Tone::Ok, "Invited")),
                result("ben@northwind.example", "Already a member.", Pill::new(Tone::Neutral, "Already here")),
                result("ivan@@partner", "More than one @. Correct the address and invite again.", Pill::new(Tone::Bad, "Not an address")),
            ],
            done: true,
        },
    )
}

fn roles(gallery: &mut Gallery) -> Outcome {
    let confirm = RoleConfirmPage {
        page: page("Change role"),
        shell: inside(),
        panel: panel("Make Chloé Martin an admin?", "Change role", Width::Narrow),
        person: chloe(),
        roles: vec!["admin".into()],
        from: "Member".into(),
        to: "Admin".into(),
        gains: vec!["Invite and remove users".into(), "Configure gateway routing".into(), "View audit logs".into()],
        losses: Vec::new(),
        notice: Some(Notice::new(Tone::Warn, "You hold this right as owner. Ben and the other admins can remove Chloé, and Chloé them.")),
        conflict: None,
    };
    gallery.add("role-confirm", &confirm)?;
    let conflict = Conflict {
        text: "Ben changed this a minute ago.".into(),
        theirs: fact("Ben’s", "Member"),
        mine: fact("Yours", "Admin"),
        keep_theirs: "Keep Ben’s".into(),
        use_mine: "Use mine".into(),
    };
    gallery.add(
        "role-conflict",
        &RoleConfirmPage { notice: None, conflict: Some(conflict), panel: Panel { submit: None, ..confirm.panel }, ..confirm },
    )?;
    gallery.add(
        "role-edit",
        &RoleEditPage {
            page: page("Edit"),
            shell: inside(),
            panel: panel("Role of Chloé Martin", "Save", Width::Narrow),
            person: chloe(),
            roles: role_choice(None),
        },
    )
}

fn modules() -> Vec<Module> {
    let module = |key: &str, title: &str, roles: &[&str], chosen: usize, inherited: Option<&str>| Module {
        key: key.into(),
        title: title.into(),
        roles: roles.iter().enumerate().map(|(at, role)| choice(&role.to_lowercase(), role, at == chosen)).collect(),
        inherited: inherited.map(Into::into),
    };
    let none = 9;
    vec![
        module("build", "Build", &["Manager", "Operator", "Viewer"], 1, None),
        module("environment", "Environment Variables", &["Manager", "Viewer"], 1, None),
        module(
            "codepush",
            "CodePush",
            &["Manager", "Operator", "Viewer"],
            none,
            Some("None here. Viewer from Northwind: a lower choice changes nothing."),
        ),
        module("signing", "Signing Identity", &["Manager", "Viewer"], none, None),
        module("testing", "Testing Distribution", &["Manager", "Operator", "Ext. Operator", "Viewer"], 2, None),
        module("groups", "Testing Groups", &["Manager", "Viewer"], 1, None),
        module("billing", "Billing", &["Manager"], none, None),
    ]
}

fn removal(gallery: &mut Gallery) -> Outcome {
    let remove = RemovePage {
        page: page("Remove Chloé Martin"),
        shell: inside(),
        panel: Panel {
            intro: Some("She loses access at once. What she made in workspaces stays.".into()),
            destroys: true,
            ..panel("Remove Chloé Martin from Northwind?", "Remove Chloé", Width::Narrow)
        },
        ends: vec![
            fact("API keys revoked", "2"),
            fact("Sessions ended in Northwind", "3"),
            fact("Workspaces left", "4"),
            fact("Invitations she sent, withdrawn", "1"),
        ],
        passes: vec![Notice::new(Tone::Warn, "“Churn model” has no other owner. It passes to you.")],
        offers: Vec::new(),
        instead: None,
    };
    gallery.add("remove", &remove)?;
    gallery.add(
        "remove-refused",
        &RemovePage {
            panel: Panel {
                submit: None,
                intro: None,
                refused: Some(Notice::new(Tone::Bad, "Ann is the only owner and can’t be removed. She can transfer ownership first.")),
                ..panel("Remove Ann Okafor from Northwind?", "", Width::Narrow)
            },
            ends: Vec::new(),
            passes: Vec::new(),
            offers: vec![choice("invitations", "Take over the invitations she sent", true)],
            instead: Some(Action { look: Look::Quiet, ..Action::new("Suspend instead", How::Page, "/people.html") }),
            ..remove
        },
    )
}

fn typed(label: &str, expected: &str) -> Typed {
    let field = Field { help: Some(format!("Type {expected}")), autofocus: true, ..Field::text("typed", label) };
    Typed { field, expected: expected.into() }
}

fn secret(gallery: &mut Gallery) -> Outcome {
    gallery.add(
        "secret",
        &SecretPage {
            page: page("New API key"),
            shell: shell(Placement::Sidebar, "Team", "keys"),
            title: "Your new API key".into(),
            width: Width::Narrow,
            label: "Nightly export".into(),
            value: "gh_live_7Qm2xV0sample0only0c4f2a".into(),
            done: "/people.html".into(),
        },
    )
}

pub(crate) fn fill(gallery: &mut Gallery) -> Outcome {
    secret(gallery)?;
    invite(gallery)?;
    roles(gallery)?;
    removal(gallery)?;
    gallery.add(
        "manage-roles",
        &ManageRolesPage {
            page: page("Manage Roles"),
            shell: inside(),
            panel: panel("Manage Roles", "Save roles", Width::Full),
            person: chloe(),
            scopes: vec![
                entry("Northwind", Icon::Organization, "manage-roles", false),
                entry("Northwind Mobile", Icon::Organization, "manage-roles", true),
                entry("Northwind Labs", Icon::Organization, "manage-roles", false),
            ],
            owner: Some(Choice { help: Some("Full access to everything".into()), locked: None, ..choice("owner", "Owner", false) }),
            modules: modules(),
            reference: Some(Link::new("What each role may do", "/people.html")),
            notice: Some(Notice::new(
                Tone::Neutral,
                "Fine-grained roles belong to the Enterprise plan. Contact sales@guildhall.example to unlock them.",
            )),
        },
    )?;
    gallery.add(
        "transfer",
        &TransferPage {
            page: page("Transfer ownership"),
            shell: inside(),
            panel: Panel {
                destroys: true,
                typed: Some(typed("Name of the organization", "Northwind")),
                ..panel("Transfer ownership of Northwind?", "Transfer ownership", Width::Narrow)
            },
            find: "/transfer.html".into(),
            search: Some(Field { kind: "search", help: Some("The first 50 are listed.".into()), ..Field::text("q", "Find somebody") }),
            to: Select {
                name: "to".into(),
                label: "New owner".into(),
                help: None,
                error: None,
                options: vec![
                    choice("usr_ben", "Ben Ruiz (ben@northwind.example)", true),
                    choice("usr_grace", "Grace Liu (grace@northwind.example)", false),
                ],
            },
            facts: vec![fact("Your role after", "Admin")],
            notice: Some(Notice::new(Tone::Warn, "Only the new owner can undo this.")),
        },
    )?;
    gallery.add(
        "delete-organization",
        &DeleteOrganizationPage {
            page: page("Delete organization"),
            shell: inside(),
            panel: Panel {
                intro: Some("Everybody loses access at once. After 30 days the data is gone.".into()),
                destroys: true,
                typed: Some(typed("Name of the organization", "Northwind")),
                ..panel("Delete Northwind?", "Delete Northwind", Width::Narrow)
            },
            ends: vec![fact("People", "41"), fact("Workspaces", "6"), fact("API keys revoked", "12"), fact("Invitations withdrawn", "3")],
            notices: Vec::new(),
        },
    )
}
