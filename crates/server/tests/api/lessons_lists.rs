//! L: what users of such systems suffer from: lists that are paged through while people come and go.

use crate::{
    harness::{Reply, Server, Someone},
    workjet::Team,
};
use guildhall_testkit::both_databases;
use serde_json::json;

/// An organization of its own for people of one domain.
struct Crowd<'s> {
    server: &'s Server,
    program: Someone,
    path: String,
    domain: String,
}

impl<'s> Crowd<'s> {
    async fn new(server: &'s Server, ann: &Someone, name: &str) -> (Self, String) {
        let org = server.found(ann, name).await;
        let program = server.key(Some(&org), &["*"]).await;
        let path = format!("/v1/organizations/{org}");
        (Self { server, program, path, domain: format!("{name}.example") }, org)
    }
    /// Invites them, with one request; answers with their invitations.
    async fn invite(&self, names: &[String]) -> Vec<String> {
        let rows: Vec<_> = names.iter().map(|name| json!({ "to": format!("{name}@{}", self.domain) })).collect();
        let sent = self.program.post(&format!("{}/invitations/batch", self.path), json!({ "invitations": rows })).await.is(200);
        sent["results"].as_array().unwrap().iter().map(|row| row["invitation"].as_str().unwrap().to_owned()).collect()
    }
    /// They join by the mailed link; answers with the user.
    async fn join(&self, name: &str, invitation: &str) -> String {
        let body = json!({ "token": self.server.link(invitation), "name": name });
        self.server.nobody().post("/v1/invitations/accept", body).await.is(201)["new_user"].as_str().unwrap().to_owned()
    }
}

/// Takes the first of them out of which this holds.
fn take(people: &mut Vec<(String, String)>, which: impl Fn(&String) -> bool) -> Option<(String, String)> {
    let at = people.iter().position(|(name, _)| which(name))?;
    Some(people.remove(at))
}

