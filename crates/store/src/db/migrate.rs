//! Migrations: numbered files, one per database, each run once in a transaction and harmless when run again.

use super::{Db, DbKind, Value, statements};
use crate::Fault;

/// One step of the schema.
#[derive(Debug)]
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal;)*) => {
        /// Every migration, in order. The list only grows.
        pub(crate) const MIGRATIONS: &[Migration] = &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../migrations/postgres/", $name, ".sql")),
        },)*];
    };
}
migrations! {
    1 "0001_streams";
    2 "0002_people";
}

statements! {
    LIST_APPLIED(migration) = "SELECT number FROM migration ORDER BY number";
    NOTE_APPLIED(migration) = "INSERT INTO migration (number, name) VALUES ($1, $2) ON CONFLICT (number) DO NOTHING";
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)";
const STRICT_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT";

impl Migration {
    pub(crate) fn text(&self, kind: DbKind) -> &'static str {
        match kind {
            DbKind::Sqlite => self.sqlite,
            DbKind::Postgres => self.postgres,
        }
    }
}

/// Runs what hasn't run. Refuses a database that a newer version has migrated.
pub(crate) async fn migrate(db: &Db) -> Result<(), Fault> {
    let table = match db.kind() {
        DbKind::Sqlite => STRICT_TABLE,
        DbKind::Postgres => TABLE,
    };
    db.script(table.to_owned()).await?;
    let applied = db.query(&LIST_APPLIED, &[]).await?;
    let applied = applied.iter().map(|row| row.int("number")).collect::<Result<Vec<_>, _>>()?;
    if let Some(unknown) = applied.iter().find(|number| !MIGRATIONS.iter().any(|migration| migration.number == **number)) {
        return Err(Fault::broken("migration", unknown, "comes from a newer version of guildhall; start that one"));
    }
    for migration in MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.number)) {
        db.script(migration.text(db.kind()).to_owned()).await?;
        db.execute(&NOTE_APPLIED, vec![Value::from(migration.number), Value::from(migration.name)]).await?;
    }
    Ok(())
}

/// How many migrations have run; 0 in a database that is new.
pub(crate) async fn n_applied(db: &Db) -> Result<usize, Fault> {
    match db.query(&LIST_APPLIED, &[]).await {
        Ok(rows) => Ok(rows.len()),
        // There is no table yet.
        Err(Fault::Statement { .. }) => Ok(0),
        Err(fault) => Err(fault),
    }
}
