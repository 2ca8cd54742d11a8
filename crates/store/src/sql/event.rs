//! Events: what changes nothing but must be known. Added, shown beside the changes, dropped after 400 days, never changed.

use super::page::{Cursor, Page, Window};
use crate::{
    Fault, Store,
    db::{Row, Value, statements},
};
use guildhall_core::{Actor, Permit, TenantId, Timestamp, UserId, op, time::Span};
use uuid::Uuid;

/// How long events are kept.
pub(crate) const KEPT: Span = Span::days(400);

/// Something that happened: a sign-in, a refused attempt, a limit reached, an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// As in `sign_in.failed`.
    pub kind: String,
    pub actor: Actor,
    /// In whose log it shows.
    pub tenant: Option<TenantId>,
    pub user: Option<UserId>,
    /// The network it came from: personal, blanked with the person.
    pub network: Option<String>,
    /// Ids and numbers only: no name, no address, no secret.
    pub detail: serde_json::Value,
}

/// An event as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub id: Uuid,
    pub at: Timestamp,
    pub event: Event,
}

impl Event {
    /// What an operator did where the permit holds: its reason stands with the actor.
    pub(crate) fn of_operator(permit: &Permit<op::Operate>, kind: &str, detail: serde_json::Value) -> Self {
        let tenant = permit.scope().map(|(tenant, _)| tenant);
        Self { kind: kind.to_owned(), actor: permit.actor().clone(), tenant, user: None, network: None, detail }
    }
    /// The values of [`ADD_EVENT`].
    pub(crate) fn values(&self, id: Uuid, at: Timestamp) -> Result<Vec<Value>, Fault> {
        let actor = serde_json::to_string(&self.actor).map_err(|error| Fault::broken("event", &self.kind, error.to_string()))?;
        Ok(vec![
            id.into(),
            at.into(),
            self.kind.as_str().into(),
            actor.into(),
            self.tenant.into(),
            self.user.into(),
            self.network.clone().into(),
            self.detail.to_string().into(),
        ])
    }
}

macro_rules! list {
    ($($whose:literal)?, $compare:literal, $direction:literal) => {
        concat!(
            "SELECT id, at, kind, actor, tenant, user_id, network, detail FROM event WHERE ", $($whose, " = $1 AND ",)?
            "(at, id) ", $compare, " ($2, $3) ORDER BY at ", $direction, ", id ", $direction, " LIMIT $4"
        )
    };
}

statements! {
    ADD_EVENT(event) = "INSERT INTO event (id, at, kind, actor, tenant, user_id, network, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST_OF_TENANT_DOWN(event) = list!("tenant", "<", "DESC");
    LIST_OF_TENANT_UP(event) = list!("tenant", ">", "ASC");
    LIST_OF_USER_DOWN(event) = list!("user_id", "<", "DESC");
    LIST_OF_USER_UP(event) = list!("user_id", ">", "ASC");
    DROP_EVENTS(event) = "DELETE FROM event WHERE at <= $1";
    ERASE_NETWORKS(event) = "UPDATE event SET network = NULL WHERE user_id = $1 AND network IS NOT NULL";
}

impl Store {
    /// Adds an event, now.
    pub async fn add_event(&self, event: &Event) -> Result<(), Fault> {
        self.db().execute(&ADD_EVENT, event.values(self.fresh(), self.now())?).await.map(drop)
    }
    /// What happened in the permit's tenant, the newest first. Asked at its root; below it nothing is told.
    pub async fn list_events(
        &self,
        permit: &Permit<op::AuditView>,
        after: Option<&Cursor>,
        before: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<EventRow>, Fault> {
        let tenant = permit.scope().filter(|(tenant, scope)| tenant.scope() == *scope).map(|(tenant, _)| tenant.uuid());
        let window = Window::new(0, true, after, before, limit);
        let statement = if window.ascending { &LIST_OF_TENANT_UP } else { &LIST_OF_TENANT_DOWN };
        self.events(statement, tenant, &window).await
    }
    /// What happened to one's own account, the newest first.
    pub async fn list_own_events(
        &self,
        permit: &Permit<op::Own>,
        after: Option<&Cursor>,
        before: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<EventRow>, Fault> {
        let window = Window::new(0, true, after, before, limit);
        let statement = if window.ascending { &LIST_OF_USER_UP } else { &LIST_OF_USER_DOWN };
        self.events(statement, permit.user().map(guildhall_core::Id::uuid), &window).await
    }
    async fn events(
        &self,
        statement: &'static crate::db::Statement,
        whose: Option<Uuid>,
        window: &Window,
    ) -> Result<Page<EventRow>, Fault> {
        let Some(whose) = whose else { return Ok(window.page(Vec::new())) };
        let values = [whose.into(), window.from.key.into(), window.from.id.into(), window.fetch().into()];
        let rows = self.db().query(statement, &values).await?;
        let rows = rows.iter().map(event).map(|row| row.map(|row| (Cursor { key: row.at.0, ..Cursor::of_id(row.id) }, row)));
        Ok(window.page(rows.collect::<Result<_, _>>()?))
    }
}

fn event(row: &Row) -> Result<EventRow, Fault> {
    let event = Event {
        kind: row.text("kind")?,
        actor: row.json("actor")?,
        tenant: row.opt("tenant", Row::id)?,
        user: row.opt("user_id", Row::id)?,
        network: row.opt("network", Row::text)?,
        detail: row.json("detail")?,
    };
    Ok(EventRow { id: row.uuid("id")?, at: row.time("at")?, event })
}
