//! `model`: access models, read and tried.

use crate::Model as What;
use anyhow::Context as _;
use guildhall_access::model::{self, Located, example, matrix, presets};
use std::{path::Path, process::ExitCode};

pub(crate) fn run(what: What) -> anyhow::Result<ExitCode> {
    match what {
        What::List => {
            for preset in presets() {
                let model = guildhall_server::model(preset.id)?;
                say!("{:<12} {}", preset.id, model.title);
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Check { model } => {
            let model = guildhall_server::model(&model)?;
            say!("{} is sound: {} roles, {} permissions.", model.title, model.roles.len(), model.permissions.len());
            Ok(ExitCode::SUCCESS)
        }
        What::Matrix { model } => {
            say!("{}", matrix::render(&guildhall_server::model(&model)?).trim_end());
            Ok(ExitCode::SUCCESS)
        }
        What::Test { model: name, examples } => {
            let model = guildhall_server::model(&name)?;
            let (file, text) = examples_of(&name, examples.as_deref())?;
            Ok(told(&model, &example::run(&model, &file, &text)))
        }
    }
}

/// The given file; a preset's own; or the one beside the model: `x.toml` has `x.examples.toml`.
fn examples_of(name: &str, given: Option<&Path>) -> anyhow::Result<(String, String)> {
    if given.is_none()
        && let Some(preset) = presets().iter().find(|preset| preset.id == name)
    {
        return Ok((format!("{name}.examples.toml"), preset.examples.to_owned()));
    }
    let beside = Path::new(name).with_extension("examples.toml");
    let path = given.unwrap_or(&beside);
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok((path.display().to_string(), text))
}

fn told(model: &model::Model, failures: &[Located]) -> ExitCode {
    for failure in failures {
        say!("{failure}");
    }
    if failures.is_empty() {
        say!("Every example of {} holds.", model.title);
        return ExitCode::SUCCESS;
    }
    say!("{} of the examples don't hold.", failures.len());
    ExitCode::FAILURE
}
