//! The one check that every way to give or take a role passes: invitation, role change, removal, team roles,
//! identity-provider mapping, custom roles and keys.
//!
//! It answers whether the *rule* of the role lets someone give it. That they may do the operation at all
//! (`invitation.create`, `member.change_roles`, …) is asked apart from it. Changing a role is taking the old one and
//! giving the new one.

use super::{Giver, GrantRule, Holders, Model, PermissionIx};
use crate::{RoleKey, ScopeKind};
use std::{collections::BTreeSet, fmt};

/// What someone holds at the scope where a role is given or taken.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Every role there: directly, by team, implied, and the top role from above.
    pub roles: BTreeSet<RoleKey>,
    /// Every permission those roles hold there, with the organization's own changes laid over the model's matrix.
    pub permissions: BTreeSet<PermissionIx>,
    /// What they hold there for their own things only.
    pub own: BTreeSet<PermissionIx>,
    /// What follows from those roles at scopes below.
    pub below: BTreeSet<(ScopeKind, PermissionIx)>,
}

impl Held {
    /// What these roles hold at a scope of this kind by the model's own matrix.
    pub fn of(model: &Model, roles: BTreeSet<RoleKey>, kind: ScopeKind) -> Self {
        Self {
            permissions: model.permissions_of(&roles, kind),
            own: model.own_permissions_of(&roles, kind),
            below: below(model, &roles),
            roles,
        }
    }

    /// What a holder of this one role holds at a scope of this kind: of their own where the role is held there, else
    /// what follows from it right below.
    pub fn alone(model: &Model, key: &RoleKey, kind: ScopeKind) -> Self {
        let mut roles = BTreeSet::from([key.clone()]);
        if model.role(key).is_some_and(|role| role.at != kind) {
            roles = model.flow(&roles, kind);
        }
        Self::of(model, roles, kind)
    }

    /// The permissions of a role that this holder lacks: one can't give "up to one's own" what one lacks.
    pub fn lacks(&self, role: &Given<'_>) -> BTreeSet<PermissionIx> {
        let own = role.own.iter().filter(|ix| !self.own.contains(ix)).chain(&role.permissions);
        let here = own.filter(|ix| !self.permissions.contains(ix)).copied();
        here.chain(role.below.difference(&self.below).map(|(_, ix)| *ix)).collect()
    }
}

fn below(model: &Model, roles: &BTreeSet<RoleKey>) -> BTreeSet<(ScopeKind, PermissionIx)> {
    let mut below = BTreeSet::new();
    for kind in ScopeKind::ALL {
        let flow = model.flow(roles, kind);
        if flow.is_empty() {
            continue;
        }
        below.extend(model.permissions_of(&flow, kind).into_iter().map(|ix| (kind, ix)));
    }
    below
}

/// The role that is given or taken: one of the model's, or a custom one.
#[derive(Clone, Debug)]
pub struct Given<'m> {
    /// The role's id.
    pub key: RoleKey,
    /// What people call it.
    pub title: String,
    /// Who may give and take it.
    pub rule: &'m GrantRule,
    /// What a form says where it is locked.
    pub locked: Option<&'m str>,
    /// Every permission it holds where it is given.
    pub permissions: BTreeSet<PermissionIx>,
    /// What it holds there for its holder's own things only.
    pub own: BTreeSet<PermissionIx>,
    /// What follows from it at scopes below.
    pub below: BTreeSet<(ScopeKind, PermissionIx)>,
}

impl<'m> Given<'m> {
    /// A role of the model, with the model's own matrix; none: there is no such role.
    pub fn role(model: &'m Model, key: &RoleKey) -> Option<Self> {
        let role = model.role(key)?;
        let alone = BTreeSet::from([key.clone()]);
        Some(Self {
            key: role.key.clone(),
            title: model.full_title(role),
            rule: &role.grant,
            locked: role.locked.as_deref(),
            permissions: model.permissions_of(&alone, role.at),
            own: model.own_permissions_of(&alone, role.at),
            below: below(model, &alone),
        })
    }

    /// A custom role that holds these permissions; none: the model has no custom roles.
    pub fn custom(model: &'m Model, key: RoleKey, title: &str, permissions: BTreeSet<PermissionIx>) -> Option<Self> {
        let rule = model.custom_roles.as_ref()?;
        let title = title.to_owned();
        Some(Self { key, title, rule, locked: None, permissions, own: BTreeSet::new(), below: BTreeSet::new() })
    }
}

