//! Durable changes a second: 64 writers, each in a tenant of its own; on Postgres beside its bare transactions.

use crate::{
    line, table,
    town::{self, Broken, words},
};
use guildhall_core::{OrganizationId, UserId, organization, text::Name};
use guildhall_store::{Options, Store};
use guildhall_testkit::postgres::{Cluster, Durability};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

const WRITERS: usize = 64;
/// Connections of the bare transactions: as many as the store has.
const CONNECTIONS: usize = 16;
const LASTS: Duration = Duration::from_secs(5);

pub(crate) fn run() -> Result<(), Broken> {
    let folder = tempfile::tempdir()?;
    let file = format!("sqlite://{}", folder.path().join("guildhall.db").display());
    table();
    let sqlite = Runtime::new()?.block_on(changes(&file))?;
    line("SQLite, durable changes a second", &format!("{sqlite:.0}"), "5,000");
    let cluster = Cluster::start(Durability::On)?;
    let (bare, ours, after) = Runtime::new()?.block_on(async {
        let bare = transactions(cluster.url()).await?;
        let ours = changes(cluster.url()).await?;
        Ok::<_, Broken>((bare, ours, transactions(cluster.url()).await?))
    })?;
    let bare = f64::midpoint(bare, after);
    line("Postgres, bare transactions a second (before and after)", &format!("{bare:.0}"), "");
    line("Postgres, durable changes a second", &format!("{ours:.0}"), "");
    line("Postgres, changes for each bare transaction", &format!("{:.0} %", 100.0 * ours / bare), "60 %");
    Ok(())
}

fn rate(n: u64, begun: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let n = n as f64;
    n / begun.elapsed().as_secs_f64()
}

async fn changes(url: &str) -> Result<f64, Broken> {
    let store = Store::open(Options::new(url, town::model()?)).await?;
    let mut places = Vec::new();
    for n in 0..WRITERS {
        let ann = town::person(&store, &format!("ann{n}@example.com")).await?;
        places.push((town::found(&store, ann, &format!("org-{n}")).await?, ann));
    }
    let begun = Instant::now();
    let writers: Vec<_> = places.into_iter().map(|(place, ann)| tokio::spawn(writer(store.clone(), place, ann, begun))).collect();
    let mut all = 0;
    for writer in writers {
        all += writer.await??;
    }
    let rate = rate(all, begun);
    store.close().await;
    Ok(rate)
}

async fn writer(store: Store, place: OrganizationId, ann: UserId, begun: Instant) -> Result<u64, Broken> {
    let who = town::principal(&store, ann)?;
    let mut n = 0;
    while begun.elapsed() < LASTS {
        n += 1;
        let update = organization::Update { name: Some(Name::parse(&format!("Name {n}")).map_err(words)?), slug: None, external_id: None };
        let rename = |world: &guildhall_core::World<'_>| {
            organization::update(world, world.sight(place)?.permit(&who, place.scope())?, update.clone(), None)
        };
        store.write(&[], rename).await.map_err(words)?;
    }
    Ok(n)
}

/// A row updated and a row of a change's size added, each transaction alone: what Postgres does here at its best.
async fn transactions(url: &str) -> Result<f64, Broken> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE IF NOT EXISTS bare (id INT PRIMARY KEY, n BIGINT); CREATE TABLE IF NOT EXISTS bare_log (id INT, n BIGINT, body BYTEA, PRIMARY KEY (id, n)); TRUNCATE bare, bare_log").await?;
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for id in 0..CONNECTIONS {
        tasks.push(tokio::spawn(one_after_another(url.to_owned(), i32::try_from(id)?, begun)));
    }
    let mut all = 0;
    for task in tasks {
        all += task.await??;
    }
    Ok(rate(all, begun))
}

type Parameter<'a> = &'a (dyn tokio_postgres::types::ToSql + Sync);

async fn one_after_another(url: String, id: i32, begun: Instant) -> Result<u64, Broken> {
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await?;
    tokio::spawn(connection);
    client.execute("INSERT INTO bare VALUES ($1, 0)", &[&id]).await?;
    let update = client.prepare("UPDATE bare SET n = n + 1 WHERE id = $1 AND n = $2").await?;
    let append = client.prepare("INSERT INTO bare_log VALUES ($1, $2, $3)").await?;
    let body = vec![7_u8; 400];
    let mut n: i64 = 0;
    while begun.elapsed() < LASTS {
        client.batch_execute("BEGIN").await?;
        let (moved, logged): ([Parameter<'_>; 2], [Parameter<'_>; 3]) = ([&id, &n], [&id, &n, &body]);
        let (updated, appended) = tokio::join!(client.execute(&update, &moved), client.execute(&append, &logged));
        updated?;
        appended?;
        client.batch_execute("COMMIT").await?;
        n += 1;
    }
    Ok(u64::try_from(n)?)
}
