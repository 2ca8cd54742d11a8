//! Every operation of the OpenAPI document with a request that is right: what the tests over all operations send.

use crate::harness::{Reply, Server, Someone};
use axum::http::Method;
use guildhall_core::{
    Permit, SignInId, StreamId, World,
    account::{self, ProviderAccount},
    id::SignInKind,
    link::{self, LinkKind},
    time::Span,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
};

/// One operation of the document.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Names of the ids in the path.
    pub(crate) ids: Vec<String>,
    pub(crate) queries: Vec<String>,
    pub(crate) headers: Vec<String>,
    pub(crate) has_body: bool,
}

/// All operations that the document describes.
pub(crate) fn all() -> Vec<Operation> {
    let document = serde_json::to_value(guildhall_server::api::document()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let named = |place: &str| -> Vec<String> {
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                parameters.iter().filter(|it| it["in"] == place).map(|it| it["name"].as_str().unwrap().to_owned()).collect()
            };
            all.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                ids: named("path"),
                queries: named("query"),
                headers: named("header"),
                has_body: operation.get("requestBody").is_some(),
            });
        }
    }
    // Whether a JSON object keeps its order depends on what else was built.
    all.sort_by(|one, other| (&one.path, one.method.as_str()).cmp(&(&other.path, other.method.as_str())));
    all
}

static WORLDS: AtomicU32 = AtomicU32::new(0);

/// An organization of the `workjet` system with somebody in every role, a program's key of its own, and an invitation.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) org: String,
    pub(crate) owner: Someone,
    pub(crate) admin: Someone,
    pub(crate) member: Someone,
    /// Whom operations are done to.
    pub(crate) target: Someone,
    pub(crate) stranger: Someone,
    /// With every scope, of this organization.
    pub(crate) key: Someone,
    pub(crate) invitation: String,
    /// An invitation to the stranger.
    pub(crate) waiting: String,
}

impl Place {
    pub(crate) async fn new(server: &Server) -> Self {
        let n = WORLDS.fetch_add(1, Ordering::SeqCst);
        let address = |name: &str| format!("{name}-{n}@place.example");
        let owner = server.person(&address("owner")).await;
        let org = server.found(&owner, &format!("place-{n}")).await;
        let admin = server.join(&owner, &org, &address("admin"), &["admin"]).await;
        let member = server.join(&owner, &org, &address("member"), &["member"]).await;
        let target = server.join(&owner, &org, &address("target"), &["member"]).await;
        let stranger = server.person(&address("stranger")).await;
        let invitation = server.invite(&owner, &org, &address("invited"), &["member"]).await;
        let waiting = server.invite(&owner, &org, &address("stranger"), &["member"]).await;
        let key = server.key(Some(&org), &["*"]).await;
        Self { org, owner, admin, member, target, stranger, key, invitation, waiting }
    }

    /// The ids of this place, by the names that stand in paths. `who` asks: their own address and session are theirs.
    pub(crate) async fn ids(&self, who: &Someone) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::from([
            ("organization".to_owned(), self.org.clone()),
            ("user".to_owned(), self.target.id.clone()),
            ("invitation".to_owned(), self.invitation.clone()),
            ("identity".to_owned(), random("idn")),
            ("address".to_owned(), random("adr")),
            ("session".to_owned(), random("ses")),
        ]);
        if is_person(who) {
            for (name, path) in [("address", "/v1/user/addresses"), ("session", "/v1/user/sessions")] {
                let list = who.get(path).await.is(200);
                ids.insert(name.to_owned(), list["items"][0]["id"].as_str().unwrap().to_owned());
            }
        }
        ids
    }

    /// A right body for the operation, if it has one.
    pub(crate) fn body(&self, server: &Server, operation: &str, who: &Someone) -> Option<Value> {
        let fresh = WORLDS.fetch_add(1, Ordering::SeqCst);
        Some(match operation {
            "found_organization" if is_person(who) => json!({ "name": "New", "slug": format!("new-{fresh}") }),
            "found_organization" => json!({ "name": "New", "slug": format!("new-{fresh}"), "owner": self.stranger.address }),
            "update_organization" | "update_user" => json!({ "name": "Renamed" }),
            "change_roles" => json!({ "roles": ["admin"] }),
            "change_many_roles" => json!({ "changes": [{ "user": self.target.id, "roles": ["admin"] }] }),
            "remove_many_members" => json!({ "users": [self.target.id] }),
            "transfer_ownership" => json!({ "to": self.target.id }),
            "invite" => json!({ "to": format!("new-{fresh}@place.example"), "roles": ["member"] }),
            "invite_many" => json!({ "invitations": [{ "to": format!("new-{fresh}@place.example"), "roles": ["member"] }] }),
            "open_invitation" => json!({ "token": server.link(&self.invitation) }),
            "accept_by_link" => json!({ "token": server.link(&self.invitation), "name": "New" }),
            "unwanted_invitation" => json!({ "token": server.unwanted_link(&self.invitation) }),
            "add_address" => json!({ "address": format!("more-{fresh}@place.example") }),
            "prove_address" => json!({ "sign_in": random("sgn"), "code": "000000" }),
            "create_user" => json!({ "external_id": format!("ext-{fresh}") }),
            "decide" => json!({
                "subject": { "type": "user", "id": if is_person(who) { &who.id } else { &self.member.id } },
                "action": { "name": "chat.use" },
                "resource": { "type": "organization", "id": self.org },
            }),
            _ => return None,
        })
    }
}

fn is_person(who: &Someone) -> bool {
    who.id.starts_with("usr_")
}

