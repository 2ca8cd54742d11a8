//! Signing in: by mailed link or code, or with a provider. Everyone ends in [`arrive`], and every session begins in [`session`].

pub mod address;
pub mod arrive;
pub mod asked;
pub mod mailed;
pub mod operator;
pub mod page;
pub mod portal;
pub mod provider;
pub mod session;

pub use arrive::Arrived;
pub use asked::Asked;

use crate::{App, Failure};
use guildhall_core::{Actor, UserId};
use guildhall_store::Event;

/// Adds a line to the security log: ids and numbers only.
pub(crate) async fn note(app: &App, asked: &Asked, kind: &str, user: Option<UserId>, detail: serde_json::Value) -> Result<(), Failure> {
    let actor = user.map_or_else(|| Actor::System { reason: "somebody who wasn't signed in".to_owned() }, |id| Actor::User { id });
    let network = Some(asked.network.bucket());
    tracing::info!(event = kind, user = user.map(|id| id.to_string()), "security");
    metrics::counter!("guildhall_events_total", "kind" => kind.to_owned()).increment(1);
    app.store().add_event(&Event { kind: kind.to_owned(), actor, tenant: None, user, network, detail }).await?;
    Ok(())
}
