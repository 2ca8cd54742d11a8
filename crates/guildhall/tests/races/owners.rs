//! Owners who act at the same moment.

use crate::{
    client::{Random, Request},
    harness::Someone,
    stage::{Stage, by},
    tally::Tally,
};
use guildhall_core::{StreamId, UserId};
use guildhall_store::{Store, testing::Guard};
use guildhall_testkit::Database;
use serde_json::json;

/// What an owner does, to themselves or to the other one.
fn act(random: &mut Random, organization: &str, who: &Someone, other: &Someone) -> Request {
    let members = format!("/v1/organizations/{organization}/members");
    let member = json!({ "roles": ["member"] });
    let request = match random.below(4) {
        0 => Request::new("POST", &format!("/v1/organizations/{organization}/leave")),
        1 => Request::new("PUT", &format!("{members}/{}/roles", who.id)).json(&member),
        2 => Request::new("PUT", &format!("{members}/{}/roles", other.id)).json(&member),
        _ => Request::new("DELETE", &format!("{members}/{}", other.id)),
    };
    by(who, request)
}

/// L-7: two owners leave, step down, demote or remove each other, at once.
pub async fn act_at_once(database: &Database, guard: Guard) -> Tally {
    let seed = Random::seed();
    let mut tally = Tally::new("L-7, two owners at once", guard, seed);
    let mut stage = Stage::start(database, "standard", guard, seed).await;
    while let Some(n) = tally.next() {
        let (org, ann, bob) = stage.two_owners(n).await;
        stage.both_know(&org, &ann);
        let requests = [act(&mut stage.random, &org, &ann, &bob), act(&mut stage.random, &org, &bob, &ann)];
        let [one, other] = stage.at_once(requests);
        let owners = stage.holders(&org, "owner").await;
        tally.note(&[&one, &other], owners.is_empty().then(|| "no owner remains".to_owned()));
    }
    sound(database, guard).await;
    tally
}

/// L-8: the only owner hands the organization to two people at once.
pub async fn transfer_at_once(database: &Database, guard: Guard) -> Tally {
    let seed = Random::seed();
    let mut tally = Tally::new("L-8, two transfers at once", guard, seed);
    let mut stage = Stage::start(database, "workjet", guard, seed).await;
    while let Some(n) = tally.next() {
        let ann = stage.server.person(&format!("ann{n}@example.com")).await;
        let org = stage.server.found(&ann, &format!("org-{n}")).await;
        let bob = stage.server.join(&ann, &org, &format!("bob{n}@example.com"), &["member"]).await;
        let cy = stage.server.join(&ann, &org, &format!("cy{n}@example.com"), &["member"]).await;
        stage.both_know(&org, &ann);
        let to = |heir: &Someone| by(&ann, Request::post(&format!("/v1/organizations/{org}/transfer"), &json!({ "to": heir.id })));
        let [one, other] = stage.at_once([to(&bob), to(&cy)]);
        let owners = stage.holders(&org, "owner").await;
        let heir = if one.is_ok() { &bob.id } else { &cy.id };
        let broken = match (owners.as_slice(), one.is_ok(), other.is_ok()) {
            ([owner], true, false) | ([owner], false, true) if owner == heir => None,
            (owners, _, _) => Some(format!("{} owners", owners.len())),
        };
        tally.note(&[&one, &other], broken);
    }
    sound(database, guard).await;
    tally
}

/// An owner leaves at one server while an operator suspends the account of the only other one at the other.
pub async fn leave_and_suspend(database: &Database, guard: Guard) -> Tally {
    let seed = Random::seed();
    let mut tally = Tally::new("an owner leaves, the other is suspended", guard, seed);
    let mut stage = Stage::start(database, "standard", guard, seed).await;
    while let Some(n) = tally.next() {
        let (org, ann, bob) = stage.two_owners(n).await;
        stage.both_know(&org, &ann);
        let leave = by(&ann, Request::new("POST", &format!("/v1/organizations/{org}/leave")));
        let suspend = stage.by_key(Request::new("POST", &format!("/v1/users/{}/suspend", bob.id)));
        let leaves_at_second = guard == Guard::Nothing || stage.random.below(2) == 1;
        let leaves_at = if leaves_at_second { stage.second.store() } else { stage.server.store() };
        remembers(leaves_at, bob.user()).await;
        let requests = if leaves_at_second { [suspend, leave] } else { [leave, suspend] };
        let [one, other] = stage.at_once(requests);
        let (suspended, left) = if leaves_at_second { (one, other) } else { (other, one) };
        let named = suspended.body()["without_owner"].as_array().is_some_and(|all| all.iter().any(|id| id == org.as_str()));
        assert!(suspended.is_ok(), "an operator is never refused: {} {}", suspended.status, suspended.text);
        let broken = (left.is_ok() && !named).then(|| "the organization was left to a suspended owner, and nobody was told".to_owned());
        tally.note(&[&left, &suspended], broken);
    }
    sound(database, guard).await;
    tally
}

/// The server has the person in memory, as it would from their last request.
async fn remembers(store: &Store, user: UserId) {
    drop(store.write::<(), _>(&[StreamId::User(user)], |_| Err(guildhall_core::Stop::NotFound)).await);
}

/// The log still says what the tables do.
pub async fn sound(database: &Database, guard: Guard) {
    if guard == Guard::Revision {
        let report = guildhall_store::verify::run(database.url()).await.unwrap();
        assert!(report.is_sound(), "{:#?}", report.problems);
    }
}
