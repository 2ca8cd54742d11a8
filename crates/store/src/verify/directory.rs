//! The directory beside what it is a copy of: state, names and addresses. A page at a time, whoever writes meanwhile.

mod mend;
mod statement;

pub(crate) use statement::ALL as DIRECTORY_CHECKS;

use super::{
    Problem, Report,
    chain::{key_text, plain},
};
use crate::{
    Fault,
    db::{Db, Row, Statement, Value},
    sql::{
        directory::{
            DECLINED, INVITATION, JOINED, MEMBER, PENDING, SUSPENDED,
            row::{Place, Shown, rank, roles_text, status_key},
        },
        state::{invitation::status_of, member::standing_of, values},
    },
};
use guildhall_core::{
    Actor, Model, RoleKey, Timestamp,
    invitation::LISTED,
    tenant::{InvitationStatus, Standing},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// One row of the directory as it should be.
struct Should {
    place: Place,
    presence: Presence,
    shown: ShownAs,
    roles: Vec<RoleKey>,
    status: i64,
    expires_at: Timestamp,
    /// Not before then; `None`: never.
    active_from: Option<Timestamp>,
    /// What else stands in it.
    more: Vec<(&'static str, Value)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Required,
    /// Listed no longer: dropped when the job comes by.
    Allowed,
    /// Dropped when the same were invited anew.
    Forbidden,
}

/// Who a row shows.
enum ShownAs {
    Known(Shown),
    /// The address was erased; the copy stays as it is until it is listed no longer. Its words are still its own.
    Copied,
    /// A job refreshes the rows of this person still.
    Unsettled(Shown),
}

/// What stands in the directory for a page.
struct Copies {
    rows: HashMap<Place, Row>,
    roles: HashMap<Place, BTreeSet<RoleKey>>,
    /// Each word with the name it stands with.
    words: HashMap<Place, BTreeSet<(String, String)>>,
}

/// The roles of each member and invitation of a page, at each of its scopes.
type Given = HashMap<Uuid, Vec<(Place, Vec<RoleKey>)>>;

/// What is gone through page by page.
struct Walk {
    page: &'static Statement,
    key: &'static [&'static str],
    roles: &'static Statement,
    rows: &'static Statement,
    copied_roles: &'static Statement,
    words: &'static Statement,
    should: fn(&Row, &Given, Timestamp) -> Result<Vec<Should>, Fault>,
}

static MEMBERS: Walk = Walk {
    page: &statement::MEMBERS,
    key: &["tenant", "scope", "id"],
    roles: &statement::MEMBERS_ROLES,
    rows: &statement::MEMBERS_ROWS,
    copied_roles: &statement::MEMBERS_COPIED_ROLES,
    words: &statement::MEMBERS_WORDS,
    should: of_member,
};
static INVITATIONS: Walk = Walk {
    page: &statement::INVITATIONS,
    key: &["tenant", "id"],
    roles: &statement::INVITATIONS_ROLES,
    rows: &statement::INVITATIONS_ROWS,
    copied_roles: &statement::INVITATIONS_COPIED_ROLES,
    words: &statement::INVITATIONS_WORDS,
    should: of_invitation,
};

/// `models`: those that were ever in force, in their order.
pub(super) async fn check(db: &Db, models: &[Model], now: Timestamp, report: &mut Report) -> Result<(), Fault> {
    for walk in [&MEMBERS, &INVITATIONS] {
        let mut pages = Pages::of(walk, now);
        while let Some((rows, copies)) = pages.next(db).await? {
            for should in &rows {
                should.judge(&copies, models, report);
            }
        }
    }
    strays(db, now, report).await
}

/// Page by page: the rows as they should be, beside what stands.
struct Pages {
    walk: &'static Walk,
    now: Timestamp,
    after: Vec<Value>,
}

impl Pages {
    fn of(walk: &'static Walk, now: Timestamp) -> Self {
        Self { walk, now, after: walk.key.iter().map(|_| Uuid::nil().into()).collect() }
    }
    async fn next(&mut self, db: &Db) -> Result<Option<(Vec<Should>, Copies)>, Fault> {
        let walk = self.walk;
        let page = db.query_long(walk.page, self.after.clone()).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let until = walk.key.iter().map(|column| last.uuid(column).map(Value::from)).collect::<Result<Vec<Value>, Fault>>()?;
        let range = [std::mem::replace(&mut self.after, until.clone()), until].concat();
        let given = given(&db.query_long(walk.roles, range.clone()).await?)?;
        let copies = Copies::read(db, walk, range).await?;
        let mut rows = Vec::new();
        for row in &page {
            rows.extend((walk.should)(row, &given, self.now)?);
        }
        Ok(Some((rows, copies)))
    }
}

fn place(row: &Row) -> Result<Place, Fault> {
    Ok(Place { tenant: row.id("tenant")?, scope: row.scope("scope")?, id: row.uuid("id")? })
}

fn given(rows: &[Row]) -> Result<Given, Fault> {
    let mut given = Given::new();
    for row in rows {
        let (place, role) = (place(row)?, row.text("role")?);
        // An empty one: a membership without any.
        let role = (!role.is_empty()).then(|| RoleKey::new(&role));
        let scopes = given.entry(place.id).or_default();
        match scopes.iter_mut().find(|(known, _)| *known == place) {
            Some((_, roles)) => roles.extend(role),
            None => scopes.push((place, role.into_iter().collect())),
        }
    }
    for (_, roles) in given.values_mut().flatten() {
        roles.sort_unstable();
        roles.dedup();
    }
    Ok(given)
}

fn of_member(row: &Row, given: &Given, _: Timestamp) -> Result<Vec<Should>, Fault> {
    let place = place(row)?;
    let shown = Shown { name: text(row, "name")?, handle: text(row, "handle")?, address: text(row, "address")? };
    let joined_at = row.time("joined_at")?;
    let more = vec![
        ("kind", MEMBER.into()),
        ("subject", place.id.into()),
        ("joined_at", joined_at.into()),
        ("invited_by", inviter(row)),
        ("sent_at", Value::Int(0)),
        ("reminders", Value::Int(0)),
        ("listed_until", Value::Int(i64::MAX)),
        ("revision", row.u64("revision")?.into()),
    ];
    Ok(vec![Should {
        place,
        presence: Presence::Required,
        shown: if row.is_null("stale")? { ShownAs::Known(shown) } else { ShownAs::Unsettled(shown) },
        roles: given.get(&place.id).into_iter().flatten().find(|(at, _)| *at == place).map(|(_, roles)| roles.clone()).unwrap_or_default(),
        status: match row.parsed("standing", standing_of)? {
            Standing::Active => JOINED,
            Standing::Suspended => SUSPENDED,
        },
        expires_at: Timestamp(0),
        active_from: Some(joined_at),
        more,
    }])
}

/// One for each scope it gives something at.
fn of_invitation(row: &Row, given: &Given, now: Timestamp) -> Result<Vec<Should>, Fault> {
    let (id, expires_at) = (row.uuid("id")?, row.time("expires_at")?);
    let (status, since) = match row.parsed("status", status_of)? {
        InvitationStatus::Declined => (DECLINED, row.time("ended_at")?),
        InvitationStatus::Pending | InvitationStatus::Accepted | InvitationStatus::Revoked => (PENDING, expires_at),
    };
    let listed_until = since + LISTED;
    let presence = match () {
        () if !row.is_null("outdated")? => Presence::Forbidden,
        () if listed_until <= now => Presence::Allowed,
        () => Presence::Required,
    };
    let should = |(place, roles): &(Place, Vec<RoleKey>)| -> Result<Should, Fault> {
        let shown = Shown { name: None, handle: text(row, "handle")?, address: text(row, "address")? };
        let more = vec![
            ("kind", INVITATION.into()),
            ("subject", row.uuid("invitee")?.into()),
            ("joined_at", Value::Int(0)),
            ("invited_by", inviter(row)),
            ("sent_at", row.time("sent_at")?.into()),
            ("reminders", row.int("reminders")?.into()),
            ("listed_until", listed_until.into()),
            ("revision", row.u64("revision")?.into()),
        ];
        let shown = match () {
            () if row.bool("erased")? => ShownAs::Copied,
            () if !row.is_null("stale")? => ShownAs::Unsettled(shown),
            () => ShownAs::Known(shown),
        };
        Ok(Should { place: *place, presence, shown, roles: roles.clone(), status, expires_at, active_from: None, more })
    };
    given.get(&id).into_iter().flatten().map(should).collect()
}

fn text(row: &Row, column: &str) -> Result<Option<String>, Fault> {
    row.opt(column, Row::text)
}

/// The person who invited. What can't be read as an actor is named beside the log.
fn inviter(row: &Row) -> Value {
    row.json::<Actor>("invited_by").ok().and_then(|actor| actor.user()).into()
}

impl Copies {
    async fn read(db: &Db, walk: &Walk, range: Vec<Value>) -> Result<Self, Fault> {
        let mut copies = Self { rows: HashMap::new(), roles: HashMap::new(), words: HashMap::new() };
        for row in db.query_long(walk.rows, range.clone()).await? {
            copies.rows.insert(place(&row)?, row);
        }
        for row in db.query_long(walk.copied_roles, range.clone()).await? {
            copies.roles.entry(place(&row)?).or_default().insert(RoleKey::new(&row.text("role")?));
        }
        for row in db.query_long(walk.words, range).await? {
            copies.words.entry(place(&row)?).or_default().insert((row.text("word")?, row.text("name_key")?));
        }
        Ok(copies)
    }
}

impl Should {
    /// Names what is otherwise in the copies.
    fn judge(&self, copies: &Copies, models: &[Model], report: &mut Report) {
        let key = values![self.place.tenant, self.place.scope, self.place.id];
        let id = key_text(&key);
        let Some(row) = copies.rows.get(&self.place) else {
            if self.presence == Presence::Required {
                report.add(whole("directory", "id", id, true));
            }
            return;
        };
        if self.presence == Presence::Forbidden {
            report.add(whole("directory", "id", id, false));
            return;
        }
        let cells: BTreeMap<&str, Value> = row.cells().map(|(column, value)| (column, plain(value))).collect();
        let found = |column: &str| cells.get(column).cloned().unwrap_or(Value::Null);
        for (column, value) in self.columns() {
            report.expect("directory", || id.clone(), column, &value, &found(column));
        }
        self.judge_activity(&id, &found("last_active_at"), report);
        // By the model that was in force when it was written: one of those that are kept.
        let ranks: Vec<Value> = models.iter().map(|model| rank(model, &self.roles).into()).collect();
        if let Some(newest) = ranks.last().filter(|_| !ranks.contains(&found("role_rank"))) {
            report.expect("directory", || id.clone(), "role_rank", newest, &found("role_rank"));
        }
        let place = self.place;
        let named = |role: &RoleKey| role.to_string();
        let roles = self.roles.iter().map(named).collect();
        let copied = copies.roles.get(&place).into_iter().flatten().map(named).collect();
        differ(("directory_role", "role"), place, &roles, &copied, report);
        let shown = match &self.shown {
            ShownAs::Known(shown) => shown.clone(),
            ShownAs::Copied => copied_shown(row),
            ShownAs::Unsettled(_) => return,
        };
        let name_key = shown.name_key();
        let words = shown.words().into_iter().map(|word| format!("{word}/{name_key}")).collect();
        let copied = copies.words.get(&place).into_iter().flatten().map(|(word, name_key)| format!("{word}/{name_key}")).collect();
        differ(("directory_term", "word"), place, &words, &copied, report);
    }

    fn columns(&self) -> Vec<(&'static str, Value)> {
        let mut columns = self.more.clone();
        columns.extend([
            ("roles", roles_text(&self.roles).into()),
            ("status", self.status.into()),
            ("status_key", status_key(self.status, self.expires_at).into()),
            ("expires_at", self.expires_at.into()),
        ]);
        if let ShownAs::Known(shown) = &self.shown {
            columns.extend(columns_of(shown));
        }
        columns
    }

    /// Being active is no change: only that nobody was before they joined is known.
    fn judge_activity(&self, id: &str, found: &Value, report: &mut Report) {
        let sound = match (self.active_from, found) {
            (Some(from), Value::Int(at)) => *at >= from.0,
            (None, found) => *found == Value::Int(0),
            (Some(_), _) => false,
        };
        if !sound {
            let expected = self.active_from.map_or_else(|| "0".to_owned(), |from| format!("not before {}", from.0));
            let (column, found) = ("last_active_at".to_owned(), super::show(found));
            report.add(Problem { table: "directory", id: id.to_owned(), column, expected, found });
        }
    }
}

fn columns_of(shown: &Shown) -> [(&'static str, Value); 4] {
    [
        ("name_key", shown.name_key().into()),
        ("name", shown.name.as_ref().into()),
        ("handle", shown.handle.as_ref().into()),
        ("address", shown.address.as_ref().into()),
    ]
}

/// Who the row itself shows.
fn copied_shown(row: &Row) -> Shown {
    let text = |column| text(row, column).ok().flatten();
    Shown { name: text("name"), handle: text("handle"), address: text("address") }
}

/// Rows of a place that are missing, and those that are too many.
fn differ((table, column): (&'static str, &str), place: Place, expected: &BTreeSet<String>, found: &BTreeSet<String>, report: &mut Report) {
    let id = |own: &String| key_text(&values![place.tenant, place.scope, own, place.id]);
    for missing in expected.difference(found) {
        report.add(whole(table, column, id(missing), true));
    }
    for extra in found.difference(expected) {
        report.add(whole(table, column, id(extra), false));
    }
}

/// What is a copy of nothing, and counts that are wrong.
async fn strays(db: &Db, now: Timestamp, report: &mut Report) -> Result<(), Fault> {
    let questions: [(&'static Statement, &str, &[&str]); 3] = [
        (&statement::STRAY_ROWS, "id", &[]),
        (&statement::STRAY_ROLES, "role", &["role"]),
        (&statement::STRAY_WORDS, "word", &["word", "name_key"]),
    ];
    for (statement, column, own) in questions {
        for row in db.query_long(statement, values![now]).await? {
            let place = place(&row)?;
            let own = own.iter().map(|column| row.text(column).map(Value::from)).collect::<Result<Vec<_>, _>>()?;
            let key = [values![place.tenant, place.scope], own, values![place.id]].concat();
            report.add(whole(statement.table, column, key_text(&key), false));
        }
    }
    for row in db.query_long(&statement::WRONG_COUNTS, values![now]).await? {
        let key = values![row.uuid("tenant")?, row.uuid("scope")?, row.int("status")?];
        report.expect("directory_count", || key_text(&key), "n", &row.int("there")?.into(), &row.int("counted")?.into());
    }
    Ok(())
}

fn whole(table: &'static str, column: &str, id: String, missing: bool) -> Problem {
    let (expected, found) = if missing { ("a row", "nothing") } else { ("nothing", "a row") };
    Problem { table, id, column: column.to_owned(), expected: expected.to_owned(), found: found.to_owned() }
}
