//! Ownership handed over, with the name typed; and leaving.

mod leave;

use crate::{
    App, Failure,
    http::{Form, Query},
    members, ownership, place,
    portal::{
        flash::Flash,
        inside::Inside,
        text,
        view::{Choice, Fact, Field, Notice, Panel, Select, Tone, Typed, Width, people::TransferPage},
    },
    refusals::role_title,
};
use axum::{Router, http::StatusCode, response::Response, routing::get};
use guildhall_core::{Operation, UserId, ownership::after_transfer};
use guildhall_store::{MemberQuery, MemberRow, MemberStatus, Rows};
use serde::Deserialize;

/// Most people to choose from; others are searched for, or chosen on their own page.
const MOST: u32 = 50;

pub fn routes() -> Router<App> {
    Router::new().route("/o/{slug}/transfer", get(ask).post(transfer)).route("/o/{slug}/leave", get(leave::ask).post(leave::leave))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    to: Option<UserId>,
    /// Whose name or address to look for.
    q: String,
    revision: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sent {
    to: Option<UserId>,
    typed: String,
}

async fn ask(inside: Inside, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    inside.needs(Operation::OwnershipTransfer)?;
    place::stepped_up(inside.app(), &inside.visit.who)?;
    let search = asked.q.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
    show(&inside, State { chosen: asked.to, search, ..State::default() }, StatusCode::OK).await
}

/// What the dialog shows.
#[derive(Default)]
struct State {
    chosen: Option<UserId>,
    search: String,
    typed: String,
    error: Option<String>,
    refused: Option<Notice>,
}

/// Who can be chosen, and whether there are more than are listed.
struct Heirs {
    choices: Vec<Choice>,
    more: bool,
}

/// Active members who aren't owners; the one asked about first, wherever they stand in the list.
async fn heirs(inside: &Inside, chosen: Option<UserId>, search: &str) -> Result<Heirs, Failure> {
    let (app, who) = (inside.app(), &inside.visit.who);
    let search = (!search.is_empty()).then(|| search.to_owned());
    let query = MemberQuery { rows: Rows::Members, status: Some(MemberStatus::Joined), search, limit: MOST, ..MemberQuery::default() };
    let page = members::list(app, who, inside.id(), &query).await?.page;
    let (mut rows, more) = (page.rows, page.next.is_some());
    if let Some(user) = chosen.filter(|user| !rows.iter().any(|row| row.member == Some(*user))) {
        match members::find(app, who, inside.id(), user).await {
            Ok(found) => rows.insert(0, found.row),
            Err(Failure::NotFound) => {}
            Err(failure) => return Err(failure),
        }
    }
    let top = &inside.model().organization.top_role;
    let heirs = rows.iter().filter(|row| row.member != Some(inside.visit.id()) && !row.roles.contains(top));
    let choice = |row: &MemberRow| {
        let id = row.member?;
        let name = text::called(row.name.as_deref(), row.handle.as_deref(), row.address.as_deref());
        let address = row.address.clone().filter(|address| *address != name).map(|address| format!(" ({address})"));
        let title = format!("{name}{}", address.unwrap_or_default());
        Some(Choice { value: id.to_string(), title, help: None, chosen: Some(id) == chosen, locked: None })
    };
    Ok(Heirs { choices: heirs.filter_map(choice).collect(), more })
}

/// A field to look for others with, where not everybody is listed.
fn search_field(search: &str, more: bool) -> Option<Field> {
    (more || !search.is_empty()).then(|| Field {
        kind: "search",
        value: search.to_owned(),
        help: more.then(|| format!("The first {MOST} are listed. Search for others by name or address.")),
        ..Field::text("q", "Find somebody")
    })
}

async fn show(inside: &Inside, state: State, status: StatusCode) -> Result<Response, Failure> {
    let State { chosen, search, typed, error, refused } = state;
    let model = inside.model();
    let (label, name) = (model.words.get("transfer"), inside.name());
    let top = role_title(model, &model.organization.top_role);
    let Heirs { choices: mut options, more } = heirs(inside, chosen, &search).await?;
    let alone = options.is_empty();
    let nobody = if search.is_empty() {
        "There is nobody to hand it to. Invite somebody first.".to_owned()
    } else {
        format!("Nobody matches “{search}”.")
    };
    let refused = if alone { Some(Notice::new(Tone::Bad, &nobody)) } else { refused };
    let typed =
        Typed { field: Field { value: typed, error, ..Field::text("typed", &format!("Type “{name}”")) }, expected: name.to_owned() };
    let after = text::roles(model, &after_transfer(model));
    // Nobody is chosen by standing first: who was chosen may be gone, or no heir.
    if !alone && !options.iter().any(|option| option.chosen) {
        options.insert(0, Choice { value: String::new(), title: "Choose somebody".to_owned(), help: None, chosen: true, locked: None });
    }
    let view = TransferPage {
        page: inside.page(label),
        shell: inside.shell("settings"),
        panel: Panel {
            title: format!("{label} of {name}?"),
            intro: None,
            width: Width::Narrow,
            action: text::with_query(&inside.at("transfer"), &[("revision", &inside.seen.changed.to_string())]),
            cancel: inside.people(),
            submit: (!alone).then(|| label.to_owned()),
            destroys: true,
            refused,
            typed: (!alone).then_some(typed),
        },
        find: inside.at("transfer"),
        search: search_field(&search, more),
        to: Select { name: "to".to_owned(), label: format!("New {top}"), help: None, error: None, options },
        facts: vec![Fact { label: "Your role afterwards".to_owned(), value: after }],
        notice: Some(Notice::new(Tone::Warn, "Only the person you choose can undo this.")),
    };
    inside.visit.show_as(status, &view)
}

async fn transfer(inside: Inside, Query(asked): Query<Asked>, Form(pairs): Form<Vec<(String, String)>>) -> Result<Response, Failure> {
    inside.needs(Operation::OwnershipTransfer)?;
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default();
    let sent = Sent { to: value("to").parse().ok(), typed: value("typed") };
    let Some(to) = sent.to else {
        let refused = Some(Notice::new(Tone::Bad, "Choose who it passes to."));
        return show(&inside, State { typed: sent.typed, refused, ..State::default() }, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    if !text::is_same(&sent.typed, inside.name()) {
        let error = Some(format!("That isn’t the name. Type “{}”.", inside.name()));
        return show(&inside, State { chosen: Some(to), typed: sent.typed, error, ..State::default() }, StatusCode::UNPROCESSABLE_ENTITY)
            .await;
    }
    match ownership::transfer(inside.app(), &inside.visit.who, inside.id(), to, asked.revision).await {
        Ok(_) => {
            let row = inside.app().store().find_user(to).await?;
            let name = row.as_ref().map(text::called_as).unwrap_or_default();
            let top = role_title(inside.model(), &inside.model().organization.top_role);
            inside.visit.go_saying(&inside.at(""), &Flash::told(format!("{name} is {top} of {} now.", inside.name())))
        }
        Err(failure) => {
            let (status, notice) = inside.refused(failure)?;
            show(&inside, State { chosen: Some(to), typed: sent.typed, refused: Some(notice), ..State::default() }, status).await
        }
    }
}
