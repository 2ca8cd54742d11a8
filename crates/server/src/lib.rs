//! API, portal, sign-in, mail, jobs, configuration, telemetry: everything between the rules and the world.

pub mod api;
pub mod app;
pub mod config;
pub mod decisions;
pub mod demo;
pub mod deployment_key;
pub mod events;
pub mod failure;
pub mod health;
pub mod http;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod members;
pub mod organizations;
pub mod ownership;
pub mod place;
pub mod portal;
pub mod problems;
pub mod refusals;
pub mod roles;
pub mod sign_in;
pub mod telemetry;
pub mod users;

mod serve;

pub use app::{App, Parts};
pub use config::Config;
pub use failure::{Failure, FieldError};
pub use serve::{StartError, build, build_beside, build_with, connections, model, prepare_tls, router, router_with, serve};
