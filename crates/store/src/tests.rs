//! The engine on both databases, seen from inside: state against tables, faults at every step, races, and what `verify` finds.

mod conformance;
pub(crate) mod dump;
pub(crate) mod failing;
mod faults;
mod faults_beside;
mod opening;
mod races;
mod recorded;
mod stage;
mod verify;
