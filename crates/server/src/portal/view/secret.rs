//! A secret that is shown once.

use askama::Template;

use super::{Page, Shell, Width};

/// A new key, recovery codes, a client secret: the answer to the form that made it, never a page of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "secret.html")]
pub struct SecretPage {
    pub page: Page,
    pub shell: Shell,
    pub title: String,
    pub width: Width,
    /// What it is: "API key Nightly export".
    pub label: String,
    pub value: String,
    /// Where Done leads; it acts after copying or a tick.
    pub done: String,
}
