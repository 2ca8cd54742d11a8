//! The first page of the demo: all systems, each a server of its own beside this one.

use crate::portal::{
    assets,
    view::{
        Action, Brand, How, Link, Look, Page, Theme,
        demo::{System, SystemsPage},
    },
};
use askama::Template as _;
use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use std::sync::Arc;

/// One system that is offered: its title, a sentence, and who one may be.
#[derive(Clone, Debug)]
pub struct Offered {
    pub title: String,
    pub description: String,
    /// Label and address of a link that signs in.
    pub doors: Vec<(String, String)>,
    pub mailbox: String,
    pub api: String,
}

/// The router of that page. It holds no data, signs nobody in and takes no form.
pub fn router(offered: Vec<Offered>) -> Router {
    let html: Arc<str> = page(offered).into();
    let asset = async |Path(path): Path<String>| match assets::find(&path) {
        Some(asset) => ([(header::CONTENT_TYPE, asset.media_type)], asset.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    Router::new()
        .route("/", get(async move || shown(&html)))
        .route("/assets/{*path}", get(asset))
        .route("/healthz", get(async || "ok\n"))
        .fallback(async || StatusCode::NOT_FOUND)
}

fn shown(html: &str) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; frame-ancestors 'none'; base-uri 'none'";
    let headers =
        [(header::CONTENT_SECURITY_POLICY, policy), (header::X_CONTENT_TYPE_OPTIONS, "nosniff"), (header::CACHE_CONTROL, "no-store")];
    (headers, Html(html.to_owned())).into_response()
}

fn page(offered: Vec<Offered>) -> String {
    let system = |one: Offered| {
        let mut enter: Vec<Action> =
            one.doors.iter().map(|(label, href)| Action::new(&format!("Enter as {label}"), How::Page, href)).collect();
        if let Some(first) = enter.first_mut() {
            first.look = Look::Primary;
        }
        enter.push(Action { look: Look::Quiet, ..Action::new("Mailbox", How::Page, &one.mailbox) });
        enter.push(Action { look: Look::Quiet, ..Action::new("API", How::Page, &one.api) });
        System { name: one.title, description: one.description, enter }
    };
    let n = offered.len();
    let view = SystemsPage {
        page: Page {
            lang: "en".to_owned(),
            theme: Theme::System,
            user: None,
            title: "Choose a system".to_owned(),
            place: "Guildhall".to_owned(),
            brand: Brand { product: "Guildhall".to_owned(), logo: None, stylesheet: None },
            form_token: String::new(),
            toast: None,
        },
        heading: "One binary, one file each".to_owned(),
        lead: format!(
            "{n} systems run here, each from its own access model, on a port and in a folder of its own. All data is made up and goes with the process."
        ),
        systems: offered.into_iter().map(system).collect(),
        mailbox: None,
        footer: vec![Link::new("Guildhall", "/")],
    };
    view.render().unwrap_or_default()
}
