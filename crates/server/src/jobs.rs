//! What runs by itself: forgetting what has expired, finishing deletions, refreshing copies, asking providers where they are. Each step is
//! harmless when run again.

use crate::{App, Failure};
use guildhall_core::{World, account};
use std::time::Duration;
use tokio::sync::watch;

/// How often they look.
const EVERY: Duration = Duration::from_mins(1);
/// How many of each are looked at in one go.
const AT_ONCE: u32 = 100;

/// Runs until told to stop. What a job doesn't finish, the next one does.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let (done, ()) = tokio::join!(step(&app), app.providers().discover());
        if let Err(failure) = done {
            tracing::error!(?failure, "a job met a fault");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

/// One round of everything.
pub async fn step(app: &App) -> Result<(), Failure> {
    while app.store().prune().await? {}
    leave_after_deletions(app).await?;
    erase_organizations(app).await?;
    app.store().erase_addresses().await?;
    refresh_directories(app).await
}

/// Deleted accounts, barred already, leave tenant by tenant.
async fn leave_after_deletions(app: &App) -> Result<(), Failure> {
    let store = app.store();
    let mut after = None;
    loop {
        let leaving = store.list_leaving(after, AT_ONCE).await?;
        for (tenant, user) in &leaving {
            let (tenant, user) = (*tenant, *user);
            let left = store.write(&[], move |world: &World<'_>| account::leave_after_deletion(world, tenant, user)).await;
            // One that fails must not keep the others in.
            if let Err(error) = left {
                tracing::error!(%tenant, %user, ?error, "a deleted account could not leave");
            }
        }
        after = leaving.last().copied();
        if leaving.len() < AT_ONCE as usize {
            return Ok(());
        }
    }
}

/// Deleted organizations whose days are over are gone.
async fn erase_organizations(app: &App) -> Result<(), Failure> {
    let store = app.store();
    loop {
        let due = store.list_due(AT_ONCE).await?;
        for tenant in &due {
            store.erase_organization(*tenant).await?;
            tracing::info!(%tenant, "erased an organization that was deleted");
        }
        // What failed to go ended this with its fault; so what is left gets less each time.
        if due.len() < AT_ONCE as usize {
            return Ok(());
        }
    }
}

async fn refresh_directories(app: &App) -> Result<(), Failure> {
    let store = app.store();
    loop {
        let stale = store.stale_directories(AT_ONCE).await?;
        for user in &stale {
            store.refresh_directory(*user).await?;
        }
        if stale.len() < AT_ONCE as usize {
            return Ok(());
        }
    }
}
