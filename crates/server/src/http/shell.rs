//! What surrounds every request: its number, where it comes from, limits, time, panics, and the headers of the answer.

use crate::{
    App, Failure,
    http::{
        Browser, Network, headers,
        limits::{KEY_REQUESTS, KeyProven, REQUESTS, Requests},
        origin,
    },
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures_util::FutureExt as _;
use guildhall_core::KeyId;
use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

/// A request's number: in the log, in `X-Request-Id`, and shown as a fault's reference.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The outermost layer: number, headers, log line, metrics.
pub async fn outermost(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = RequestId(uuid::Uuid::now_v7().simple().to_string());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let network = Network::of(&app.config().http.trusted_proxies, peer, request.headers());
    let method = request.method().clone();
    request.extensions_mut().insert(id.clone());
    request.extensions_mut().insert(network);
    let browser = Browser::of(&app, request.headers()).ok();
    if let Some(browser) = &browser {
        request.extensions_mut().insert(browser.clone());
    }
    let mut response = next.run(request).await;
    headers::add(&app, response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    set_browser(&app, browser, &mut response);
    let status = response.status().as_u16();
    let took = began.elapsed();
    metrics::counter!("guildhall_requests_total", "method" => name_of(&method), "status" => class_of(status)).increment(1);
    metrics::histogram!("guildhall_request_seconds").record(took.as_secs_f64());
    tracing::debug!(request = id.0, %method, status, micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX), "answered");
    response
}

/// Pages carry a form token, which is good only beside the cookie it is bound to.
fn set_browser(app: &App, browser: Option<Browser>, response: &mut Response) {
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let Some(browser) = browser.filter(|browser| browser.is_new) else { return };
    if !is_page && !response.status().is_redirection() {
        return;
    }
    if let Some(value) = browser.set_cookie(app) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

fn class_of(status: u16) -> &'static str {
    match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// Requests of one network, by the minute. Programs have a limit of their key's own; where no key was proven, the network's counts.
/// Who uses up the network's stops no program beside them whose key was proven lately.
pub async fn limited(State((app, requests)): State<(App, Arc<Requests>)>, request: Request, next: Next) -> Response {
    let at_most = app.config().http.requests_per_minute;
    let bucket = request.extensions().get::<Network>().map(|network| network.bucket()).unwrap_or_default();
    let now = app.now();
    if let Some(key) = may_be_a_program(&request)
        && (at_most == 0 || requests.keys.knows(&key, now) || requests.networks.used_up(&bucket, at_most, now).is_none())
    {
        return by_key(&app, &requests, key, bucket, request, next).await;
    }
    if at_most == 0 || request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let taken = requests.networks.take(bucket, at_most, now);
    let mut response = match taken {
        Ok(_) => next.run(request).await,
        Err(left) => Failure::Limited { retry_at: left.resets_at, limit: REQUESTS }.into_response(),
    };
    let (Ok(left) | Err(left)) = taken;
    left.write(now, response.headers_mut());
    response
}

/// Counted once the key was proven: nobody uses up another's limit with its id alone. What was answered before anybody asked who it
/// is (no such address, no such method) proved nothing.
async fn by_key(app: &App, requests: &Requests, key: KeyId, network: String, mut request: Request, next: Next) -> Response {
    let (of_a_key, of_a_network, now) = (app.config().http.key_requests_per_minute, app.config().http.requests_per_minute, app.now());
    if of_a_key > 0
        && let Some(left) = requests.keys.used_up(&key, of_a_key, now)
    {
        let mut response = Failure::Limited { retry_at: left.resets_at, limit: KEY_REQUESTS }.into_response();
        left.write(now, response.headers_mut());
        return response;
    }
    let proven = KeyProven::default();
    request.extensions_mut().insert(proven.clone());
    let mut response = next.run(request).await;
    if proven.is_noted() {
        // Without a limit too: that is how it is known to be good.
        let (Ok(left) | Err(left)) = requests.keys.take(key, if of_a_key > 0 { of_a_key } else { u32::MAX }, now);
        if of_a_key > 0 {
            left.write(now, response.headers_mut());
        }
    } else if of_a_network > 0 {
        // The next one is told.
        let _ = requests.networks.take(network, of_a_network, now);
    }
    response
}

/// The key of a request to the API that could be a program's. Whether it is good, its handler finds out.
fn may_be_a_program(request: &Request) -> Option<KeyId> {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok())?;
    let key = given.strip_prefix("Bearer ").and_then(guildhall_core::key::id_of)?;
    request.uri().path().starts_with("/v1/").then_some(key)
}

/// The innermost layer: cross-site requests, time, panics.
pub async fn guarded(State(app): State<App>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let by_cookie = request.headers().contains_key(header::COOKIE) && !request.headers().contains_key(header::AUTHORIZATION);
    if !safe
        && by_cookie
        && let Err(failure) = origin::check(&app, request.headers())
    {
        return failure.into_response();
    }
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(app.config().http.request_time, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            let what = panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
            Failure::broken(format!("panicked: {}", what.unwrap_or_default())).into_response()
        }
        Err(_) => Failure::TimedOut.into_response(),
    }
}
