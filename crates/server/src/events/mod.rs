//! What changes nothing but must be known: noted beside the changes.

use crate::{App, Failure};
use guildhall_core::{OrganizationId, Principal, Refusal};
use guildhall_store::Event;

/// Notes that a rule said no to somebody.
pub async fn refused(app: &App, who: &Principal, organization: Option<OrganizationId>, refusal: &Refusal) -> Result<(), Failure> {
    let event = Event {
        kind: "refused".to_owned(),
        actor: who.actor(),
        tenant: organization,
        user: who.user(),
        network: None,
        detail: serde_json::json!({ "code": refusal.code() }),
    };
    Ok(app.store().add_event(&event).await?)
}
