//! What HTTP asks of every request: who, from where, whether it may be trusted, how much, and how a failure looks.

pub mod answer;
pub mod assets;
pub mod browser;
pub mod form;
pub mod headers;
pub mod json;
pub mod leftover;
pub mod limits;
pub(crate) mod link;
pub mod network;
mod objects;
pub mod origin;
pub mod path;
pub mod problem;
pub mod return_to;
pub mod shell;
pub mod who;

pub use browser::{Browser, FormToken};
pub use form::Form;
pub use json::{FOUR_MIB, Json, ONE_MIB, Query};
pub use network::Network;
pub use path::Path;
pub use return_to::ReturnTo;
pub use shell::RequestId;
pub use who::{MaybeWho, Person, Who};
