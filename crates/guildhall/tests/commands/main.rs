//! The commands, as somebody at a terminal meets them: the real binary, what it prints, how it ends.

#![cfg(test)]
#![allow(unreachable_pub, reason = "modules that several programs share say what they offer")]

mod accounts;
#[path = "../client/mod.rs"]
mod client;
mod configuration;
mod demo;
mod deployment_key;
mod doctor;
mod keys;
mod models;
mod printing;
mod serving;
mod terminal;
mod verify;