/// Why a role may not be given or taken, with who could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Exactly one holds it, and only a transfer moves it (W-31).
    OnlyByTransfer {
        /// The role's title.
        role: String,
    },
    /// It only follows from another role: nobody gives it.
    OnlyImplied {
        /// The role's title.
        role: String,
    },
    /// Other roles may, not those held.
    NotYours {
        /// The role's title.
        role: String,
        /// The titles of the roles that may; empty: none.
        who: Vec<String>,
        /// The titles of the permissions lacking, where holding all of them would be enough.
        lacking: Vec<String>,
        /// What the model says where the role is locked.
        locked: Option<String>,
    },
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnlyByTransfer { role } => write!(f, "only a transfer moves the role `{role}`"),
            Self::OnlyImplied { role } => write!(f, "the role `{role}` follows from another and is not given"),
            Self::NotYours { locked: Some(locked), .. } => f.write_str(locked),
            Self::NotYours { role, who, lacking, locked: None } => {
                write!(f, "the role `{role}` is for ")?;
                match (who.is_empty(), lacking.is_empty()) {
                    (true, true) => f.write_str("nobody to give or take"),
                    (false, true) => write!(f, "{} to give or take", who.join(" or ")),
                    (true, false) => write!(f, "who holds all it holds; lacking: {}", lacking.join(", ")),
                    (false, false) => {
                        write!(f, "{}, or who holds all it holds; lacking: {}", who.join(" or "), lacking.join(", "))
                    }
                }
            }
        }
    }
}

impl std::error::Error for WhyNot {}

/// Whether someone holding this, there, may give the role there.
///
/// # Errors
/// Why not, and who could.
pub fn may_give(model: &Model, held_here: &Held, role: &Given<'_>) -> Result<(), WhyNot> {
    check(model, held_here, role, &role.rule.given_by)
}

/// Whether someone holding this, there, may take the role away there.
///
/// # Errors
/// Why not, and who could.
pub fn may_take(model: &Model, held_here: &Held, role: &Given<'_>) -> Result<(), WhyNot> {
    check(model, held_here, role, &role.rule.taken_by)
}

fn check(model: &Model, held: &Held, role: &Given<'_>, by: &[Giver]) -> Result<(), WhyNot> {
    if allows(model, held, role, by) { Ok(()) } else { Err(why_not(model, held, role, by)) }
}

/// The answer alone, without its reason.
pub(super) fn allows(model: &Model, held: &Held, role: &Given<'_>, by: &[Giver]) -> bool {
    !only_by_transfer(model, role) && !only_implied(model, role) && by.iter().any(|giver| suffices(giver, held, role))
}

fn only_by_transfer(model: &Model, role: &Given<'_>) -> bool {
    model.is_top(&role.key) && model.organization.holders == Holders::ExactlyOne
}

fn only_implied(model: &Model, role: &Given<'_>) -> bool {
    model.role(&role.key).is_some_and(|role| !role.membership)
}

fn why_not(model: &Model, held: &Held, role: &Given<'_>, by: &[Giver]) -> WhyNot {
    let title = role.title.clone();
    if only_by_transfer(model, role) {
        return WhyNot::OnlyByTransfer { role: title };
    }
    if only_implied(model, role) {
        return WhyNot::OnlyImplied { role: title };
    }
    let titles = |giver: &Giver| match giver {
        Giver::Role(key) => model.role(key).map(|role| model.full_title(role)),
        Giver::UpToOwn => None,
    };
    let lacking = if by.contains(&Giver::UpToOwn) { held.lacks(role) } else { BTreeSet::new() };
    WhyNot::NotYours {
        role: title,
        who: by.iter().filter_map(titles).collect(),
        lacking: lacking.iter().filter_map(|ix| model.permission_at(*ix)).map(|p| p.title.clone()).collect(),
        locked: role.locked.map(str::to_owned),
    }
}

/// Whether one entry of a rule lets this holder.
pub(super) fn suffices(giver: &Giver, held: &Held, role: &Given<'_>) -> bool {
    match giver {
        Giver::Role(key) => held.roles.contains(key),
        Giver::UpToOwn => held.lacks(role).is_empty(),
    }
}
