//! Signing in through the real router, on both databases: links, codes, providers, sessions, the five pre-hijacking attacks, limits.

#![cfg(test)]

#[path = "../harness/mod.rs"]
mod harness;

mod attacks;
mod browser;
mod limits;
mod links;
mod mails;
mod operators;
mod pages;
mod providers;
mod removed;
mod sessions;
mod welcome;
