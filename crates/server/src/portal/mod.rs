//! The portal: assets, templates with the plain data they show, the frame around every page, and the pages' routes.
//!
//! Nothing here decides anything. A page asks actions and `may(…)`, and shows what is locked, with why. Every page works
//! without a script: what is done is a form that posts and is answered with a redirect.

pub mod assets;
pub(crate) mod flash;
pub(crate) mod frame;
pub(crate) mod inside;
pub(crate) mod refused;
pub(crate) mod text;
pub mod view;
pub(crate) mod visit;

use crate::{App, invitations, members, organizations, ownership, roles, users};
use axum::Router;

/// Every page of the portal but those of signing in.
pub fn router() -> Router<App> {
    Router::new()
        .merge(organizations::portal::routes())
        .merge(members::portal::routes())
        .merge(invitations::portal::routes())
        .merge(ownership::portal::routes())
        .merge(roles::portal::routes())
        .merge(users::portal::routes())
}
