//! How much of each thing a model file may declare, in one table. What is over a limit is refused by the limit's name.
//! What one tenant may have of each thing stands with the snapshot.

/// A limit: its name in messages, and how many there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted, as a message names it.
    pub name: &'static str,
    /// How many there may be.
    pub most: usize,
}

/// Bytes of a model file.
pub const FILE_BYTES: Limit = Limit { name: "bytes of a model file", most: 1 << 20 };
/// Characters of an id in a model file.
pub const ID_LENGTH: Limit = Limit { name: "characters of an id", most: 64 };
/// Characters of a text in a model file.
pub const TEXT_LENGTH: Limit = Limit { name: "characters of a text", most: 2_000 };
/// Roles of a model.
pub const ROLES: Limit = Limit { name: "roles", most: 512 };
/// Permissions of a model.
pub const PERMISSIONS: Limit = Limit { name: "permissions", most: 1_024 };
/// Groups of permissions of a model.
pub const GROUPS: Limit = Limit { name: "groups", most: 64 };
/// Modules of a model.
pub const MODULES: Limit = Limit { name: "modules", most: 64 };
/// Kinds of resources of a model.
pub const RESOURCE_KINDS: Limit = Limit { name: "resource kinds", most: 64 };
/// Features of a model.
pub const FEATURES: Limit = Limit { name: "features", most: 64 };
/// Plans of a model.
pub const PLANS: Limit = Limit { name: "plans", most: 32 };
/// How deep sub-organizations may nest.
pub const DEPTH: Limit = Limit { name: "depth of sub-organizations", most: 8 };
/// Every limit.
pub const ALL: &[Limit] =
    &[FILE_BYTES, ID_LENGTH, TEXT_LENGTH, ROLES, PERMISSIONS, GROUPS, MODULES, RESOURCE_KINDS, FEATURES, PLANS, DEPTH];

/// More of something than a limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many {}: {n}, and at most {} are allowed", limit.name, limit.most)]
pub struct OverLimit {
    /// The limit that was passed.
    pub limit: Limit,
    /// How many there were.
    pub n: usize,
}

impl Limit {
    /// Refuses a number above the limit.
    pub fn allow(self, n: usize) -> Result<(), OverLimit> {
        if n > self.most { Err(OverLimit { limit: self, n }) } else { Ok(()) }
    }
}
