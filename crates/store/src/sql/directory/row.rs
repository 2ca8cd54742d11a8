//! One row of the directory: put, changed, dropped, with its roles, its words and what is counted.

use super::{DECLINED, INVITATION, JOINED, MEMBER, PENDING, SUSPENDED};
use crate::{
    db::{Value, statements},
    sql::state::{Write, values},
};
use guildhall_core::{Model, RoleKey, ScopeId, TenantId, Timestamp, UserId, invitation::LISTED, text};
use uuid::Uuid;

statements! {
    PUT_ROW(directory) = "INSERT INTO directory
        (tenant, scope, id, kind, subject, name_key, name, handle, address, roles, role_rank, status, status_key, last_active_at, joined_at,
        invited_by, expires_at, sent_at, reminders, listed_until, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    DROP_ROW(directory) = "DELETE FROM directory WHERE tenant = $1 AND scope = $2 AND id = $3";
    SET_ROLES(directory) = "UPDATE directory SET roles = $4, role_rank = $5, revision = $6 WHERE tenant = $1 AND scope = $2 AND id = $3";
    SET_STATUS(directory) = "UPDATE directory SET status = $4, status_key = $5, listed_until = $6, revision = $7
        WHERE tenant = $1 AND scope = $2 AND id = $3";
    SET_REMINDED(directory) = "UPDATE directory SET reminders = $4, sent_at = $5, revision = $6 WHERE tenant = $1 AND scope = $2 AND id = $3";
    SET_INVITED_BY(directory) = "UPDATE directory SET invited_by = $4, revision = $5 WHERE tenant = $1 AND scope = $2 AND id = $3";
    SET_PERSON(directory) = "UPDATE directory SET name_key = $4, name = $5, handle = $6, address = $7
        WHERE tenant = $1 AND scope = $2 AND id = $3";
    // Around each change of a row, so that a count never drifts: out with the status it had, in with the one it has.
    COUNT_OUT(directory_count) = "UPDATE directory_count SET n = n - 1 WHERE tenant = $1 AND scope = $2
        AND status = (SELECT d.status FROM directory d WHERE d.tenant = $1 AND d.scope = $2 AND d.id = $3)";
    COUNT_IN(directory_count) = "INSERT INTO directory_count (tenant, scope, status, n)
        SELECT d.tenant, d.scope, d.status, 1 FROM directory d WHERE d.tenant = $1 AND d.scope = $2 AND d.id = $3
        ON CONFLICT (tenant, scope, status) DO UPDATE SET n = directory_count.n + 1";
    PUT_ROLES(directory_role) = "INSERT INTO directory_role (tenant, scope, id, role)
        VALUES ($1, $2, $3, $4), ($1, $2, $3, $5), ($1, $2, $3, $6), ($1, $2, $3, $7) ON CONFLICT DO NOTHING";
    DROP_ROLES(directory_role) = "DELETE FROM directory_role WHERE tenant = $1 AND scope = $2 AND id = $3";
    PUT_TERMS(directory_term) = "INSERT INTO directory_term (tenant, scope, id, name_key, word)
        VALUES ($1, $2, $3, $4, $5), ($1, $2, $3, $4, $6), ($1, $2, $3, $4, $7), ($1, $2, $3, $4, $8), ($1, $2, $3, $4, $9),
        ($1, $2, $3, $4, $10), ($1, $2, $3, $4, $11), ($1, $2, $3, $4, $12) ON CONFLICT DO NOTHING";
    DROP_TERMS(directory_term) = "DELETE FROM directory_term WHERE tenant = $1 AND scope = $2 AND id = $3";
}

/// Roles and words go into one statement each, so many at a time; the last is repeated to fill it.
const ROLES: usize = 4;
const TERMS: usize = 8;

/// Who a row shows. What a person is known by, or the handle or address that was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) name: Option<String>,
    pub(crate) handle: Option<String>,
    /// As typed.
    pub(crate) address: Option<String>,
}

impl Shown {
    /// What is sorted by: the name, else the handle, else the address.
    pub(crate) fn name_key(&self) -> String {
        let first = self.name.as_deref().or(self.handle.as_deref()).or(self.address.as_deref());
        text::sort_key(first.unwrap_or_default())
    }
    /// The beginnings of these find it.
    pub(crate) fn words(&self) -> Vec<String> {
        let all = [&self.name, &self.handle, &self.address];
        let mut words: Vec<String> = all.into_iter().flatten().flat_map(|text| text::search_words(text)).collect();
        words.extend(self.address.as_deref().map(text::sort_key));
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) tenant: TenantId,
    pub(crate) scope: ScopeId,
    /// The member's or the invitation's.
    pub(crate) id: Uuid,
}

impl Place {
    fn key(self) -> Vec<Value> {
        values![self.tenant, self.scope, self.id]
    }
    fn with(self, more: impl IntoIterator<Item = Value>) -> Vec<Value> {
        let mut values = self.key();
        values.extend(more);
        values
    }
}

/// A member or an invitation, as it is put in.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    Joined { at: Timestamp },
    Invited { at: Timestamp, expires_at: Timestamp },
}

/// Everything a new row needs.
#[derive(Clone, Debug)]
pub(crate) struct NewRow<'a> {
    pub(crate) place: Place,
    /// The user or the address.
    pub(crate) subject: Uuid,
    pub(crate) shown: &'a Shown,
    pub(crate) roles: &'a [RoleKey],
    pub(crate) standing: Standing,
    pub(crate) invited_by: Option<UserId>,
    pub(crate) revision: u64,
}

