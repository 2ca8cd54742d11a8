//! The form that invites: the model's fields and role choice, a review where no script runs, a result for each entry.

use super::known;
use crate::{
    Failure,
    http::{Form, Query},
    invitations::{self, Foreseen, RowFailure, RowResult, Wanted, list},
    members::portal as people,
    place::Written,
    portal::{
        flash::{self, Flash},
        inside::Inside,
        refused, text,
        view::{
            Field, Link, Notice, Panel, Pill, RoleOption, Tone, Width,
            people::{AddressField, InvitePage, InviteResult, InviteResultPage, RoleChoice},
        },
        visit::Wants,
    },
    refusals::moment,
    roles,
};
use axum::{
    http::{StatusCode, header},
    response::Response,
};
use guildhall_access::model::{InvitationRole, InviteBy};
use guildhall_core::{Operation, RoleKey, invitation::Invited};
use serde::Deserialize;

/// Most addresses in one go; longer lists are a program's work.
pub(super) const MOST: u32 = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    to: String,
    role: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    addresses: String,
    role: String,
    /// The review was seen.
    reviewed: String,
}

/// What the form shows again after something was wrong.
#[derive(Default)]
struct State {
    addresses: String,
    role: String,
    address_error: Option<String>,
    role_error: Option<String>,
    refused: Option<Notice>,
}

pub(super) async fn ask(inside: Inside, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    inside.needs(Operation::InvitationCreate)?;
    show(&inside, State { addresses: asked.to, role: asked.role, ..State::default() }, StatusCode::OK).await
}

fn wrong_in(state: &State) -> Option<String> {
    state.address_error.clone().or_else(|| state.refused.as_ref().map(|notice| notice.text.clone()))
}

pub(super) fn takes(inside: &Inside, way: InviteBy) -> bool {
    inside.model().invitation.by.contains(&way)
}

async fn show(inside: &Inside, state: State, status: StatusCode) -> Result<Response, Failure> {
    // Who may not invite, or not see that page, has no field there at which it could be said.
    let has_field = inside.may(Operation::InvitationCreate) && inside.may(Operation::MemberView);
    let at_the_field = people::is_inline(inside) && has_field && inside.visit.wants == Wants::Page;
    if let (true, Some(why)) = (at_the_field, wrong_in(&state)) {
        return people::with_wrong(inside, people::Wrong { typed: state.addresses, why }, status).await;
    }
    let (model, words) = (inside.model(), &inside.model().words);
    let roles = role_choice(inside, &state).await?;
    let title = words.get("invite_open").to_owned();
    let single = !takes(inside, InviteBy::List);
    let handles = takes(inside, InviteBy::Handle);
    let kind = if handles { "text" } else { "email" };
    let help = match (single, handles) {
        (true, false) => None,
        (true, true) => Some("A handle finds only people who have an account, and must be exact."),
        (false, _) => Some("Several at once, separated by commas, spaces or lines."),
    };
    let field = Field {
        kind: if single { kind } else { "text" },
        value: state.addresses,
        placeholder: "name@company.example".to_owned(),
        help: help.map(str::to_owned),
        error: state.address_error,
        autofocus: true,
        ..Field::text("addresses", words.get("invite_address"))
    };
    let here = if single { Vec::new() } else { known::here(inside).await? };
    let days = text::count(u64::from(model.invitation.days), "day", "days");
    let fixed = (model.invitation.role == InvitationRole::Fixed)
        .then(|| format!(" They join as {}.", text::roles(model, &model.invitation.default)));
    let notice = format!("They get a mail with a link that is good for {days}.{}", fixed.unwrap_or_default());
    let reference = (roles.is_some() && inside.may(Operation::RoleView)).then(|| Link::new("What each role may do", &inside.at("roles")));
    let view = InvitePage {
        page: inside.page(&title),
        shell: inside.shell("people"),
        panel: Panel {
            title,
            intro: None,
            width: Width::Middle,
            action: inside.at("invite"),
            cancel: inside.people(),
            submit: Some(words.get("invite_send").to_owned()),
            destroys: false,
            refused: state.refused,
            typed: None,
        },
        addresses: vec![AddressField { field, single, limit: MOST, handles, here }],
        roles,
        workspaces: Vec::new(),
        csv: takes(inside, InviteBy::Csv).then(|| Link::new("Invite from CSV", &inside.at("invite/csv"))),
        notice: Some(Notice { link: reference, ..Notice::new(Tone::Neutral, &notice) }),
    };
    inside.visit.show_as(status, &view)
}

