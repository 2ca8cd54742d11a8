//! Inputs, choices and the frame of a dialog.

use super::parts::Notice;

/// A labelled input. `Field::text` fills what seldom differs.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub label: String,
    /// `text`, `email`, `search`, `url`.
    pub kind: &'static str,
    pub value: String,
    pub placeholder: String,
    pub help: Option<String>,
    /// Cause and remedy; takes the help's place.
    pub error: Option<String>,
    pub optional: bool,
    pub autocomplete: &'static str,
    pub autofocus: bool,
    pub locked: bool,
}

impl Field {
    pub fn text(name: &str, label: &str) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            kind: "text",
            value: String::new(),
            placeholder: String::new(),
            help: None,
            error: None,
            optional: false,
            autocomplete: "off",
            autofocus: false,
            locked: false,
        }
    }
}

/// A `<select>`.
#[derive(Debug, Clone)]
pub struct Select {
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub error: Option<String>,
    pub options: Vec<Choice>,
}

impl Select {
    /// Whether something other than the first option is chosen.
    pub fn is_set(&self) -> bool {
        self.options.iter().skip(1).any(|option| option.chosen)
    }
}

#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub title: String,
    pub help: Option<String>,
    pub chosen: bool,
    pub locked: Option<String>,
}

/// The frame of a dialog, which is also a page.
#[derive(Debug, Clone)]
pub struct Panel {
    /// The question.
    pub title: String,
    pub intro: Option<String>,
    pub width: Width,
    pub action: String,
    /// Where Cancel leads without a script.
    pub cancel: String,
    /// Verb and name; `None` where nothing may be sent.
    pub submit: Option<String>,
    pub destroys: bool,
    /// Shown above the buttons: what, why, who could.
    pub refused: Option<Notice>,
    /// What must be typed before the button acts.
    pub typed: Option<Typed>,
}

#[derive(Debug, Clone)]
pub struct Typed {
    pub field: Field,
    pub expected: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Narrow,
    Middle,
    Full,
}

impl Width {
    pub fn class(self) -> &'static str {
        match self {
            Self::Narrow => "w-480",
            Self::Middle => "w-640",
            Self::Full => "w-960",
        }
    }
}
