//! Several people at once: each has a result of their own, and one that is refused fails only itself.

mod removal;

use super::{asked::Asked, matching::Matching, remove, rows};
use crate::{
    Failure,
    api::cursor,
    http::{Form, Query, problem::words},
    invitations,
    members::{self, bulk},
    portal::{
        inside::Inside,
        refused, text,
        view::{
            Panel, Pill, Tone, Width,
            people::{BulkPage, InviteResult, InviteResultPage, RoleChoice},
        },
    },
    roles,
};
use axum::{http::StatusCode, response::Response};
use guildhall_core::{InvitationId, Model, RoleKey, UserId};
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
    offers: Vec<String>,
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
    fn member(self) -> Option<UserId> {
        if let Self::Member(id) = self { Some(id) } else { None }
    }
    fn invitation(self) -> Option<InvitationId> {
        if let Self::Invited(id) = self { Some(id) } else { None }
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
    asked.must_be_read()?;
    let batch = people(&inside, &asked, &chosen).await?;
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    if batch.people.is_empty() {
        return Ok(inside.visit.go(&back));
    }
    let confirmed = !chosen.confirmed.is_empty();
    match chosen.act.as_str() {
        "resend" => carry_out(&inside, &asked, &chosen, batch).await,
        "remove" if confirmed => carry_out(&inside, &asked, &chosen, batch).await,
        "remove" => removal::ask(&inside, &asked, batch, &back).await,
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

/// Whom it is about, in numbers: all who match, where that is more than a step.
async fn n_people(inside: &Inside, asked: &Asked, batch: &Batch) -> Result<String, Failure> {
    if batch.next.is_none() {
        return Ok(text::count(u64::try_from(batch.people.len()).unwrap_or(u64::MAX), "person", "people"));
    }
    Ok(match Matching::others(inside, asked).await? {
        Matching::Exactly(n) => text::count(n, "person", "people"),
        Matching::MoreThan(n) => format!("more than {} people", text::grouped(n)),
    })
}

async fn ask_role(inside: &Inside, asked: &Asked, batch: &Batch, back: &str, was_asked: bool) -> Result<Response, Failure> {
    let offers = roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?;
    let title = format!("Change the role of {}", n_people(inside, asked, batch).await?);
    let error = was_asked.then(|| "Choose a role.".to_owned());
    let status = if was_asked { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = BulkPage {
        page: inside.page("Change role"),
        shell: inside.shell("people"),
        panel: panel(inside, asked, title, Some("Change role".to_owned()), back),
        hidden: hidden("role", batch),
        ends: Vec::new(),
        passes: Vec::new(),
        offers: Vec::new(),
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
    let all: Vec<Whom> = batch.people.iter().map(|(whom, _)| *whom).collect();
    let all = bulk::each(all.into_iter().map(|whom| one(inside, chosen, whom))).await;
    if all.iter().all(|result| matches!(result, Err(Failure::StepUp))) {
        return Err(Failure::StepUp);
    }
    let Outcome { rows, done, untried } = outcome(inside.model(), &batch.people, all);
    let n = text::count(u64::try_from(batch.people.len()).unwrap_or(u64::MAX), "person", "people");
    let title = format!("{} of {n} done", text::grouped(done));
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    let mut panel = panel(inside, asked, title.clone(), None, &back);
    let mut hidden = Vec::new();
    // Of everybody who matches, a step that met a fault is gone through once more.
    let next = if untried.is_empty() { batch.next.clone() } else { Some(chosen.after.clone()) };
    if let Some(next) = next {
        let said = [("act", &chosen.act), ("role", &chosen.role), ("confirmed", &chosen.confirmed), ("all_matching", &chosen.all_matching)];
        hidden.extend(said.map(|(name, value)| (name.to_owned(), value.clone())));
        hidden.extend(chosen.offers.iter().map(|offer| ("offers".to_owned(), offer.clone())));
        if chosen.all_matching.is_empty() {
            hidden.extend(untried.iter().map(|(whom, _)| ("who".to_owned(), whom.id())));
        } else {
            hidden.push(("after".to_owned(), next));
        }
        let (submit, intro) = if untried.is_empty() {
            ("Go on", "More people match. Go on with the next ones, or leave them as they are.")
        } else {
            ("Try the rest", "Something that this needs doesn’t answer. What is done stays done; try the rest in a moment.")
        };
        (panel.submit, panel.intro) = (Some(submit.to_owned()), Some(intro.to_owned()));
    }
    let view = InviteResultPage { page: inside.page(&title), shell: inside.shell("people"), panel, hidden, rows, done: done > 0 };
    inside.visit.show(&view)
}

/// What became of each, and who is left for another try.
struct Outcome<'a> {
    rows: Vec<InviteResult>,
    done: u64,
    /// The one that met a fault, and those after it.
    untried: &'a [(Whom, String)],
}

fn outcome<'a>(model: &Model, people: &'a [(Whom, String)], results: Vec<Result<Option<String>, Failure>>) -> Outcome<'a> {
    let fault = results.iter().position(|result| matches!(result, Err(Failure::Fault(_))));
    let done = results.iter().filter(|result| matches!(result, Ok(Some(_)))).count();
    let row = |(i, (result, (_, name))): (usize, (_, &(Whom, String)))| {
        let (note, pill) =
            if fault.is_some_and(|at| i > at) { ("Not tried.".to_owned(), Pill::new(Tone::Neutral, "Left")) } else { told(model, result) };
        InviteResult { address: name.clone(), note, pill }
    };
    Outcome {
        rows: results.into_iter().zip(people).enumerate().map(row).collect(),
        done: u64::try_from(done).unwrap_or(u64::MAX),
        untried: fault.and_then(|at| people.get(at..)).unwrap_or_default(),
    }
}

fn told(model: &Model, result: Result<Option<String>, Failure>) -> (String, Pill) {
    match result {
        Ok(Some(note)) => (note, Pill::new(Tone::Ok, "Done")),
        Ok(None) => ("Nothing to do.".to_owned(), Pill::new(Tone::Neutral, "Left")),
        Err(Failure::NotFound) => ("No longer in the list.".to_owned(), Pill::new(Tone::Neutral, "Left")),
        Err(Failure::Fault(_)) => {
            ("The server failed here. The list shows whether it was done.".to_owned(), Pill::new(Tone::Bad, "Failed"))
        }
        Err(failure) => {
            let why = refused::in_place(model, failure).unwrap_or_else(|failure| {
                let said = words(&failure, model);
                format!("{} {}", said.detail, said.remedy)
            });
            (why, Pill::new(Tone::Bad, "Refused"))
        }
    }
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
            members::remove(app, who, organization, user, remove::sent_invitations(&chosen.offers), None).await?;
            Some("No longer has access.".to_owned())
        }
        ("remove", Whom::Invited(id)) => {
            invitations::revoke(app, who, organization, id, None).await?;
            Some("The invitation was taken back.".to_owned())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_store::Fault;

    #[tokio::test]
    async fn a_fault_half_way_shows_what_was_done_and_leaves_the_rest_untried() {
        let model = Model::preset("workjet").unwrap();
        let people: Vec<_> = (1..=4).map(|n| (Whom::Member(UserId::from_u128(n)), format!("person {n}"))).collect();
        let tried = std::cell::Cell::new(0);
        let one = async |n: u128| {
            tried.set(tried.get() + 1);
            match n {
                1 => Ok(Some("Done.".to_owned())),
                2 => Err(Failure::NotFound),
                _ => Err(Failure::Fault(Fault::Away("cut off".to_owned()))),
            }
        };
        let Outcome { rows, done, untried } = outcome(&model, &people, bulk::each((1..=4).map(one)).await);
        let said: Vec<_> = rows.iter().map(|row| (row.pill.word.as_str(), row.note.as_str())).collect();
        assert_eq!(
            said,
            [
                ("Done", "Done."),
                ("Left", "No longer in the list."),
                ("Failed", "The server failed here. The list shows whether it was done."),
                ("Left", "Not tried.")
            ]
        );
        assert_eq!((done, untried.len(), tried.get()), (1, 2, 3));
    }
}
