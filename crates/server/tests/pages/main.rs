//! The portal without a script, through the real router, on both databases: every action is a form that posts and redirects.

#![cfg(test)]

#[path = "../sign_in/browser.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of signing in, which use all of it")]
mod browser;
#[path = "../harness/mod.rs"]
mod harness;
#[path = "../api/operations.rs"]
#[allow(dead_code, reason = "shared with the tests of the API, which use all of it")]
mod operations;

mod again;
mod alike;
mod forms;
mod inviting;
mod joining;
mod mine;
mod organization;
mod pending;
mod people;
mod roles;
mod stage;
mod told;
