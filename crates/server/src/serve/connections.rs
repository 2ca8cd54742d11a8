//! Connections: how many at once, how long a request may take to begin, and how they end.

use axum::{Extension, Router, extract::ConnectInfo};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tower::Layer as _;

/// So many at once, where the limit of open files has room for them.
const MOST: u64 = 10_000;
/// Files that are open besides: the database's, mail, sign-in providers.
const OTHER_FILES: u64 = 256;

/// Longer than proxies keep idle connections.
const HEAD_TIME: Duration = Duration::from_secs(150);

/// What holds for every connection.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// At once. Who comes beyond them waits to be accepted.
    pub at_most: u32,
    /// From when a connection is free until the whole head of its next request is here. It ends idle connections too, so it is longer than
    /// proxies keep theirs: theirs end first, and none of them sends a request into one that is just being closed.
    pub head_time: Duration,
    /// How long what is under way may take to end, after a stop.
    pub last_words: Duration,
}

impl Limits {
    /// Those of the product. Raises the process's limit of open files as far as it may and needs to.
    pub fn standard(last_words: Duration) -> Self {
        let at_most = u32::try_from(open_files().saturating_sub(OTHER_FILES).clamp(64, MOST)).unwrap_or(64);
        Self { at_most, head_time: HEAD_TIME, last_words }
    }
}

#[cfg(unix)]
fn open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let (now, wanted) = (current.unwrap_or(u64::MAX), maximum.unwrap_or(u64::MAX).min(MOST + OTHER_FILES));
    let raised = now < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok();
    if raised { wanted } else { now }
}
#[cfg(not(unix))]
fn open_files() -> u64 {
    u64::MAX
}

/// Serves until `stop` turns true. Then idle connections are closed at once, and the others after the request that is under way.
pub async fn serve(mut listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(limits.at_most as usize));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            // Errors are logged and outlived, such as too many open files. The method of the same name would hand them out.
            let (stream, peer) = axum::serve::Listener::accept(&mut listener).await;
            (slot, stream, peer)
        };
        let (slot, stream, peer) = tokio::select! {
            accepted = next => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let served = Extension(ConnectInfo(peer)).layer(router.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_time)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(served));
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = async { let _ = stop.wait_for(|stop| *stop).await; } => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(why) = ended {
                tracing::debug!(%peer, %why, "a connection broke off");
            }
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(limits.last_words, slots.acquire_many(limits.at_most)).await;
}
