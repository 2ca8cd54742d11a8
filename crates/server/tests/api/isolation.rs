//! Isolation: every id of every operation, given another tenant's, answers like one that names nothing.

use crate::{
    harness::{Server, Someone},
    operations::{self, Operation, Place},
};
use axum::{
    Router,
    extract::{Path, State},
    http::{Method, StatusCode},
    routing::get,
};
use guildhall_core::OrganizationId;
use guildhall_server::App;
use guildhall_testkit::both_databases;
use serde_json::Value;

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

/// Where an answer about somebody else's id differs from one about no id at all.
async fn leaks(server: &Server, operation: &Operation, mine: &Place, theirs: &Place, who: &Someone) -> Vec<String> {
    let own = mine.ids(server, who).await;
    let foreign = theirs.ids(server, &theirs.owner).await;
    let mut leaks = Vec::new();
    for name in &operation.ids {
        let mut ids = own.clone();
        let body = mine.body(server, &operation.id, who);
        ids.insert(name.clone(), foreign[name].clone());
        let about_theirs = operations::send(who, operation, &ids, body.clone()).await;
        // The same with a sibling's: another person's of the same place, where that is not one's business either.
        ids.insert(name.clone(), operations::random(prefix(name)));
        let about_none = operations::send(who, operation, &ids, body).await;
        if about_theirs.comparable() != about_none.comparable() || about_theirs.status < 400 {
            leaks.push(format!("{} {{{name}}}: {} but {}", operation.id, about_theirs.comparable(), about_none.comparable()));
        }
    }
    leaks
}

/// Ids in bodies: somebody else's is like none.
async fn leaks_in_body(server: &Server, operation: &Operation, mine: &Place, theirs: &Place, who: &Someone) -> Vec<String> {
    let Some(body) = mine.body(server, &operation.id, who) else { return Vec::new() };
    let ids = mine.ids(server, who).await;
    let mut leaks = Vec::new();
    let swaps = [(&mine.org, &theirs.org, "org"), (&mine.target.id, &theirs.target.id, "usr"), (&mine.member.id, &theirs.member.id, "usr")];
    for (own, foreign, kind) in swaps {
        let text = body.to_string();
        if !text.contains(own.as_str()) {
            continue;
        }
        let swapped = |with: &str| -> Value { serde_json::from_str(&text.replace(own.as_str(), with)).unwrap() };
        let about_theirs = operations::send(who, operation, &ids, Some(swapped(foreign))).await;
        let none = operations::random(kind);
        let about_none = operations::send(who, operation, &ids, Some(swapped(&none))).await;
        // What was sent may be said back.
        if about_theirs.comparable().replace(foreign.as_str(), &none) != about_none.comparable() {
            leaks.push(format!("{} in its body: {} but {}", operation.id, about_theirs.comparable(), about_none.comparable()));
        }
    }
    leaks
}

both_databases! {
    /// As an owner of another organization, and as a program of it with every scope.
    async fn l_18_ids_of_another_tenant_answer_like_random_ones(database) {
        let server = Server::start(database, "workjet").await;
        let (mine, theirs) = (Place::new(&server).await, Place::new(&server).await);
        let program = server.key(Some(&mine.org), &["*"]).await;
        for operation in operations::all() {
            for who in [&mine.owner, &mine.member, &program] {
                let found = leaks(&server, &operation, &mine, &theirs, who).await;
                assert!(found.is_empty(), "{found:#?}");
                let told_in_body = ["decide", "transfer_ownership", "change_many_roles", "remove_many_members"];
                if operation.method == Method::GET || told_in_body.contains(&operation.id.as_str()) {
                    let found = leaks_in_body(&server, &operation, &mine, &theirs, who).await;
                    assert!(found.is_empty(), "{found:#?}");
                }
            }
        }
        assert_eq!(theirs.owner.people(&theirs.org).await.len(), 6, "nothing of theirs was touched");
    }

    /// A sibling's: another person's session and address, an invitation to somebody else, a person who left.
    async fn ids_of_siblings_answer_like_random_ones(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let theirs = place.ids(&server, &place.admin).await;
        for operation in operations::all().into_iter().filter(|it| it.path.starts_with("/v1/user/")) {
            for name in &operation.ids {
                let mut ids = place.ids(&server, &place.member).await;
                ids.insert(name.clone(), theirs[name].clone());
                let about_theirs = operations::send(&place.member, &operation, &ids, None).await;
                ids.insert(name.clone(), operations::random(prefix(name)));
                let about_none = operations::send(&place.member, &operation, &ids, None).await;
                assert_eq!(about_theirs.comparable(), about_none.comparable(), "{} {{{name}}}", operation.id);
                assert_eq!(about_none.status, 404, "{}", operation.id);
            }
        }
    }

    /// The comparison finds a leak where one is planted.
    async fn a_planted_leak_is_found(database) {
        let server = Server::start(database, "workjet").await;
        let (mine, theirs) = (Place::new(&server).await, Place::new(&server).await);
        let leaking = Router::new().route("/v1/organizations/{organization}/leak", get(leak)).with_state(server.app.clone());
        let who = mine.owner.through(leaking);
        let operation = Operation {
            id: "leak".to_owned(),
            method: Method::GET,
            path: "/v1/organizations/{organization}/leak".to_owned(),
            ids: vec!["organization".to_owned()],
            queries: Vec::new(),
            headers: Vec::new(),
            has_body: false,
        };
        let own = mine.ids(&server, &mine.owner).await;
        let foreign = theirs.org.clone();
        let mut ids = own;
        ids.insert("organization".to_owned(), foreign);
        let about_theirs = operations::send(&who, &operation, &ids, None).await;
        ids.insert("organization".to_owned(), operations::random("org"));
        let about_none = operations::send(&who, &operation, &ids, None).await;
        assert_ne!(about_theirs.comparable(), about_none.comparable());
    }
}

/// Says 403 where it should say 404.
async fn leak(State(app): State<App>, Path(organization): Path<OrganizationId>) -> StatusCode {
    match app.store().tenant(organization).await {
        Ok(Some(_)) => StatusCode::FORBIDDEN,
        Ok(None) | Err(_) => StatusCode::NOT_FOUND,
    }
}
