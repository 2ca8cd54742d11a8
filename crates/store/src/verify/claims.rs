//! Claims beside the state: who has a slug, an address, an external id holds its claim, and nobody else does.

use super::{Problem, Report};
use crate::{
    Fault,
    db::{Db, statements},
    sql::claim,
};
use guildhall_core::{AddressId, UserId};

statements! {
    SLUGS_UNCLAIMED(claim) = "SELECT o.slug AS key, o.id AS holder FROM organization o WHERE o.deleted = 0 AND NOT EXISTS
        (SELECT 1 FROM claim c WHERE c.kind = 'slug' AND c.key = o.slug AND c.holder = o.id AND c.free_at IS NULL) LIMIT 1000";
    SLUGS_UNHELD(claim) = "SELECT c.key, c.holder FROM claim c WHERE c.kind = 'slug' AND c.free_at IS NULL AND NOT EXISTS
        (SELECT 1 FROM organization o WHERE o.id = c.holder AND o.slug = c.key AND o.deleted = 0) LIMIT 1000";
    EXTERNAL_IDS_UNCLAIMED(claim) = "SELECT o.external_id AS key, o.id AS holder FROM organization o WHERE o.external_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.kind = 'organization_external_id' AND c.key = o.external_id
            AND c.holder = o.id AND c.free_at IS NULL) LIMIT 1000";
    EXTERNAL_IDS_UNHELD(claim) = "SELECT c.key, c.holder FROM claim c WHERE c.kind = 'organization_external_id' AND c.free_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM organization o WHERE o.id = c.holder AND o.external_id = c.key) LIMIT 1000";
    USER_IDS_UNCLAIMED(claim) = "SELECT u.external_id AS key, u.id AS holder FROM user_account u WHERE u.external_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.kind = 'user_external_id' AND c.key = u.external_id
            AND c.holder = u.id AND c.free_at IS NULL) LIMIT 1000";
    USER_IDS_UNHELD(claim) = "SELECT c.key, c.holder FROM claim c WHERE c.kind = 'user_external_id' AND c.free_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM user_account u WHERE u.id = c.holder AND u.external_id = c.key) LIMIT 1000";
    HANDLES_UNCLAIMED(claim) = "SELECT 'a handle' AS key, u.id AS holder FROM user_account u WHERE u.has_handle = 1
        AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.kind = 'handle' AND c.holder = u.id AND c.free_at IS NULL) LIMIT 1000";
    HANDLES_UNHELD(claim) = "SELECT 'a handle' AS key, c.holder FROM claim c WHERE c.kind = 'handle' AND c.free_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM user_account u WHERE u.id = c.holder AND u.has_handle = 1) LIMIT 1000";
    ADDRESSES(claim) = "SELECT address, user_id FROM user_address WHERE address > $1 ORDER BY address LIMIT 1000";
    CLAIMED_ADDRESSES(claim) = "SELECT key, holder FROM claim WHERE kind = 'address' AND free_at IS NULL AND key > $1
        ORDER BY key LIMIT 1000";
    HOLDS_ADDRESS(claim) = "SELECT address FROM user_address WHERE user_id = $1 AND address = $2";
}

const MISSING: &str = "is claimed by who has it";
const EXTRA: &str = "is claimed by nobody who hasn't got it";

pub(super) async fn check(db: &Db, report: &mut Report) -> Result<(), Fault> {
    let questions = [
        (&SLUGS_UNCLAIMED, "slug", MISSING),
        (&SLUGS_UNHELD, "slug", EXTRA),
        (&EXTERNAL_IDS_UNCLAIMED, "organization_external_id", MISSING),
        (&EXTERNAL_IDS_UNHELD, "organization_external_id", EXTRA),
        (&USER_IDS_UNCLAIMED, "user_external_id", MISSING),
        (&USER_IDS_UNHELD, "user_external_id", EXTRA),
        (&HANDLES_UNCLAIMED, "handle", MISSING),
        (&HANDLES_UNHELD, "handle", EXTRA),
    ];
    for (statement, kind, rule) in questions {
        for row in db.query_long(statement, Vec::new()).await? {
            wrong(report, kind, &row.text("key")?, rule, &row.uuid("holder")?.to_string());
        }
    }
    addresses(db, report).await?;
    claimed_addresses(db, report).await
}

/// An address's claim is known by the text of its id.
async fn addresses(db: &Db, report: &mut Report) -> Result<(), Fault> {
    let mut after = AddressId::from_u128(0);
    loop {
        let page = db.query_long(&ADDRESSES, vec![after.into()]).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id("address")?;
        for row in &page {
            let (address, user): (AddressId, UserId) = (row.id("address")?, row.id("user_id")?);
            let claim = db.query_one(&claim::FIND_CLAIM, &["address".into(), address.to_string().into()]).await?;
            let held = match &claim {
                Some(claim) => claim.id("holder").ok() == Some(user) && claim.is_null("free_at")?,
                None => false,
            };
            if !held {
                wrong(report, "address", &address.to_string(), MISSING, &user.to_string());
            }
        }
    }
}

async fn claimed_addresses(db: &Db, report: &mut Report) -> Result<(), Fault> {
    let mut after = String::new();
    loop {
        let page = db.query_long(&CLAIMED_ADDRESSES, vec![after.as_str().into()]).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.text("key")?;
        for row in &page {
            let (key, holder): (String, UserId) = (row.text("key")?, row.id("holder")?);
            let has = match key.parse::<AddressId>() {
                Ok(address) => db.query_one(&HOLDS_ADDRESS, &[holder.into(), address.into()]).await?.is_some(),
                Err(_) => false,
            };
            if !has {
                wrong(report, "address", &key, EXTRA, &holder.to_string());
            }
        }
    }
}

fn wrong(report: &mut Report, kind: &str, key: &str, rule: &str, holder: &str) {
    let id = format!("{kind}/{key}");
    report.add(Problem { table: "claim", id, column: "holder".into(), expected: rule.into(), found: format!("otherwise for {holder}") });
}
