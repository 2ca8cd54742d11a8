//! How a failure is answered: problem+json for programs, a page for browsers, the same value behind both.

use crate::{
    App, Failure, events,
    http::{
        FormToken, MaybeWho, RequestId, ReturnTo, origin,
        problem::{self, Problem},
    },
    portal::{
        flash::{self, Flash},
        refused,
        view::{Action, How, Look, Page},
        visit::Visit,
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
    if matches!(failure, Failure::Forged)
        && let Some(response) = look_again(app, &mut asked).await
    {
        return response;
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
    let here = match (asked.headers.contains_key("hx-request"), &asked.method) {
        (true, _) => path_in(&asked.headers, "hx-current-url"),
        (false, &Method::GET) => Some(here(asked)),
        (false, _) => path_in(&asked.headers, "referer"),
    };
    let back = ReturnTo::from(here.unwrap_or_default());
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", back.path()).finish();
    let to = format!("{page}?{query}");
    if !asked.headers.contains_key("hx-request") {
        return Redirect::to(&to).into_response();
    }
    browser_goes(StatusCode::UNAUTHORIZED, &to)
}

/// A form from before its reader signed in again, sent from our own page: nothing was done, and they look at it once more.
async fn look_again(app: &App, asked: &mut Parts) -> Option<Response> {
    origin::check(app, &asked.headers).ok()?;
    let MaybeWho(who) = MaybeWho::from_request_parts(asked, app).await.ok()?;
    let who = who.filter(|who| who.user().is_some())?;
    let said = Flash { draft: true, ..Flash::told("You signed in again meanwhile. Look once more, then send it.") };
    let said = flash::set(app, &who, &said).ok()?;
    let mut response = if asked.headers.contains_key("hx-request") {
        // What opens as a dialog is a page at the same address.
        browser_goes(StatusCode::FORBIDDEN, ReturnTo::from(here(asked)).path())
    } else {
        Redirect::to(&form_of(app, asked)?).into_response()
    };
    response.headers_mut().append(header::SET_COOKIE, said);
    Some(response)
}

/// Where the script asked, the whole browser goes.
fn browser_goes(status: StatusCode, to: &str) -> Response {
    let mut response = status.into_response();
    if let Ok(value) = HeaderValue::from_str(to) {
        response.headers_mut().insert("hx-redirect", value);
    }
    response
}

fn here(asked: &Parts) -> String {
    asked.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
}

/// The path of an address in a header.
fn path_in(headers: &HeaderMap, name: &str) -> Option<String> {
    let url = url::Url::parse(text(headers, name)).ok()?;
    Some(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

/// The page of ours whose form was sent.
fn form_of(app: &App, asked: &Parts) -> Option<String> {
    let rest = text(&asked.headers, "referer").strip_prefix(app.base_url())?;
    (asked.method == Method::POST && rest.starts_with('/')).then(|| ReturnTo::from(rest.to_owned()).path().to_owned())
}

/// Who reads what went wrong, unless asking that would fail or cost as well.
async fn reader(app: &App, asked: &mut Parts, failure: &Failure) -> Option<Visit> {
    let costs = failure.status().is_server_error() || matches!(failure, Failure::TimedOut | Failure::Limited { .. });
    if costs { None } else { Visit::from_request_parts(asked, app).await.ok() }
}

/// Of what was sent and then broke: its last step may be the one that failed.
const UNSURE: &str = "It may not have been saved. Look first, then try again.";

async fn html(app: &App, asked: &mut Parts, failure: &Failure, reference: String) -> Response {
    let token = FormToken::from_request_parts(asked, app).await.map(|token| token.0).unwrap_or_default();
    let said = problem::words(failure, app.model());
    let is_fault = failure.status().is_server_error();
    let mut actions = Vec::new();
    if let Some(form) = form_of(app, asked) {
        actions.push(Action { look: Look::Primary, ..Action::new("Back to the form", How::Page, &form) });
    } else if is_fault && asked.method == Method::GET {
        actions.push(Action { look: Look::Primary, ..Action::new("Try again", How::Page, &here(asked)) });
    }
    actions.push(Action::new("Go to the start", How::Page, "/"));
    let page = page::outside(app, said.title, token);
    let view = crate::portal::view::outside::ErrorPage {
        page: match reader(app, asked, failure).await {
            Some(reader) => Page { theme: reader.theme(), user: Some(reader.id().to_string()), ..page },
            None => page,
        },
        status: failure.status().as_u16(),
        heading: said.title.to_owned(),
        lead: if let Failure::NotAllowed { what, who_could } = failure {
            refused::not_allowed(app.model(), what, who_could)
        } else if asked.method == Method::POST && (is_fault || matches!(failure, Failure::TimedOut)) {
            UNSURE.to_owned()
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
