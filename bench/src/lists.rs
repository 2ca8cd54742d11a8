//! Pages and searches of a hundred thousand members on SQLite, over HTTP: what is measured includes the request.

use crate::{
    client::{Client, Request},
    line, table,
    town::{self, Broken, Town, words},
};
use guildhall_access::model::InviteBy;
use guildhall_core::{
    OrganizationId, Permit, StreamId, UserId, World,
    account::{self, Birth},
    change::Invitee,
    invitation::{self, Invited, Joining, Row},
    permit::Place,
    text::{Address, Name},
};
use guildhall_store::Store;
use std::time::Instant;

/// Members, where `GUILDHALL_BENCH_MEMBERS` doesn't say how many.
const MEMBERS: usize = 100_000;
const ROUNDS: usize = 200;
const GIVEN: [&str; 20] = [
    "Ada", "Bela", "Chidi", "Dora", "Emil", "Farah", "Goran", "Hana", "Ines", "Jonas", "Kemal", "Lena", "Mila", "Noor", "Olga", "Pavel",
    "Quinn", "Rosa", "Sven", "Tara",
];
const FAMILY: [&str; 20] = [
    "Adler", "Berg", "Costa", "Diaz", "Eriksen", "Fischer", "Gruber", "Haas", "Ivanov", "Jensen", "Kaya", "Lang", "Moreau", "Novak",
    "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Weber",
];

pub(crate) fn run() -> Result<(), Broken> {
    let members = crate::client::number("GUILDHALL_BENCH_MEMBERS", MEMBERS);
    // Only reading is measured: where there is a file system in memory, filling is quicker there.
    let fast = std::path::Path::new("/dev/shm");
    let folder = if fast.is_dir() { tempfile::tempdir_in(fast)? } else { tempfile::tempdir()? };
    let town = Town::start(&format!("sqlite://{}", folder.path().join("guildhall.db").display()))?;
    let begun = Instant::now();
    let organization = town.runtime.block_on(fill(town.app.store(), members))?;
    println!(
        "{members} members, made in {:.0} s; medians of {ROUNDS} requests, each with its way over loopback\n",
        begun.elapsed().as_secs_f64()
    );
    let base = format!("/v1/organizations/{organization}/members");
    let mut client = town.client();
    let first = format!("{base}?sort=name&limit=50");
    let deep = page(&town, &mut client, &first, members / 50)?;
    table();
    let plain = time(&town, &mut client, "/healthz")?;
    line("an empty route, for comparison", &ms(plain), "");
    let near = time(&town, &mut client, &first)?;
    line("a page of 50, sorted by name", &ms(near), "3 ms in the server");
    line("the same page by role", &ms(time(&town, &mut client, &format!("{base}?sort=role&limit=50"))?), "");
    for word in ["tan", "ada tan", "person777"] {
        let path = format!("{base}?search={}&limit=50", word.replace(' ', "%20"));
        line(&format!("a search for `{word}`"), &ms(time(&town, &mut client, &path)?), "3 ms in the server");
    }
    let far = time(&town, &mut client, &deep.0)?;
    line(&format!("page {} by name", deep.1), &format!("{}, {:.2} × the first", ms(far), far / near), "1 ×");
    Ok(())
}

fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

/// The address of the page before the last, found by going there.
fn page(town: &Town, client: &mut Client, first: &str, pages: usize) -> Result<(String, usize), Broken> {
    let (mut path, mut n) = (first.to_owned(), 1);
    while n + 1 < pages {
        let reply = town.ask(client, Request::get(&path))?.body();
        let Some(next) = reply.get("next").and_then(serde_json::Value::as_str) else { break };
        path = format!("{first}&after={next}");
        n += 1;
    }
    Ok((path, n))
}

fn time(town: &Town, client: &mut Client, path: &str) -> Result<f64, Broken> {
    let mut all = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        town.ask(client, Request::get(path))?;
        all.push(begun.elapsed().as_secs_f64());
    }
    all.sort_by(f64::total_cmp);
    all.get(ROUNDS / 2).copied().ok_or_else(|| "nothing was measured".into())
}

/// Everybody is made, invited and joins by the real commands.
async fn fill(store: &Store, members: usize) -> Result<OrganizationId, Broken> {
    let ann = town::person(store, "ann@example.com").await?;
    let organization = town::found(store, ann, "north-wind").await?;
    for from in (0..members).step_by(10_000) {
        let people = born(store, from..members.min(from + 10_000)).await?;
        let who = town::principal(store, ann)?;
        let rows: Vec<Row> = people.iter().map(|user| Row { invitee: Invitee::User(*user), holder: None, roles: None }).collect();
        let invite = |world: &World<'_>| {
            invitation::invite(world, world.sight(organization)?.permit(&who, organization.scope())?, None, InviteBy::Handle, &rows)
        };
        let invited = store.write(&[], invite).await.map_err(words)?.value;
        for (user, invited) in people.into_iter().zip(invited) {
            let id = invited.map(Invited::id).map_err(words)?;
            let who = town::principal(store, user)?;
            let accept = |world: &World<'_>| invitation::accept(world, Permit::invited(&who, organization)?, id, &Joining::User);
            store.write(&[StreamId::User(user)], accept).await.map_err(words)?;
        }
    }
    Ok(organization)
}

async fn born(store: &Store, people: std::ops::Range<usize>) -> Result<Vec<UserId>, Broken> {
    let addresses: Vec<Address> = people.clone().filter_map(|n| Address::parse(&format!("person{n}@example.com")).ok()).collect();
    let ids = store.intern_addresses(&addresses).await?;
    let mut tasks = Vec::new();
    for (n, address) in people.zip(ids) {
        let called = |from: &[&'static str], n: usize| from.get(n % from.len()).copied().unwrap_or_default();
        let name = format!("{} {}", called(&GIVEN, n), called(&FAMILY, n / GIVEN.len()));
        let birth = Birth { address: Some(address), provider: None, name: Some(Name::parse(&name).map_err(words)?), external_id: None };
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let create = move |world: &World<'_>| account::create(world, Permit::system("a measurement", Place::Deployment), birth.clone());
            store.write(&[], create).await.map(|done| done.value)
        }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        all.push(task.await?.map_err(words)?);
    }
    Ok(all)
}
