//! The people page, under the model's own words and ways.

mod asked;
mod bulk;
mod matching;
mod person;
mod remove;
mod roles;
mod rows;
mod suspend;

use crate::{
    App, Failure,
    api::cursor,
    http::Query,
    portal::{
        frame,
        inside::Inside,
        text,
        view::{
            Action, Choice, Empty, Field, How, Icon, Link, Look, Notice, Pagination, Select, Tone,
            people::{AllMatching, Bulk, BulkAct, Column, Columns, Filters, PeoplePage, QuickAdd, Sort, Sorted},
        },
    },
};
use asked::Asked;
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use guildhall_access::model::InvitationRole;
use guildhall_core::{Operation, RoleKey, ScopeKind};
use guildhall_store::{MemberCounts, MemberRow};
use matching::Matching;
use std::fmt::Write as _;

/// People on one page.
const PER_PAGE: u32 = 50;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/o/{slug}", get(home))
        .route("/o/{slug}/people", get(people))
        .route("/o/{slug}/people/bulk", get(again).post(bulk::act))
        .route("/o/{slug}/people/{user}", get(person::show))
        .route("/o/{slug}/people/{user}/roles", get(roles::ask).post(roles::change))
        .route("/o/{slug}/people/{user}/roles/undo", post(roles::undo))
        .route("/o/{slug}/people/{user}/remove", get(remove::ask).post(remove::remove))
        .route("/o/{slug}/people/{user}/suspend", get(suspend::ask).post(suspend::suspend))
        .route("/o/{slug}/people/{user}/reinstate", post(suspend::reinstate))
}

async fn home(inside: Inside) -> Response {
    inside.visit.go(&inside.home())
}

async fn people(inside: Inside, Query(asked): Query<Asked>) -> Result<Response, Failure> {
    inside.needs(Operation::MemberView)?;
    let page = page(&inside, asked.known_to(inside.model()), None).await?;
    inside.visit.show(&page)
}

/// Back from signing in again, which was asked for on the way: whom it is about is chosen anew.
async fn again(inside: Inside, Query(asked): Query<Asked>) -> Response {
    inside.visit.go(&text::with_query(&inside.people(), &asked.known_to(inside.model()).pairs()))
}

/// What was typed into the field above the list, and what is wrong with it.
pub(crate) struct Wrong {
    pub typed: String,
    pub why: String,
}

/// The page whose field above the list was filled in wrongly, where the model has one.
pub(crate) async fn with_wrong(inside: &Inside, wrong: Wrong, status: StatusCode) -> Result<Response, Failure> {
    let page = page(inside, Asked::default(), Some(wrong)).await?;
    inside.visit.show_as(status, &page)
}

async fn page(inside: &Inside, mut asked: Asked, wrong: Option<Wrong>) -> Result<PeoplePage, Failure> {
    let (app, who) = (inside.app(), &inside.visit.who);
    let list = asked.list(inside);
    let query = asked.query_here(app, &list, PER_PAGE);
    let asked = &asked;
    let listed = super::list(app, who, inside.id(), &query).await?;
    let counts = super::count(app, who, inside.id()).await?;
    let matching = Matching::of(inside, asked, &counts, &listed.page).await?;
    let fresh = fresh_rows(inside).await?;
    let page_of = |name: &str, cursor: &Option<guildhall_store::Cursor>| {
        let sealed = cursor.as_ref().map(|cursor| cursor::seal(app, &list, cursor))?;
        let mut pairs = asked.pairs();
        pairs.push((name, &sealed));
        Some(text::with_query(&inside.at("people"), &pairs))
    };
    let pagination = Pagination {
        count: matching.counted(asked, &counts),
        previous: page_of("before", &listed.page.previous),
        next: page_of("after", &listed.page.next),
    };
    let can_page = pagination.previous.is_some() || pagination.next.is_some();
    let mut page = assemble(inside, asked, &counts, listed.page.rows, fresh, pagination).await?;
    page.bulk = bulk(inside, asked, can_page.then(|| matching.all(asked)));
    page.quick_add = quick_add(inside, wrong);
    Ok(page)
}

