//! A server in process: the real router on a database of the test's own, people with sessions, programs with keys.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

mod app;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use guildhall_core::{
    Model, Permit, SessionId, SignInId, StreamId, Timestamp, UserId, World,
    account::{self, Birth},
    id::{InvitationKind, SignInKind},
    link::{self, LinkKind},
    mail::MailOrder,
    op,
    permit::Place,
    session::SessionRecord,
    text::{Address, Name},
    time::Span,
};
use guildhall_server::{
    App, Config, StartError,
    config::{Founders, Mail},
    keys,
};
use guildhall_store::{OpenError, Options, Store};
use guildhall_testkit::Database;
use serde_json::{Value, json};
use std::{
    ops::Index,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
};
use tower::ServiceExt as _;

/// Where the server believes to be reached.
pub const BASE: &str = "http://127.0.0.1:8080";

/// A running server.
#[derive(Clone)]
pub struct Server {
    pub app: App,
    router: Router,
    clock: Arc<AtomicI64>,
    n: Arc<AtomicU32>,
}

impl Server {
    /// One of this preset, where anyone may found organizations.
    pub async fn start(database: &Database, preset: &str) -> Self {
        Self::with(database, preset, |_| {}).await
    }

    /// One that is configured otherwise.
    pub async fn with(database: &Database, preset: &str, change: impl FnOnce(&mut Config)) -> Self {
        let model = Model::preset(preset).expect("a preset of that name");
        let mut config = Config::standard().expect("the standard configuration");
        config.organizations = Founders::Anyone;
        config.http.public_url = BASE.to_owned();
        config.http.requests_per_minute = 0;
        // Mails are read in the outbox; nothing takes them from there.
        config.mail = Some(Mail { smtp_url: "smtp://127.0.0.1:1".parse().expect("an address"), from: "g@example.org".to_owned() });
        change(&mut config);
        // 2026-03-01T09:00:00Z, and on with every look, so that nothing happens at once.
        let clock = Arc::new(AtomicI64::new(1_772_355_600_000_000));
        Self::open(database, model, &config, clock, Arc::default()).await
    }

    /// The same one, stopped and started with another text of its model. Whoever holds its router must be gone.
    pub async fn restart(self, database: &Database, text: &str) -> Self {
        let Self { app, router, clock, n } = self;
        let (config, file) = (app.config().clone(), format!("{}.toml", app.model().id));
        let model = Model::load(&file, text).expect("a model without mistakes");
        drop((app, router));
        Self::open(database, model, &config, clock, n).await
    }

