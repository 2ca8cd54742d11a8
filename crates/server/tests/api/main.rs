//! The API through its real router, on both databases: behaviours, lessons, transcripts, isolation, bad input.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests assert")]
#![allow(clippy::too_many_lines, reason = "a transcript is read from top to bottom")]

#[path = "../harness/mod.rs"]
mod harness;

mod access;
mod aihub;
mod appcircle;
mod bad_input;
mod deletions;
mod document;
mod interface;
mod isolation;
mod lessons;
mod lessons_invitations;
mod lessons_lists;
mod lessons_removal;
mod lessons_roles;
mod limits;
mod modelmatch;
mod once;
mod operations;
mod ownership;
mod pipes;
mod suspension;
mod traces;
mod workjet;
mod workjet_removal;
