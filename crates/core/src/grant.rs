//! The one check for every way to give or take a role: invitation, role change, removal, suspension, transfer of invitations.

use crate::{Actor, Model, Principal, Refusal, RoleKey, ScopeId, ScopeKind, Tenant, Timestamp, UserId, World, world::Sight};
use guildhall_access::{
    Operation,
    model::grant::{Given, Held, WhyNot, may_give, may_take},
};
use std::slice;

/// Whether these can be held together: the top role alone, one role without a module alone, or module roles. Sorted, without repetition.
pub(crate) fn shape(model: &Model, kind: ScopeKind, roles: &[RoleKey]) -> Result<Vec<RoleKey>, Refusal> {
    let mut set = roles.to_vec();
    set.sort_unstable();
    set.dedup();
    let mut alone = 0;
    for key in &set {
        let Some(role) = model.given_by_hand(kind).find(|role| role.key == *key) else {
            let known = model.given_by_hand(kind).map(|role| role.key.clone()).collect();
            return Err(Refusal::RoleUnknown { role: key.to_string(), known });
        };
        alone += usize::from(role.module.is_none());
    }
    if alone > 1 || (alone == 1 && set.len() > 1) {
        return Err(Refusal::RolesDontMix { roles: set });
    }
    Ok(set)
}

/// Whether the actor may give each of these roles there, now.
pub(crate) fn check_give(at: &Moment<'_>, tenant: &Tenant, actor: &Actor, scope: ScopeId, roles: &[RoleKey]) -> Result<(), Refusal> {
    for role in roles {
        check(at, tenant, actor, scope, role, may_give).map_err(|not| {
            let (locked, who) = why(not);
            Refusal::RoleNotYours { role: role.clone(), locked, who }
        })?;
    }
    Ok(())
}

/// Whether the actor may take each of these roles there, now. One that left the model gives nothing, and is nobody's to keep (L-23).
pub(crate) fn check_take(at: &Moment<'_>, tenant: &Tenant, actor: &Actor, scope: ScopeId, roles: &[RoleKey]) -> Result<(), Refusal> {
    for role in roles.iter().filter(|role| tenant.model.role(role).is_some()) {
        check(at, tenant, actor, scope, role, may_take).map_err(|not| Refusal::RoleNotTakable { role: role.clone(), who: why(not).1 })?;
    }
    Ok(())
}

/// When it is asked, and who may nothing then.
pub(crate) struct Moment<'a> {
    now: Timestamp,
    barred: &'a (dyn Fn(UserId) -> bool + Send + Sync),
}

pub(crate) fn moment<'a>(world: &World<'a>) -> Moment<'a> {
    Moment { now: world.now, barred: &world.barred.0 }
}

pub(crate) fn moment_of<'a>(sight: &Sight<'a>) -> Moment<'a> {
    Moment { now: sight.now, barred: sight.barred }
}

/// Whether this role could be given there by who asks, without giving it: what a form shows as locked.
pub fn could_give(sight: &Sight<'_>, tenant: &Tenant, who: &Principal, scope: ScopeId, role: &RoleKey) -> Result<(), Refusal> {
    check_give(&moment_of(sight), tenant, &who.actor(), scope, slice::from_ref(role))
}

/// Whether this role could be taken from a member there by who asks.
pub fn could_take(sight: &Sight<'_>, tenant: &Tenant, who: &Principal, scope: ScopeId, role: &RoleKey) -> Result<(), Refusal> {
    check_take(&moment_of(sight), tenant, &who.actor(), scope, slice::from_ref(role))
}

type Rule = fn(&Model, &Held, &Given<'_>) -> Result<(), WhyNot>;

fn check(at: &Moment<'_>, tenant: &Tenant, actor: &Actor, scope: ScopeId, role: &RoleKey, rule: Rule) -> Result<(), WhyNot> {
    let model = &tenant.model;
    let lost = || WhyNot::OnlyImplied { role: role.to_string() };
    let given = Given::role(model, role).ok_or_else(lost)?;
    match actor {
        Actor::User { id } => rule(model, &held(at, tenant, *id, scope), &given),
        // A program gives any role but the top one.
        Actor::Key { .. } if role == tenant.top_role() => {
            let top = given.title;
            Err(WhyNot::NotYours { role: top.clone(), who: vec![top], lacking: Vec::new(), locked: None })
        }
        Actor::Key { .. } | Actor::Operator { .. } | Actor::System { .. } => Ok(()),
    }
}

/// What the user holds there now, the organization's own changes to the matrix included.
fn held(at: &Moment<'_>, tenant: &Tenant, user: UserId, scope: ScopeId) -> Held {
    let (snapshot, model, now) = (&tenant.snapshot, &tenant.model, at.now.0);
    let Some(kind) = tenant.kind_of(scope).filter(|_| !(at.barred)(user)) else { return Held::default() };
    let roles = snapshot.roles_at(user.subject(), scope, now).into_iter().map(|held| held.role).collect();
    let permissions = snapshot.actions(user.subject(), scope, now).into_iter().filter_map(|key| model.permission_ix(key)).collect();
    Held { permissions, ..Held::of(model, roles, kind) }
}

fn why(not: WhyNot) -> (Option<String>, Vec<String>) {
    match not {
        WhyNot::OnlyByTransfer { .. } | WhyNot::OnlyImplied { .. } => (None, Vec::new()),
        WhyNot::NotYours { who, locked, .. } => (locked, who),
    }
}

/// Whether who invited may still invite there.
pub(crate) fn may_still_invite(at: &Moment<'_>, tenant: &Tenant, actor: &Actor, scope: ScopeId) -> bool {
    match actor {
        Actor::User { id } => !(at.barred)(*id) && tenant.snapshot.may(id.subject(), Operation::InvitationCreate, scope, at.now.0),
        Actor::Key { .. } | Actor::Operator { .. } | Actor::System { .. } => true,
    }
}
