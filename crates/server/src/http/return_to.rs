//! Where to go after signing in: a path of ours, or nowhere else.

use serde::Deserialize;

/// A path with one slash at its beginning; anything else becomes `/`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct ReturnTo(String);

impl ReturnTo {
    const LONGEST: usize = 2_000;
    pub fn path(&self) -> &str {
        &self.0
    }
}

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl From<String> for ReturnTo {
    fn from(text: String) -> Self {
        // Browsers take a backslash for a slash and drop tabs and line ends: `/\evil` and `/<tab>/evil` leave the site.
        let plain = text.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
        if plain && text.len() <= Self::LONGEST && text.starts_with('/') && !text.starts_with("//") { Self(text) } else { Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_returned_to() {
        let to = |text: &str| ReturnTo::from(text.to_owned()).0;
        assert_eq!(to("/o/north/people?page=2#x"), "/o/north/people?page=2#x");
        for text in ["", "people", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "\\\\evil", "/a b"] {
            assert_eq!(to(text), "/", "{text:?}");
        }
    }
}
