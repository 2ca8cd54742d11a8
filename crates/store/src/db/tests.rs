//! The database layer on both databases.

use super::*;
use guildhall_core::{TenantId, Timestamp};
use guildhall_testkit::{
    Database, both_databases,
    postgres::{Cluster, Durability},
};
use std::collections::BTreeSet;

statements! {
    SCHEMA_SQLITE(sqlite_schema) = "SELECT name, coalesce(sql, '') AS text FROM sqlite_schema ORDER BY name";
    SCHEMA_POSTGRES(columns) = "SELECT table_name || '.' || column_name AS name,
        data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '') AS text
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1";
    INDEXES_POSTGRES(pg_indexes) = "SELECT indexname AS name, indexdef AS text FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
    PUT(claim) = "INSERT INTO claim (kind, key, holder, free_at) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, key)
        DO UPDATE SET holder = $3, free_at = $4 WHERE claim.free_at <= $5 RETURNING holder, free_at, kind";
    COUNT(claim) = "SELECT count(*) AS n FROM claim";
    RAISE(test) = "SELECT raise($1) AS n";
    MY_PID(test) = "SELECT CAST(pg_backend_pid() AS BIGINT) AS pid";
    AUTHORITY(test) = "SELECT pg_read_file('authority.crt') AS text";
    SPEAKS_TLS(test) = "SELECT CAST(CAST(ssl AS INT) AS BIGINT) AS n FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    KILL(test) = "SELECT pg_terminate_backend(CAST($1 AS INT))";
}

/// Whoever writes statements in a new file and forgets to list it is told here.
#[test]
fn every_file_of_statements_is_listed() {
    fn count(folder: &std::path::Path, n: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                count(&path, n);
            } else if !path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("tests")) {
                let text = std::fs::read_to_string(&path).unwrap();
                *n += text.lines().filter(|line| line.trim() == "statements! {" || line.trim() == "tables! { TABLES {").count();
            }
        }
    }
    let mut n = 0;
    count(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut n);
    // One of those counted is the body of the macro `tables!` itself.
    assert_eq!(crate::sql::REGISTRY.len(), n - 1);
}

async fn schema(db: &Db) -> Vec<(String, String)> {
    let statements: &[&'static Statement] = match db.kind() {
        DbKind::Sqlite => &[&SCHEMA_SQLITE],
        DbKind::Postgres => &[&SCHEMA_POSTGRES, &INDEXES_POSTGRES],
    };
    let mut all = Vec::new();
    for statement in statements {
        for row in db.query(statement, &[]).await.unwrap() {
            all.push((row.text("name").unwrap(), row.text("text").unwrap()));
        }
    }
    all
}

fn put(holder: u128, free_at: Option<i64>, now: i64) -> Vec<Value> {
    let holder = TenantId::from_u128(holder);
    vec!["slug".into(), "north".into(), holder.into(), free_at.map(Timestamp).into(), now.into()]
}

both_databases! {
    async fn every_statement_is_taken(database) {
        let db = Db::connect(database.url()).await.unwrap();
        migrate(&db).await.unwrap();
        let mut names = BTreeSet::new();
        let mut refused = Vec::new();
        for statement in crate::sql::REGISTRY.iter().copied().flatten() {
            names.insert(statement.name);
            if let Err(fault) = db.prepare(statement).await {
                refused.push(format!("{}: {fault}", statement.table));
            }
        }
        assert!(refused.is_empty(), "{}", refused.join("\n"));
        assert!(names.len() > 1);
    }

    async fn each_migration_is_harmless_when_run_again(database) {
        let db = Db::connect(database.url()).await.unwrap();
        migrate(&db).await.unwrap();
        let fresh = schema(&db).await;
        assert!(fresh.iter().any(|(name, _)| name.starts_with("change_log")));
        for migration in MIGRATIONS {
            db.script(migration.text(db.kind()).to_owned()).await.unwrap();
        }
        migrate(&db).await.unwrap();
        assert_eq!(schema(&db).await, fresh);
        if db.kind() == DbKind::Postgres {
            let foreign = fresh.iter().find(|(name, text)| text.starts_with("text ") && !text.ends_with(" C") && !name.starts_with("migration."));
            assert_eq!(foreign, None, "a text column without COLLATE \"C\"");
        }
    }

    async fn a_write_is_all_or_nothing(database) {
        let db = Db::connect(database.url()).await.unwrap();
        migrate(&db).await.unwrap();
        let rows = db.execute_returning(&PUT, put(7, Some(10), 0)).await.unwrap();
        assert_eq!(rows[0].id::<guildhall_core::id::OrganizationKind>("holder").unwrap(), TenantId::from_u128(7));
        assert_eq!(rows[0].opt("free_at", Row::time).unwrap(), Some(Timestamp(10)));
        assert!(rows[0].int("kind").unwrap_err().to_string().contains("table `claim`, row `00000000-0000-0000-0000-000000000007`: column `kind`"));
        // Not free yet; then free.
        assert!(db.execute_returning(&PUT, put(8, None, 9)).await.unwrap().is_empty());
        assert!(db.execute_returning(&PUT, put(8, None, 10)).await.unwrap()[0].is_null("free_at").unwrap());
        let undone: Result<(), Fault> = db
            .write(|tx| {
                Box::pin(async move {
                    let one = vec!["handle".into(), "ann".into(), TenantId::from_u128(1).into(), Value::Null, 0_i64.into()];
                    assert_eq!(tx.execute_all(&[(&PUT, one)]).await?, [1]);
                    Err(Fault::Closed)
                })
            })
            .await;
        assert_eq!(undone, Err(Fault::Closed));
        assert_eq!(db.query(&COUNT, &[]).await.unwrap()[0].u64("n").unwrap(), 1);
        assert_eq!(db.query_long(&COUNT, vec![]).await.unwrap().len(), 1);
    }

    async fn many_write_at_once_and_each_hears_its_own_outcome(database) {
        let db = Db::connect(database.url()).await.unwrap();
        migrate(&db).await.unwrap();
        let mut tasks = Vec::new();
        for n in 0..64_i64 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                db.write(move |tx| {
                    Box::pin(async move {
                        let key = format!("key-{n}");
                        tx.execute(&PUT, &["slug".into(), key.into(), TenantId::from_u128(1).into(), Value::Null, 0_i64.into()]).await?;
                        if n % 2 == 0 { Ok(n) } else { Err(Fault::Contended { tries: 1 }) }
                    })
                })
                .await
            }));
        }
        for (n, task) in tasks.into_iter().enumerate() {
            let told: Result<i64, Fault> = task.await.unwrap();
            assert_eq!(told.is_ok(), n % 2 == 0);
        }
        assert_eq!(db.query(&COUNT, &[]).await.unwrap()[0].u64("n").unwrap(), 32);
    }
}

