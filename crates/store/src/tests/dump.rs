//! Everything that stands in a database, as text.

use crate::db::{Db, DbKind, MIGRATIONS, Statement, Value};
use futures_util::future::join_all;

/// Every table, but for `migration`.
pub(crate) const TABLES: &[&str] = &[
    "meta",
    "model_text",
    "stream",
    "change_log",
    "claim",
    "organization",
    "organization_past",
    "membership",
    "membership_past",
    "membership_role",
    "membership_role_past",
    "removed",
    "invitation",
    "invitation_past",
    "invitation_grant",
    "invitation_grant_past",
    "user_account",
    "user_address",
    "user_identity",
    "top_role",
    "event",
    "outbox",
    "address",
    "person",
    "identity",
    "directory",
    "directory_role",
    "directory_term",
    "directory_count",
    "directory_stale",
    "session",
    "sign_in",
    "provider_flow",
    "service_key",
    "service_key_scope",
    "limit_window",
    "idempotent_answer",
    "operator",
    "operator_link",
    "unwanted",
];

/// A statement that only this test needs. Leaks a few bytes.
pub(crate) fn statement(text: &str) -> &'static Statement {
    Box::leak(Box::new(Statement::new("TEST", "test", Box::leak(text.to_owned().into_boxed_str()))))
}

pub(crate) async fn dump(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    let read = TABLES.iter().map(|table| db.query(statement(&format!("SELECT * FROM {table}")), &[]));
    for (table, rows) in TABLES.iter().zip(join_all(read).await) {
        for row in rows.unwrap() {
            let values: Vec<String> = row.cells().map(|(column, value)| format!("{column}={}", show(value))).collect();
            all.push(format!("{table}: {}", values.join(" ")));
        }
    }
    all.sort();
    all
}

fn show(value: &Value) -> String {
    match value {
        Value::Id(id) => format!("{:?}", id.as_bytes()),
        Value::Bytes(bytes) => format!("{bytes:?}"),
        Value::Null | Value::Int(_) | Value::Text(_) => format!("{value:?}"),
    }
}

#[test]
fn a_dump_holds_every_table() {
    let made = |line: &'static str| line.strip_prefix("CREATE TABLE IF NOT EXISTS ")?.split_whitespace().next();
    let made: Vec<&str> = MIGRATIONS.iter().flat_map(|migration| migration.text(DbKind::Sqlite).lines().filter_map(made)).collect();
    assert_eq!(made, TABLES);
}
