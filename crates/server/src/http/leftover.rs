//! What nobody read of a request's body. An answer that is made without it (no such page, no session, too many requests) mustn't cost
//! the connection: the rest is taken in and forgotten, or the answer says that the connection ends.

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::Response,
};
use hyper::body::{Frame, SizeHint};
use std::{
    future::poll_fn,
    mem,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::sync::oneshot;

/// More than this isn't waited for.
const AT_MOST: usize = super::ONE_MIB;
const TIME: Duration = Duration::from_secs(2);

/// A body that comes back to who lent it once nobody reads it any more.
struct Lent {
    body: Body,
    back: Option<oneshot::Sender<Body>>,
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            let _ = back.send(mem::take(&mut self.body));
        }
    }
}

/// The layer around all others.
pub async fn taken(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (back, mut rest) = oneshot::channel();
    let mut response = next.run(request.map(|body| Body::new(Lent { body, back: Some(back) }))).await;
    // Who took too long to send it isn't waited for once more.
    let is_over = match rest.try_recv() {
        Ok(rest) if response.status() != StatusCode::REQUEST_TIMEOUT => tokio::time::timeout(TIME, is_whole(rest)).await.unwrap_or(false),
        Ok(rest) => rest.is_end_stream(),
        Err(_) => false,
    };
    if !is_over {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether it comes to its end, and isn't too long.
async fn is_whole(mut body: Body) -> bool {
    let mut left = AT_MOST;
    if usize::try_from(body.size_hint().lower()).map_or(true, |more| more > left) {
        return false;
    }
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(frame) = frame else { return false };
        let Some(fewer) = left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) else { return false };
        left = fewer;
    }
    true
}
