//! One person's page: their role here, what may be done, and what was last changed.

use super::rows::{self, Maker};
use crate::{
    Failure,
    http::Path,
    members,
    portal::{
        inside::Inside,
        text,
        view::{
            Action, Dated, How, Link, Look,
            person::{ChangeRow, PersonPage, ScopeRole},
        },
    },
};
use axum::response::Response;
use guildhall_access::model::RoleChangeWay;
use guildhall_core::{
    Actor, Change, Operation, TenantChange, UserId,
    change::{Ending, Via},
};
use guildhall_store::{ChangeRow as Logged, MemberStatus};
use std::collections::BTreeMap;

pub(super) async fn show(inside: Inside, Path((_, user)): Path<(String, UserId)>) -> Result<Response, Failure> {
    let found = members::find(inside.app(), &inside.visit.who, inside.id(), user).await?;
    let maker = Maker::new(&inside).await?;
    let row = maker.row(&found.row, rows::Age::Known);
    let source = found.row.joined_at.map(|at| {
        let by = found.row.invited_by.as_ref().map(|by| format!(", invited by {}", by.name.as_deref().unwrap_or("somebody")));
        Dated { after: by.unwrap_or_default(), ..Dated::new("Since", text::on_full_date(at)) }
    });
    let name = row.person.name.clone();
    let view = PersonPage {
        page: inside.page(&name),
        shell: inside.shell("people"),
        back: Link::new(&inside.model().pages.people.title, &inside.at("people")),
        status: row.status,
        actions: actions(&inside, user, &found.row, &maker),
        notices: inside.visit.notices(),
        roles: vec![ScopeRole { scope: Link::new(inside.name(), &inside.at("")), role: row.role, source }],
        keys: Vec::new(),
        sessions: sessions(&inside, user, &found.row).await?,
        changes: changes(&inside, &found.changes, user, &name).await?,
        changes_link: None,
        person: row.person,
    };
    inside.visit.show(&view)
}

/// With how many browsers they could open this organization. A removal would tell the same number.
async fn sessions(inside: &Inside, user: UserId, row: &guildhall_store::MemberRow) -> Result<Option<String>, Failure> {
    let knows = user == inside.visit.id() || (inside.may(Operation::MemberRemove) && inside.could_take(&row.roles).is_ok());
    if !knows || row.status != MemberStatus::Joined {
        return Ok(None);
    }
    let n = inside.app().store().count_sessions(user).await?;
    Ok(Some(if n == 0 { "Not signed in now.".to_owned() } else { format!("Signed in with {}.", text::count(n, "browser", "browsers")) }))
}

fn actions(inside: &Inside, user: UserId, row: &guildhall_store::MemberRow, maker: &Maker<'_>) -> Vec<Action> {
    let words = &inside.model().words;
    let plain = |action: Action| Action { look: Look::Plain, icon: None, ..action };
    let mut actions = Vec::new();
    let way = inside.model().pages.people.role_change.first();
    if way != Some(&RoleChangeWay::Menu) && inside.may(Operation::MemberChangeRoles) && inside.could_take(&row.roles).is_ok() {
        let label = if way == Some(&RoleChangeWay::Dialog) { words.get("manage_roles") } else { words.get("edit") };
        actions.push(Action::new(label, How::Dialog, &inside.at(&format!("people/{user}/roles"))));
    }
    let to_them = inside.may(Operation::OwnershipTransfer) && user != inside.visit.id() && row.status == MemberStatus::Joined;
    if to_them && !row.roles.contains(&inside.model().organization.top_role) {
        // Where it asks for a fresh sign-in, the whole page goes there and comes back.
        let how = if inside.visit.is_stepped_up() { How::Dialog } else { How::Page };
        let href = text::with_query(&inside.at("transfer"), &[("to", &user.to_string())]);
        actions.push(Action::new(words.get("transfer"), how, &href));
    }
    actions.extend(maker.standing(user, row).map(plain));
    if let Some(remove) = maker.remove_action(user, row) {
        actions.push(Action { icon: None, ..remove });
    }
    actions
}

async fn changes(inside: &Inside, logged: &[Logged], user: UserId, name: &str) -> Result<Vec<ChangeRow>, Failure> {
    let mut names: BTreeMap<UserId, String> = BTreeMap::from([(user, name.to_owned()), (inside.visit.id(), "You".to_owned())]);
    for by in logged.iter().filter_map(|row| row.actor.user()) {
        if let std::collections::btree_map::Entry::Vacant(free) = names.entry(by) {
            let row = inside.app().store().find_user(by).await?;
            let known = row.as_ref().map(text::called_as);
            free.insert(known.unwrap_or_else(|| "Somebody".to_owned()));
        }
    }
    let by = |actor: &Actor| match actor {
        Actor::User { id } => names.get(id).cloned().unwrap_or_else(|| "Somebody".to_owned()),
        Actor::Key { .. } => "A service key".to_owned(),
        Actor::Operator { .. } => "An operator".to_owned(),
        Actor::System { .. } => "The system".to_owned(),
    };
    let now = inside.visit.now();
    let told = logged
        .iter()
        .filter_map(|row| Some(ChangeRow { text: sentence(inside, &row.change, &by(&row.actor))?, at: text::ago(now, row.at) }));
    Ok(told.collect())
}

/// One change in words; those that say nothing about a member are left out.
fn sentence(inside: &Inside, change: &Change, by: &str) -> Option<String> {
    let model = inside.model();
    let Change::Tenant(change) = change else { return None };
    Some(match change {
        TenantChange::MembershipStarted { roles, via, .. } => {
            let (organization, roles) = (model.words.get("organization"), text::roles(model, roles));
            match via {
                Via::Founding => format!("{by} founded the {organization} as {roles}."),
                Via::Invitation(_) => format!("{by} joined as {roles}."),
                // Whoever removed them made it come about; it is no deed of theirs.
                Via::Personal => format!("Got a personal {organization} as {roles}."),
            }
        }
        TenantChange::MembershipRolesChanged { from, to, .. } => {
            format!("{by} changed the role from {} to {}.", text::roles(model, from), text::roles(model, to))
        }
        TenantChange::MembershipSuspended { .. } => format!("{by} suspended the membership."),
        TenantChange::MembershipReinstated { .. } => format!("{by} reinstated the membership."),
        TenantChange::MembershipEnded { why: Ending::Removed, .. } => format!("{by} ended the membership."),
        TenantChange::MembershipEnded { why: Ending::Left | Ending::LeftSuspended | Ending::AccountDeleted, .. } => format!("{by} left."),
        TenantChange::InvitationCreated { .. } => format!("{by} sent an invitation."),
        TenantChange::InvitationRenewed { .. } => format!("{by} sent the invitation again."),
        TenantChange::InvitationReminded { .. } => format!("{by} sent a reminder."),
        TenantChange::InvitationDeclined { .. } => format!("{by} declined an invitation."),
        TenantChange::InvitationRevoked { .. } => format!("{by} took an invitation back."),
        TenantChange::InvitationTakenOver { .. } => format!("{by} took an invitation over."),
        TenantChange::InvitationAccepted { .. }
        | TenantChange::OrganizationFounded { .. }
        | TenantChange::OrganizationRenamed { .. }
        | TenantChange::OrganizationSlugChanged { .. }
        | TenantChange::OrganizationExternalIdSet { .. }
        | TenantChange::OrganizationDeleted { .. } => return None,
    })
}
