//! Service keys: their hashes, what they may, and when they were last used.

use super::event::ADD_EVENT;
use crate::{
    Event, Fault, Store,
    db::{Row, Statement, Value, statements},
};
use guildhall_core::{Actor, KeyId, Permit, TenantId, Timestamp, key::KeyRecord, op, time::Span};
use parking_lot::Mutex;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, Instant},
};

/// How often the moment of last use is written.
const TOUCH: Span = Span::minutes(1);
/// How long a key read from the database is taken to be as it was. Revoking waits as long before it says that it is done, so that
/// a key that was said to be revoked opens nothing, whichever process was told.
const LEASE: Duration = Duration::from_millis(200);
/// Keys in memory; more than anybody uses at once.
const MOST_READ: usize = 10_000;

/// A key as who manages it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    pub key: KeyRecord,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
}

statements! {
    CREATE_KEY(service_key) = "INSERT INTO service_key (id, title, tenant, hash, created_at, expires_at, revoked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ADD_SCOPE(service_key_scope) = "INSERT INTO service_key_scope (service_key, operation) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    FIND_KEY(service_key) = "SELECT k.id, k.title, k.tenant, k.hash, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, s.operation
        FROM service_key k LEFT JOIN service_key_scope s ON s.service_key = k.id WHERE k.id = $1";
    LIST_TENANT_KEYS(service_key) = "SELECT k.id, k.title, k.tenant, k.hash, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
        s.operation FROM service_key k LEFT JOIN service_key_scope s ON s.service_key = k.id WHERE k.tenant = $1 ORDER BY k.id LIMIT 10000";
    LIST_KEYS(service_key) = "SELECT k.id, k.title, k.tenant, k.hash, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
        s.operation FROM service_key k LEFT JOIN service_key_scope s ON s.service_key = k.id WHERE k.tenant IS NULL ORDER BY k.id LIMIT 10000";
    REVOKE_TENANT_KEY(service_key) = "UPDATE service_key SET revoked_at = $1 WHERE id = $2 AND tenant = $3 AND revoked_at IS NULL
        RETURNING tenant";
    REVOKE_KEY(service_key) = "UPDATE service_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING tenant";
    // Changes nothing, and holds the row until the commit, so that no revocation slips between.
    HOLD_LIVE(service_key) = "UPDATE service_key SET revoked_at = NULL
        WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    FIND_USE(service_key) = "SELECT last_used_at, tenant FROM service_key WHERE id = $1";
    NOTE_USE(service_key) = "UPDATE service_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
}

