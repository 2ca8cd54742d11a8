use crate::{
    harness::Server,
    line::{LIMITS, Line, Served, serve},
};
use axum::{Router, body::Bytes, middleware, routing::post};
use guildhall_server::http::leftover;
use guildhall_testkit::both_databases;
use std::time::Duration;

async fn served(server: &Server) -> Served {
    let more = Router::new().route("/count", post(async |body: Bytes| body.len().to_string()));
    serve(guildhall_server::router_with(&server.app, more), LIMITS).await
}

fn head(method_and_path: &str, length: usize) -> String {
    format!("{method_and_path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

#[tokio::test]
async fn it_is_the_layer_that_keeps_the_connection() {
    let plain = Router::new().route("/", post(async || "not read").get(async || "next"));
    let kept = plain.clone().layer(middleware::from_fn(leftover::taken));
    for (router, is_lost) in [(kept, false), (plain, true)] {
        let served = serve(router, LIMITS).await;
        let mut line = Line::open(&served).await;
        line.write(&head("POST /", 100)).await;
        if is_lost {
            assert!(line.answer().await.ends_with("not read"));
            line.write(&"x".repeat(100)).await;
        } else {
            assert!(line.is_quiet(Duration::from_millis(100)).await, "it waits for the body");
            line.write(&"x".repeat(100)).await;
            assert!(line.answer().await.ends_with("not read"));
        }
        assert_eq!(line.is_lost("/").await, is_lost);
    }
}

both_databases! {
    /// Behind a proxy, the next request on the connection is somebody else's.
    async fn an_answer_that_needs_no_body_leaves_the_connection_good(database) {
        let server = Server::with(database, "standard", |config| config.http.requests_per_minute = 20).await;
        let served = served(&server).await;
        let ask = async |line: &mut Line, method_and_path: &str, status: &str| {
            line.write(&head(method_and_path, 100)).await;
            // The head was taken before the body is sent: another connection is answered that came later.
            Line::open(&served).await.get("/assets/none").await;
            line.write(&"x".repeat(100)).await;
            let answer = line.answer().await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{method_and_path}: {answer}");
            assert!(!answer.contains("connection: close"), "{answer}");
        };
        let mut line = Line::open(&served).await;
        for _ in 0..2 {
            ask(&mut line, "POST /v1/organizations", "401").await;
            ask(&mut line, "POST /v1/nothing", "404").await;
            ask(&mut line, "POST /healthz", "405").await;
            ask(&mut line, "POST /count", "200").await;
        }
        for n in 8..25 {
            ask(&mut line, "POST /v1/nothing", if n < 20 { "404" } else { "429" }).await;
        }
        served.ends().await;
    }

    async fn a_body_that_is_too_long_to_be_taken_in_for_nothing_ends_the_connection(database) {
        let server = Server::start(database, "standard").await;
        let served = served(&server).await;
        let mut line = Line::open(&served).await;
        line.write(&head("POST /v1/organizations", 100_000_000)).await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
        assert_eq!(line.rest().await, b"");
        // Without a length, it is counted.
        let mut line = Line::open(&served).await;
        line.write("POST /v1/organizations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n110000\r\n").await;
        line.write(&"x".repeat(0x11_0000)).await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
        served.ends().await;
    }

    async fn a_body_that_never_ends_is_answered_and_ends_the_connection(database) {
        let server = Server::with(database, "standard", |config| config.http.request_time = Duration::from_millis(200)).await;
        let served = served(&server).await;
        // Read, and waited for in vain.
        let mut line = Line::open(&served).await;
        line.write(&head("POST /count", 1_000_000)).await;
        line.trickle_until_answered().await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("connection: close"), "{answer}");
        // Not read.
        let mut line = Line::open(&served).await;
        line.write(&head("POST /v1/organizations", 1_000_000)).await;
        line.trickle_until_answered().await;
        let answer = line.answer().await;
        assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("connection: close"), "{answer}");
        served.ends().await;
    }
}
