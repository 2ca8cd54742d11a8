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

use crate::{App, Failure, events};
use guildhall_core::{Actor, UserId};
use guildhall_store::Event;

/// Adds a line to the security log: ids and numbers only.
pub(crate) async fn note(app: &App, asked: &Asked, kind: &str, user: Option<UserId>, detail: serde_json::Value) -> Result<(), Failure> {
    let actor = user.map_or_else(events::nobody, |id| Actor::User { id });
    let network = Some(asked.network.bucket());
    events::note(app, &Event { kind: kind.to_owned(), actor, tenant: None, user, network, detail }).await
}
