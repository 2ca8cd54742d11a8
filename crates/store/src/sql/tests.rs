//! Finders and the copies they read, on both databases.

mod accounts;
mod copies;
mod counters;
mod deletions;
mod lists;
mod plans;
mod queues;
mod sign_ins;
mod stage;
