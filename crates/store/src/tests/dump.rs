//! Everything that stands in a database, as text.

use crate::db::{Db, Statement, Value};

/// What a commit writes: state, log, claims, mail, personal data and the copies that lists read.
pub(crate) const TABLES: &[&str] = &[
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
    "outbox",
    "person",
    "identity",
    "directory",
    "directory_role",
    "directory_term",
    "directory_count",
];

/// A statement that only this test needs. Leaks a few bytes.
pub(crate) fn statement(text: &str) -> &'static Statement {
    Box::leak(Box::new(Statement::new("TEST", "test", Box::leak(text.to_owned().into_boxed_str()))))
}

pub(crate) async fn dump(db: &Db) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        for row in db.query(statement(&format!("SELECT * FROM {table}")), &[]).await.unwrap() {
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