/// Queries that an operation can't do without.
pub(crate) fn query(operation: &str) -> &'static str {
    match operation {
        "list_users" => "?external_id=nobody",
        // A program of the deployment asks for one.
        "list_organizations" => "?slug=nowhere",
        _ => "",
    }
}

/// An id of this kind that names nothing.
pub(crate) fn random(prefix: &str) -> String {
    let n = uuid::Uuid::now_v7().as_u128();
    match prefix {
        "org" => guildhall_core::OrganizationId::from_u128(n).to_string(),
        "usr" => guildhall_core::UserId::from_u128(n).to_string(),
        "inv" => guildhall_core::InvitationId::from_u128(n).to_string(),
        "adr" => guildhall_core::AddressId::from_u128(n).to_string(),
        "idn" => guildhall_core::IdentityId::from_u128(n).to_string(),
        "sgn" => guildhall_core::SignInId::from_u128(n).to_string(),
        "ses" => guildhall_core::SessionId::from_u128(n).to_string(),
        other => panic!("no kind of id begins with {other}"),
    }
}

/// The path with these ids in it.
pub(crate) fn filled(path: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id))
}

/// What must have been done before the operation can work, and the ids and the body with which it then works for whoever may.
/// `true`: the place is not what it was.
async fn prepare(server: &Server, place: &Place, operation: &Operation, who: &Someone) -> (BTreeMap<String, String>, Option<Value>, bool) {
    let (mut ids, mut body) = (place.ids(who).await, place.body(server, &operation.id, who));
    let (org, target) = (&place.org, &place.target);
    match operation.id.as_str() {
        "accept_invitation" | "decline_invitation" => drop(ids.insert("invitation".to_owned(), place.waiting.clone())),
        // Only one's own, and only before its mail has left.
        "undo_invitation" => {
            let sent = who.post(&format!("/v1/organizations/{org}/invitations"), place.body(server, "invite", who).unwrap()).await;
            if let Some(own) = sent["invitation"].as_str() {
                ids.insert("invitation".to_owned(), own.to_owned());
            }
        }
        "remind" => server.pass(Span::days(1)),
        "reinstate_member" => drop(place.owner.act(&format!("/v1/organizations/{org}/members/{}/suspend", target.id)).await.is(200)),
        "reinstate_user" => server.bar(&target.id).await,
        "prove_address" if is_person(who) => {
            let asked = who.post("/v1/user/addresses", place.body(server, "add_address", who).unwrap()).await.is(201);
            let id: SignInId = asked["sign_in"].as_str().unwrap().parse().unwrap();
            let code = link::code::<SignInKind>(server.app.key(), LinkKind::AddAddress, id, 1);
            body = Some(json!({ "sign_in": id, "code": code }));
        }
        // The only one stays.
        "remove_address" if is_person(who) => server.add_address(who, &format!("second-{}", who.address)).await,
        "unlink_identity" if is_person(who) => {
            link_identity(server, who).await;
            let linked = who.get("/v1/user/identities").await.is(200);
            ids.insert("identity".to_owned(), linked["items"][0]["id"].as_str().unwrap().to_owned());
        }
        _ => return (ids, body, false),
    }
    (ids, body, true)
}

/// Links a provider's account, as after the way to the provider and back.
async fn link_identity(server: &Server, who: &Someone) {
    let cookie = who.cookie();
    let (session, token) = cookie.split_once('=').unwrap().1.split_once('.').unwrap();
    let session = server.store().find_session(session.parse().unwrap()).await.unwrap().unwrap();
    let principal = session.principal(token, server.store().now()).unwrap();
    let (issuer, subject) = ("https://provider.example".to_owned(), format!("the subject of {}", who.id));
    let provider = ProviderAccount { issuer, subject, label: format!("Provider: {}", who.address) };
    let link = move |world: &World<'_>| account::link(world, Permit::own(&principal)?, provider.clone());
    server.store().write(&[StreamId::User(who.user())], link).await.unwrap();
}

/// Sends every operation with what is right as each of these, to a place that nothing was done to before; `look` sees each answer.
pub(crate) async fn each(server: &Server, roles: &[&str], mut look: impl FnMut(&Operation, &str, &Reply)) {
    let foreign = Place::new(server).await.key;
    let deployment = server.key(None, &["*"]).await;
    let mut place = Place::new(server).await;
    for operation in all() {
        for role in roles {
            let who = match *role {
                "nobody" => server.nobody(),
                "stranger" => place.stranger.clone(),
                "member" => place.member.clone(),
                "admin" => place.admin.clone(),
                "owner" => place.owner.clone(),
                "key" => place.key.clone(),
                "foreign" => foreign.clone(),
                "deployment" => deployment.clone(),
                other => panic!("nobody here is a `{other}`"),
            };
            let (ids, body, prepared) = prepare(server, &place, &operation, &who).await;
            assert_eq!(body.is_some(), operation.has_body, "`{}` needs a right body in operations.rs", operation.id);
            let reply = send(&who, &operation, &ids, body).await;
            look(&operation, role, &reply);
            if prepared || (reply.status < 300 && operation.method != Method::GET) {
                place = Place::new(server).await;
            }
        }
    }
}

/// Sends the operation.
pub(crate) async fn send(who: &Someone, operation: &Operation, ids: &BTreeMap<String, String>, body: Option<Value>) -> Reply {
    send_with(who, operation, ids, &[], body).await
}

/// The same with these headers.
pub(crate) async fn send_with(
    who: &Someone,
    operation: &Operation,
    ids: &BTreeMap<String, String>,
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Reply {
    let path = format!("{}{}", filled(&operation.path, ids), query(&operation.id));
    who.send(operation.method.clone(), &path, headers, body.map(|body| body.to_string())).await
}
