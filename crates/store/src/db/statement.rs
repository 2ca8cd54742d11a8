//! Statements: each a constant with a name, collected so that a test prepares every one on both databases.

use std::sync::OnceLock;

/// One SQL text for both databases.
#[derive(Debug)]
pub(crate) struct Statement {
    /// The constant's name: for faults and traces.
    pub(crate) name: &'static str,
    /// The table its rows are of: for faults.
    pub(crate) table: &'static str,
    pub(crate) text: &'static str,
    numbered: OnceLock<String>,
}

impl Statement {
    pub(crate) const fn new(name: &'static str, table: &'static str, text: &'static str) -> Self {
        Self { name, table, text, numbered: OnceLock::new() }
    }
    /// For SQLite, to which `$2` is a name, numbered by where it first stands; `?2` is the second value wherever it stands.
    pub(super) fn numbered(&self) -> &str {
        self.numbered.get_or_init(|| self.text.replace('$', "?"))
    }
}

/// Constants, and `ALL` with each of them. `NAME(table) = "text";`
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident($table:ident) = $text:expr;)*) => {
        $($(#[$doc])* pub(crate) static $name: $crate::db::Statement =
            $crate::db::Statement::new(stringify!($name), stringify!($table), $text);)*
        /// Every statement of this file.
        #[allow(dead_code, reason = "a test prepares each; the product names them one by one")]
        pub(crate) static ALL: &[&$crate::db::Statement] = &[$(&$name),*];
    };
}
pub(crate) use statements;
