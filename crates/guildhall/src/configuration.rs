//! Finding and reading the configuration.

use crate::At;
use anyhow::Context as _;
use guildhall_server::{Config, StartError};
use std::{path::PathBuf, process::ExitCode};

/// Where it stands when nobody says so.
const STANDARD: &str = "guildhall.toml";

/// Reads file and environment.
pub(crate) fn load(at: &At) -> anyhow::Result<Config> {
    let path = at.config.clone().or_else(|| Some(PathBuf::from(STANDARD)).filter(|path| path.exists()));
    let (name, text) = match &path {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
            (name, text)
        }
        None => (String::new(), String::new()),
    };
    let variables: Vec<(String, String)> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    Ok(Config::load(&name, &text, &variables).map_err(StartError::Located)?)
}

/// `config check`: also whether the model can be read.
pub(crate) fn check(at: &At) -> anyhow::Result<ExitCode> {
    let config = load(at)?;
    let model = guildhall_server::model(&config.model)?;
    println!("The configuration is sound: {} at {}.", model.title, config.http.public_url);
    if config.mail.is_none() {
        println!("No mail server is configured: nobody can sign in by mail.");
    }
    Ok(ExitCode::SUCCESS)
}
