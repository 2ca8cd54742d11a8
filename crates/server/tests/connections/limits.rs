use crate::line::{LIMITS, Line, serve};
use axum::{Router, extract::ConnectInfo, routing::get};
use guildhall_server::connections::Limits;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::Notify;

const SHORT: Duration = Duration::from_millis(200);

fn plain() -> Router {
    Router::new().route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
}

/// `/` answers at once, `/slow` when it is let.
fn slow() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (begun, may_end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&may_end));
    let answer = async move || {
        tell.notify_one();
        wait.notified().await;
        "late"
    };
    (plain().route("/slow", get(answer)), begun, may_end)
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed_and_an_idle_connection_too() {
    let hasty = serve(plain(), Limits { head_time: SHORT, ..LIMITS }).await;
    let patient = serve(plain(), LIMITS).await;
    for begin in ["", "GET / HTTP/1.1\r\nhost: "] {
        let mut line = Line::open(&hasty).await;
        assert!(line.get("/").await.ends_with("127.0.0.1"));
        line.write(begin).await;
        assert_eq!(line.rest().await, b"", "{begin:?}");
        let mut first = Line::open(&hasty).await;
        first.write(begin).await;
        assert_eq!(first.rest().await, b"", "{begin:?}, as the first");
        let mut line = Line::open(&patient).await;
        line.write(begin).await;
        assert!(line.is_quiet(2 * SHORT).await, "it is this limit that closes them");
    }
}

#[tokio::test]
async fn one_connection_carries_request_after_request() {
    let served = serve(plain(), LIMITS).await;
    let mut line = Line::open(&served).await;
    for _ in 0..5 {
        assert!(line.get("/").await.ends_with("127.0.0.1"), "who asks is known");
    }
    served.ends().await;
    assert_eq!(line.rest().await, b"", "idle ones are closed by the stop");
}

#[tokio::test]
async fn so_many_connections_and_the_next_one_waits() {
    let served = serve(plain(), Limits { at_most: 2, ..LIMITS }).await;
    let (mut first, mut second, mut third) = (Line::open(&served).await, Line::open(&served).await, Line::open(&served).await);
    first.get("/").await;
    second.get("/").await;
    third.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(third.is_quiet(SHORT).await);
    drop(first);
    assert!(third.answer().await.ends_with("127.0.0.1"));
    served.ends().await;
}

#[tokio::test]
async fn a_stop_lets_what_is_under_way_end() {
    let (router, begun, may_end) = slow();
    let served = serve(router, LIMITS).await;
    let (mut idle, mut busy) = (Line::open(&served).await, Line::open(&served).await);
    idle.get("/").await;
    busy.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    begun.notified().await;
    served.stop.send_replace(true);
    assert_eq!(idle.rest().await, b"", "closed at once");
    assert!(!served.end.is_finished());
    may_end.notify_one();
    let answer = busy.answer().await;
    assert!(answer.contains("connection: close") && answer.ends_with("late"), "{answer}");
    served.ends().await;
}

#[tokio::test]
async fn what_does_not_end_after_a_stop_is_not_waited_for() {
    let (router, begun, _may_end) = slow();
    let served = serve(router, Limits { last_words: SHORT, ..LIMITS }).await;
    let mut busy = Line::open(&served).await;
    busy.write("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    begun.notified().await;
    served.ends().await;
}