/// Rows that were just made: at the top, wherever they would stand.
async fn fresh_rows(inside: &Inside) -> Result<Vec<MemberRow>, Failure> {
    let mut rows = Vec::new();
    for id in inside.visit.fresh().iter().filter_map(|id| id.parse().ok()) {
        match super::find_invited(inside.app(), &inside.visit.who, inside.id(), id).await {
            Ok(row) => rows.push(row),
            Err(Failure::NotFound | Failure::NotAllowed { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(rows)
}

async fn assemble(
    inside: &Inside,
    asked: &Asked,
    counts: &MemberCounts,
    listed: Vec<MemberRow>,
    fresh: Vec<MemberRow>,
    pagination: Pagination,
) -> Result<PeoplePage, Failure> {
    let model = inside.model();
    let title = model.pages.people.title.clone();
    let maker = rows::Maker::new(inside).await?;
    let is_new = |row: &MemberRow| fresh.iter().any(|new| new.invitation.is_some() && new.invitation == row.invitation);
    let listed: Vec<MemberRow> = listed.into_iter().filter(|row| !is_new(row)).collect();
    let mut rows: Vec<_> = fresh.iter().map(|row| maker.row(row, rows::Age::New)).collect();
    rows.extend(listed.iter().map(|row| maker.row(row, rows::Age::Known)));
    Ok(PeoplePage {
        page: inside.page(&title),
        shell: inside.shell("people"),
        state: state(inside, counts),
        invite: (!is_inline(inside)).then(|| invite(inside)),
        quick_add: None,
        notices: notices(inside, asked, counts),
        links: links(inside),
        filters: filters(inside, asked),
        columns: columns(inside, asked),
        order: asked.order().to_owned(),
        rows,
        bulk: None,
        pagination,
        empty: empty(inside, asked),
    })
}

/// "41 people, 3 invited. Owner and Admin can manage them."
fn state(inside: &Inside, counts: &MemberCounts) -> String {
    let mut parts = vec![text::count(counts.joined + counts.suspended, "person", "people")];
    let lower = |word: &str| inside.model().words.get(word).to_lowercase();
    let others = [(counts.invited, "invited"), (counts.expired, "expired"), (counts.declined, "declined"), (counts.suspended, "suspended")];
    for (n, word) in others {
        if n > 0 {
            parts.push(format!("{} {}", text::grouped(n), lower(word)));
        }
    }
    let mine =
        if inside.may(Operation::MemberChangeRoles) { String::new() } else { format!(" {}", inside.only(Operation::MemberChangeRoles)) };
    format!("{}.{mine}", parts.join(", "))
}

/// The button that opens the form, locked with who could.
fn invite(inside: &Inside) -> Action {
    let label = inside.model().words.get("invite_open");
    Action {
        look: Look::Primary,
        icon: Some(Icon::UserPlus),
        locked: inside.locked(Operation::InvitationCreate),
        ..Action::new(label, How::Dialog, &inside.at("invite"))
    }
}

/// A model whose one button both opens and sends, for one address and a fixed role, has its field on the page.
pub(crate) fn is_inline(inside: &Inside) -> bool {
    let (words, rules) = (&inside.model().words, &inside.model().invitation);
    words.get("invite_open") == words.get("invite_send") && rules.role == InvitationRole::Fixed && rules.by.len() == 1
}

/// The field and its button above the list.
fn quick_add(inside: &Inside, wrong: Option<Wrong>) -> Option<QuickAdd> {
    if !is_inline(inside) || !inside.may(Operation::InvitationCreate) {
        return None;
    }
    let words = &inside.model().words;
    let (value, error) = wrong.map_or((String::new(), None), |wrong| (wrong.typed, Some(wrong.why)));
    let field = Field {
        kind: "email",
        value,
        error,
        placeholder: "name@company.example".to_owned(),
        ..Field::text("addresses", words.get("invite_address"))
    };
    Some(QuickAdd { action: inside.at("invite"), field, submit: words.get("invite_send").to_owned() })
}

fn notices(inside: &Inside, asked: &Asked, counts: &MemberCounts) -> Vec<Notice> {
    let mut notices = inside.visit.notices();
    notices.extend(asked.left_out().map(|left_out| Notice::new(Tone::Warn, &left_out)));
    let model = inside.model();
    let (top, people) = (inside.top_holders(), counts.joined + counts.suspended);
    let is_many =
        |many: &guildhall_access::model::ManyTopHolders| top > u64::from(many.above) && top * 100 > people * u64::from(many.percent);
    if model.organization.many_top_holders.as_ref().is_some_and(is_many) && inside.may(Operation::MemberChangeRoles) {
        let title = crate::refusals::role_title(model, &model.organization.top_role);
        let text = format!(
            "{} of {} hold the role {title}. {}",
            text::grouped(top),
            text::count(people, "person", "people"),
            model.words.get("many_top_holders")
        );
        notices.push(Notice::new(Tone::Neutral, &text));
    }
    notices
}

/// Pages reached from here, as far as they are built (W-37 to W-39).
fn links(inside: &Inside) -> Vec<Link> {
    let pages = &inside.model().pages;
    let built = pages.people.links.iter().filter(|key| frame::is_built(key));
    built.map(|key| Link::new(&inside.title_of(key, key), &inside.at(key))).collect()
}

fn filters(inside: &Inside, asked: &Asked) -> Filters {
    let model = inside.model();
    let label = model.words.get("search");
    let search = Field { kind: "search", value: asked.q.clone(), placeholder: label.to_owned(), ..Field::text("q", label) };
    let choice = |value: &str, title: &str, now: &str| Choice {
        value: value.to_owned(),
        title: title.to_owned(),
        help: None,
        chosen: value == now,
        locked: None,
    };
    let select =
        |name: &str, label: &str, options| Select { name: name.to_owned(), label: label.to_owned(), help: None, error: None, options };
    let given = model.given_by_hand(ScopeKind::Organization);
    let mut roles = vec![choice("", "Any role", &asked.role)];
    roles.extend(given.map(|role| choice(role.key.as_str(), &model.full_title(role), &asked.role)));
    let mut statuses = vec![choice("", "Any status", &asked.status)];
    let shown = rows::STATUSES.iter().filter(|(key, _)| inside.may(Operation::InvitationView) || ["joined", "suspended"].contains(key));
    statuses.extend(shown.map(|(key, _)| choice(key, model.words.get(key), &asked.status)));
    Filters {
        action: inside.at("people"),
        search,
        selects: vec![select("role", "Role", roles), select("status", model.words.get("status"), statuses)],
        clear: asked.is_filtered().then(|| inside.at("people")),
    }
}

fn columns(inside: &Inside, asked: &Asked) -> Columns {
    let order = asked.order();
    let column = |title: &str, key: &str| {
        let now = match order.strip_prefix('-') {
            Some(down) if down == key => Sorted::Descending,
            None if order == key => Sorted::Ascending,
            _ => Sorted::No,
        };
        // The latest first is what a first press on "last active" means.
        let value = match (now, key) {
            (Sorted::Ascending, _) | (Sorted::No, "active") => format!("-{key}"),
            _ => key.to_owned(),
        };
        Column { title: title.to_owned(), sort: Some(Sort { value, now }) }
    };
    Columns {
        person: column("Person", "name"),
        role: column("Role", "role"),
        status: column(inside.model().words.get("status"), "status"),
        last_active: column("Last active", "active"),
    }
}

fn bulk(inside: &Inside, asked: &Asked, all_matching: Option<AllMatching>) -> Option<Bulk> {
    let words = &inside.model().words;
    let act = |key: &str, label: &str, danger| BulkAct { key: key.to_owned(), label: label.to_owned(), danger };
    let mut acts = Vec::new();
    if inside.may(Operation::InvitationCreate) {
        acts.push(act("resend", words.get("resend"), false));
    }
    if inside.may(Operation::MemberChangeRoles) && !rows::has_modules(inside.model()) {
        acts.push(act("role", "Change role", false));
    }
    if inside.may(Operation::MemberRemove) {
        acts.push(act("remove", words.get("remove"), true));
    }
    if acts.is_empty() {
        return None;
    }
    Some(Bulk { action: text::with_query(&inside.at("people/bulk"), &asked.pairs()), acts, all_matching })
}

fn empty(inside: &Inside, asked: &Asked) -> Empty {
    if !asked.is_filtered() {
        let text = "People you invite appear here, with what they may do and when they were last active.".to_owned();
        return Empty { icon: Icon::People, text, action: Some(invite(inside)) };
    }
    let mut text = "Nobody".to_owned();
    if !asked.q.trim().is_empty() {
        let _ = write!(text, " matches “{}”", asked.q.trim());
    }
    if !asked.role.is_empty() {
        let title = crate::refusals::role_title(inside.model(), &RoleKey::new(&asked.role));
        let _ = write!(text, " with role {title}");
    }
    if asked.status().is_some() {
        let _ = write!(text, " with status {}", inside.model().words.get(&asked.status));
    }
    text.push('.');
    let clear = Action::new("Clear filters", How::Page, &inside.at("people"));
    Empty { icon: Icon::Search, text, action: Some(clear) }
}
