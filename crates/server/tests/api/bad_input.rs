//! Bad input: every operation, given what is malformed, says where it is wrong and what would be right. Never a 500.

use crate::{
    harness::{Reply, Server, Someone},
    operations::{self, Place},
};
use axum::http::Method;
use guildhall_testkit::both_databases;

/// A located refusal: 4xx, a problem, and for what was read but is wrong, the place.
#[track_caller]
fn located(reply: &Reply, what: &str) {
    assert!((400..500).contains(&reply.status), "{what}: {} {}", reply.status, reply.text);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}: {}", reply.text);
    assert!(!reply["detail"].as_str().unwrap().is_empty(), "{what}");
    if reply.status == 422 {
        let errors = reply["errors"].as_array().unwrap_or_else(|| panic!("{what}: {}", reply.text));
        assert!(!errors.is_empty() && errors.iter().all(|error| error["pointer"].is_string() && error["detail"].is_string()), "{what}");
    }
}

both_databases! {
    /// Bodies that aren't JSON, aren't objects, or hold fields that nobody asked for.
    async fn malformed_bodies_are_told_where(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let who = &place.owner;
        let ids = place.ids(who).await;
        let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
        for operation in operations::all().into_iter().filter(|operation| operation.has_body) {
            let path = operations::filled(&operation.path, &ids);
            let right = place.body(&server, &operation.id, who).unwrap();
            let send = |headers: Vec<(&'static str, &'static str)>, body: String| {
                let (who, method, path) = (who.clone(), operation.method.clone(), path.clone());
                async move { who.send(method, &path, &headers, Some(body)).await }
            };
            for body in ["", "{", "\u{0}", "\u{feff}{}"] {
                let reply = send(vec![], body.to_owned()).await;
                located(&reply, &format!("{} {body:.20?}", operation.id));
                assert_eq!(reply.status, 400, "{} {body:.20?}: {}", operation.id, reply.text);
            }
            for body in ["null", "[]", "7", "\"x\"", "true", "{\"a\":", "{\"a\":1,}", "{} {}", &deep] {
                located(&send(vec![], body.to_owned()).await, &format!("{} {body:.40}", operation.id));
            }
            for media in ["text/plain", "application/x-www-form-urlencoded", "application/json+x", ""] {
                let reply = send(vec![("content-type", media)], right.to_string()).await;
                located(&reply, &format!("{} as {media:?}", operation.id));
                assert_eq!(reply.status, 415, "{}", operation.id);
            }
            let mut more = right.clone();
            more["surprise"] = serde_json::json!(1);
            let reply = send(vec![], more.to_string()).await;
            located(&reply, &operation.id);
            assert_eq!((reply.status, reply["errors"][0]["pointer"].as_str()), (422, Some("/surprise")), "{}: {}", operation.id, reply.text);
            for (field, value) in right.as_object().unwrap() {
                // An object as the list of what it holds.
                let listed = |one: &serde_json::Value| one.as_object().map(|it| it.values().cloned().collect::<serde_json::Value>());
                let lists = match value.as_array() {
                    Some(all) => all.iter().map(listed).collect::<Option<Vec<_>>>().map(serde_json::Value::Array),
                    None => listed(value),
                };
                if let Some(lists) = lists.filter(|lists| *lists != serde_json::json!([])) {
                    let mut body = right.clone();
                    body[field] = lists;
                    let reply = send(vec![], body.to_string()).await;
                    located(&reply, &format!("{} {field} as a list", operation.id));
                    assert_eq!(reply.status, 422, "{} {field} as a list: {}", operation.id, reply.text);
                }
                let wrong = if value.is_object() || value.is_array() { serde_json::json!("x") } else { serde_json::json!([[{}]]) };
                let mut body = right.clone();
                body[field] = wrong;
                let reply = send(vec![], body.to_string()).await;
                located(&reply, &format!("{} {field}", operation.id));
                assert_eq!(reply.status, 422, "{}: {}", operation.id, reply.text);
                let pointer = reply["errors"][0]["pointer"].as_str().unwrap();
                assert!(pointer.starts_with(&format!("/{field}")), "{} {field}: {pointer}", operation.id);
            }
            let large = format!("{{\"x\":\"{}\"}}", "a".repeat(5 * 1024 * 1024));
            let reply = send(vec![], large).await;
            located(&reply, &operation.id);
            assert_eq!(reply.status, 413, "{}", operation.id);
        }
    }

    /// A long list of nonsense is read for nobody who may not invite, and answered shortly to who may.
    async fn a_list_of_mistakes_makes_no_long_answer(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let path = format!("/v1/organizations/{}/invitations/batch", place.org);
        let csv = serde_json::json!({ "csv": format!("email,role\n{}", "x\n".repeat(100_000)) });
        server.person("stranger@elsewhere.example").await.post(&path, csv.clone()).await.is(404);
        let told = place.owner.post(&path, csv).await.is(422);
        assert_eq!(told["errors"].as_array().unwrap().len(), 10);
        assert!(told.text.len() < 10_000, "{} bytes", told.text.len());
    }

    /// Ids that can't be ids say how one looks.
    async fn malformed_ids_say_how_one_looks(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let who = &place.owner;
        for operation in operations::all() {
            for name in &operation.ids {
                let body = place.body(&server, &operation.id, who);
                let right = place.ids(who).await;
                let upper = right[name].to_uppercase();
                let long = "x".repeat(3_000);
                let other = if name == "organization" { place.owner.id.clone() } else { place.org.clone() };
                for wrong in ["x", "%20", "%FF", "..%2F", "%00", "usr_", "usr_068s1kv4d1oao00000sdk3ig8ö", &upper, &long, &other] {
                    let mut ids = right.clone();
                    ids.insert(name.clone(), wrong.to_owned());
                    let path = operations::filled(&operation.path, &ids);
                    let Ok(_) = path.parse::<axum::http::Uri>() else { continue };
                    let reply = who.send(operation.method.clone(), &path, &[], body.clone().map(|body| body.to_string())).await;
                    located(&reply, &format!("{} {wrong:.40}", operation.id));
                    assert_eq!(reply.status, 422, "{} {wrong:.40}: {}", operation.id, reply.text);
                    assert_eq!(reply["errors"][0]["pointer"].as_str(), Some(format!("{{{name}}}").as_str()), "{}", reply.text);
                }
            }
        }
    }

    /// Queries and cursors that are wrong are placed by their name.
    async fn malformed_queries_and_cursors_are_placed(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let who = &place.owner;
        let ids = place.ids(who).await;
        let first = who.get(&format!("/v1/organizations/{}/members?limit=2", place.org)).await.is(200);
        let cursor = first["next"].as_str().unwrap().to_owned();
        let bent = format!("{cursor}x");
        for operation in operations::all().into_iter().filter(|operation| !operation.queries.is_empty() && operation.method == Method::GET) {
            let path = operations::filled(&operation.path, &ids);
            let mut wrong = vec!["surprise=1".to_owned()];
            wrong.extend(operation.queries.iter().map(|name| format!("{name}=a%00b")));
            if operation.queries.contains(&"limit".to_owned()) {
                wrong.extend(["limit=0", "limit=-1", "limit=x", "limit=201", "limit=99999999999", "limit=1&limit=2"].map(str::to_owned));
                wrong.extend(["after=x", "before=%00", "after=a.b"].map(str::to_owned));
                wrong.push(format!("after={bent}"));
                wrong.push(format!("search={}", "x".repeat(201)));
            }
            if operation.id == "list_invitations" {
                wrong.push(format!("after={cursor}"));
            }
            if operation.id == "list_members" {
                wrong.extend(["sort=age", "order=up", "status=gone", "role=root"].map(str::to_owned));
                wrong.push(format!("after={cursor}&before={cursor}"));
                wrong.push(format!("after={cursor}&order=descending"));
                wrong.push(format!("after={cursor}&sort=role"));
            }
            for query in wrong {
                let reply = who.get(&format!("{path}?{query}")).await;
                located(&reply, &format!("{} ?{query}", operation.id));
                assert_eq!(reply.status, 422, "{} ?{query}: {}", operation.id, reply.text);
                assert!(reply["errors"][0]["pointer"].as_str().unwrap().starts_with('?'), "{}", reply.text);
            }
        }
        // Another organization's cursor is none here.
        let other = Place::new(&server).await;
        other.owner.get(&format!("/v1/organizations/{}/members?after={cursor}", other.org)).await.fails(422, "rejected");
    }

    /// Headers that are wrong are named.
    async fn malformed_headers_are_named(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let who = &place.owner;
        let ids = place.ids(who).await;
        for operation in operations::all() {
            let path = format!("{}{}", operations::filled(&operation.path, &ids), operations::query(&operation.id));
            let body = place.body(&server, &operation.id, who).map(|body| body.to_string());
            if operation.headers.contains(&"If-Match".to_owned()) {
                for wrong in ["r1", "\"1\"", "\"r\"", "\"rx\"", "W/\"r1\"", "\"r1\", \"r2\"", "\"r99999999999999999999999\"", "\"r+1\""] {
                    let reply = who.send(operation.method.clone(), &path, &[("if-match", wrong)], body.clone()).await;
                    located(&reply, &format!("{} If-Match {wrong}", operation.id));
                    assert_eq!(reply["errors"][0]["pointer"], "header If-Match", "{}", reply.text);
                }
            }
            if operation.headers.contains(&"Idempotency-Key".to_owned()) {
                for wrong in ["", "a b", &"x".repeat(201)] {
                    let reply = who.send(operation.method.clone(), &path, &[("idempotency-key", wrong)], body.clone()).await;
                    located(&reply, &format!("{} Idempotency-Key {wrong:.10}", operation.id));
                    assert_eq!(reply["errors"][0]["pointer"], "header Idempotency-Key", "{}", reply.text);
                }
            }
            for wrong in ["Bearer", "Bearer x", "Basic eDp5", "Bearer ghs_", &format!("Bearer ghs_{}", "0".repeat(64))] {
                let reply = server.nobody().send(operation.method.clone(), &path, &[("authorization", wrong)], body.clone()).await;
                assert_eq!(reply.status, 401, "{} {wrong}: {}", operation.id, reply.text);
            }
        }
        let (key, other) = (server.key(None, &["*"]).await, server.key(None, &["decide"]).await);
        let bearer = |who: &Someone| format!("Bearer {}", who.secret());
        let (one, two) = (bearer(&key), bearer(&other));
        let nobody = server.nobody();
        nobody.send(Method::GET, "/v1/model", &[("authorization", &one)], None).await.is(200);
        for both in [[&one, &two], [&one, &one], [&two, &one]] {
            let headers = both.map(|value| ("authorization", value.as_str()));
            nobody.send(Method::GET, "/v1/model", &headers, None).await.fails(401, "not-signed-in");
        }
        assert_eq!(place.owner.people(&place.org).await.len(), 6, "nothing was done");
    }

    /// A method that a path doesn't have, and a path that isn't there.
    async fn wrong_methods_and_paths_are_problems(database) {
        let server = Server::start(database, "workjet").await;
        let place = Place::new(&server).await;
        let reply = place.owner.send(Method::PUT, "/v1/organizations", &[], None).await.fails(405, "method-not-allowed");
        assert!(reply.header("allow").is_some_and(|allow| allow.contains("GET") && allow.contains("POST")));
        place.owner.get("/v1/nothing").await.fails(404, "not-found");
        place.owner.get("/v1").await.fails(404, "not-found");
    }
}
