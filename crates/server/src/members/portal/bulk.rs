//! Several people at once: each has a result of their own, and one that is refused fails only itself.

use super::{asked::Asked, rows};
use crate::{
    Failure,
    api::cursor,
    http::{Form, Query},
    invitations,
    members::{self, bulk},
    portal::{
        inside::Inside,
        refused, text,
        view::{
            Choice, Panel, Pill, Tone, Width,
            people::{BulkPage, InviteResult, InviteResultPage, RoleChoice},
        },
    },
    roles,
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{InvitationId, RoleKey, UserId};
use guildhall_store::{MemberQuery, MemberRow, MemberSort};
use serde::Deserialize;

/// People of one step: as many as a page can show and a browser waits for. With everybody who matches, one step follows another.
const STEP: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    act: String,
    who: Vec<String>,
    all_matching: String,
    role: String,
    confirmed: String,
    /// Where this step begins, of everybody who matches.
    after: String,
}

/// Whom it is about, with what they are called.
struct Batch {
    people: Vec<(Whom, String)>,
    /// Where the next step begins, if more match.
    next: Option<String>,
}

/// Most rows of one page of the list.
const PAGE: u32 = 200;

/// Somebody in the list: a member, or an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    Member(UserId),
    Invited(InvitationId),
}

impl Whom {
    fn parse(id: &str) -> Option<Self> {
        id.parse().map(Self::Member).ok().or_else(|| id.parse().map(Self::Invited).ok())
    }
    fn of(row: &MemberRow) -> Option<Self> {
        row.member.map(Self::Member).or(row.invitation.map(Self::Invited))
    }
    fn id(self) -> String {
        match self {
            Self::Member(id) => id.to_string(),
            Self::Invited(id) => id.to_string(),
        }
    }
}

pub(super) async fn act(inside: Inside, Query(asked): Query<Asked>, Form(chosen): Form<Chosen>) -> Result<Response, Failure> {
    let asked = asked.known_to(inside.model());
    let batch = people(&inside, &asked, &chosen).await?;
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    if batch.people.is_empty() {
        return Ok(inside.visit.go(&back));
    }
    let confirmed = !chosen.confirmed.is_empty();
    match chosen.act.as_str() {
        "resend" => carry_out(&inside, &asked, &chosen, batch).await,
        "remove" if confirmed => carry_out(&inside, &asked, &chosen, batch).await,
        "remove" => ask_removal(&inside, &asked, &batch, &back),
        "role" if !chosen.role.is_empty() => carry_out(&inside, &asked, &chosen, batch).await,
        "role" => ask_role(&inside, &asked, &batch, &back, confirmed).await,
        other => Err(Failure::rejected("act", format!("`{other}` is none of: resend, role, remove"))),
    }
}

/// The people ticked, or a step of everybody the filters match.
async fn people(inside: &Inside, asked: &Asked, chosen: &Chosen) -> Result<Batch, Failure> {
    let (app, who) = (inside.app(), &inside.visit.who);
    let mut people = Vec::new();
    if chosen.all_matching.is_empty() {
        for whom in chosen.who.iter().filter_map(|id| Whom::parse(id)).take(STEP) {
            let row = match whom {
                Whom::Member(user) => members::find(app, who, inside.id(), user).await.map(|found| found.row),
                Whom::Invited(id) => members::find_invited(app, who, inside.id(), id).await,
            };
            match row {
                Ok(row) => people.push((whom, rows::name_of(&row))),
                Err(Failure::NotFound) => {}
                Err(failure) => return Err(failure),
            }
        }
        return Ok(Batch { people, next: None });
    }
    // By name, whatever the page shows: what is done to them moves nobody across the place where a step ends.
    let list = format!("portal bulk {}", inside.id());
    let mut after = if chosen.after.is_empty() { None } else { Some(cursor::open(app, &list, "after", &chosen.after)?) };
    loop {
        // No page goes beyond the step: the next one begins where this ends.
        let left = u32::try_from(STEP - people.len()).unwrap_or(PAGE).min(PAGE);
        let query = MemberQuery { after, sort: MemberSort::Name, descending: false, ..asked.query(left) };
        let page = members::list(app, who, inside.id(), &query).await?.page;
        people.extend(page.rows.iter().filter_map(|row| Some((Whom::of(row)?, rows::name_of(row)))));
        after = page.next;
        if after.is_none() || people.len() >= STEP {
            people.retain(|(whom, _)| *whom != Whom::Member(inside.visit.id()));
            return Ok(Batch { people, next: after.map(|after| cursor::seal(app, &list, &after)) });
        }
    }
}

/// What the next form says of whom it is about: each of them, or everybody who matches where that is more than a step.
fn hidden(act: &str, batch: &Batch) -> Vec<(String, String)> {
    let said = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut hidden = vec![said("act", act), said("confirmed", "1")];
    match batch.next {
        Some(_) => hidden.push(said("all_matching", "1")),
        None => hidden.extend(batch.people.iter().map(|(whom, _)| ("who".to_owned(), whom.id()))),
    }
    hidden
}

fn panel(inside: &Inside, asked: &Asked, title: String, submit: Option<String>, back: &str) -> Panel {
    Panel {
        title,
        intro: None,
        width: Width::Middle,
        action: text::with_query(&inside.at("people/bulk"), &asked.pairs()),
        cancel: back.to_owned(),
        submit,
        destroys: false,
        refused: None,
        typed: None,
    }
}

