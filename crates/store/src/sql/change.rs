//! The change log, listed: the newest first.

use super::page::{Cursor, Page, Window};
use crate::{
    Fault, Store,
    db::{Row, Statement, statements},
};
use guildhall_core::{Actor, Change, Permit, ScopeId, StreamId, TenantChange, TenantId, Timestamp, UserId, change::Ending, op};
use uuid::Uuid;

/// One change as the audit log shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub revision: u64,
    /// Which of its commit.
    pub seq: u32,
    pub at: Timestamp,
    pub actor: Actor,
    pub change: Change,
}

/// How many changes back a departure is looked for: leaving ends what one has everywhere below, and is the last of it.
const SINCE_LEAVING: u32 = 100;

/// Which changes.
#[derive(Clone, Debug, Default)]
pub struct ChangeQuery {
    /// Those of one member or invitation only.
    pub about: Option<Uuid>,
    pub after: Option<Cursor>,
    pub before: Option<Cursor>,
    pub limit: u32,
}

macro_rules! list {
    ($about:literal, $at:literal, $compare:literal, $direction:literal) => {
        concat!(
            "SELECT stream, revision, seq, kind, version, at, actor, body FROM change_log WHERE stream = $1",
            $about,
            " AND (revision, seq) ",
            $compare,
            $at,
            " ORDER BY revision ",
            $direction,
            ", seq ",
            $direction,
            " LIMIT "
        )
    };
}

statements! {
    LIST_DOWN(change_log) = concat!(list!("", " ($2, $3)", "<", "DESC"), "$4");
    LIST_UP(change_log) = concat!(list!("", " ($2, $3)", ">", "ASC"), "$4");
    LIST_ABOUT_DOWN(change_log) = concat!(list!(" AND about = $2", " ($3, $4)", "<", "DESC"), "$5");
    LIST_ABOUT_UP(change_log) = concat!(list!(" AND about = $2", " ($3, $4)", ">", "ASC"), "$5");
}

impl Store {
    /// The changes of the permit's tenant, the newest first. A permit below the root sees those of its own scope only, so that
    /// a page of it may be shorter than asked for.
    pub async fn list_changes(&self, permit: &Permit<op::AuditView>, query: &ChangeQuery) -> Result<Page<ChangeRow>, Fault> {
        let Some((tenant, scope)) = permit.scope() else { return Ok(Page { rows: Vec::new(), next: None, previous: None }) };
        let mut page = self.changes(StreamId::Tenant(tenant), query).await?;
        page.rows.retain(|row| is_of(&row.change, tenant, scope));
        Ok(page)
    }
    /// The last changes of one member of the permit's scope.
    pub async fn changes_of_member(&self, permit: &Permit<op::MemberView>, member: UserId, limit: u32) -> Result<Vec<ChangeRow>, Fault> {
        let Some((tenant, scope)) = permit.scope() else { return Ok(Vec::new()) };
        let query = ChangeQuery { about: Some(member.uuid()), limit, ..ChangeQuery::default() };
        let mut page = self.changes(StreamId::Tenant(tenant), &query).await?;
        page.rows.retain(|row| is_of(&row.change, tenant, scope));
        Ok(page.rows)
    }
    /// Whether the permit's user left the tenant by themselves, and didn't come back since.
    pub async fn left(&self, permit: &Permit<op::Own>, tenant: TenantId) -> Result<bool, Fault> {
        let Some(user) = permit.user() else { return Ok(false) };
        let query = ChangeQuery { about: Some(user.uuid()), limit: SINCE_LEAVING, ..ChangeQuery::default() };
        let page = self.changes(StreamId::Tenant(tenant), &query).await?;
        let last = page.rows.iter().find_map(|row| match &row.change {
            Change::Tenant(TenantChange::MembershipEnded { scope, why, .. }) if *scope == tenant.scope() => {
                Some(matches!(why, Ending::Left | Ending::LeftSuspended))
            }
            Change::Tenant(TenantChange::MembershipStarted { scope, .. }) if *scope == tenant.scope() => Some(false),
            Change::Tenant(_) | Change::User(_) => None,
        });
        Ok(last.unwrap_or(false))
    }
    /// What a revision of the permit's tenant changed at its scope: who did it and when, told to who might have done it too.
    pub async fn change_at(&self, permit: &Permit<op::OrganizationUpdate>, revision: u64) -> Result<Option<ChangeRow>, Fault> {
        let Some((tenant, scope)) = permit.scope() else { return Ok(None) };
        let key = i64::try_from(revision).unwrap_or(i64::MAX);
        let after = Cursor { key, ..Cursor::of_id(Uuid::from_u128(u128::from(u32::MAX))) };
        let page = self.changes(StreamId::Tenant(tenant), &ChangeQuery { after: Some(after), limit: 8, ..ChangeQuery::default() }).await?;
        Ok(page.rows.into_iter().find(|row| row.revision == revision && is_of(&row.change, tenant, scope)))
    }
    /// The changes of one's own account, the newest first.
    pub async fn list_own_changes(&self, permit: &Permit<op::Own>, query: &ChangeQuery) -> Result<Page<ChangeRow>, Fault> {
        let Some(user) = permit.user() else { return Ok(Page { rows: Vec::new(), next: None, previous: None }) };
        self.changes(StreamId::User(user), query).await
    }
    async fn changes(&self, stream: StreamId, query: &ChangeQuery) -> Result<Page<ChangeRow>, Fault> {
        let window = Window::new(0, true, query.after.as_ref(), query.before.as_ref(), query.limit);
        let seq = i64::try_from(window.from.id.as_u128()).unwrap_or(i64::MAX);
        let mut values = vec![Uuid::from_u128(stream.as_u128()).into()];
        let statement: &'static Statement = match (query.about, window.ascending) {
            (None, false) => &LIST_DOWN,
            (None, true) => &LIST_UP,
            (Some(_), false) => &LIST_ABOUT_DOWN,
            (Some(_), true) => &LIST_ABOUT_UP,
        };
        values.extend(query.about.map(Into::into));
        values.extend([window.from.key.into(), seq.into(), window.fetch().into()]);
        let rows = self.db().query(statement, &values).await?;
        let rows = rows.iter().map(|row| change(stream, row)).collect::<Result<Vec<_>, _>>()?;
        Ok(window.page(rows.into_iter().map(|row| (cursor(&row), row)).collect()))
    }
}

