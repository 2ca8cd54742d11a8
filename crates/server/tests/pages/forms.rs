//! L-32: what the API does, a page does too, and the other way round: two lists that a new operation or form must be put into.

use crate::{
    operations,
    stage::{Team, browser_of},
};
use guildhall_testkit::both_databases;
use std::{collections::BTreeSet, path::Path};

/// Each operation with the pages that do the same: forms for what changes something, pages for what only reads.
const PAGES: &[(&str, &[&str])] = &[
    ("found_organization", &["/new"]),
    ("see_organization", &["GET /o/{slug}/settings"]),
    ("update_organization", &["/o/{slug}/settings"]),
    ("delete_organization", &["/o/{slug}/delete"]),
    ("list_invitations", &["GET /o/{slug}/people"]),
    ("find_invitation", &["GET /o/{slug}/people"]),
    ("invite", &["/o/{slug}/invite"]),
    ("invite_many", &["/o/{slug}/invite", "/o/{slug}/invite/csv"]),
    ("revoke_invitation", &["/o/{slug}/invitations/{invitation}/revoke", "/o/{slug}/people/bulk"]),
    ("remind", &["/o/{slug}/invitations/{invitation}/resend", "/o/{slug}/people/bulk"]),
    ("undo_invitation", &["/o/{slug}/invitations/undo"]),
    ("leave_organization", &["/o/{slug}/leave"]),
    ("list_members", &["GET /o/{slug}/people"]),
    ("count_members", &["GET /o/{slug}/people"]),
    ("find_member", &["GET /o/{slug}/people/{user}"]),
    ("preview_removal", &["GET /o/{slug}/people/{user}/remove"]),
    ("remove_member", &["/o/{slug}/people/{user}/remove"]),
    ("remove_many_members", &["/o/{slug}/people/bulk"]),
    ("change_roles", &["/o/{slug}/people/{user}/roles", "/o/{slug}/people/{user}/roles/undo"]),
    ("change_many_roles", &["/o/{slug}/people/bulk"]),
    ("suspend_member", &["/o/{slug}/people/{user}/suspend"]),
    ("reinstate_member", &["/o/{slug}/people/{user}/reinstate"]),
    ("list_roles", &["GET /o/{slug}/roles"]),
    ("list_offered_roles", &["GET /o/{slug}/invite", "GET /o/{slug}/people/{user}/roles"]),
    ("transfer_ownership", &["/o/{slug}/transfer"]),
    ("see_user", &["GET /profile"]),
    ("update_user", &["/profile", "/welcome"]),
    ("delete_user", &["/profile/delete"]),
    ("list_addresses", &["GET /profile/addresses"]),
    ("add_address", &["/profile/addresses", "/join/{invitation}/add"]),
    ("prove_address", &["/sign-in/code", "/sign-in/link"]),
    ("make_address_primary", &["/profile/addresses/{address}/primary"]),
    ("remove_address", &["/profile/addresses/{address}/remove"]),
    ("list_identities", &["GET /profile"]),
    ("unlink_identity", &["/profile/identities/{identity}/unlink"]),
    ("list_sessions", &["GET /profile/sessions"]),
    ("end_session", &["/profile/sessions/{session}/end", "/sign-out"]),
    ("end_other_sessions", &["/profile/sessions/end-others"]),
    ("list_own_organizations", &["GET /organizations"]),
    ("list_waiting_invitations", &["GET /invitations"]),
    ("accept_invitation", &["/invitations/{invitation}/accept"]),
    ("decline_invitation", &["/invitations/{invitation}/decline", "/join/{invitation}/decline"]),
    ("open_invitation", &["GET /join/{invitation}"]),
    ("accept_by_link", &["/join/{invitation}"]),
    ("unwanted_invitation", &["/unwanted/{token}", "/unwanted/{invitation}/stop"]),
];

/// Operations that only programs have, and why.
const PROGRAMS_ONLY: &[(&str, &str)] = &[
    ("decide", "a host product asks; pages show what is decided as open or locked"),
    ("see_model", "a host product's own pages show it; ours show its words and roles"),
    ("list_organizations", "by the host product's own ids"),
    ("create_user", "for a key of the deployment"),
    ("list_users", "for a key of the deployment"),
    ("find_user", "for a key of the deployment"),
    ("suspend_user", "for a key of the deployment"),
    ("reinstate_user", "for a key of the deployment"),
];

/// Forms that only browsers have: how one comes to have a session.
const BROWSERS_ONLY: &[&str] = &[
    "/sign-in",
    "/sign-in/code/again",
    "/sign-in/provider/{id}",
    "/sign-in/provider/{id}/link",
    "/operator/first",
    // By a link in a mail, for who is signed in nowhere: ends every session.
    "/not-me",
];

/// The text of every file below.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// The pages and forms of the portal as its routers name them: `GET /new` and `/new`.
fn routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        assert_eq!(text.matches(".route(").count(), text.matches(".route(\"").count(), "a route whose path this test can't read");
        for rest in text.split(".route(\"").skip(1) {
            let (path, rest) = rest.split_once('"').unwrap();
            let handlers = rest.split([';', '}']).next().unwrap();
            if handlers.contains("post(") {
                found.insert(path.to_owned());
            }
            if handlers.contains("get(") {
                found.insert(format!("GET {path}"));
            }
        }
    }
    found
}

#[test]
fn l_32_every_operation_has_its_page_or_a_reason() {
    let listed = PAGES.iter().map(|(id, _)| *id).chain(PROGRAMS_ONLY.iter().map(|(id, _)| *id));
    let mut listed: Vec<String> = listed.map(str::to_owned).collect();
    listed.sort();
    let mut operations: Vec<String> = operations::all().into_iter().map(|operation| operation.id).collect();
    operations.sort();
    assert_eq!(listed, operations);
    let routes = routes();
    for (id, pages) in PAGES {
        assert!(!pages.is_empty() && pages.iter().all(|page| routes.contains(*page)), "{id}: {pages:?}");
    }
}

#[test]
fn l_32_every_form_has_its_operation_or_a_reason() {
    let listed = PAGES.iter().flat_map(|(_, pages)| *pages).filter(|page| !page.starts_with("GET ")).chain(BROWSERS_ONLY);
    let listed: BTreeSet<String> = listed.map(ToString::to_string).collect();
    let forms: BTreeSet<String> = routes().into_iter().filter(|route| !route.starts_with("GET ")).collect();
    assert_eq!(listed, forms);
}

both_databases! {
    /// The routes that were read are those that answer: each form is there, and refuses what didn't come from its page.
    async fn l_32_every_form_that_is_listed_answers(database) {
        let team = Team::new(database, "workjet").await;
        let mut browser = browser_of(&team.server, &team.owner);
        for form in routes().into_iter().filter(|route| !route.starts_with("GET ")) {
            let path = form.replace("{slug}", "northwind").replace("{user}", &team.owner.id);
            let kinds = [("invitation", "inv"), ("address", "adr"), ("session", "ses"), ("identity", "idn")];
            let path = operations::filled(&path, &kinds.map(|(name, kind)| (name.to_owned(), operations::random(kind))).into());
            let mut path = path.replace("{token}", "x.y").replace("{id}", "corp");
            if form.starts_with("/sign-in/code") {
                path = format!("{path}?sign_in={}", operations::random("sgn"));
            }
            let sent = browser.post_with(&path, &[], "forged").await;
            // Only the token in its path counts there (RFC 8058).
            let expected = if form == "/unwanted/{token}" { 404 } else { 403 };
            assert_eq!(sent.status, expected, "{form}: {}", sent.body);
        }
    }
}
