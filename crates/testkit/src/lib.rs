//! What tests share: a database for each test, on both kinds, and the macro that makes a test run on both.
//!
//! A test that proves a behaviour of the specification carries its id in its name, and at the end the letters it proves:
//!
//! ```
//! guildhall_testkit::both_databases! {
//!     /// An admin is told who may make admins.
//!     async fn w_30_only_the_owner_makes_admins__d(database) {
//!         assert!(database.url().contains("://"));
//!     }
//! }
//! ```
//!
//! becomes the tests `w_30_only_the_owner_makes_admins__d::sqlite` and `…::postgres`, which `cargo xtask behaviours` reads.

mod database;
pub mod postgres;

pub use database::{Database, Kind, server_url};

/// Runs a future to its end on a runtime of several threads, as the server's own.
///
/// # Panics
/// When the runtime can't be made.
pub fn block_on<F: Future>(future: F) -> F::Output {
    #[expect(clippy::expect_used, reason = "a test without a runtime can only fail")]
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime for one test");
    runtime.block_on(future)
}

/// Makes two tests of each function, `NAME::sqlite` and `NAME::postgres`, which get a [`Database`] of their own.
///
/// Functions may be `async` (see [`block_on`]) and carry documentation and attributes such as `#[should_panic]`.
#[macro_export]
macro_rules! both_databases {
    () => {};
    ($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block $($rest:tt)*) => {
        $crate::both_databases!(@test [$(#[$meta])*] $name, $database, $crate::block_on(async move $body));
        $crate::both_databases!($($rest)*);
    };
    ($(#[$meta:meta])* fn $name:ident($database:ident) $body:block $($rest:tt)*) => {
        $crate::both_databases!(@test [$(#[$meta])*] $name, $database, $body);
        $crate::both_databases!($($rest)*);
    };
    (@test [$(#[$meta:meta])*] $name:ident, $database:ident, $run:expr) => {
        #[cfg(test)]
        #[allow(non_snake_case, reason = "two underscores set the letters of proof apart")]
        mod $name {
            #[allow(unused_imports, reason = "some bodies need nothing of their file")]
            use super::*;

            fn on($database: &$crate::Database) {
                $run
            }

            $(#[$meta])*
            #[test]
            fn sqlite() {
                on(&$crate::Database::sqlite());
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                on(&$crate::Database::postgres());
            }
        }
    };
}
