//! Organizations, found and listed.

use super::page::{Cursor, Page, Window};
use crate::{
    Fault, Store,
    db::{Row, Statement, Value, statements},
    sql::directory::{JOINED, SUSPENDED},
};
use guildhall_core::{OrganizationId, Permit, RoleKey, TenantId, Timestamp, op, tenant::Standing};

/// An organization: a root, or one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationRow {
    pub id: OrganizationId,
    pub tenant: TenantId,
    pub parent: Option<OrganizationId>,
    pub name: String,
    pub slug: String,
    /// Made for a person, because everyone owns one.
    pub personal: bool,
    pub deleted: bool,
    pub external_id: Option<String>,
    pub founded_at: Timestamp,
    /// When what it kept is erased, where it was deleted.
    pub erase_at: Option<Timestamp>,
    /// The revision that last changed it: its `ETag`.
    pub revision: u64,
}

/// One of one's own organizations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyOrganization {
    pub id: OrganizationId,
    pub tenant: TenantId,
    pub name: String,
    pub slug: String,
    pub personal: bool,
    pub roles: Vec<RoleKey>,
    pub standing: Standing,
    pub joined_at: Timestamp,
}

/// Most of one's organizations that are listed.
pub(crate) const MOST_OWN: u32 = 2_000;

macro_rules! organization {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.tenant, o.parent, o.name, o.slug, o.personal, o.deleted, o.external_id, o.founded_at, o.erase_at, o.revision
            FROM organization o ",
            $rest
        )
    };
}

statements! {
    FIND(organization) = organization!("WHERE o.id = $1");
    FIND_BY_CLAIM(organization) =
        organization!("WHERE o.id = (SELECT c.holder FROM claim c WHERE c.kind = $1 AND c.key = $2 AND c.free_at IS NULL)");
    // Roots only: ids are in order of founding.
    LIST_DOWN(organization) = organization!("WHERE o.tenant = o.id AND o.id < $1 ORDER BY o.id DESC LIMIT $2");
    LIST_UP(organization) = organization!("WHERE o.tenant = o.id AND o.id > $1 ORDER BY o.id LIMIT $2");
    LIST_OWN(directory) = "SELECT d.scope, d.tenant, d.roles, d.status, d.joined_at, o.name, o.slug, o.personal
        FROM directory d JOIN organization o ON o.tenant = d.tenant AND o.id = d.scope
        WHERE d.subject = $1 AND d.kind = 0 AND o.deleted = 0 ORDER BY d.tenant, d.scope, d.id LIMIT $2";
}

impl Store {
    /// The organization of this id, before there is a permit: what of it may be shown, the permit then says.
    pub async fn find_organization(&self, id: OrganizationId) -> Result<Option<OrganizationRow>, Fault> {
        self.organization(&FIND, vec![id.into()]).await
    }
    /// The organization that has the slug now, before there is a permit. An old slug finds nothing.
    pub async fn find_organization_by_slug(&self, slug: &str) -> Result<Option<OrganizationRow>, Fault> {
        self.organization(&FIND_BY_CLAIM, vec!["slug".into(), slug.into()]).await
    }
    /// By the id that another system gave. For keys of the deployment.
    pub async fn find_organization_by_external_id(&self, external_id: &str) -> Result<Option<OrganizationRow>, Fault> {
        self.organization(&FIND_BY_CLAIM, vec!["organization_external_id".into(), external_id.into()]).await
    }
    async fn organization(&self, statement: &'static Statement, values: Vec<Value>) -> Result<Option<OrganizationRow>, Fault> {
        self.db().query_one(statement, &values).await?.as_ref().map(organization).transpose()
    }
    /// The root organizations of the deployment, the newest first; deleted ones until they are erased.
    pub async fn list_organizations(
        &self,
        _permit: &Permit<op::Operate>,
        after: Option<&Cursor>,
        before: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page<OrganizationRow>, Fault> {
        let window = Window::new(0, true, after, before, limit);
        let statement = if window.ascending { &LIST_UP } else { &LIST_DOWN };
        let rows = self.db().query(statement, &[window.from.id.into(), window.fetch().into()]).await?;
        let rows = rows.iter().map(|row| organization(row).map(|row| (Cursor::of_id(row.id.uuid()), row)));
        Ok(window.page(rows.collect::<Result<_, _>>()?))
    }
    /// The organizations one belongs to, suspended memberships included, by name.
    pub async fn organizations_of(&self, permit: &Permit<op::Own>) -> Result<Vec<MyOrganization>, Fault> {
        let Some(user) = permit.user() else { return Ok(Vec::new()) };
        let rows = self.db().query(&LIST_OWN, &[user.into(), MOST_OWN.into()]).await?;
        let mut mine = rows.iter().map(own).collect::<Result<Vec<_>, _>>()?;
        mine.sort_by_cached_key(|it| (guildhall_core::text::sort_key(&it.name), it.id));
        Ok(mine)
    }
}

fn organization(row: &Row) -> Result<OrganizationRow, Fault> {
    Ok(OrganizationRow {
        id: row.id("id")?,
        tenant: row.id("tenant")?,
        parent: row.opt("parent", Row::id)?,
        name: row.text("name")?,
        slug: row.text("slug")?,
        personal: row.bool("personal")?,
        deleted: row.bool("deleted")?,
        external_id: row.opt("external_id", Row::text)?,
        founded_at: row.time("founded_at")?,
        erase_at: row.opt("erase_at", Row::time)?,
        revision: row.u64("revision")?,
    })
}

fn own(row: &Row) -> Result<MyOrganization, Fault> {
    let standing = match row.int("status")? {
        JOINED => Standing::Active,
        SUSPENDED => Standing::Suspended,
        _ => return Err(row.broken("status", "is no member's")),
    };
    Ok(MyOrganization {
        id: row.id("scope")?,
        tenant: row.id("tenant")?,
        name: row.text("name")?,
        slug: row.text("slug")?,
        personal: row.bool("personal")?,
        roles: row.json("roles")?,
        standing,
        joined_at: row.time("joined_at")?,
    })
}
