//! How a failure is answered: problem+json for programs, a page for browsers, the same value behind both.

use crate::{
    App, Failure, events,
    http::{
        FormToken, RequestId, ReturnTo,
        problem::{self, Problem},
    },
    portal::{
        refused,
        view::{Action, How, Look},
    },
    sign_in::page,
};
use askama::Template as _;
use axum::{
    extract::{FromRequestParts as _, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};

/// What the other end can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    Page,
    Problem,
}

impl Wants {
    fn of(parts: &Parts) -> Self {
        let path = parts.uri.path();
        if path.starts_with("/v1/") || path == "/v1" || path == "/openapi.json" {
            return Self::Problem;
        }
        let accepts_pages = text(&parts.headers, "accept").contains("text/html");
        if accepts_pages || parts.headers.contains_key("hx-request") { Self::Page } else { Self::Problem }
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Writes the body of every failure; logs faults, once.
pub async fn answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        let headers = std::mem::take(response.headers_mut());
        let mut told = tell(&app, asked, failure).await;
        told.headers_mut().extend(headers);
        return told;
    }
    response
}

async fn tell(app: &App, mut asked: Parts, failure: Failure) -> Response {
    let reference = asked.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    log(&failure, &reference);
    events::failed(app, &mut asked, &failure).await;
    if Wants::of(&asked) == Wants::Problem {
        return json(app, &failure, &reference);
    }
    if matches!(failure, Failure::NotSignedIn) {
        return sign_in_first(&asked, "/sign-in");
    }
    if matches!(failure, Failure::StepUp) {
        return sign_in_first(&asked, "/sign-in/again");
    }
    html(app, &mut asked, &failure, reference).await
}

fn log(failure: &Failure, reference: &str) {
    if let Failure::Fault(fault) = failure {
        tracing::error!(reference, fault = %fault, "a request met a fault");
    } else if let Failure::Broken(what) = failure {
        tracing::error!(reference, what, "a request broke");
    } else if let Failure::Limited { limit, .. } = failure {
        tracing::info!(reference, limit, "a limit was reached");
    }
}

fn json(app: &App, failure: &Failure, reference: &str) -> Response {
    let body = serde_json::to_vec(&Problem::of(app, failure, reference)).unwrap_or_default();
    let mut response = (failure.status(), body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
    standard(app, failure, response.headers_mut());
    response
}

/// `Retry-After` and `WWW-Authenticate`, as their status asks.
fn standard(app: &App, failure: &Failure, headers: &mut HeaderMap) {
    let after = problem::retry_at(failure).map(|at| (at.0 - app.now().0 + 999_999) / 1_000_000);
    let after = after.or(matches!(failure, Failure::Fault(_)).then_some(5));
    if let Some(value) = after.and_then(|seconds| HeaderValue::from_str(&seconds.max(1).to_string()).ok()) {
        headers.insert(header::RETRY_AFTER, value);
    }
    if matches!(failure, Failure::NotSignedIn) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
}

/// To the sign-in page and back: to this page, or to the one whose form was sent.
fn sign_in_first(asked: &Parts, page: &str) -> Response {
    let from = |name: &str| {
        let whole = text(&asked.headers, name);
        url::Url::parse(whole).ok().map(|url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    };
    let here = match (asked.headers.contains_key("hx-request"), &asked.method) {
        (true, _) => from("hx-current-url"),
        (false, &Method::GET) => asked.uri.path_and_query().map(ToString::to_string),
        (false, _) => from("referer"),
    };
    let back = ReturnTo::from(here.unwrap_or_default());
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", back.path()).finish();
    let to = format!("{page}?{query}");
    if !asked.headers.contains_key("hx-request") {
        return Redirect::to(&to).into_response();
    }
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    if let Ok(value) = HeaderValue::from_str(&to) {
        response.headers_mut().insert("hx-redirect", value);
    }
    response
}

async fn html(app: &App, asked: &mut Parts, failure: &Failure, reference: String) -> Response {
    let token = FormToken::from_request_parts(asked, app).await.map(|token| token.0).unwrap_or_default();
    let said = problem::words(failure, app.model());
    let is_fault = failure.status().is_server_error();
    let mut actions = Vec::new();
    if is_fault && asked.method == Method::GET {
        let here = asked.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        actions.push(Action { look: Look::Primary, ..Action::new("Try again", How::Page, &here) });
    }
    actions.push(Action::new("Go to the start", How::Page, "/"));
    let view = crate::portal::view::outside::ErrorPage {
        page: page::outside(app, said.title, token),
        status: failure.status().as_u16(),
        heading: said.title.to_owned(),
        lead: if let Failure::NotAllowed { what, who_could } = failure {
            refused::not_allowed(app.model(), what, who_could)
        } else {
            format!("{} {}", said.detail, said.remedy)
        },
        reference: is_fault.then_some(reference),
        actions,
        organizations: Vec::new(),
        footer: Vec::new(),
    };
    let body = view.render().unwrap_or_else(|_| said.title.to_owned());
    let mut response = (failure.status(), axum::response::Html(body)).into_response();
    standard(app, failure, response.headers_mut());
    response
}
