//! For who watches: alive, ready, and counted.

use crate::{App, Failure, http::Network, telemetry};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};

pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers too.
async fn readyz(State(app): State<App>) -> Response {
    match app.store().next_mail_at().await {
        Ok(_) => (StatusCode::OK, "ready\n").into_response(),
        Err(fault) => {
            tracing::warn!(%fault, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "the database doesn't answer\n").into_response()
        }
    }
}

/// Prometheus's text. Only for this machine, and never through a proxy.
async fn metrics(network: Network, headers: HeaderMap) -> Result<Response, Failure> {
    let proxied = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    if proxied || !network.0.is_loopback() {
        return Err(Failure::NotFound);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::metrics().render()).into_response())
}
