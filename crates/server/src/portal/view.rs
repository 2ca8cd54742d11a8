//! Plain data for the templates in `templates/`.
//!
//! Each page template has one struct here that derives `Template`; `parts` holds what many pages share. Texts are
//! finished sentences in the reader's language; addresses in `href` and `action` are paths; times are already words.

pub mod demo;
pub mod form;
pub mod icon;
pub mod mine;
pub mod organization;
pub mod outside;
pub mod parts;
pub mod people;
pub mod person;
pub mod roles;
pub mod secret;

pub use form::*;
pub use icon::Icon;
pub use parts::*;
