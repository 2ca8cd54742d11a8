//! What rows of pending invitations say beside their copy: whether the mail left, and whether they can still be accepted.

use super::{MemberRow, MemberStatus};
use crate::{Delivery, Fault, Store, TenantView};
use guildhall_core::{Actor, InvitationId, Permit, TenantId, invitation, op};

impl Store {
    /// One query for all of them; the rest is known in memory.
    pub(super) async fn note_pending(&self, tenant: TenantId, rows: &mut [MemberRow]) -> Result<(), Fault> {
        if !rows.iter().any(|row| row.status == MemberStatus::Invited) {
            return Ok(());
        }
        let Some(view) = self.tenant(tenant).await? else { return Ok(()) };
        let key = |row: &MemberRow| row.invitation.and_then(|id| view.tenant.invitation(id).map(|it| invitation::mail_key(id, it.sent_at)));
        let pending = || rows.iter().filter(|row| row.status == MemberStatus::Invited);
        let deliveries = self.deliveries(&pending().filter_map(key).collect::<Vec<_>>()).await?;
        for row in rows.iter_mut().filter(|row| row.status == MemberStatus::Invited) {
            row.delivery = key(row).and_then(|key| deliveries.get(&key).cloned());
            if let Some(id) = row.invitation {
                row.needs_renewal = self.needs_renewal(&view, id).await?;
            }
        }
        Ok(())
    }
    /// What became of an invitation's newest mail, and whether it needs to be renewed.
    pub async fn pending_state(&self, permit: &Permit<op::InvitationView>, id: InvitationId) -> Result<(Option<Delivery>, bool), Fault> {
        let Some((tenant, _)) = permit.scope() else { return Ok((None, false)) };
        let Some(view) = self.tenant(tenant).await? else { return Ok((None, false)) };
        let Some(sent_at) = view.tenant.invitation(id).map(|it| it.sent_at) else { return Ok((None, false)) };
        let delivery = self.deliveries(&[invitation::mail_key(id, sent_at)]).await?.into_values().next();
        Ok((delivery, self.needs_renewal(&view, id).await?))
    }
    /// Keys are answered from memory.
    async fn needs_renewal(&self, view: &TenantView, id: InvitationId) -> Result<bool, Fault> {
        if invitation::needs_renewal(&view.sight(self), &view.tenant, id) {
            return Ok(true);
        }
        let Some(Actor::Key { id: key }) = view.tenant.invitation(id).map(|invitation| &invitation.invited_by) else { return Ok(false) };
        Ok(!self.find_key(*key).await?.is_some_and(|key| key.is_live(self.now())))
    }
}
