//! What runs by itself: forgetting what has expired, finishing deletions, refreshing copies. Each step is harmless when run again.

use crate::{App, Failure};
use std::time::Duration;
use tokio::sync::watch;

/// How often they look.
const EVERY: Duration = Duration::from_mins(1);
/// How many stale directories are refreshed in one go.
const AT_ONCE: u32 = 100;

/// Runs until told to stop. What a job doesn't finish, the next one does.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(failure) = step(&app).await {
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
    let store = app.store();
    while store.prune().await? {}
    store.erase_addresses().await?;
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
