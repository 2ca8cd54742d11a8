//! Keeps the directory in step with the people it shows: after a rename, after a change of address, and until they are erased.

use super::{
    INVITATION, MEMBER,
    row::{self, Place, Shown},
    tenant::people_of,
};
use crate::{
    Fault, Store,
    db::{Row, Tx, statements},
    sql::state::values,
};
use guildhall_core::{Change, Permit, Timestamp, UserChange, UserId, permit::Op, time::Span};
use uuid::Uuid;

/// How many rows one commit refreshes; a job does the rest.
const AT_ONCE: usize = 100;
/// How often the moment of last activity is written.
const ACTIVE: Span = Span::hours(1);

statements! {
    LIST_ROWS(directory) = "SELECT tenant, scope, id, kind FROM directory WHERE subject = $1 AND (tenant, scope, id) > ($2, $3, $4)
        ORDER BY tenant, scope, id LIMIT $5";
    NOTE_STALE(directory_stale) = "INSERT INTO directory_stale (user_id, since) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET since = excluded.since";
    FORGET_STALE(directory_stale) = "DELETE FROM directory_stale WHERE user_id = $1 AND since <= $2";
    LIST_STALE(directory_stale) = "SELECT user_id FROM directory_stale ORDER BY since, user_id LIMIT $1";
    NOTE_HOLDER(address) = "UPDATE address SET last_holder = $2, erase_at = NULL WHERE id = $1";
    ERASE_ROWS(directory) = "UPDATE directory SET name_key = '', name = NULL, handle = NULL, address = NULL WHERE subject = $1";
    FIND_ACTIVE(directory) = "SELECT last_active_at FROM directory WHERE tenant = $1 AND scope = $2 AND id = $3";
    NOTE_ACTIVE(directory) = "UPDATE directory SET last_active_at = $4 WHERE tenant = $1 AND scope = $2 AND id = $3 AND last_active_at <= $5";
}

/// After a user's own stream changed: their rows show them as they are called now.
pub(crate) async fn user_changed(tx: &Tx, user: UserId, changes: &[Change], at: Timestamp) -> Result<(), Fault> {
    let mut shown_otherwise = false;
    for change in changes {
        let Change::User(change) = change else { continue };
        match change {
            UserChange::AddressProven { address } => {
                tx.execute(&NOTE_HOLDER, &values![*address, user]).await?;
                shown_otherwise = true;
            }
            UserChange::NameChanged {}
            | UserChange::HandleChanged {}
            | UserChange::AddressMadePrimary { .. }
            | UserChange::AddressRemoved { .. } => shown_otherwise = true,
            UserChange::UserCreated {}
            | UserChange::ExternalIdSet { .. }
            | UserChange::IdentityLinked { .. }
            | UserChange::IdentityUnlinked { .. }
            | UserChange::TopRoleGained { .. }
            | UserChange::TopRoleLost { .. }
            | UserChange::UserSuspended {}
            | UserChange::UserReinstated {}
            // Erasing did it already.
            | UserChange::UserDeleted {} => {}
        }
    }
    if shown_otherwise && refresh(tx, user, None).await?.is_some() {
        tx.execute(&NOTE_STALE, &values![user, at]).await?;
    }
    Ok(())
}

/// Blanks every row of the person at once; of their words, what is left after this commit a job drops.
pub(crate) async fn erase(tx: &Tx, user: UserId, at: Timestamp) -> Result<(), Fault> {
    tx.execute(&ERASE_ROWS, &values![user]).await?;
    if refresh(tx, user, None).await?.is_some() {
        tx.execute(&NOTE_STALE, &values![user, at]).await?;
    }
    Ok(())
}

/// Refreshes some rows. Answers where it stopped, if there are more.
async fn refresh(tx: &Tx, user: UserId, after: Option<Place>) -> Result<Option<Place>, Fault> {
    let from = after.map_or([Uuid::nil(); 3], |place| [place.tenant.uuid(), Uuid::from_u128(place.scope.0), place.id]);
    let [tenant, scope, id] = from;
    let rows = tx.query(&LIST_ROWS, &values![user, tenant, scope, id, AT_ONCE + 1]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let person = people_of(tx, &[user]).await?.remove(&user).unwrap_or_default();
    let invited = Shown { handle: person.handle.clone(), ..Shown::default() };
    let mut places = Vec::new();
    for row in rows.iter().take(AT_ONCE) {
        let place = Place { tenant: row.id("tenant")?, scope: row.scope("scope")?, id: row.uuid("id")? };
        match row.int("kind")? {
            MEMBER => places.push((place, &person)),
            INVITATION => places.push((place, &invited)),
            _ => return Err(row.broken("kind", "is neither a member's nor an invitation's")),
        }
    }
    let touched = tx.execute_all(&places.iter().map(|(place, shown)| row::show(*place, shown)).collect::<Vec<_>>()).await?;
    let mut writes = Vec::new();
    for ((place, shown), _) in places.iter().zip(touched).filter(|(_, n)| *n == 1) {
        row::replace_terms(*place, shown, &mut writes);
    }
    tx.execute_all(&writes).await?;
    let last = places.last().map(|(place, _)| *place);
    Ok(last.filter(|_| rows.len() > AT_ONCE))
}

impl Store {
    /// Users whose rows a commit left to a job, the longest waiting first.
    pub async fn stale_directories(&self, n: u32) -> Result<Vec<UserId>, Fault> {
        self.db().query(&LIST_STALE, &values![n]).await?.iter().map(|row| row.id("user_id")).collect()
    }
    /// Refreshes all rows of a user, some in each transaction: a job's step, harmless when run again.
    pub async fn refresh_directory(&self, user: UserId) -> Result<(), Fault> {
        let now = self.now();
        let mut after: Option<Place> = None;
        loop {
            let from = after;
            after = self.db().write::<_, Fault, _>(move |tx| Box::pin(refresh(tx, user, from))).await?;
            if after.is_none() {
                break;
            }
        }
        self.db().execute(&FORGET_STALE, values![user, now]).await.map(drop)
    }
    /// Notes that the permit's actor was active in its scope: written at most once an hour, else only read.
    pub async fn note_activity<O: Op>(&self, permit: &Permit<O>) -> Result<(), Fault> {
        let (Some((tenant, scope)), Some(user)) = (permit.scope(), permit.actor().user()) else { return Ok(()) };
        let now = self.now();
        let Some(row) = self.db().query_one(&FIND_ACTIVE, &values![tenant, scope, user]).await? else { return Ok(()) };
        if now < Row::time(&row, "last_active_at")? + ACTIVE {
            return Ok(());
        }
        self.db().execute(&NOTE_ACTIVE, values![tenant, scope, user, now, now - ACTIVE]).await.map(drop)
    }
}