both_databases! {
    /// Many members in one request: each row has its result, in order; one that is refused fails only itself.
    async fn l_30_members_are_changed_and_removed_many_at_once__de(database) {
        let t = Team::new(Server::start(database, "workjet").await).await;
        let mut people = Vec::new();
        for n in 0..3 {
            people.push(t.server.join(&t.owner, &t.org, &format!("p-{n}@northwind.example"), &["member"]).await);
        }
        let stranger = t.server.person("stranger@elsewhere.example").await;
        let outcomes = |reply: &Reply| -> Vec<String> {
            let rows = reply["results"].as_array().unwrap().iter();
            rows.map(|row| row["code"].as_str().or(row["outcome"].as_str()).unwrap().to_owned()).collect()
        };
        let row = |user: &str, role: &str| json!({ "user": user, "roles": [role] });
        let changes = json!({ "changes": [
            row(&people[0].id, "member"), row(&stranger.id, "member"), row(&people[1].id, "owner"), row(&people[2].id, "admin"),
        ] });
        let path = t.at("/members/roles");
        t.member.post(&path, changes.clone()).await.fails(403, "not-allowed");
        stranger.post(&path, changes.clone()).await.fails(404, "not-found");
        let done = t.owner.post(&path, changes).await.is(200);
        assert_eq!(outcomes(&done), ["done", "not-found", "owner-must-transfer", "done"], "{}", done.text);
        assert_eq!(done["results"][1]["user"], json!(stranger.id));
        assert_eq!(done["revision"], t.owner.get(&t.at("/members")).await.is(200)["revision"]);
        assert_eq!(t.owner.roles_of(&t.org, &people[2].id).await, json!(["admin"]));
        assert_eq!(t.owner.roles_of(&t.org, &people[1].id).await, json!(["member"]));
        // Nobody gets round a rule by asking for many: the owner stays.
        let path = t.at("/members/removals");
        let users = json!({ "users": [t.owner.id, people[0].id, stranger.id, people[0].id] });
        t.member.post(&path, users.clone()).await.fails(403, "not-allowed");
        stranger.post(&path, users.clone()).await.fails(404, "not-found");
        let gone = t.admin.post(&path, users).await.is(200);
        assert_eq!(outcomes(&gone)[1..], ["done", "not-found", "not-found"], "{}", gone.text);
        assert!(outcomes(&gone)[0] != "done", "{}", gone.text);
        people[0].get(&t.at("")).await.fails(404, "not-found");
        t.owner.get(&t.at("")).await.is(200);
        // Not none, and not too many.
        for n in [0, 1_001] {
            let users = json!({ "users": vec![&stranger.id; n] });
            let wrong = t.owner.post(&path, users).await.fails(422, "rejected");
            assert_eq!(wrong["errors"][0]["pointer"], "/users");
            let changes = json!({ "changes": vec![row(&stranger.id, "member"); n] });
            let wrong = t.owner.post(&t.at("/members/roles"), changes).await.fails(422, "rejected");
            assert_eq!(wrong["errors"][0]["pointer"], "/changes");
        }
    }

    /// While people join, are removed and invited, a page goes on where the last one ended, in every order: who stays as they are
    /// is seen once, nobody twice, and who joins meanwhile is not lost behind.
    async fn l_29_pages_of_people_dont_drift(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        for (slug, sort) in [("by-name", "name"), ("by-joining", "joined_at"), ("by-status", "status")] {
            let (crowd, org) = Crowd::new(&server, &ann, slug).await;
            let names: Vec<String> = (0..36).map(|n| format!("n{n:02}")).collect();
            let (mut stay, mut joining, mut leaving) = (vec!["ann".to_owned()], Vec::new(), Vec::new());
            for (n, (name, invitation)) in names.iter().cloned().zip(crowd.invite(&names).await).enumerate() {
                match (n % 3, n % 2) {
                    (0, 0) => stay.push(name),
                    (0, _) => {
                        crowd.join(&name, &invitation).await;
                        stay.push(name);
                    }
                    (1, _) => joining.push((name, invitation)),
                    _ => leaving.push((name.clone(), crowd.join(&name, &invitation).await)),
                }
            }
            let (mut seen, mut joined, mut removed) = (Vec::<String>::new(), Vec::new(), Vec::new());
            let mut after = String::new();
            for round in 0..100 {
                let page = ann.get(&format!("{}/members?limit=7&sort={sort}{after}", crowd.path)).await.is(200);
                let rows = page["items"].as_array().unwrap().iter();
                seen.extend(rows.map(|row| row["address"].as_str().unwrap().split('@').next().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
                // Somebody not read yet joins: an invitation becomes a member, and its row another one.
                if let Some((name, invitation)) = take(&mut joining, |name| !seen.contains(name)) {
                    crowd.join(&name, &invitation).await;
                    joined.push(name);
                }
                // Somebody who was read is removed, and somebody who wasn't.
                if let Some((_, user)) = take(&mut leaving, |name| seen.contains(name)) {
                    ann.remove(&org, &user).await.is(200);
                }
                if let Some((name, user)) = take(&mut leaving, |name| !seen.contains(name)) {
                    ann.remove(&org, &user).await.is(200);
                    removed.push(name);
                }
                // Somebody comes before, somebody behind.
                let new = [format!("a{round}"), format!("z{round}")];
                let invitations = crowd.invite(&new).await;
                crowd.join(&new[1], &invitations[1]).await;
            }
            let times = |name: &String| seen.iter().filter(|it| *it == name).count();
            for name in &stay {
                assert_eq!(times(name), 1, "{sort}: {name} in {seen:?}");
            }
            assert!(seen.iter().all(|name| times(name) == 1), "{sort}: somebody twice in {seen:?}");
            assert!(joined.len() > 1 && removed.len() > 1, "{sort}: {joined:?} {removed:?}");
            assert!(removed.iter().all(|name| times(name) == 0), "{sort}: {removed:?} in {seen:?}");
            // By status, who joins goes to those who were read already.
            assert!(sort == "status" || joined.iter().all(|name| times(name) == 1), "{sort}: {joined:?} in {seen:?}");
        }
    }

    /// Pages of invitations: while more are sent, each that was there is shown once.
    async fn l_29_pages_of_invitations_dont_drift(database) {
        let server = Server::start(database, "standard").await;
        let ann = server.person("ann@x.example").await;
        let (crowd, _) = Crowd::new(&server, &ann, "paged").await;
        let stay: Vec<String> = (0..30).map(|n| format!("n{n:02}")).collect();
        crowd.invite(&stay).await;
        let mut seen: Vec<String> = Vec::new();
        let mut next: Option<String> = None;
        let mut n = 0;
        loop {
            let after = next.map(|cursor| format!("&after={cursor}")).unwrap_or_default();
            let page = ann.get(&format!("{}/invitations?limit=7{after}", crowd.path)).await.is(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|row| row["address"].as_str().unwrap().to_owned()));
            // Before, within and behind what was read.
            crowd.invite(&[format!("a{n}"), format!("n05x{n}"), format!("z{n}")]).await;
            n += 1;
            match page["next"].as_str() {
                Some(cursor) => next = Some(cursor.to_owned()),
                None => break,
            }
        }
        for name in stay {
            assert_eq!(seen.iter().filter(|it| **it == format!("{name}@{}", crowd.domain)).count(), 1, "{name} in {seen:?}");
        }
    }
}
