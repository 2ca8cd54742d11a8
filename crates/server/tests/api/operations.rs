//! Every operation of the OpenAPI document with a request that is right: what the tests over all operations send.

use crate::harness::{Reply, Server, Someone};
use axum::http::Method;
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

/// An organization of the `workjet` system with somebody in every role, and an invitation.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) org: String,
    pub(crate) owner: Someone,
    pub(crate) admin: Someone,
    pub(crate) member: Someone,
    /// Whom operations are done to.
    pub(crate) target: Someone,
    pub(crate) stranger: Someone,
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
        Self { org, owner, admin, member, target, stranger, invitation, waiting }
    }

    /// The ids of this place, by the names that stand in paths. `who` asks: their own address and session are theirs.
    pub(crate) async fn ids(&self, server: &Server, who: &Someone) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::from([
            ("organization".to_owned(), self.org.clone()),
            ("user".to_owned(), self.target.id.clone()),
            ("invitation".to_owned(), self.invitation.clone()),
            ("identity".to_owned(), random("idn")),
            ("address".to_owned(), random("adr")),
            ("session".to_owned(), random("ses")),
        ]);
        if who.id.starts_with("usr_") {
            let _ = server;
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
            "found_organization" => json!({ "name": "New", "slug": format!("new-{fresh}") }),
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
                "subject": { "type": "user", "id": if who.id.starts_with("usr_") { &who.id } else { &self.member.id } },
                "action": { "name": "chat.use" },
                "resource": { "type": "organization", "id": self.org },
            }),
            _ => return None,
        })
    }
}

/// Queries that an operation can't do without.
pub(crate) fn query(operation: &str) -> &'static str {
    match operation {
        "list_users" => "?external_id=nobody",
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

/// Sends every operation with what is right as each of these, to a place that nothing was done to before; `look` sees each answer.
pub(crate) async fn each(server: &Server, roles: &[&str], mut look: impl FnMut(&Operation, &str, &Reply)) {
    let mut place = Place::new(server).await;
    for operation in all() {
        for role in roles {
            let who = match *role {
                "nobody" => server.nobody(),
                "stranger" => place.stranger.clone(),
                "member" => place.member.clone(),
                "admin" => place.admin.clone(),
                "owner" => place.owner.clone(),
                other => panic!("nobody here is a `{other}`"),
            };
            let mut ids = place.ids(server, &who).await;
            if matches!(operation.id.as_str(), "accept_invitation" | "decline_invitation") {
                ids.insert("invitation".to_owned(), place.waiting.clone());
            }
            let body = place.body(server, &operation.id, &who);
            assert_eq!(body.is_some(), operation.has_body, "`{}` needs a right body in operations.rs", operation.id);
            let reply = send(&who, &operation, &ids, body).await;
            look(&operation, role, &reply);
            if reply.status < 300 && operation.method != Method::GET {
                place = Place::new(server).await;
            }
        }
    }
}

/// Sends the operation.
pub(crate) async fn send(who: &Someone, operation: &Operation, ids: &BTreeMap<String, String>, body: Option<Value>) -> Reply {
    let path = format!("{}{}", filled(&operation.path, ids), query(&operation.id));
    who.send(operation.method.clone(), &path, &[], body.map(|body| body.to_string())).await
}
