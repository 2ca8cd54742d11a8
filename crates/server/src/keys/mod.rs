//! Service keys: how a program authenticates. Made, listed and revoked by the command line.

use crate::{App, Failure};
use guildhall_core::{
    KeyId, OrganizationId, Permit, Timestamp,
    key::{self, KeyRecord},
    link, op,
    permit::Place,
};
use guildhall_store::KeyRow;
use std::collections::BTreeSet;

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    pub title: String,
    /// The one tenant it belongs to; `None`: the deployment.
    pub tenant: Option<OrganizationId>,
    /// Names of operations, or `*`.
    pub scopes: BTreeSet<String>,
    pub expires_at: Option<Timestamp>,
}

/// A key's text, shown once.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Makes a key, as an operator's act: an event keeps it with its `reason`. Its text is the answer, and stands nowhere else.
pub async fn create(app: &App, reason: &str, new: NewKey) -> Result<(KeyRecord, Secret), Failure> {
    let known = key::known_scopes();
    if new.scopes.is_empty() {
        return Err(Failure::rejected("scopes", format!("none given; known are {}", known.join(", "))));
    }
    if let Some(unknown) = new.scopes.iter().find(|scope| !known.contains(&scope.as_str())) {
        return Err(Failure::rejected("scopes", format!("`{unknown}` is no scope; known are {}", known.join(", "))));
    }
    if new.title.trim().is_empty() || new.title.chars().count() > 64 {
        return Err(Failure::rejected("title", "1 to 64 characters"));
    }
    if new.expires_at.is_some_and(|at| at <= app.now()) {
        return Err(Failure::rejected("expires_at", "in the past"));
    }
    if let Some(tenant) = new.tenant {
        let known = app.store().tenant(tenant).await?.is_some_and(|view| !view.tenant.is_deleted());
        if !known {
            return Err(Failure::rejected("tenant", format!("there is no root organization {tenant}")));
        }
    }
    let id: KeyId = app.fresh();
    let text = key::compose(id, &app.random::<20>()?);
    let record = KeyRecord {
        id,
        title: new.title,
        tenant: new.tenant,
        scopes: new.scopes,
        hash: link::hash(&text),
        created_at: app.now(),
        expires_at: new.expires_at,
        revoked_at: None,
    };
    app.store().create_key(&operator(reason, record.tenant), &record).await?;
    Ok((record, Secret(text)))
}

/// A key belongs where the permit holds: to the tenant, or to the deployment.
fn operator(reason: &str, tenant: Option<OrganizationId>) -> Permit<op::Operate> {
    let place = tenant.map_or(Place::Deployment, |tenant| Place::Scope { tenant, scope: tenant.scope() });
    Permit::operator(reason, place)
}

/// The deployment's own keys, ended ones included.
pub async fn list(app: &App) -> Result<Vec<KeyRow>, Failure> {
    Ok(app.store().list_keys(&operator("to see the keys", None)).await?)
}

/// The keys of one tenant, ended ones included.
pub async fn list_of(app: &App, tenant: OrganizationId) -> Result<Vec<KeyRow>, Failure> {
    Ok(app.store().list_keys(&operator("to see the keys", Some(tenant))).await?)
}

/// Ends a key at once; an event keeps it with its `reason`.
pub async fn revoke(app: &App, reason: &str, id: KeyId) -> Result<(), Failure> {
    if app.store().revoke_key(&operator(reason, None), id).await? { Ok(()) } else { Err(Failure::NotFound) }
}