fn n_people(batch: &Batch) -> String {
    match batch.next {
        Some(_) => format!("more than {} people", text::grouped(STEP as u64)),
        None => text::count(u64::try_from(batch.people.len()).unwrap_or(u64::MAX), "person", "people"),
    }
}

fn ask_removal(inside: &Inside, asked: &Asked, batch: &Batch, back: &str) -> Result<Response, Failure> {
    let verb = inside.model().words.get("remove_confirm");
    let n = n_people(batch);
    // Who is listed can be left out again.
    let mut hidden = hidden("remove", batch);
    hidden.retain(|(name, _)| name != "who");
    let mut panel = panel(inside, asked, format!("{verb} {n} from {}?", inside.name()), Some(format!("{verb} {n}")), back);
    panel.destroys = true;
    panel.intro = Some(
        "Members lose access at once; invitations that still wait are taken back. Invitations that removed members sent are withdrawn."
            .to_owned(),
    );
    let line = |(whom, name): &(Whom, String)| Choice { value: whom.id(), title: name.clone(), help: None, chosen: true, locked: None };
    let view = BulkPage {
        page: inside.page(inside.model().words.get("remove")),
        shell: inside.shell("people"),
        panel,
        hidden,
        people: if batch.next.is_some() { Vec::new() } else { batch.people.iter().map(line).collect() },
        roles: None,
    };
    inside.visit.show(&view)
}

async fn ask_role(inside: &Inside, asked: &Asked, batch: &Batch, back: &str, was_asked: bool) -> Result<Response, Failure> {
    let offers = roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?;
    let title = format!("Change the role of {}", n_people(batch));
    let error = was_asked.then(|| "Choose a role.".to_owned());
    let status = if was_asked { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = BulkPage {
        page: inside.page("Change role"),
        shell: inside.shell("people"),
        panel: panel(inside, asked, title, Some("Change role".to_owned()), back),
        hidden: hidden("role", batch),
        people: Vec::new(),
        roles: Some(RoleChoice {
            label: inside.model().words.get("role_field").to_owned(),
            options: rows::options(inside.model(), &offers, &[]),
            error,
        }),
    };
    inside.visit.show_as(status, &view)
}

async fn carry_out(inside: &Inside, asked: &Asked, chosen: &Chosen, batch: Batch) -> Result<Response, Failure> {
    let mut results = Vec::with_capacity(batch.people.len());
    let mut done: u64 = 0;
    let all: Vec<Whom> = batch.people.iter().map(|(whom, _)| *whom).collect();
    let all = bulk::each(all.into_iter().map(|whom| one(inside, chosen, whom))).await;
    for (result, (_, name)) in all.into_iter().zip(&batch.people) {
        let (note, pill) = match result {
            Ok(Some(note)) => {
                done += 1;
                (note, Pill::new(Tone::Ok, "Done"))
            }
            Ok(None) => ("Nothing to do.".to_owned(), Pill::new(Tone::Neutral, "Left")),
            Err(Failure::NotFound) => ("No longer in the list.".to_owned(), Pill::new(Tone::Neutral, "Left")),
            Err(failure) => (refused::in_place(inside.model(), failure)?, Pill::new(Tone::Bad, "Refused")),
        };
        results.push(InviteResult { address: name.clone(), note, pill });
    }
    let n = text::count(u64::try_from(batch.people.len()).unwrap_or(u64::MAX), "person", "people");
    let title = format!("{} of {n} done", text::grouped(done));
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    let mut panel = panel(inside, asked, title.clone(), None, &back);
    let mut hidden = Vec::new();
    if let Some(next) = batch.next {
        panel.submit = Some("Go on".to_owned());
        panel.intro = Some("More people match. Go on with the next ones, or leave them as they are.".to_owned());
        let said = [("act", &chosen.act), ("role", &chosen.role), ("confirmed", &chosen.confirmed), ("all_matching", &chosen.all_matching)];
        hidden.extend(said.map(|(name, value)| (name.to_owned(), value.clone())));
        hidden.push(("after".to_owned(), next));
    }
    let view = InviteResultPage { page: inside.page(&title), shell: inside.shell("people"), panel, hidden, rows: results };
    inside.visit.show(&view)
}

/// `None`: it doesn't apply to them.
async fn one(inside: &Inside, chosen: &Chosen, whom: Whom) -> Result<Option<String>, Failure> {
    let (app, who, organization) = (inside.app(), &inside.visit.who, inside.id());
    Ok(match (chosen.act.as_str(), whom) {
        ("resend", Whom::Invited(id)) => {
            invitations::remind(app, who, organization, id, None).await?;
            Some("A reminder is on its way.".to_owned())
        }
        ("role", Whom::Member(user)) => {
            let role = RoleKey::new(&chosen.role);
            let now = crate::refusals::role_title(inside.model(), &role);
            members::change_roles(app, who, organization, user, vec![role], None).await?;
            Some(format!("{now} now."))
        }
        ("remove", Whom::Member(user)) => {
            members::remove(app, who, organization, user, members::SentInvitations::Withdraw, None).await?;
            Some("No longer has access.".to_owned())
        }
        ("remove", Whom::Invited(id)) => {
            invitations::revoke(app, who, organization, id, None).await?;
            Some("The invitation was taken back.".to_owned())
        }
        _ => None,
    })
}
