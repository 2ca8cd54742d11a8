//! The tables of state beside what the log makes of them, row by row and column by column.

use super::{
    Problem, Report,
    chain::{key_text, plain},
};
use crate::{
    Fault,
    db::{Db, Row, Scratch, Statement, Value, statements},
    log,
    sql::{erase::unfinished, state::values},
};
use guildhall_core::{StreamId, Timestamp};
use std::collections::BTreeMap;

/// A table whose rows belong to streams.
struct Table {
    name: &'static str,
    /// The columns that name a row; the first is the stream.
    key: &'static [&'static str],
    rows: &'static Statement,
    /// Rows of streams that aren't there.
    strays: &'static Statement,
}

macro_rules! tables {
    ($list:ident { $($rows:ident, $strays:ident, $table:ident, $first:ident $(, $key:ident)*;)* }) => {
        statements! {
            $($rows($table) = concat!("SELECT * FROM ", stringify!($table), " WHERE ", stringify!($first), " = $1");
            $strays($table) = concat!("SELECT DISTINCT ", stringify!($first), " AS stream FROM ", stringify!($table),
                " t WHERE NOT EXISTS (SELECT 1 FROM stream s WHERE s.id = t.", stringify!($first), ")
                AND t.", stringify!($first), " NOT IN ", unfinished!(), " LIMIT 1000");)*
        }
        const $list: &[Table] = &[$(Table {
            name: stringify!($table), key: &[stringify!($first) $(, stringify!($key))*], rows: &$rows, strays: &$strays,
        }),*];
    };
}

mod tenants {
    use super::{Statement, Table, statements, unfinished};
    tables! { TABLES {
        ORGANIZATION, ORGANIZATION_STRAYS, organization, tenant, id;
        ORGANIZATION_PAST, ORGANIZATION_PAST_STRAYS, organization_past, tenant, id, from_revision;
        MEMBERSHIP, MEMBERSHIP_STRAYS, membership, tenant, scope, user_id;
        MEMBERSHIP_PAST, MEMBERSHIP_PAST_STRAYS, membership_past, tenant, scope, user_id, from_revision;
        ROLE, ROLE_STRAYS, membership_role, tenant, scope, user_id, role;
        ROLE_PAST, ROLE_PAST_STRAYS, membership_role_past, tenant, scope, user_id, role, from_revision;
        REMOVED, REMOVED_STRAYS, removed, tenant, user_id;
        INVITATION, INVITATION_STRAYS, invitation, tenant, id;
        INVITATION_PAST, INVITATION_PAST_STRAYS, invitation_past, tenant, id, from_revision;
        GRANT, GRANT_STRAYS, invitation_grant, tenant, invitation, position;
        GRANT_PAST, GRANT_PAST_STRAYS, invitation_grant_past, tenant, invitation, position, from_revision;
    } }
    pub(super) static STATEMENTS: &[&Statement] = ALL;
    pub(super) const OF_TENANTS: &[Table] = TABLES;
}

mod users {
    use super::{Statement, Table, statements, unfinished};
    tables! { TABLES {
        ACCOUNT, ACCOUNT_STRAYS, user_account, id;
        ADDRESS, ADDRESS_STRAYS, user_address, user_id, address;
        IDENTITY, IDENTITY_STRAYS, user_identity, user_id, identity;
        TOP_ROLE, TOP_ROLE_STRAYS, top_role, user_id, organization;
    } }
    pub(super) static STATEMENTS: &[&Statement] = ALL;
    pub(super) const OF_USERS: &[Table] = TABLES;
}

/// Every statement of this file.
pub(crate) static ALL: [&[&Statement]; 2] = [tenants::STATEMENTS, users::STATEMENTS];

pub(super) async fn compare(db: &Db, scratch: &Scratch, stream: StreamId, report: &mut Report) -> Result<(), Fault> {
    let id = log::uuid_of(stream);
    let tables = match stream {
        StreamId::Tenant(_) => tenants::OF_TENANTS,
        StreamId::User(_) => users::OF_USERS,
    };
    for table in tables {
        let found = db.query_long(table.rows, vec![id.into()]).await?;
        let mut expected = keyed(table, &scratch.query(table.rows, &[id.into()])?);
        for (key, row) in keyed(table, &found) {
            match expected.remove(&key) {
                Some(should) => row_by_row(table, &key, &should, &row, report),
                None => report.add(whole(table, &key, "nothing", "a row")),
            }
        }
        for key in expected.keys() {
            report.add(whole(table, key, "a row", "nothing"));
        }
    }
    Ok(())
}

/// Rows that belong to no stream, nor to an organization that is being erased.
pub(super) async fn strays(db: &Db, now: Timestamp, report: &mut Report) -> Result<(), Fault> {
    for table in tenants::OF_TENANTS.iter().chain(users::OF_USERS) {
        for row in db.query_long(table.strays, values![now]).await? {
            let id = row.uuid("stream")?.to_string();
            let column = table.key.first().copied().unwrap_or_default().to_owned();
            report.add(Problem { table: table.name, id, column, expected: "a stream of that id".into(), found: "nothing".into() });
        }
    }
    Ok(())
}

type Cells = BTreeMap<String, Value>;

fn keyed(table: &Table, rows: &[Row]) -> BTreeMap<String, Cells> {
    let cells = |row: &Row| -> Cells { row.cells().map(|(column, value)| (column.to_owned(), plain(value))).collect() };
    let key =
        |cells: &Cells| key_text(&table.key.iter().map(|column| cells.get(*column).cloned().unwrap_or(Value::Null)).collect::<Vec<_>>());
    rows.iter().map(cells).map(|cells| (key(&cells), cells)).collect()
}

fn row_by_row(table: &Table, key: &str, expected: &Cells, found: &Cells, report: &mut Report) {
    for (column, value) in expected {
        report.expect(table.name, || key.to_owned(), column, value, found.get(column).unwrap_or(&Value::Null));
    }
}

fn whole(table: &Table, key: &str, expected: &str, found: &str) -> Problem {
    let column = table.key.last().copied().unwrap_or_default().to_owned();
    Problem { table: table.name, id: key.to_owned(), column, expected: expected.to_owned(), found: found.to_owned() }
}
