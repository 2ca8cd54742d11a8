//! The engine on both databases, seen from inside: state against tables, faults at every step, races, and what `verify` finds.

mod conformance;
pub(crate) mod dump;
pub(crate) mod failing;
mod faults;
mod faults_beside;
mod opening;
#[path = "../../core/tests/memory/mod.rs"]
mod plain;
mod races;
mod recorded;
pub(crate) mod rows;
mod stage;
mod verify;
mod walk;
