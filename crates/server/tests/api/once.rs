//! A request with a key is done once, whatever becomes of who asked and of the server.

use crate::harness::{Server, Someone};
use axum::{
    Json, Router,
    handler::Handler,
    http::{Method, StatusCode},
    middleware,
    routing::post,
};
use data_encoding::BASE64;
use guildhall_core::{Principal, link, time::Span};
use guildhall_server::{App, api::idempotency::idempotent, router_with};
use guildhall_store::{Recalled, Reservation};
use guildhall_testkit::both_databases;
use serde_json::json;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::Poll,
    time::Duration,
};
use tokio::sync::Notify;

/// What the future answers within so many polls; then it is dropped, as a server does when a client hangs up.
async fn polled<F: Future>(future: F, n: u32) -> Option<F::Output> {
    let (mut future, mut left) = (pin!(future), n);
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

pub(crate) async fn principal(server: &Server, who: &Someone) -> Principal {
    let cookie = who.cookie();
    let (session, token) = cookie.split_once('=').unwrap().1.split_once('.').unwrap();
    let record = server.store().find_session(session.parse().unwrap()).await.unwrap().unwrap();
    record.principal(token, server.store().now()).unwrap()
}

fn body() -> String {
    json!({ "name": "Once", "slug": "once" }).to_string()
}

/// As a request that was begun does, and never ended.
async fn reserve(server: &Server, who: &Someone) -> Reservation {
    let hash = link::hash(&format!("POST /v1/organizations\n{}", BASE64.encode(body().as_bytes())));
    let who = principal(server, who).await;
    let Recalled::New(reservation) = server.store().recall(&who, "k-1", &hash, Span::minutes(1)).await.unwrap() else {
        panic!("it is new")
    };
    reservation
}

/// The server with one more route, answered once as those of the API are.
fn slowly<T: 'static>(server: &Server, slow: impl Handler<T, App>) -> Router {
    let once = middleware::from_fn_with_state(server.app.clone(), idempotent);
    router_with(&server.app, Router::new().route("/v1/slow", post(slow)).layer(once))
}

both_databases! {
    /// Whenever a client hangs up, what it asked for is done once, and the answer is there when it asks again.
    async fn a_hang_up_loses_no_answer(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@hangs.example").await;
        for n in 1.. {
            let body = json!({ "name": "Once", "slug": format!("once-{n}") }).to_string();
            let (key, ann) = (format!("k-{n}"), ann.clone());
            let post = async || ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", &key)], Some(body.clone())).await;
            let first = polled(post(), n).await;
            let mut again = post().await;
            for _ in 0..500 {
                if again["code"] != "idempotency-conflict" {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                again = post().await;
            }
            let again = again.is(201);
            if let Some(first) = first {
                assert_eq!(first.is(201).body, again.body);
                assert!(n > 1, "it was interrupted somewhere");
                break;
            }
        }
    }

    /// A crash between commit and answer: the request is not done again, and who asks again learns that it was done.
    async fn what_was_done_without_an_answer_says_so(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@crash.example").await;
        let reservation = reserve(&server, &ann).await;
        let post = async || ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body())).await;
        post().await.fails(409, "idempotency-conflict");
        let founded = server.store().answering(&reservation, server.found(&ann, "once")).await;
        drop(reservation);
        server.pass(Span::hours(1));
        post().await.fails(409, "answer-lost");
        let all = ann.get("/v1/user/organizations").await.is(200);
        assert_eq!((all["items"].as_array().unwrap().len(), &all["items"][0]["id"]), (1, &json!(founded)));
    }

    /// A crash before the commit: nothing was done, so the next start of the server has it done by who asks again.
    async fn what_a_former_process_never_committed_is_done_anew(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@crash.example").await;
        let (user, text) = (ann.user(), server.app.model().text.clone());
        drop(reserve(&server, &ann).await);
        ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body())).await.fails(409, "idempotency-conflict");
        drop(ann);
        let server = server.restart(database, &text).await;
        let ann = server.sign_in(user, "").await;
        ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body())).await.is(201);
    }

    /// Who asks again while the first is at work is told so, also where it has committed: its answer is yet to come.
    async fn a_request_is_at_work_until_its_answer_is_kept(database) {
        let server = Server::start(database, "workjet").await;
        let ann = server.person("ann@slow.example").await;
        let (committed, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let slow = {
            let (server, ann, committed, go_on) = (server.clone(), ann.clone(), Arc::clone(&committed), Arc::clone(&go_on));
            async move || {
                server.found(&ann, "slow").await;
                committed.notify_one();
                go_on.notified().await;
                (StatusCode::CREATED, Json(json!({ "slow": true })))
            }
        };
        let there = ann.through(slowly(&server, slow));
        let post = || {
            let there = there.clone();
            async move { there.send(Method::POST, "/v1/slow", &[("idempotency-key", "k-1")], None).await }
        };
        let first = tokio::spawn(post());
        committed.notified().await;
        for _ in 0..2 {
            let told = post().await.fails(409, "idempotency-conflict");
            assert!(told["detail"].as_str().unwrap().contains("still at work"), "{}", told.text);
        }
        go_on.notify_one();
        first.await.unwrap().is(201);
        assert_eq!(post().await.is(201).header("idempotency-replayed"), Some("true"));
    }

    /// What took too long and did nothing keeps nobody from asking again; neither does what broke.
    async fn what_ends_without_an_answer_is_free_to_be_tried_again(database) {
        let server = Server::with(database, "workjet", |config| config.http.request_time = Duration::from_millis(300)).await;
        let ann = server.person("ann@slow.example").await;
        let n = Arc::new(AtomicU32::new(0));
        let slow = {
            let n = Arc::clone(&n);
            async move || {
                match n.fetch_add(1, Ordering::SeqCst) {
                    0 => std::future::pending().await,
                    1 => panic!("once"),
                    _ => (StatusCode::CREATED, Json(json!({}))),
                }
            }
        };
        let there = ann.through(slowly(&server, slow));
        let post = async || there.send(Method::POST, "/v1/slow", &[("idempotency-key", "k-1")], None).await;
        post().await.fails(408, "timed-out");
        let mut all = Vec::new();
        while all.last() != Some(&201) {
            assert!(all.len() < 500, "{all:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
            all.push(post().await.status);
        }
        assert_eq!(n.load(Ordering::SeqCst), 3, "{all:?}");
    }
}