/// On Postgres only: SQLite has one writer, so nobody stands in anybody's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_stood_in_anothers_way_is_tried_again_whole() {
    let database = Database::postgres();
    let db = Db::connect(database.url()).await.unwrap();
    let raise = "CREATE FUNCTION raise(n BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
        BEGIN IF n < 3 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; RETURN n; END $$";
    db.script(raise.to_owned()).await.unwrap();
    let tries = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let asked = Arc::clone(&tries);
    let done: Result<i64, Fault> = db
        .write(move |tx| {
            let n = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
            Box::pin(async move { tx.query(&RAISE, &[n.into()]).await?[0].int("n") })
        })
        .await;
    assert_eq!(done.unwrap(), 3);
}

/// On Postgres only: SQLite has no connection to lose.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_before_the_commit_is_told() {
    let database = Database::postgres();
    let db = Db::connect(database.url()).await.unwrap();
    let killer = db.clone();
    let lost: Result<(), Fault> = db
        .write(move |tx| {
            let killer = killer.clone();
            Box::pin(async move {
                let pid = tx.query(&MY_PID, &[]).await?[0].int("pid")?;
                killer.query(&KILL, &[pid.into()]).await.map(drop)
            })
        })
        .await;
    assert_eq!(lost, Err(Fault::Unknown));
    assert_eq!(db.query(&MY_PID, &[]).await.unwrap().len(), 1, "the pool goes on");
}

/// Over TLS to who asks for it; never without knowing the server's authority.
#[tokio::test]
async fn postgres_is_spoken_to_over_tls() {
    let cluster = Cluster::start(Durability::Off).unwrap();
    let plain = Db::connect(cluster.url()).await.unwrap();
    assert_eq!(plain.query(&SPEAKS_TLS, &[]).await.unwrap()[0].int("n"), Ok(0), "not within the machine, unasked");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), plain.query(&AUTHORITY, &[]).await.unwrap()[0].text("text").unwrap()).unwrap();
    let trusting = format!("sslrootcert={}", file.path().display());
    for query in [trusting.clone(), format!("sslmode=require&{trusting}"), format!("{trusting}&sslmode=verify-full")] {
        let db = Db::connect(&format!("{}?{query}", cluster.url())).await.unwrap();
        assert_eq!(db.query(&SPEAKS_TLS, &[]).await.unwrap()[0].int("n"), Ok(1), "{query}");
        LockConnection::open(&format!("{}?{query}", cluster.url())).await.unwrap();
    }
    for (query, why) in [
        ("sslmode=require", "add `sslrootcert=FILE`"),
        ("sslmode=prefer", "add `sslrootcert=FILE`"),
        ("sslmode=perhaps", "unknown word `perhaps` for `sslmode`"),
        ("sslrootcert=/nowhere/ca.pem", "`sslrootcert`: `/nowhere/ca.pem`"),
    ] {
        let Err(Fault::Away(said)) = Db::connect(&format!("{}?{query}", cluster.url())).await else { panic!("{query}") };
        assert!(said.contains(why), "{query}: {said}");
    }
    let named = format!("{}?{trusting}", cluster.url().replace("127.0.0.1", "localhost"));
    let Err(Fault::Away(said)) = Db::connect(&named).await else { panic!("its certificate is not for `localhost`") };
    assert!(said.contains("certificate"), "{said}");
}
