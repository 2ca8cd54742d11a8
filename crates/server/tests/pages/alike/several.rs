//! The same where results stand beside each other: several people at once, and the list of invitations.

use super::{APPCIRCLE, PIPES, REMOVE, System, WORKJET, escaped, says_who_could, scenes};
use crate::{harness::Server, stage::browser_of};
use guildhall_testkit::{Database, both_databases};
use serde_json::json;

/// Somebody, somebody suspended, and the owner, removed in one go by everybody in turn.
async fn removed_alike(database: &Database, system: &'static System) {
    let server = Server::start(database, system.preset).await;
    let mut pair = scenes(&server, system, 0).await;
    let (mut n, mut refused, mut round) = (0, 0, 0);
    for actor in system.actors.iter().map(|(name, _)| *name).chain(["stranger"]) {
        let cell = format!("{}: as {actor}", system.preset);
        let [one, other] = &pair;
        let names = ["target", "held", "owner"];
        let users: Vec<&str> = names.iter().map(|name| one.people[name].id.as_str()).collect();
        let api = one.people[actor].post(&format!("/v1/organizations/{}/members/removals", one.org), json!({ "users": users })).await;
        let mut browser = browser_of(&server, &other.people[actor]);
        let whom = names.iter().map(|name| ("who", other.people[name].id.as_str()));
        let fields: Vec<(&str, &str)> = [("act", "remove"), ("confirmed", "1")].into_iter().chain(whom).collect();
        let page = browser.send_from("/profile", &format!("/o/{}/people/bulk", other.slug), &fields).await;
        match (api.status, api["code"].as_str()) {
            (404, _) => assert_eq!(page.status, 404, "{cell}"),
            (_, Some("not-allowed")) => assert!(says_who_could(&page.body, &api, REMOVE), "{cell}: {} {}", api.text, page.body),
            _ => {
                assert_eq!(api.status, 200, "{cell}: {}", api.text);
                let (done, not): (Vec<_>, Vec<_>) = api["results"].as_array().unwrap().iter().partition(|row| row["outcome"] == "done");
                assert_eq!(page.body.matches("No longer has access.").count(), done.len(), "{cell}: {} {}", api.text, page.body);
                for row in &not {
                    let said = escaped(row["detail"].as_str().unwrap());
                    assert!(page.body.contains(&said), "{cell}: {} {}", api.text, page.body);
                }
                (n, refused) = (n + done.len(), refused + not.len());
            }
        }
        assert_eq!(one.state().await, other.state().await, "{cell}: done otherwise");
        round += 1;
        pair = scenes(&server, system, round).await;
    }
    assert!(n > 0 && refused > 0, "{n} done, {refused} refused");
}

/// Who is told of the invitations that wait, and of which.
async fn listed_alike(database: &Database, system: &'static System) {
    let server = Server::start(database, system.preset).await;
    let [scene, _] = scenes(&server, system, 0).await;
    let mut told = [0, 0];
    for actor in system.actors.iter().map(|(name, _)| *name).chain(["stranger"]) {
        let api = scene.people[actor].get(&format!("/v1/organizations/{}/invitations", scene.org)).await;
        let page = browser_of(&server, &scene.people[actor]).get(&format!("/o/{}/people?status=invited", scene.slug)).await;
        for name in ["waiting", "fresh"] {
            let address = scene.address(name);
            let by_api = api.status == 200 && api["items"].as_array().unwrap().iter().any(|row| row["address"] == address.as_str());
            assert_eq!(page.body.contains(&address), by_api, "{}: {name} as {actor}: {} {}", system.preset, api.text, page.body);
            told[usize::from(by_api)] += 1;
        }
    }
    assert!(told[0] > 0 && told[1] > 0, "{told:?}");
}

both_databases! {
    async fn l_32_several_are_removed_alike_in_workjet(database) {
        removed_alike(database, &WORKJET).await;
    }
    async fn l_32_several_are_removed_alike_in_pipes(database) {
        removed_alike(database, &PIPES).await;
    }
    async fn l_32_several_are_removed_alike_in_appcircle(database) {
        removed_alike(database, &APPCIRCLE).await;
    }
    async fn l_32_invitations_are_listed_alike(database) {
        listed_alike(database, &WORKJET).await;
    }
    async fn l_32_invitations_are_listed_alike_where_roles_are_of_modules(database) {
        listed_alike(database, &APPCIRCLE).await;
    }
}
