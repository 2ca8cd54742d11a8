//! Every statement, by noun. The list below is what the test prepares on both databases: add your file's `ALL`.

pub(crate) mod address;
pub(crate) mod change;
pub(crate) mod claim;
pub(crate) mod directory;
pub(crate) mod erase;
pub(crate) mod event;
pub(crate) mod idempotency;
pub(crate) mod invitation;
pub(crate) mod key;
pub(crate) mod limit;
pub(crate) mod mail_order;
pub(crate) mod member;
pub(crate) mod meta;
pub(crate) mod operator;
pub(crate) mod organization;
pub(crate) mod outbox;
pub(crate) mod page;
pub(crate) mod person;
pub(crate) mod prune;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod state;
pub(crate) mod stream;

use crate::db::Statement;

/// The statements of every file.
#[allow(dead_code, reason = "a test prepares each; the product names them one by one")]
pub(crate) static REGISTRY: &[&[&Statement]] = &[
    crate::db::MIGRATION_STATEMENTS,
    address::ALL,
    change::ALL,
    claim::ALL,
    crate::verify::CLAIM_CHECKS,
    crate::verify::DIRECTORY_CHECKS,
    crate::verify::TABLE_CHECKS[0],
    crate::verify::TABLE_CHECKS[1],
    directory::ALL,
    directory::person::ALL,
    directory::row::ALL,
    directory::tenant::ALL,
    erase::ALL,
    event::ALL,
    idempotency::ALL,
    invitation::ALL,
    key::ALL,
    limit::ALL,
    mail_order::ALL,
    member::statement::ALL,
    meta::ALL,
    operator::ALL,
    organization::ALL,
    outbox::ALL,
    person::ALL,
    prune::ALL,
    session::ALL,
    sign_in::ALL,
    state::invitation::ALL,
    state::member::ALL,
    state::organization::ALL,
    state::user::ALL,
    stream::ALL,
];

#[cfg(test)]
mod tests;
