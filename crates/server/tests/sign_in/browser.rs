//! A browser: it keeps cookies, sends its origin, and fills in the forms it was shown.

use crate::harness::{BASE, Server};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, header},
};
use guildhall_core::{
    id::SignInKind,
    link::{self, LinkKind},
    mail::Template,
};
use guildhall_server::App;
use std::{collections::BTreeMap, net::SocketAddr};
use tower::ServiceExt as _;

pub(crate) struct Browser {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) agent: String,
    pub(crate) peer: SocketAddr,
    /// Headers sent beside its own.
    pub(crate) more: Vec<(&'static str, String)>,
    token: String,
}

/// What was shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Shown {
    pub(crate) fn to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }
    #[track_caller]
    pub(crate) fn goes(&self, to: &str) {
        assert_eq!((self.status, self.to()), (303, to), "{}", self.body);
    }
    /// Goes there by the page of welcome: the account is new.
    #[track_caller]
    pub(crate) fn welcomes(&self, to: &str) {
        self.goes(&format!("/welcome?return_to={}", to.replace('/', "%2F")));
    }
    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "no {text:?} in {} {}", self.status, self.body);
        self
    }
}

impl Browser {
    pub(crate) fn new(server: &Server, agent: &str) -> Self {
        Self::on(&server.app, guildhall_server::router(&server.app), agent)
    }
    pub(crate) fn on(app: &App, router: Router, agent: &str) -> Self {
        let peer = "192.0.2.7:4000".parse().unwrap();
        Self { app: app.clone(), router, cookies: BTreeMap::new(), agent: agent.to_owned(), peer, more: Vec::new(), token: String::new() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Shown {
        self.send(Method::GET, path, None, true).await
    }
    pub(crate) async fn head(&mut self, path: &str) -> Shown {
        self.send(Method::HEAD, path, None, true).await
    }
    /// Posts the fields with the token of the page seen last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let token = self.token.clone();
        self.post_with(path, fields, &token).await
    }
    pub(crate) async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], token: &str) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).append_pair("form_token", token).finish();
        self.send(Method::POST, path, Some(body), true).await
    }
    /// As another site's page would: with the cookies, from elsewhere.
    pub(crate) async fn post_from_elsewhere(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let token = self.token.clone();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).append_pair("form_token", &token).finish();
        self.send(Method::POST, path, Some(body), false).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, form: Option<String>, ours: bool) -> Shown {
        let path = path.strip_prefix(BASE).unwrap_or(path);
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let mut request =
            Request::builder().method(&method).uri(path).header(header::ACCEPT, "text/html").header(header::USER_AGENT, &self.agent);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        for (name, value) in &self.more {
            request = request.header(*name, value);
        }
        if form.is_some() {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, if ours { BASE } else { "https://evil.example" })
                .header("sec-fetch-site", if ours { "same-origin" } else { "cross-site" });
        }
        let mut request = request.body(form.map_or_else(Body::empty, Body::from)).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        if let Some(token) = between(&body, "name=\"form_token\" value=\"", "\"") {
            self.token = token;
        }
        Shown { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Asks for a mail to this address; answers with the page where the code is typed.
    pub(crate) async fn ask(&mut self, address: &str) -> String {
        self.get("/sign-in?return_to=/profile").await;
        self.ask_here(address).await
    }
    /// The same on the page that it sees.
    pub(crate) async fn ask_here(&mut self, address: &str) -> String {
        let sent = self.post("/sign-in", &[("address", address), ("return_to", "/profile")]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let to = sent.to().to_owned();
        self.get(&to).await;
        to
    }
    /// Signs in with the mailed code.
    pub(crate) async fn sign_in(&mut self, server: &Server, address: &str) -> Shown {
        self.get("/sign-in?return_to=/profile").await;
        self.sign_in_here(server, address).await
    }
    /// The same on the page that it sees.
    pub(crate) async fn sign_in_here(&mut self, server: &Server, address: &str) -> Shown {
        let page = self.ask_here(address).await;
        let (code, _) = newest(server).await;
        self.post(&page, &[("code", &code)]).await
    }
    /// Whose session this browser has.
    pub(crate) async fn who(&mut self) -> Option<String> {
        let shown = self.get("/v1/user").await;
        let body: serde_json::Value = serde_json::from_str(&shown.body).unwrap();
        (shown.status == 200).then(|| body["id"].as_str().unwrap().to_owned())
    }
}

pub(crate) fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found.to_owned())
}

/// Code and link of the newest mail that has them, as its reader would see them.
pub(crate) async fn newest(server: &Server) -> (String, String) {
    let due = server.due().await;
    let found = due.iter().rev().find_map(|order| {
        if let Template::SignIn { sign_in, generation } = order.template {
            return Some((LinkKind::SignIn, sign_in, generation));
        }
        if let Template::AddAddress { sign_in, generation } = order.template {
            return Some((LinkKind::AddAddress, sign_in, generation));
        }
        None
    });
    let (kind, id, generation) = found.expect("a mail with a code");
    let key = server.app.key();
    let token = link::token::<SignInKind>(key, kind, id, generation);
    (link::code(key, kind, id, generation), format!("/sign-in/link/{token}"))
}
