//! What can be used once, used twice at once.

use crate::{
    client::{Random, Reply, Request},
    harness::BASE,
    owners::sound,
    stage::{Stage, by},
    tally::Tally,
};
use guildhall_core::{
    id::SignInKind,
    link::{self, LinkKind},
};
use guildhall_store::testing::Guard;
use guildhall_testkit::Database;
use serde_json::json;

/// Accepted twice by its link, or accepted while it is revoked: one of the two.
pub async fn invitation(database: &Database, guard: Guard) -> Tally {
    let seed = Random::seed();
    let mut tally = Tally::new("single use of an invitation", guard, seed);
    let mut stage = Stage::start(database, "standard", guard, seed).await;
    let ann = stage.server.person("ann@example.com").await;
    while let Some(n) = tally.next() {
        if n % 50 == 0 {
            // An organization of hundreds would only be slow.
            stage.server.found(&ann, &format!("org-{n}")).await;
        }
        let org =
            ann.get(&format!("/v1/organizations?slug=org-{}", n / 50 * 50)).await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        let address = format!("new{n}@example.com");
        let invitation = stage.server.invite(&ann, &org, &address, &[]).await;
        stage.both_know(&org, &ann);
        let token = json!({ "token": stage.server.link(&invitation), "name": "Somebody new" });
        let accept = Request::post("/v1/invitations/accept", &token);
        let revoke = by(&ann, Request::new("DELETE", &format!("/v1/organizations/{org}/invitations/{invitation}")));
        let twice = guard == Guard::Revision && stage.random.below(2) == 0;
        let [one, other] = if twice { stage.at_once([accept.clone(), accept]) } else { stage.at_once([revoke, accept]) };
        let joined = stage.members(&org).await.iter().any(|row| row["address"] == address.as_str());
        let accepted = other.is_ok() || (twice && one.is_ok());
        let broken = if one.is_ok() == other.is_ok() {
            Some("not one of the two".to_owned())
        } else if joined != accepted {
            Some(format!("accepted: {accepted}, a member: {joined}"))
        } else {
            None
        };
        tally.note(&[&one, &other], broken);
    }
    sound(database, guard).await;
    tally
}

fn cookies(reply: &Reply) -> String {
    let set: Vec<&str> = reply.all("set-cookie").filter_map(|cookie| cookie.split(';').next()).collect();
    set.join("; ")
}

fn form_token(page: &str) -> String {
    let field = page.split("name=\"form_token\"").nth(1).unwrap_or_else(|| panic!("a form with its token in {page}"));
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// A code typed twice at once, or typed while its link is used: one session.
pub async fn sign_in(database: &Database, guard: Guard) -> Tally {
    let seed = Random::seed();
    let mut tally = Tally::new("single use of a sign-in code", guard, seed);
    let mut stage = Stage::start(database, "standard", guard, seed).await;
    stage.server.person("ann@example.com").await;
    while tally.next().is_some() {
        let page = stage.send(0, &Request::get("/sign-in"));
        let (browser, token) = (cookies(&page), form_token(&page.text));
        let from_page = |path: &str, form: String, cookies: &str| Request::new("POST", path).cookie(cookies, BASE).form(&form);
        let asked = stage.send(0, &from_page("/sign-in", format!("form_token={token}&address=ann%40example.com"), &browser));
        assert_eq!(asked.status, 303, "{}", asked.text);
        let path = asked.all("location").next().unwrap().to_owned();
        let id = path.split("sign_in=").nth(1).unwrap().parse().unwrap();
        let key = stage.server.app.key().clone();
        let code = link::code::<SignInKind>(&key, LinkKind::SignIn, id, 1);
        let typed = from_page(&path, format!("form_token={token}&code={code}"), &browser);
        let followed = stage.send(0, &Request::get(&format!("/sign-in/link/{}", link::token::<SignInKind>(&key, LinkKind::SignIn, id, 1))));
        let link = from_page("/sign-in/link", format!("form_token={token}"), &format!("{browser}; {}", cookies(&followed)));
        let other = if stage.random.below(2) == 0 { link } else { typed.clone() };
        let [one, other] = stage.at_once([typed, other]);
        let begun = |reply: &Reply| reply.all("set-cookie").any(|cookie| cookie.contains("-session=") && !cookie.contains("-session=;"));
        let broken = (begun(&one) == begun(&other)).then(|| format!("sessions begun: {} and {}", begun(&one), begun(&other)));
        tally.note(&[&one, &other], broken);
    }
    tally
}
