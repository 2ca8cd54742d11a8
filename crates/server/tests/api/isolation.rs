//! Isolation: every id of every operation, given another tenant's, answers like one that names nothing: in paths, bodies, queries and
//! headers, status, headers and text of the answer compared. And the other tenant stays as it was.

use crate::{
    harness::{Reply, Server, Someone},
    operations::{self, Operation, Place},
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use guildhall_core::{OrganizationId, UserId};
use guildhall_server::App;
use guildhall_testkit::{Database, both_databases};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Ids = BTreeMap<String, String>;

fn prefix(name: &str) -> &'static str {
    match name {
        "organization" => "org",
        "user" => "usr",
        "invitation" => "inv",
        "address" => "adr",
        "identity" => "idn",
        "session" => "ses",
        other => panic!("`{{{other}}}` is a new kind of id: say here how it begins"),
    }
}

/// What an answer tells: status, headers and body, without what each answer has of its own. What was sent, `sent`, may be said back.
fn told(reply: &Reply, sent: &[String]) -> String {
    const OF_ITS_OWN: &[&str] = &["x-request-id", "date", "content-length", "ratelimit", "ratelimit-policy"];
    let mut headers: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| !OF_ITS_OWN.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    let text = if reply.body.is_null() { reply.text.clone() } else { reply.comparable() };
    let text = format!("{} {text} {}", reply.status, headers.join("; "));
    sent.iter().fold(text, |text, sent| text.replace(sent.as_str(), "WHAT WAS SENT"))
}

/// The same of an answer that may be good: what it made has an id, a moment and a revision of its own.
fn told_of_done(reply: &Reply, sent: &[String]) -> String {
    if reply.status >= 400 {
        return told(reply, sent);
    }
    let text = format!("{} {}", reply.status, plain(reply.body.clone()));
    sent.iter().fold(text, |text, sent| text.replace(sent.as_str(), "WHAT WAS SENT"))
}

