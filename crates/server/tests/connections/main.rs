//! Connections over a real socket: how they are limited, how they end, and what becomes of bodies that nobody reads.

#![cfg(test)]

#[path = "../harness/mod.rs"]
mod harness;

mod bodies;
mod limits;
mod line;