/// Puts a row, its roles and its words. One that stood there goes first.
pub(crate) fn put(model: &Model, row: &NewRow<'_>, out: &mut Vec<Write>) {
    let (kind, status, joined_at, sent_at, expires_at, listed_until) = match row.standing {
        Standing::Joined { at } => (MEMBER, JOINED, at, Timestamp(0), Timestamp(0), i64::MAX),
        Standing::Invited { at, expires_at } => (INVITATION, PENDING, Timestamp(0), at, expires_at, (expires_at + LISTED).0),
    };
    drop_row(row.place, out);
    out.push((
        &PUT_ROW,
        row.place.with(values![
            kind,
            row.subject,
            row.shown.name_key(),
            row.shown.name.as_ref(),
            row.shown.handle.as_ref(),
            row.shown.address.as_ref(),
            roles_text(row.roles),
            rank(model, row.roles),
            status,
            status_key(status, expires_at),
            // Who joins is active at that moment.
            joined_at,
            joined_at,
            row.invited_by,
            expires_at,
            sent_at,
            0,
            listed_until,
            row.revision,
        ]),
    ));
    put_roles(row.place, row.roles, out);
    put_terms(row.place, row.shown, out);
    out.push((&COUNT_IN, row.place.key()));
}

/// Drops a row and all that belongs to it.
pub(crate) fn drop_row(place: Place, out: &mut Vec<Write>) {
    out.push((&COUNT_OUT, place.key()));
    clear(place, out);
}

/// Drops a row that is counted otherwise, with its roles and its words.
pub(crate) fn clear(place: Place, out: &mut Vec<Write>) {
    // The row first: who refreshes its words at the same time holds it, and what they wrote is seen and dropped too.
    out.push((&DROP_ROW, place.key()));
    out.push((&DROP_ROLES, place.key()));
    out.push((&DROP_TERMS, place.key()));
}

pub(crate) fn set_roles(model: &Model, place: Place, roles: &[RoleKey], revision: u64, out: &mut Vec<Write>) {
    out.push((&SET_ROLES, place.with(values![roles_text(roles), rank(model, roles), revision])));
    out.push((&DROP_ROLES, place.key()));
    put_roles(place, roles, out);
}

pub(crate) fn suspend(place: Place, revision: u64, out: &mut Vec<Write>) {
    set_status(place, SUSPENDED, i64::MAX, revision, out);
}

pub(crate) fn reinstate(place: Place, revision: u64, out: &mut Vec<Write>) {
    set_status(place, JOINED, i64::MAX, revision, out);
}

/// Stays listed for a while, with "Invite again".
pub(crate) fn decline(place: Place, at: Timestamp, revision: u64, out: &mut Vec<Write>) {
    set_status(place, DECLINED, (at + LISTED).0, revision, out);
}

fn set_status(place: Place, status: i64, listed_until: i64, revision: u64, out: &mut Vec<Write>) {
    out.push((&COUNT_OUT, place.key()));
    out.push((&SET_STATUS, place.with(values![status, status_key(status, Timestamp(0)), listed_until, revision])));
    out.push((&COUNT_IN, place.key()));
}

pub(crate) fn remind(place: Place, n: u32, at: Timestamp, revision: u64, out: &mut Vec<Write>) {
    out.push((&SET_REMINDED, place.with(values![n, at, revision])));
}

pub(crate) fn take_over(place: Place, by: Option<UserId>, revision: u64, out: &mut Vec<Write>) {
    out.push((&SET_INVITED_BY, place.with(values![by, revision])));
}

/// Shows the person as they are called now. Touches no row where there is none any more: then its words must not be put.
pub(crate) fn show(place: Place, shown: &Shown) -> Write {
    let values = values![shown.name_key(), shown.name.as_ref(), shown.handle.as_ref(), shown.address.as_ref()];
    (&SET_PERSON, place.with(values))
}

/// Finds the row by these words, and no others.
pub(crate) fn replace_terms(place: Place, shown: &Shown, out: &mut Vec<Write>) {
    out.push((&DROP_TERMS, place.key()));
    put_terms(place, shown, out);
}

pub(crate) fn put_roles(place: Place, roles: &[RoleKey], out: &mut Vec<Write>) {
    for chunk in filled(roles, ROLES) {
        out.push((&PUT_ROLES, place.with(chunk.into_iter().map(|role| role.as_str().into()))));
    }
}

pub(crate) fn put_terms(place: Place, shown: &Shown, out: &mut Vec<Write>) {
    for chunk in filled(&shown.words(), TERMS) {
        out.push((&PUT_TERMS, place.with([shown.name_key()].into_iter().chain(chunk).map(Value::from))));
    }
}

fn filled<T: Clone>(all: &[T], n: usize) -> Vec<Vec<T>> {
    let fill = |chunk: &[T]| {
        let mut chunk = chunk.to_vec();
        if let Some(last) = chunk.last().cloned() {
            chunk.resize(n, last);
        }
        chunk
    };
    all.chunks(n).map(fill).collect()
}

pub(crate) fn roles_text(roles: &[RoleKey]) -> String {
    // A list of texts always has a JSON form.
    serde_json::to_string(roles).unwrap_or_else(|_| "[]".to_owned())
}

/// The place of the best of the roles in the model's order; who holds none comes last.
pub(crate) fn rank(model: &Model, roles: &[RoleKey]) -> i64 {
    let place = |role: &RoleKey| model.roles.iter().position(|known| known.key == *role);
    roles.iter().filter_map(place).min().map_or(i64::from(u16::MAX), |at| i64::try_from(at).unwrap_or(i64::MAX))
}

/// Joined first, then pending (the longest to live first, so that expired ones come after), suspended, declined.
pub(crate) fn status_key(status: i64, expires_at: Timestamp) -> i64 {
    match status {
        JOINED => 0,
        PENDING => i64::MAX / 2 - expires_at.0,
        SUSPENDED => i64::MAX - 1,
        _ => i64::MAX,
    }
}
