//! Several people at once: each has a result of their own, and one that is refused fails only itself.

use super::{asked::Asked, rows};
use crate::{
    Failure,
    http::{Form, Query},
    invitations, members,
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
use guildhall_store::{MemberQuery, MemberRow};
use serde::Deserialize;

/// Most people of one bulk action; more are a program's work.
const MOST: usize = 500;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    act: String,
    who: Vec<String>,
    all_matching: String,
    role: String,
    confirmed: String,
}

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
    let people = people(&inside, &asked, &chosen).await?;
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    if people.is_empty() {
        return Ok(inside.visit.go(&back));
    }
    let confirmed = !chosen.confirmed.is_empty();
    match chosen.act.as_str() {
        "resend" => carry_out(&inside, &asked, &chosen, &people).await,
        "remove" if confirmed => carry_out(&inside, &asked, &chosen, &people).await,
        "remove" => ask_removal(&inside, &asked, &people, &back),
        "role" if !chosen.role.is_empty() => carry_out(&inside, &asked, &chosen, &people).await,
        "role" => ask_role(&inside, &asked, &people, &back, confirmed).await,
        other => Err(Failure::rejected("act", format!("`{other}` is none of: resend, role, remove"))),
    }
}

/// The people ticked, or everybody the filters match; with what they are called.
async fn people(inside: &Inside, asked: &Asked, chosen: &Chosen) -> Result<Vec<(Whom, String)>, Failure> {
    let (app, who) = (inside.app(), &inside.visit.who);
    let mut people = Vec::new();
    if chosen.all_matching.is_empty() {
        for whom in chosen.who.iter().filter_map(|id| Whom::parse(id)).take(MOST) {
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
        return Ok(people);
    }
    let mut after = None;
    loop {
        let query = MemberQuery { after, ..asked.query(200) };
        let page = members::list(app, who, inside.id(), &query).await?.page;
        people.extend(page.rows.iter().filter_map(|row| Some((Whom::of(row)?, rows::name_of(row)))));
        after = page.next;
        if after.is_none() || people.len() >= MOST {
            people.truncate(MOST);
            people.retain(|(whom, _)| *whom != Whom::Member(inside.visit.id()));
            return Ok(people);
        }
    }
}

fn hidden(act: &str, people: &[(Whom, String)]) -> Vec<(String, String)> {
    let mut hidden = vec![("act".to_owned(), act.to_owned()), ("confirmed".to_owned(), "1".to_owned())];
    hidden.extend(people.iter().map(|(whom, _)| ("who".to_owned(), whom.id())));
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

fn n_people(people: &[(Whom, String)]) -> String {
    text::count(u64::try_from(people.len()).unwrap_or(u64::MAX), "person", "people")
}

fn ask_removal(inside: &Inside, asked: &Asked, people: &[(Whom, String)], back: &str) -> Result<Response, Failure> {
    let verb = inside.model().words.get("remove_confirm");
    let n = n_people(people);
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
        hidden: vec![("act".to_owned(), "remove".to_owned()), ("confirmed".to_owned(), "1".to_owned())],
        people: people.iter().map(line).collect(),
        roles: None,
    };
    inside.visit.show(&view)
}

async fn ask_role(inside: &Inside, asked: &Asked, people: &[(Whom, String)], back: &str, was_asked: bool) -> Result<Response, Failure> {
    let offers = roles::may_give(inside.app(), &inside.visit.who, inside.id()).await?;
    let title = format!("Change the role of {}", n_people(people));
    let error = was_asked.then(|| "Choose a role.".to_owned());
    let status = if was_asked { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = BulkPage {
        page: inside.page("Change role"),
        shell: inside.shell("people"),
        panel: panel(inside, asked, title, Some("Change role".to_owned()), back),
        hidden: hidden("role", people),
        people: Vec::new(),
        roles: Some(RoleChoice {
            label: inside.model().words.get("role_field").to_owned(),
            options: rows::options(inside.model(), &offers, &[]),
            error,
        }),
    };
    inside.visit.show_as(status, &view)
}

async fn carry_out(inside: &Inside, asked: &Asked, chosen: &Chosen, people: &[(Whom, String)]) -> Result<Response, Failure> {
    let mut results = Vec::with_capacity(people.len());
    let mut done: u64 = 0;
    for (whom, name) in people {
        let result = one(inside, chosen, *whom).await;
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
    let title = format!("{} of {} done", text::grouped(done), n_people(people));
    let back = text::with_query(&inside.at("people"), &asked.pairs());
    let view = InviteResultPage {
        page: inside.page(&title),
        shell: inside.shell("people"),
        panel: panel(inside, asked, title, None, &back),
        hidden: Vec::new(),
        rows: results,
    };
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
