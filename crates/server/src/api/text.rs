//! Texts in bodies and queries, parsed into the types of the rules while they are read, so that what is wrong is placed.

use guildhall_core::text::{Address, BadText, Name, Slug};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::borrow::Cow;

/// A text that the rules check.
pub(crate) trait Checked: Sized {
    fn check(text: &str) -> Result<Self, BadText>;
}
impl Checked for Name {
    fn check(text: &str) -> Result<Self, BadText> {
        Self::parse(text)
    }
}
impl Checked for Slug {
    fn check(text: &str) -> Result<Self, BadText> {
        Self::parse(text)
    }
}
impl Checked for Address {
    fn check(text: &str) -> Result<Self, BadText> {
        Self::parse(text)
    }
}
/// What a host product calls something: 1 to 200 visible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExternalId(pub(crate) String);
impl Checked for ExternalId {
    fn check(text: &str) -> Result<Self, BadText> {
        let n = text.chars().count();
        if !(1..=200).contains(&n) || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(BadText("1 to 200 characters, without spaces".to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// `#[serde(deserialize_with = "text")]`: a text that must be there.
pub(crate) fn text<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    T::check(&text).map_err(D::Error::custom)
}

/// The same where it may be left out or `null`.
pub(crate) fn maybe<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    text.map(|text| T::check(&text)).transpose().map_err(D::Error::custom)
}

/// Where `null` takes away and leaving it out leaves it as it is.
#[expect(clippy::option_option, reason = "left out, `null`, and a text are three things")]
pub(crate) fn takeable<'de, T: Checked, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    maybe(deserializer).map(Some)
}

/// A language tag (RFC 5646), as far as its letters go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locale(pub(crate) String);
impl Checked for Locale {
    fn check(text: &str) -> Result<Self, BadText> {
        let sound = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let first = text.split('-').next().is_some_and(|part| (2..=3).contains(&part.len()));
        if text.len() > 35 || !first || !text.split('-').all(sound) {
            return Err(BadText("not a language tag; one looks like `en` or `pt-BR`".to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}
