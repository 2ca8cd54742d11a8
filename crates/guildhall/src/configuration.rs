//! Finding and reading the configuration.

use crate::At;
use anyhow::Context as _;
use guildhall_server::{Config, StartError};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

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
    let variables = ours(std::env::vars_os())?;
    Ok(Config::load(&name, &text, &variables).map_err(StartError::Located)?)
}

/// The variables that are for us. One that isn't text is never taken for one that isn't there.
fn ours(all: impl Iterator<Item = (OsString, OsString)>) -> anyhow::Result<Vec<(String, String)>> {
    let ours = all.filter(|(name, _)| name.to_string_lossy().starts_with("GUILDHALL_"));
    ours.map(|(name, value)| {
        let shown = name.to_string_lossy().into_owned();
        name.into_string().ok().zip(value.into_string().ok()).with_context(|| format!("the variable `{shown}` isn't UTF-8; write it anew"))
    })
    .collect()
}

/// `config check`: also whether the model can be read.
pub(crate) fn check(at: &At) -> anyhow::Result<ExitCode> {
    let config = load(at)?;
    let model = guildhall_server::model(&config.model)?;
    say!("The configuration is sound: {} at {}.", model.title, config.http.public_url);
    if config.mail.is_none() {
        say!("No mail server is configured: nobody can sign in by mail.");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt as _;

    #[test]
    fn a_variable_that_is_no_text_stops_the_start_by_its_name() {
        let bad = || OsString::from_vec(vec![0x66, 0xff]);
        let error = ours([("GUILDHALL_TITLE".into(), bad())].into_iter()).unwrap_err().to_string();
        assert!(error.contains("`GUILDHALL_TITLE` isn't UTF-8"), "{error}");
        let sound = ours([("OTHERS".into(), bad()), ("GUILDHALL_TITLE".into(), "Town".into())].into_iter()).unwrap();
        assert_eq!(sound, [("GUILDHALL_TITLE".to_owned(), "Town".to_owned())]);
    }
}