fn plain(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(name, value)| {
                    let own = name == "revision" || name.ends_with("_at") || name == "id" || name == "invitation" || name == "sign_in";
                    (name, if own { Value::Null } else { plain(value) })
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// Where answers about what is theirs differ from those about nothing, or something is done to it.
fn compare(what: &str, (theirs, sent): (&Reply, &[String]), (none, sent_none): (&Reply, &[String])) -> Option<String> {
    let (about_theirs, about_none) = (told(theirs, sent), told(none, sent_none));
    let leaks = about_theirs != about_none || theirs.status < 400;
    leaks.then(|| format!("{what}: {about_theirs} but {about_none}"))
}

/// Ids in paths, one by one and all at once, without and with an `If-Match` that is right there and one that is not.
async fn leaks_in_path(server: &Server, operation: &Operation, mine: &Place, theirs: &Place, who: &Someone) -> Vec<String> {
    let (own, foreign) = (mine.ids(who).await, theirs.ids(&theirs.owner).await);
    let etag = theirs.owner.get(&format!("/v1/organizations/{}", theirs.org)).await.is(200).header("etag").unwrap().to_owned();
    let mut swaps: Vec<Vec<&String>> = operation.ids.iter().map(|name| vec![name]).collect();
    if operation.ids.len() > 1 {
        swaps.push(operation.ids.iter().collect());
    }
    let mut if_matches: Vec<Vec<(&str, &str)>> = vec![vec![]];
    if operation.headers.contains(&"If-Match".to_owned()) {
        if_matches.extend([vec![("if-match", etag.as_str())], vec![("if-match", "\"r999\"")]]);
    }
    let mut leaks = Vec::new();
    for names in swaps {
        for headers in &if_matches {
            let body = mine.body(server, &operation.id, who);
            let (mut ids, mut none) = (own.clone(), own.clone());
            for name in &names {
                ids.insert((*name).clone(), foreign[*name].clone());
                none.insert((*name).clone(), operations::random(prefix(name)));
            }
            let about_theirs = operations::send_with(who, operation, &ids, headers, body.clone()).await;
            let about_none = operations::send_with(who, operation, &none, headers, body).await;
            let sent = |ids: &Ids| names.iter().map(|name| ids[*name].clone()).collect::<Vec<_>>();
            let what = format!("{} {names:?} {headers:?}", operation.id);
            leaks.extend(compare(&what, (&about_theirs, &sent(&ids)), (&about_none, &sent(&none))));
        }
    }
    leaks
}

/// Everything in a body that names something: organizations, people, their addresses, a sign-in that waits; one by one and all at once.
async fn leaks_in_body(server: &Server, operation: &Operation, mine: &Place, theirs: &Place, who: &Someone) -> Vec<String> {
    let Some(body) = mine.body(server, &operation.id, who) else { return Vec::new() };
    let ids = mine.ids(who).await;
    let swaps = swaps_in_body(&operation.id, &body, mine, theirs, who).await;
    let mut each: Vec<Vec<(String, String, String)>> = swaps.iter().map(|swap| vec![swap.clone()]).collect();
    if swaps.len() > 1 {
        each.push(swaps);
    }
    let mut leaks = Vec::new();
    for swaps in each {
        let with = |to: &dyn Fn(&(String, String, String)) -> String| {
            let text = swaps.iter().fold(body.to_string(), |text, swap| text.replace(swap.0.as_str(), &to(swap)));
            let sent: Vec<String> = swaps.iter().map(to).collect();
            (serde_json::from_str::<Value>(&text).unwrap(), sent)
        };
        let (foreign, sent) = with(&|(_, theirs, _)| theirs.clone());
        let (nothing, sent_none) = with(&|(.., none)| none.clone());
        let about_theirs = operations::send(who, operation, &ids, Some(foreign)).await;
        let about_none = operations::send(who, operation, &ids, Some(nothing)).await;
        let (about_theirs, about_none) = (told_of_done(&about_theirs, &sent), told_of_done(&about_none, &sent_none));
        if about_theirs != about_none {
            leaks.push(format!("{} with {swaps:?} in its body: {about_theirs} but {about_none}", operation.id));
        }
    }
    leaks
}

/// What stands in the body, what is theirs instead, and what is nobody's.
async fn swaps_in_body(operation: &str, body: &Value, mine: &Place, theirs: &Place, who: &Someone) -> Vec<(String, String, String)> {
    let mut swaps = vec![
        (mine.org.clone(), theirs.org.clone(), operations::random("org")),
        (mine.target.id.clone(), theirs.target.id.clone(), operations::random("usr")),
        (mine.member.id.clone(), theirs.member.id.clone(), operations::random("usr")),
        (mine.owner.id.clone(), theirs.owner.id.clone(), operations::random("usr")),
    ];
    let text = body.to_string();
    swaps.retain(|(own, ..)| text.contains(own.as_str()));
    let nobody = || format!("nobody-{}@place.example", operations::random("usr").trim_start_matches("usr_"));
    match operation {
        "invite" => {
            // Each invites somebody new: a second invitation to the same is one renewed.
            let known = if who.id == mine.key.id { &theirs.admin } else { &theirs.member };
            swaps.push((body["to"].as_str().unwrap().to_owned(), known.address.clone(), nobody()));
        }
        "add_address" => swaps.push((body["address"].as_str().unwrap().to_owned(), theirs.member.address.clone(), nobody())),
        "prove_address" => {
            let waiting = theirs.owner.post("/v1/user/addresses", json!({ "address": nobody() })).await.is(201);
            let id = waiting["sign_in"].as_str().unwrap().to_owned();
            swaps.push((body["sign_in"].as_str().unwrap().to_owned(), id, operations::random("sgn")));
        }
        _ => {}
    }
    swaps
}

/// What queries say of theirs: names, addresses, and cursors of their list.
async fn leaks_in_query(operation: &Operation, mine: &Place, theirs: &Place, who: &Someone) -> Vec<String> {
    let ids = mine.ids(who).await;
    let path = operations::filled(&operation.path, &ids);
    let mut leaks = Vec::new();
    for name in &operation.queries {
        let Some((of_theirs, of_nobody)) = in_query(operation, name, theirs).await else { continue };
        let about_theirs = who.send(operation.method.clone(), &format!("{path}?{name}={of_theirs}"), &[], None).await;
        let about_none = who.send(operation.method.clone(), &format!("{path}?{name}={of_nobody}"), &[], None).await;
        let (told_of_theirs, told_of_none) = (told(&about_theirs, std::slice::from_ref(&of_theirs)), told(&about_none, &[of_nobody]));
        if told_of_theirs != told_of_none || about_theirs.text.contains(&theirs.org) {
            leaks.push(format!("{} ?{name}={of_theirs}: {told_of_theirs} but {told_of_none}", operation.id));
        }
    }
    leaks
}

/// A value that is theirs, and one that is nobody's; `None` where it names nothing.
async fn in_query(operation: &Operation, name: &str, theirs: &Place) -> Option<(String, String)> {
    let pair = |theirs: &str, nobody: &str| Some((theirs.to_owned(), nobody.to_owned()));
    match name {
        "slug" => {
            let seen = theirs.owner.get(&format!("/v1/organizations/{}", theirs.org)).await.is(200);
            pair(seen["slug"].as_str().unwrap(), "no-such-place")
        }
        "external_id" => pair("theirs-outside", "nobody"),
        "search" => pair(&theirs.owner.address.replace('@', "%40"), "nobody%40place.example"),
        "after" | "before" => {
            let path = operations::filled(&operation.path, &theirs.ids(&theirs.owner).await);
            let page = theirs.owner.get(&format!("{path}?limit=1")).await.is(200);
            let cursor = page["next"].as_str().unwrap();
            let mut other = cursor.to_owned();
            let last = other.pop();
            other.push(if last == Some('A') { 'Q' } else { 'A' });
            pair(cursor, &other)
        }
        "limit" | "sort" | "order" | "status" | "role" | "sent_invitations" => None,
        other => panic!("`?{other}` is new: say here what of theirs it could name"),
    }
}

/// Everything of theirs that could have been touched: the revisions of the tenant and of its people, and what their owner sees.
async fn state(server: &Server, place: &Place) -> Vec<String> {
    let tenant = server.store().tenant(place.org.parse().unwrap()).await.unwrap().unwrap();
    let mut state = vec![format!("revision {}", tenant.tenant.revision())];
    let org = &place.org;
    for path in
        [format!("/v1/organizations/{org}"), format!("/v1/organizations/{org}/members"), format!("/v1/organizations/{org}/invitations")]
    {
        state.push(place.owner.get(&path).await.is(200).text);
    }
    for who in [&place.owner, &place.admin, &place.member, &place.target, &place.stranger] {
        for path in ["/v1/user", "/v1/user/addresses", "/v1/user/identities", "/v1/user/organizations"] {
            let seen = who.get(path).await.is(200);
            state.push(format!("{} {path}: {:?} {}", who.address, seen.header("etag"), seen.text));
        }
        let sessions = who.get("/v1/user/sessions").await.is(200);
        state.push(format!("{} has {} sessions", who.address, sessions["items"].as_array().unwrap().len()));
    }
    state
}

/// More than the limits of a day are asked for.
async fn server(database: &Database) -> Server {
    Server::with(database, "workjet", |config| {
        config.limits.sign_in_mails_network_hour = 1_000;
        config.limits.sign_in_mails_15_minutes = 1_000;
        config.limits.sign_in_mails_day = 1_000;
        config.limits.mails_to_stranger_day = 1_000;
    })
    .await
}

both_databases! {
    /// As an owner and a member of another organization, and as a program of it with every scope.
    async fn l_18_ids_of_another_tenant_answer_like_random_ones(database) {
        let server = server(database).await;
        let (mine, theirs) = (Place::new(&server).await, Place::new(&server).await);
        let before = state(&server, &theirs).await;
        for operation in operations::all() {
            for who in [&mine.owner, &mine.member, &mine.key] {
                let mut found = leaks_in_path(&server, &operation, &mine, &theirs, who).await;
                found.extend(leaks_in_body(&server, &operation, &mine, &theirs, who).await);
                found.extend(leaks_in_query(&operation, &mine, &theirs, who).await);
                assert!(found.is_empty(), "{found:#?}");
            }
        }
        assert_eq!(state(&server, &theirs).await, before, "something of theirs was touched");
    }

    /// What somebody did under an `Idempotency-Key` is no answer to anybody else who gives the same key, nor in their way.
    async fn l_18_an_idempotency_key_of_another_tenant_is_nobodys_here(database) {
        let server = server(database).await;
        for operation in operations::all().into_iter().filter(|it| it.headers.contains(&"Idempotency-Key".to_owned())) {
            let (mine, theirs, other) = (Place::new(&server).await, Place::new(&server).await, Place::new(&server).await);
            let mut replies = Vec::new();
            for (place, key) in [(&theirs, "the same"), (&mine, "the same"), (&other, "another")] {
                let (ids, body) = (place.ids(&place.owner).await, place.body(&server, &operation.id, &place.owner));
                let key = key.replace(' ', "-") + &operation.id;
                replies.push(operations::send_with(&place.owner, &operation, &ids, &[("idempotency-key", &key)], body).await);
            }
            let [_, same, another] = replies.as_slice() else { panic!("three answers") };
            assert_eq!((same.status, &same["code"]), (another.status, &another["code"]), "{}: {}", operation.id, same.text);
            assert!(same.header("idempotency-replayed").is_none() && !same.text.contains(&theirs.org), "{}: {}", operation.id, same.text);
        }
    }

    /// A sibling's: another person's session and address, an invitation to somebody else, a person who left.
    async fn ids_of_siblings_answer_like_random_ones(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let theirs = place.ids(&place.admin).await;
        for operation in operations::all().into_iter().filter(|it| it.path.starts_with("/v1/user/")) {
            for name in &operation.ids {
                let mut ids = place.ids(&place.member).await;
                ids.insert(name.clone(), theirs[name].clone());
                let about_theirs = operations::send(&place.member, &operation, &ids, None).await;
                let none = operations::random(prefix(name));
                ids.insert(name.clone(), none.clone());
                let about_none = operations::send(&place.member, &operation, &ids, None).await;
                let what = format!("{} {{{name}}}", operation.id);
                assert_eq!(compare(&what, (&about_theirs, &[theirs[name].clone()]), (&about_none, &[none])), None);
                assert_eq!(about_none.status, 404, "{}", operation.id);
            }
        }
    }

    /// The comparison finds a leak where one is planted: in the status, in a header, in what a body or a query names.
    async fn planted_leaks_are_found(database) {
        let server = server(database).await;
        let (mine, theirs) = (Place::new(&server).await, Place::new(&server).await);
        let leaking = Router::new()
            .route("/test/status/{organization}", get(tells_by_status))
            .route("/test/header/{organization}", get(tells_by_header))
            .route("/test/body", post(tells_of_body))
            .route("/test/query", get(tells_of_query));
        let who = mine.owner.through(guildhall_server::router_with(&server.app, leaking));
        let operation = |id: &str, method: Method, path: &str| Operation {
            id: id.to_owned(),
            method,
            path: path.to_owned(),
            ids: if path.contains("{organization}") { vec!["organization".to_owned()] } else { Vec::new() },
            queries: if path == "/test/query" { vec!["slug".to_owned()] } else { Vec::new() },
            headers: Vec::new(),
            has_body: path == "/test/body",
        };
        for path in ["/test/status/{organization}", "/test/header/{organization}"] {
            let found = leaks_in_path(&server, &operation("leak", Method::GET, path), &mine, &theirs, &who).await;
            assert_eq!(found.len(), 1, "{path}: {found:?}");
        }
        let found = leaks_in_body(&server, &operation("transfer_ownership", Method::POST, "/test/body"), &mine, &theirs, &who).await;
        assert_eq!(found.len(), 1, "{found:?}");
        let found = leaks_in_query(&operation("leak", Method::GET, "/test/query"), &mine, &theirs, &who).await;
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

async fn is_there(app: &App, organization: OrganizationId) -> bool {
    app.store().tenant(organization).await.unwrap().is_some()
}

/// Says 403 where it should say 404.
async fn tells_by_status(State(app): State<App>, Path(organization): Path<OrganizationId>) -> StatusCode {
    if is_there(&app, organization).await { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND }
}

async fn tells_by_header(State(app): State<App>, Path(organization): Path<OrganizationId>) -> Response {
    let mut response = StatusCode::NOT_FOUND.into_response();
    if is_there(&app, organization).await {
        response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"r7\""));
    }
    response
}

async fn tells_of_body(State(app): State<App>, Json(body): Json<Value>) -> StatusCode {
    let user: UserId = body["to"].as_str().unwrap().parse().unwrap();
    if app.store().find_user(user).await.unwrap().is_some() { StatusCode::CONFLICT } else { StatusCode::NOT_FOUND }
}

async fn tells_of_query(State(app): State<App>, Query(query): Query<Value>) -> String {
    let taken = app.store().find_organization_by_slug(query["slug"].as_str().unwrap()).await.unwrap().is_some();
    if taken { "taken" } else { "free!" }.to_owned()
}