/// Absent where the model fixes the role; a role that isn't theirs to give stays listed, with who may.
async fn role_choice(inside: &Inside, state: &State) -> Result<Option<RoleChoice>, Failure> {
    let model = inside.model();
    if model.invitation.role == InvitationRole::Fixed {
        return Ok(None);
    }
    let offers = roles::may_invite_as(inside.app(), &inside.visit.who, inside.id()).await?;
    let open = offers.iter().filter(|offer| offer.locked.is_none()).count();
    let default = model.invitation.default.first().map(ToString::to_string).unwrap_or_default();
    let preset = if state.role.is_empty() { &default } else { &state.role };
    let option = |offer: &roles::Offer| RoleOption {
        key: offer.role.to_string(),
        title: offer.title.clone(),
        description: offer.description.clone(),
        chosen: offer.locked.is_none() && (offer.role.as_str() == preset || open == 1),
        locked: offer.locked.as_ref().map(|refusal| refused::locked(model, refusal)),
    };
    Ok(Some(RoleChoice {
        label: model.words.get("invite_role").to_owned(),
        options: offers.iter().map(option).collect(),
        error: state.role_error.clone(),
    }))
}

pub(super) async fn send(inside: Inside, Form(sent): Form<Sent>) -> Result<Response, Failure> {
    let entries = entries(&sent.addresses);
    if let Some(wrong) = not_yet(&inside, &sent, &entries) {
        return show(&inside, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let chosen = (!sent.role.is_empty()).then(|| vec![RoleKey::new(&sent.role)]);
    let wanted: Vec<Wanted> = entries.iter().map(|to| Wanted { to: to.clone(), roles: chosen.clone() }).collect();
    if entries.len() > 1 && inside.visit.wants == Wants::Page && sent.reviewed.is_empty() {
        return match invitations::foresee(inside.app(), &inside.visit.who, inside.id(), InviteBy::List, &wanted).await {
            Ok(foreseen) => review(&inside, &sent, &entries, foreseen),
            Err(failure) => not_sent(&inside, sent, failure).await,
        };
    }
    let way = match entries.as_slice() {
        [one] if !one.trim_start_matches('@').contains('@') && takes(&inside, InviteBy::Handle) => InviteBy::Handle,
        [_] => InviteBy::Email,
        _ => InviteBy::List,
    };
    match invitations::create(inside.app(), &inside.visit.who, inside.id(), way, wanted).await {
        Ok(written) => answered(&inside, &sent, written).await,
        Err(failure) => not_sent(&inside, sent, failure).await,
    }
}

async fn not_sent(inside: &Inside, sent: Sent, failure: Failure) -> Result<Response, Failure> {
    let (status, notice) = inside.refused(failure)?;
    show(inside, State { addresses: sent.addresses, role: sent.role, refused: Some(notice), ..State::default() }, status).await
}

/// The entries, each once.
fn entries(text: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    list::parse_list(text).into_iter().filter(|entry| seen.insert(entry.to_lowercase())).collect()
}

/// What is missing before anybody is asked.
fn not_yet(inside: &Inside, sent: &Sent, entries: &[String]) -> Option<State> {
    let state = || State { addresses: sent.addresses.clone(), role: sent.role.clone(), ..State::default() };
    let address = match entries.len() {
        0 => Some("Type an address first, like name@company.example.".to_owned()),
        n if n > 1 && !takes(inside, InviteBy::List) => Some("One at a time here: leave a single address.".to_owned()),
        n if n > MOST as usize => Some(format!("{} at once; at most {MOST} fit.", text::grouped(u64::try_from(n).unwrap_or(u64::MAX)))),
        _ => None,
    };
    let role = (inside.model().invitation.role == InvitationRole::Required && sent.role.is_empty()).then(|| "Choose a role.".to_owned());
    (address.is_some() || role.is_some()).then(|| State { address_error: address, role_error: role, ..state() })
}

pub(super) fn panel(inside: &Inside, title: String, submit: Option<String>) -> Panel {
    Panel {
        title,
        intro: None,
        width: Width::Middle,
        action: inside.at("invite"),
        cancel: inside.people(),
        submit,
        destroys: false,
        refused: None,
        typed: None,
    }
}

/// "3 people".
pub(super) fn counted(n: usize) -> String {
    text::count(u64::try_from(n).unwrap_or(u64::MAX), "person", "people")
}

/// Without a script, a list is looked at before it is sent.
fn review(inside: &Inside, sent: &Sent, entries: &[String], foreseen: Vec<Foreseen>) -> Result<Response, Failure> {
    let row = |(entry, foreseen): (&String, Foreseen)| {
        let (note, pill) = known::foretold(inside, entry, "Gets a mail.".to_owned(), foreseen);
        InviteResult { address: entry.clone(), note, pill }
    };
    let people = counted(entries.len());
    let view = InviteResultPage {
        page: inside.page("Review"),
        shell: inside.shell("people"),
        panel: panel(inside, format!("Invite {people} to {}?", inside.name()), Some(inside.model().words.get("invite_send").to_owned())),
        hidden: vec![
            ("addresses".to_owned(), entries.join("\n")),
            ("role".to_owned(), sent.role.clone()),
            ("reviewed".to_owned(), "1".to_owned()),
        ],
        rows: entries.iter().zip(foreseen).map(row).collect(),
        done: false,
    };
    inside.visit.show(&view)
}

/// All went out: back to the list, new rows at the top. One that didn't: said at its field. Several: a result for each.
async fn answered(inside: &Inside, sent: &Sent, written: Written<Vec<RowResult>>) -> Result<Response, Failure> {
    let Written { value: results, revision, .. } = written;
    let text = text_of(inside, sent, &results);
    let flash = flash_of(inside, text, &results, revision);
    let done = results.iter().filter(|row| row.result.is_ok()).count();
    if done == results.len() {
        return inside.visit.go_saying(&inside.people(), &flash);
    }
    if let [RowResult { result: Err(failure), .. }] = results.as_slice() {
        let said = Some(row_failure(inside, failure));
        let by_role = matches!(
            failure,
            RowFailure::Refused(guildhall_core::Refusal::RoleNotYours { .. } | guildhall_core::Refusal::RoleUnknown { .. })
        );
        let (address_error, role_error) = if by_role { (None, said) } else { (said, None) };
        let state = State { addresses: sent.addresses.clone(), role: sent.role.clone(), address_error, role_error, refused: None };
        return show(inside, state, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let row = |row: &RowResult| {
        let (note, pill) = match &row.result {
            Ok(Invited::New(_)) => (invited_as(inside, sent), Pill::new(Tone::Ok, inside.model().words.get("invited"))),
            Ok(Invited::Renewed(_)) => {
                ("Was invited already: sent again.".to_owned(), Pill::new(Tone::Ok, inside.model().words.get("invited")))
            }
            Err(failure) => known::not_invited(inside, failure),
        };
        InviteResult { address: row.to.clone(), note, pill }
    };
    let title = format!("{done} of {} invited", counted(results.len()));
    let view = InviteResultPage {
        page: inside.page("Invitations"),
        shell: inside.shell("people"),
        panel: panel(inside, title, None),
        hidden: Vec::new(),
        rows: results.iter().map(row).collect(),
        done: done > 0,
    };
    shown_saying(inside, &view, &flash)
}

/// The results, and for the page after them what was sent.
pub(super) fn shown_saying(inside: &Inside, view: &InviteResultPage, flash: &Flash) -> Result<Response, Failure> {
    let mut response = inside.visit.show(view)?;
    if view.done {
        response.headers_mut().append(header::SET_COOKIE, flash::set(inside.app(), &inside.visit.who, flash)?);
    }
    Ok(response)
}

fn invited_as(inside: &Inside, sent: &Sent) -> String {
    let model = inside.model();
    let roles = if sent.role.is_empty() { model.invitation.default.clone() } else { vec![RoleKey::new(&sent.role)] };
    format!("As {}.", text::roles(model, &roles))
}

fn done_of(results: &[RowResult]) -> Vec<Invited> {
    results.iter().filter_map(|row| row.result.as_ref().ok().copied()).collect()
}

fn n_renewed(done: &[Invited]) -> usize {
    done.iter().filter(|it| matches!(it, Invited::Renewed(_))).count()
}

/// "Invited dmitri@northwind.example as Member."
fn text_of(inside: &Inside, sent: &Sent, results: &[RowResult]) -> String {
    let as_role = invited_as(inside, sent).trim_start_matches("As ").to_owned();
    let done = done_of(results);
    let first = results.iter().find(|row| row.result.is_ok()).map(|row| row.to.as_str()).unwrap_or_default();
    match (done.len(), n_renewed(&done)) {
        (1, 1) => format!("{first} was invited already. The invitation was sent again as {as_role}"),
        (1, _) => format!("Invited {first} as {as_role}"),
        (n, _) => format!("Invited {n} people as {as_role}"),
    }
}

/// What was sent, the new rows, and Undo until the mail leaves.
pub(super) fn flash_of(inside: &Inside, text: String, results: &[RowResult], revision: u64) -> Flash {
    let done = done_of(results);
    let fresh = done.iter().take(flash::MOST).map(|it| it.id().to_string()).collect();
    let flash = Flash { fresh, ..Flash::told(text) };
    // What was pending before stays: only what is wholly new can be undone.
    if n_renewed(&done) == 0 { flash.undo(super::undo_at(inside, revision, done.len())) } else { flash }
}

pub(super) fn row_failure(inside: &Inside, failure: &RowFailure) -> String {
    match failure {
        RowFailure::Rejected(bad) => text::sentence(&bad.to_string()),
        RowFailure::Refused(refusal) => refused::why(inside.model(), refusal),
        RowFailure::Limited { limit: "invitations", retry_at } => {
            format!("As many invitations as a day allows went out already. Go on from {}.", moment(*retry_at))
        }
        RowFailure::Limited { retry_at, .. } => format!("Too often for now. Go on from {}.", moment(*retry_at)),
    }
}
