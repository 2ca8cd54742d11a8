//! What has had its time is dropped: a job's step, harmless when run again.

use super::{claim, directory::row, event, idempotency, limit, outbox, session, sign_in};
use crate::{
    Fault, Store,
    db::{Tx, statements},
    sql::{
        directory::row::Place,
        state::{Write, values},
    },
};
use guildhall_core::{TenantId, Timestamp, session::LONGEST, time::Span};

/// How long ended sign-ins stay, so that a link can say why it is of no use.
const REMEMBERED: Span = Span::days(1);
/// Most invitations dropped in one step.
const AT_ONCE: u32 = 500;

statements! {
    LIST_UNLISTED(directory) = "SELECT tenant, scope, id FROM directory WHERE kind = 1 AND listed_until <= $1 ORDER BY listed_until LIMIT $2";
    HOLD(stream) = "UPDATE stream SET revision = revision WHERE id = $1";
}

impl Store {
    /// Drops what has had its time: sessions, sign-ins, limits, idempotent answers, events, mail that left or never will, names that rested,
    /// and invitations that are listed no longer.
    /// Answers whether there is more: then it is called again.
    pub async fn prune(&self) -> Result<bool, Fault> {
        let now = self.now();
        let writes: Vec<Write> = vec![
            (&session::DROP_SESSIONS, values![now - LONGEST]),
            (&sign_in::DROP_SIGN_INS, values![now - REMEMBERED]),
            (&sign_in::DROP_FLOWS, values![now]),
            (&limit::DROP_WINDOWS, values![now]),
            (&idempotency::DROP_ANSWERS, values![idempotency::forgotten_before(now)]),
            (&event::DROP_EVENTS, values![now - event::KEPT]),
            (&outbox::DROP_MAILS, values![now - outbox::KEPT]),
            (&claim::DROP_RESTED, values![now]),
        ];
        self.db()
            .write(move |tx| {
                let writes = writes.clone();
                Box::pin(async move {
                    tx.execute_all(&writes).await?;
                    drop_unlisted(tx, now).await
                })
            })
            .await
    }
}

/// Drops invitations that are listed no longer, with their tenants held, so that none is being renewed. Answers whether there are more.
async fn drop_unlisted(tx: &Tx, now: Timestamp) -> Result<bool, Fault> {
    let mut tenants: Vec<TenantId> =
        tx.query(&LIST_UNLISTED, &values![now, AT_ONCE]).await?.iter().map(|row| row.id("tenant")).collect::<Result<_, _>>()?;
    tenants.sort_unstable();
    tenants.dedup();
    tx.execute_all(&tenants.iter().map(|tenant| -> Write { (&HOLD, values![*tenant]) }).collect::<Vec<_>>()).await?;
    let unlisted = tx.query(&LIST_UNLISTED, &values![now, AT_ONCE]).await?;
    let mut drops = Vec::new();
    for row in &unlisted {
        let tenant: TenantId = row.id("tenant")?;
        if tenants.contains(&tenant) {
            row::drop_row(Place { tenant, scope: row.scope("scope")?, id: row.uuid("id")? }, &mut drops);
        }
    }
    tx.execute_all(&drops).await?;
    Ok(unlisted.len() == AT_ONCE as usize)
}