impl Store {
    /// Keeps a new key, and notes who made it and why. It belongs where the permit holds: to that tenant, or to the deployment.
    pub async fn create_key(&self, permit: &Permit<op::Operate>, key: &KeyRecord) -> Result<(), Fault> {
        let tenant = permit.scope().map(|(tenant, _)| tenant);
        let mut rows: Vec<(&'static Statement, Vec<Value>)> = vec![(
            &CREATE_KEY,
            vec![
                key.id.into(),
                key.title.as_str().into(),
                tenant.into(),
                key.hash.into(),
                key.created_at.into(),
                key.expires_at.into(),
                key.revoked_at.into(),
            ],
        )];
        let event = Event::of_operator(permit, "key.created", serde_json::json!({ "key": key.id, "scopes": key.scopes }));
        rows.push((&ADD_EVENT, event.values(self.fresh(), self.now())?));
        rows.extend(key.scopes.iter().map(|scope| (&ADD_SCOPE, vec![key.id.into(), scope.into()])));
        self.db()
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move { tx.execute_all(&rows).await.map(drop) })
            })
            .await
    }
    /// The key of this id, whoever asks: its record makes the principal of whoever holds its text.
    /// From memory where it was just read: a program asks thousands of times a second.
    pub async fn find_key(&self, id: KeyId) -> Result<Option<Arc<KeyRecord>>, Fault> {
        // The lease begins before the database is asked: what comes back may be older than it is late.
        let begun = Instant::now();
        if let Some(key) = self.inner.keys_read.find(id, begun) {
            return Ok(Some(key));
        }
        let rows = self.db().query(&FIND_KEY, &[id.into()]).await?;
        let found = keys(&rows)?.into_iter().next().map(|row| Arc::new(row.key));
        if let Some(key) = &found {
            self.inner.keys_read.keep(Arc::clone(key), begun);
        }
        Ok(found)
    }
    /// The keys of the permit's tenant, or the deployment's own. Revoked and expired ones too.
    pub async fn list_keys(&self, permit: &Permit<op::Operate>) -> Result<Vec<KeyRow>, Fault> {
        let rows = match permit.scope() {
            Some((tenant, _)) => self.db().query(&LIST_TENANT_KEYS, &[tenant.into()]).await?,
            None => self.db().query(&LIST_KEYS, &[]).await?,
        };
        keys(&rows)
    }
    /// Revokes a key of the permit's tenant; any key, where it holds for the deployment; and notes who did it and why.
    /// `false`: there is none that lives. When it returns, the key opens nothing any more, in this process and in others.
    pub async fn revoke_key(&self, permit: &Permit<op::Operate>, id: KeyId) -> Result<bool, Fault> {
        let now = self.now();
        let (revoke, values): (&'static Statement, Vec<Value>) = match permit.scope() {
            Some((tenant, _)) => (&REVOKE_TENANT_KEY, vec![now.into(), id.into(), tenant.into()]),
            None => (&REVOKE_KEY, vec![now.into(), id.into()]),
        };
        let (noted, event) = (self.fresh(), Event::of_operator(permit, "key.revoked", serde_json::json!({ "key": id })));
        let revoked = self
            .db()
            .write::<bool, Fault, _>(move |tx| {
                let (values, mut event) = (values.clone(), event.clone());
                Box::pin(async move {
                    let revoked = tx.query(revoke, &values).await?;
                    let Some(row) = revoked.first() else { return Ok(false) };
                    event.tenant = row.opt("tenant", Row::id)?;
                    tx.execute(&ADD_EVENT, &event.values(noted, now)?).await?;
                    Ok(true)
                })
            })
            .await;
        tokio::time::sleep(LEASE).await;
        revoked
    }
    /// Notes that the key was used; written at most once a minute. Answers the event that it kept: one on each day of use. Call it beside
    /// the answer, not before it.
    pub async fn note_key_use(&self, id: KeyId) -> Result<Option<Event>, Fault> {
        let now = self.now();
        if !self.inner.key_uses.is_due(id, now) {
            return Ok(None);
        }
        let noted = self.note_use_of(id, now).await;
        if noted.is_err() {
            self.inner.key_uses.forget(id);
        }
        noted
    }
    async fn note_use_of(&self, id: KeyId, now: Timestamp) -> Result<Option<Event>, Fault> {
        let Some(row) = self.db().query_one(&FIND_USE, &[id.into()]).await? else { return Ok(None) };
        let before: Option<Timestamp> = row.opt("last_used_at", Row::time)?;
        let tenant = row.opt("tenant", Row::id)?;
        let event = before.is_none_or(|at| day(at) != day(now)).then(|| Event {
            kind: "key.used".to_owned(),
            actor: Actor::Key { id },
            tenant,
            user: None,
            network: None,
            detail: serde_json::json!({ "key": id }),
        });
        let mut rows = vec![(&NOTE_USE, vec![now.into(), id.into(), (now - TOUCH).into()])];
        if let Some(event) = &event {
            rows.push((&ADD_EVENT, event.values(self.fresh(), now)?));
        }
        self.db()
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move { tx.execute_all(&rows).await.map(drop) })
            })
            .await?;
        Ok(event)
    }
}

/// The number of the day, in UTC.
fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(Span::days(1).0)
}

/// Keys as they were read a moment ago.
#[derive(Debug, Default)]
pub(crate) struct KeysRead(Mutex<HashMap<KeyId, (Instant, Arc<KeyRecord>)>>);

impl KeysRead {
    fn find(&self, id: KeyId, now: Instant) -> Option<Arc<KeyRecord>> {
        let read = self.0.lock();
        let (at, key) = read.get(&id)?;
        (now.duration_since(*at) < LEASE).then(|| Arc::clone(key))
    }
    fn keep(&self, key: Arc<KeyRecord>, at: Instant) {
        let mut read = self.0.lock();
        if read.len() >= MOST_READ {
            read.clear();
        }
        read.insert(key.id, (at, key));
    }
}

/// When this process last noted the use of each key: so that a request needs no write.
#[derive(Debug, Default)]
pub(crate) struct KeyUses(Mutex<HashMap<KeyId, Timestamp>>);

impl KeyUses {
    /// Whether it is to be noted again; from then on it isn't, for a while.
    fn is_due(&self, id: KeyId, now: Timestamp) -> bool {
        let mut noted = self.0.lock();
        let due = noted.get(&id).is_none_or(|last| now >= *last + TOUCH);
        if due {
            noted.insert(id, now);
        }
        due
    }
    /// It was not noted after all.
    fn forget(&self, id: KeyId) {
        self.0.lock().remove(&id);
    }
}

/// One row for each key and operation, gathered by key.
fn keys(rows: &[Row]) -> Result<Vec<KeyRow>, Fault> {
    let mut found: BTreeMap<KeyId, KeyRow> = BTreeMap::new();
    for row in rows {
        let id: KeyId = row.id("id")?;
        let operation = row.opt("operation", Row::text)?;
        if let Some(known) = found.get_mut(&id) {
            known.key.scopes.extend(operation);
            continue;
        }
        let tenant: Option<TenantId> = row.opt("tenant", Row::id)?;
        let key = KeyRecord {
            id,
            title: row.text("title")?,
            tenant,
            scopes: BTreeSet::from_iter(operation),
            hash: row.hash("hash")?,
            created_at: row.time("created_at")?,
            expires_at: row.opt("expires_at", Row::time)?,
            revoked_at: row.opt("revoked_at", Row::time)?,
        };
        found.insert(id, KeyRow { key, last_used_at: row.opt("last_used_at", Row::time)? });
    }
    Ok(found.into_values().collect())
}
