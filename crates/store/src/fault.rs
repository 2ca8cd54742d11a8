//! Faults: the world failed, or a stored fact is broken. Never a person's mistake, never a rule.

/// Why the store could not answer. Logged once, where it is handled; answered as 503.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The database can't be reached, or went away.
    #[error("the database is away: {0}")]
    Away(String),
    /// The database refused a statement of ours.
    #[error("the database refused statement `{statement}`: {why}")]
    Statement { statement: &'static str, why: String },
    /// A stored fact that can't be: what is wrong with it, and where it stands.
    #[error("table `{table}`, row `{id}`: {what}")]
    Broken { table: &'static str, id: String, what: String },
    /// The connection was lost while committing: it may have happened or not. What it touched is read anew.
    #[error("the connection was lost at the commit; whether it happened is not known")]
    Unknown,
    /// Others kept changing the same thing, and every try lost.
    #[error("gave up after {tries} tries: others kept changing the same")]
    Contended { tries: u32 },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl Fault {
    /// A stored fact that can't be.
    pub(crate) fn broken(table: &'static str, id: impl std::fmt::Display, what: impl Into<String>) -> Self {
        Self::Broken { table, id: id.to_string(), what: what.into() }
    }
}
