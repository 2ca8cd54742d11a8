//! Decisions over HTTP beside an empty route of the same server, and ten thousand invitations in one request.

use crate::{
    client::{Client, Request},
    line, table,
    town::{self, Broken, Town},
};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// Who asks at once, each on a thread and a connection of its own.
const ASKERS: usize = 8;
const LASTS: Duration = Duration::from_secs(3);
const INVITED: usize = 10_000;

pub(crate) fn decisions() -> Result<(), Broken> {
    let folder = tempfile::tempdir()?;
    let town = Town::start(&format!("sqlite://{}", folder.path().join("guildhall.db").display()))?;
    let (ann, place) = town.runtime.block_on(async {
        let store = town.app.store();
        let ann = town::person(store, "ann@example.com").await?;
        Ok::<_, Broken>((ann, town::found(store, ann, "north-wind").await?))
    })?;
    let action = town.app.model().permissions.first().map(|permission| permission.key.to_string()).unwrap_or_default();
    let one = json!({
        "subject": { "type": "user", "id": ann.to_string() },
        "action": { "name": action },
        "resource": { "type": "organization", "id": place.to_string() },
    });
    let mut many = one.clone();
    if let Some(map) = many.as_object_mut() {
        map.insert("evaluations".to_owned(), Value::Array(vec![json!({}); 100]));
    }
    let asked = |body: &Value| Request::post("/v1/decisions", body).bearer(&town.key);
    let (empty, one, many) = (Request::get("/healthz"), asked(&one), asked(&many));
    // Each in turn, twice: what else the machine does is shared out.
    let (mut rates, rounds) = ([0.0; 3], 2.0);
    for _ in 0..2 {
        for (rate, request) in rates.iter_mut().zip([&empty, &one, &many]) {
            *rate += load(&town, request)? / rounds;
        }
    }
    let [empty, one, many] = rates;
    println!("{ASKERS} connections, the client in the same process on the same cores\n");
    table();
    line("an empty route, requests a second", &format!("{empty:.0}"), "");
    line("`POST /v1/decisions`, requests a second", &format!("{one:.0}, {:.0} % of that", 100.0 * one / empty), "50 %");
    line("a batch of 100, decisions a second", &format!("{:.0}", many * 100.0), "");
    Ok(())
}

fn load(town: &Town, request: &Request) -> Result<f64, Broken> {
    let bytes = request.bytes(town.address);
    let (begun, n) = (Instant::now(), AtomicU64::new(0));
    let ask = || -> Result<(), String> {
        let mut client = Client::new(town.address);
        while begun.elapsed() < LASTS {
            let reply = client.send_bytes(&bytes).map_err(|error| error.to_string())?;
            if !reply.is_ok() {
                return Err(format!("{} {}", reply.status, reply.text));
            }
            n.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    std::thread::scope(|threads| {
        let asking: Vec<_> = (0..ASKERS).map(|_| threads.spawn(ask)).collect();
        asking.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| Err("a thread stopped".to_owned())))
    })?;
    #[expect(clippy::cast_precision_loss, reason = "counts are small")]
    let n = n.into_inner() as f64;
    Ok(n / begun.elapsed().as_secs_f64())
}

pub(crate) fn invitations() -> Result<(), Broken> {
    let folder = tempfile::tempdir()?;
    let town = Town::start(&format!("sqlite://{}", folder.path().join("guildhall.db").display()))?;
    let place = town.runtime.block_on(async {
        let ann = town::person(town.app.store(), "ann@example.com").await?;
        town::found(town.app.store(), ann, "north-wind").await
    })?;
    let rows: Vec<Value> = (0..INVITED).map(|n| json!({ "to": format!("person{n}@example.com") })).collect();
    let request = Request::post(&format!("/v1/organizations/{place}/invitations/batch"), &json!({ "invitations": rows }));
    let before = resident()?;
    let begun = Instant::now();
    let answer = town.ask(&mut town.client(), request)?.body();
    let took = begun.elapsed().as_secs_f64();
    let invited = answer
        .get("results")
        .and_then(Value::as_array)
        .map_or(0, |all| all.iter().filter(|row| row.get("outcome").and_then(Value::as_str) == Some("invited")).count());
    table();
    line(&format!("{INVITED} invitations in one request, {invited} invited"), &format!("{took:.2} s"), "5 s");
    line("memory it added, with the request and its answer in the same process", &format!("{:.0} MB", resident()? - before), "bounded");
    Ok(())
}

/// Megabytes this process has in memory.
fn resident() -> Result<f64, Broken> {
    crate::size::resident("self")
}
