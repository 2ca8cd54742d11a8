//! A request with a key is done once, whatever becomes of who asked and of the server.

use crate::harness::{Server, Someone};
use axum::http::Method;
use data_encoding::BASE64;
use guildhall_core::{Principal, link, time::Span};
use guildhall_testkit::both_databases;
use serde_json::json;
use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

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
        let body = json!({ "name": "Once", "slug": "once" }).to_string();
        let hash = link::hash(&format!("POST /v1/organizations\n{}", BASE64.encode(body.as_bytes())));
        let who = principal(&server, &ann).await;
        server.store().recall(&who, "k-1", &hash, Span::minutes(1)).await.unwrap();
        let post = async || ann.send(Method::POST, "/v1/organizations", &[("idempotency-key", "k-1")], Some(body.clone())).await;
        post().await.fails(409, "idempotency-conflict");
        let founded = server.store().answering(&who, "k-1", server.found(&ann, "once")).await;
        server.pass(Span::hours(1));
        post().await.fails(409, "answer-lost");
        let all = ann.get("/v1/user/organizations").await.is(200);
        assert_eq!((all["items"].as_array().unwrap().len(), &all["items"][0]["id"]), (1, &json!(founded)));
    }
}
