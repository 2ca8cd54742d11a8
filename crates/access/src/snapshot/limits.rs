//! How much one tenant may hold: one table. What exceeds it is refused by name.

use std::fmt;

/// The limit that was reached. [`Limit::most`] says how much is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    Subjects,
    Scopes,
    ScopeDepth,
    Roles,
    Permissions,
    RoleSets,
    TeamsPerMember,
}

impl Limit {
    pub const ALL: [Self; 7] =
        [Self::Subjects, Self::Scopes, Self::ScopeDepth, Self::Roles, Self::Permissions, Self::RoleSets, Self::TeamsPerMember];

    /// How many of it one tenant may have.
    pub const fn most(self) -> usize {
        match self {
            Self::Subjects => 16_000_000,
            Self::Scopes => 65_000,
            Self::ScopeDepth => 16,
            Self::Roles | Self::Permissions => 1024,
            Self::RoleSets => 65_535,
            Self::TeamsPerMember => 256,
        }
    }

    /// What is limited, as one says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subjects => "subjects",
            Self::Scopes => "scopes",
            Self::ScopeDepth => "levels of scopes",
            Self::Roles => "roles, the model's and the organization's own",
            Self::Permissions => "permissions",
            Self::RoleSets => "distinct sets of roles",
            Self::TeamsPerMember => "teams of one member",
        }
    }

    /// `Ok` as long as `count` is within the limit.
    pub(super) fn check(self, count: usize) -> Result<(), Self> {
        if count <= self.most() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "more than {} {} in one tenant", self.most(), self.name())
    }
}

impl std::error::Error for Limit {}