fn cursor(row: &ChangeRow) -> Cursor {
    let key = i64::try_from(row.revision).unwrap_or(i64::MAX);
    Cursor { key, ..Cursor::of_id(Uuid::from_u128(row.seq.into())) }
}

fn change(stream: StreamId, row: &Row) -> Result<ChangeRow, Fault> {
    let (kind, version) = (row.text("kind")?, row.u32("version")?);
    let decoded = Change::decode(stream, &kind, u16::try_from(version).unwrap_or(u16::MAX), &row.bytes("body")?);
    let revision = row.u64("revision")?;
    Ok(ChangeRow {
        revision,
        seq: row.u32("seq")?,
        at: row.time("at")?,
        actor: row.json("actor")?,
        change: decoded.map_err(|bad| {
            Fault::broken("change_log", format!("{} {revision}", row.uuid("stream").unwrap_or_default()), bad.to_string())
        })?,
    })
}

/// Whether a change speaks of this scope; at the root, all do.
fn is_of(change: &Change, tenant: TenantId, scope: ScopeId) -> bool {
    if tenant.scope() == scope {
        return true;
    }
    let Change::Tenant(change) = change else { return false };
    match change {
        TenantChange::OrganizationFounded { id, .. }
        | TenantChange::OrganizationRenamed { id, .. }
        | TenantChange::OrganizationSlugChanged { id, .. }
        | TenantChange::OrganizationExternalIdSet { id, .. }
        | TenantChange::OrganizationDeleted { id, .. } => *id == scope,
        TenantChange::MembershipStarted { scope: at, .. }
        | TenantChange::MembershipRolesChanged { scope: at, .. }
        | TenantChange::MembershipSuspended { scope: at, .. }
        | TenantChange::MembershipReinstated { scope: at, .. }
        | TenantChange::MembershipEnded { scope: at, .. } => *at == scope,
        TenantChange::InvitationCreated { grants, .. } | TenantChange::InvitationRenewed { grants, .. } => {
            !grants.is_empty() && grants.iter().all(|grant| grant.scope == scope)
        }
        // Which scopes these give stands elsewhere: told at the root only.
        TenantChange::InvitationReminded { .. }
        | TenantChange::InvitationAccepted { .. }
        | TenantChange::InvitationDeclined { .. }
        | TenantChange::InvitationRevoked { .. }
        | TenantChange::InvitationTakenOver { .. } => false,
    }
}
