//! The six access models that come with Guildhall. Nothing else in the code knows one by its name.

use super::{Located, Model};

/// A model that comes with Guildhall, with its examples.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// Its id, as `guildhall model list` prints it.
    pub id: &'static str,
    /// The file's text.
    pub text: &'static str,
    /// The text of the examples beside it.
    pub examples: &'static str,
}

macro_rules! preset {
    ($id:literal) => {
        Preset {
            id: $id,
            text: include_str!(concat!("../../../../presets/", $id, ".toml")),
            examples: include_str!(concat!("../../../../presets/", $id, ".examples.toml")),
        }
    };
}

const PRESETS: &[Preset] =
    &[preset!("standard"), preset!("workjet"), preset!("aihub"), preset!("appcircle"), preset!("modelmatch"), preset!("pipes")];

/// Every model that comes with Guildhall, the standard one first.
pub fn presets() -> &'static [Preset] {
    PRESETS
}

impl Model {
    /// One of the models that come with Guildhall.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn preset(id: &str) -> Result<Self, Vec<Located>> {
        let Some(preset) = PRESETS.iter().find(|preset| preset.id == id) else {
            let names: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
            return Err(vec![Located {
                file: id.to_owned(),
                line: 1,
                column: 1,
                what: format!("no preset is called `{id}`"),
                right: format!("expected {}", super::error::list(&names)),
            }]);
        };
        Self::load(&format!("{id}.toml"), preset.text)
    }
}
