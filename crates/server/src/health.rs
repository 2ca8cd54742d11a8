//! For who watches: alive, ready, and counted.

use crate::{App, Failure, telemetry};
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

/// The database answers too, and is ours to write.
async fn readyz(State(app): State<App>) -> Response {
    match app.store().ready().await {
        Ok(()) => (StatusCode::OK, "ready\n").into_response(),
        Err(fault) => {
            tracing::warn!(%fault, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "5")],
                "not ready: the database doesn't answer, or another process writes to it\n",
            )
                .into_response()
        }
    }
}

/// Prometheus's text, for who shows the configured token. Where none is configured, there is nothing here.
async fn metrics(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let token = app.config().metrics.as_ref().ok_or(Failure::NotFound)?;
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.split_once(' '));
    if !given.is_some_and(|(scheme, text)| scheme.eq_ignore_ascii_case("bearer") && token.is(text.trim())) {
        return Err(Failure::NotSignedIn);
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], telemetry::metrics().render()).into_response())
}