    async fn open(database: &Database, model: Model, config: &Config, clock: Arc<AtomicI64>, n: Arc<AtomicU32>) -> Self {
        let told = Arc::clone(&clock);
        let mut options = Options::new(database.url(), Arc::new(model));
        options.clock = Arc::new(move || Timestamp(told.fetch_add(1, Ordering::SeqCst)));
        for _ in 0..500 {
            match app::app(config.clone(), options.clone()).await {
                Ok(app) => return Self { router: app::router(&app), app, clock, n },
                // The connection that holds the lock of one that was stopped ends a moment later.
                Err(StartError::Store(OpenError::Locked { .. })) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the lock stays");
    }

    /// Lets time pass.
    pub fn pass(&self, span: Span) {
        self.clock.fetch_add(span.0, Ordering::SeqCst);
    }

    pub fn store(&self) -> &Store {
        self.app.store()
    }

    fn fresh(&self) -> u32 {
        self.n.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Somebody who has proven the address and is signed in.
    pub async fn person(&self, address: &str) -> Someone {
        let parsed = Address::parse(address).unwrap();
        let id = self.store().intern_addresses(&[parsed]).await.unwrap()[0];
        let name = address.split('@').next().unwrap();
        let birth = Birth { address: Some(id), provider: None, name: Some(Name::parse(name).unwrap()), external_id: None };
        let create =
            move |world: &World<'_>| account::create(world, Permit::<op::UserCreate>::system("a test", Place::Deployment), birth.clone());
        let user = self.store().write(&[], create).await.unwrap().value;
        self.sign_in(user, address).await
    }

    /// Another session of this user.
    pub async fn sign_in(&self, user: UserId, address: &str) -> Someone {
        let token = format!("token-{}", self.fresh());
        let now = self.store().now();
        let session: SessionId = self.app.fresh();
        let record = SessionRecord {
            id: session,
            user,
            token_hash: link::hash(&token),
            created_at: now,
            signed_in_at: now,
            last_seen_at: now,
            ended_at: None,
        };
        self.store().create_session(&record, Some("Firefox"), Some("192.0.2.1")).await.unwrap();
        let name = format!("guildhall-{}-8080-session", self.app.model().id);
        self.someone(Auth::Session(format!("{name}={session}.{token}")), user.to_string(), address)
    }

    /// They prove this address too, by its mailed code.
    pub async fn add_address(&self, who: &Someone, address: &str) {
        let asked = who.post("/v1/user/addresses", json!({ "address": address })).await.is(201);
        let id: SignInId = asked["sign_in"].as_str().unwrap().parse().unwrap();
        let code = link::code::<SignInKind>(self.app.key(), LinkKind::AddAddress, id, 1);
        who.post("/v1/user/addresses/prove", json!({ "sign_in": id, "code": code })).await.is(200);
    }

    /// A program with a key of this organization, or of the deployment.
    pub async fn key(&self, organization: Option<&str>, scopes: &[&str]) -> Someone {
        self.key_until(organization, scopes, None).await
    }

    /// A program whose key ends at that moment.
    pub async fn key_until(&self, organization: Option<&str>, scopes: &[&str], expires_at: Option<Timestamp>) -> Someone {
        let new = keys::NewKey {
            title: "a host product".to_owned(),
            tenant: organization.map(|id| id.parse().unwrap()),
            scopes: scopes.iter().map(ToString::to_string).collect(),
            expires_at,
        };
        let (record, secret) = keys::create(&self.app, "a test", new).await.unwrap();
        self.someone(Auth::Key(secret.0), record.id.to_string(), "")
    }

    pub fn nobody(&self) -> Someone {
        self.someone(Auth::Nobody, String::new(), "")
    }

    fn someone(&self, auth: Auth, id: String, address: &str) -> Someone {
        Someone { router: self.router.clone(), auth, id, address: address.to_owned() }
    }

    /// An organization, founded through the API.
    pub async fn found(&self, owner: &Someone, slug: &str) -> String {
        let body = json!({ "name": format!("The {slug}"), "slug": slug });
        owner.post("/v1/organizations", body).await.is(201)["id"].as_str().unwrap().to_owned()
    }

    /// Invites the address with these roles (none: the model's default) and answers with the invitation.
    pub async fn invite(&self, by: &Someone, organization: &str, address: &str, roles: &[&str]) -> String {
        let body = if roles.is_empty() { json!({ "to": address }) } else { json!({ "to": address, "roles": roles }) };
        let sent = by.post(&format!("/v1/organizations/{organization}/invitations"), body).await.is(201);
        sent["invitation"].as_str().unwrap().to_owned()
    }

    /// Somebody new who was invited and joined by the mailed link. Where the model fixes the role, it is changed afterwards.
    pub async fn join(&self, by: &Someone, organization: &str, address: &str, roles: &[&str]) -> Someone {
        let fixed = self.app.model().invitation.role == guildhall_access::model::InvitationRole::Fixed;
        let invitation = self.invite(by, organization, address, if fixed { &[] } else { roles }).await;
        let joined = self.accept_new(&invitation, address).await;
        if fixed && !roles.is_empty() {
            let path = format!("/v1/organizations/{organization}/members/{}/roles", joined.id);
            by.put(&path, json!({ "roles": roles })).await.is(200);
        }
        joined
    }

    /// Somebody new follows the mailed link.
    pub async fn accept_new(&self, invitation: &str, address: &str) -> Someone {
        let name = address.split('@').next().unwrap();
        let body = json!({ "token": self.link(invitation), "name": name });
        let user = self.nobody().post("/v1/invitations/accept", body).await.is(201)["new_user"].as_str().unwrap().to_owned();
        self.sign_in(user.parse().unwrap(), address).await
    }

    /// The token of the invitation's link, as its mail carries it.
    pub fn link(&self, invitation: &str) -> String {
        link::token::<InvitationKind>(self.app.key(), LinkKind::Invitation, invitation.parse().unwrap(), 1)
    }

    pub fn unwanted_link(&self, invitation: &str) -> String {
        link::token::<InvitationKind>(self.app.key(), LinkKind::Unwanted, invitation.parse().unwrap(), 1)
    }

    /// The mails that are due now.
    pub async fn due(&self) -> Vec<MailOrder> {
        self.store().due_mails(1_000).await.unwrap().into_iter().map(|mail| mail.order).collect()
    }

    /// An operator bars the account.
    pub async fn bar(&self, user: &str) {
        let user: UserId = user.parse().unwrap();
        let bar = move |world: &World<'_>| account::suspend(world, Permit::operator("a test", Place::Deployment), user);
        self.store().write(&[StreamId::User(user)], bar).await.unwrap();
    }
}

#[derive(Clone)]
enum Auth {
    Nobody,
    Session(String),
    Key(String),
}

/// Somebody or some program that sends requests.
#[derive(Clone)]
pub struct Someone {
    router: Router,
    auth: Auth,
    pub id: String,
    pub address: String,
}

impl Someone {
    pub fn user(&self) -> UserId {
        self.id.parse().unwrap()
    }
    /// The same person on another router.
    pub fn through(&self, router: Router) -> Self {
        Self { router, ..self.clone() }
    }
    /// The session's cookie.
    pub fn cookie(&self) -> String {
        match &self.auth {
            Auth::Session(cookie) => cookie.clone(),
            Auth::Nobody | Auth::Key(_) => String::new(),
        }
    }
    /// The key's text.
    pub fn secret(&self) -> String {
        match &self.auth {
            Auth::Key(secret) => secret.clone(),
            Auth::Nobody | Auth::Session(_) => String::new(),
        }
    }
    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, &[], Some(body.to_string())).await
    }
    /// A POST without a body.
    pub async fn act(&self, path: &str) -> Reply {
        self.send(Method::POST, path, &[], None).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, &[], Some(body.to_string())).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, &[], Some(body.to_string())).await
    }
    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await
    }
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Reply {
        let mut request = Request::builder().method(&method).uri(path);
        request = match &self.auth {
            Auth::Nobody => request,
            Auth::Session(cookie) => request.header(header::COOKIE, cookie).header(header::ORIGIN, BASE),
            Auth::Key(secret) => request.header(header::AUTHORIZATION, format!("Bearer {secret}")),
        };
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let asked = format!("{method} {path}");
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 64 * 1024 * 1024).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Reply { asked, status: parts.status.as_u16(), headers: parts.headers, body, text }
    }
    /// Whether they hold the permission there, by asking for a decision on themselves.
    pub async fn holds(&self, organization: &str, permission: &str) -> bool {
        let body = json!({
            "subject": { "type": "user", "id": self.id },
            "action": { "name": permission },
            "resource": { "type": "organization", "id": organization },
        });
        self.post("/v1/decisions", body).await.is(200)["decision"].as_bool().unwrap()
    }
    /// The roles of somebody there, as this one sees them.
    pub async fn roles_of(&self, organization: &str, user: &str) -> Value {
        let path = format!("/v1/organizations/{organization}/members/{user}");
        self.get(&path).await.is(200)["member"]["roles"].clone()
    }
    pub async fn set_roles(&self, organization: &str, user: &str, roles: &[&str]) -> Reply {
        self.put(&format!("/v1/organizations/{organization}/members/{user}/roles"), json!({ "roles": roles })).await
    }
    pub async fn remove(&self, organization: &str, user: &str) -> Reply {
        self.delete(&format!("/v1/organizations/{organization}/members/{user}")).await
    }
    /// The people they see there, as (name or address, status).
    pub async fn people(&self, organization: &str) -> Vec<(String, String)> {
        let all = self.get(&format!("/v1/organizations/{organization}/members?limit=200")).await.is(200);
        let text = |row: &Value, at: &str| row[at].as_str().map(str::to_owned);
        let line = |row: &Value| {
            let who = text(row, "address").or_else(|| text(row, "handle")).unwrap_or_default();
            (who, text(row, "status").unwrap())
        };
        all["items"].as_array().unwrap().iter().map(line).collect()
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// Insists on the status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered {} {}", self.asked, self.status, self.text);
        self
    }
    /// Insists on a problem of this code.
    #[track_caller]
    pub fn fails(self, status: u16, code: &str) -> Self {
        let reply = self.is(status);
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json", "{}", reply.text);
        assert_eq!(reply.body["code"], code, "{} answered {}", reply.asked, reply.text);
        reply
    }
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
    /// The body as somebody else's request must see it too: without the number of the request.
    pub fn comparable(&self) -> String {
        let mut body = self.body.clone();
        if let Some(map) = body.as_object_mut() {
            map.remove("reference");
        }
        format!("{} {body}", self.status)
    }
}

impl Index<&str> for Reply {
    type Output = Value;
    fn index(&self, key: &str) -> &Value {
        &self.body[key]
    }
}
