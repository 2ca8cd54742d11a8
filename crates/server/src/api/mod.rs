//! The API as a whole: its routes, its description (`OpenAPI` 3.1), and what all of its lists and writes have in common.

pub mod cursor;
pub mod idempotency;

pub(crate) mod condition;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod schema;
pub(crate) mod text;
pub(crate) mod time;

mod document;
mod reference;

use crate::{App, Failure, decisions, invitations, members, organizations, ownership, roles, users};
use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use std::sync::LazyLock;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Everything under `/v1`, with the description of it.
fn described() -> (Router<App>, OpenApi) {
    let all = OpenApiRouter::with_openapi(document::beginning())
        .merge(organizations::api::routes())
        .merge(members::api::routes())
        .merge(invitations::api::routes())
        .merge(ownership::api::routes())
        .merge(roles::api::routes())
        .merge(users::api::routes())
        .merge(decisions::api::routes());
    let (router, mut document) = all.split_for_parts();
    document::finish(&mut document);
    (router, document)
}

/// The description of the API.
pub fn document() -> OpenApi {
    described().1
}

/// The same as JSON, made once.
static JSON: LazyLock<Result<String, String>> =
    LazyLock::new(|| document().to_pretty_json().map(|json| format!("{json}\n")).map_err(|error| error.to_string()));

/// The routes of the API, of its description, and of the page that shows it.
pub fn routes(app: &App) -> Router<App> {
    let (router, _) = described();
    router
        .layer(middleware::from_fn_with_state(app.clone(), idempotency::idempotent))
        .route("/openapi.json", get(openapi))
        .route("/api", get(reference_page))
}

async fn openapi() -> Result<Response, Failure> {
    let json = JSON.as_ref().map_err(|error| Failure::broken(error.clone()))?;
    let mut response = json.as_str().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

async fn reference_page() -> Result<Html<&'static str>, Failure> {
    static PAGE: LazyLock<Result<String, String>> = LazyLock::new(|| {
        let json = JSON.as_ref().map_err(Clone::clone)?;
        serde_json::from_str(json).map(|document| reference::page(&document)).map_err(|error| error.to_string())
    });
    PAGE.as_ref().map(|page| Html(page.as_str())).map_err(|error| Failure::broken(error.clone()))
}
