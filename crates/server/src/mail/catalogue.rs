//! The words of every mail: Fluent messages, one file a language.

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use std::fmt;
use unic_langid::LanguageIdentifier;

/// English, as it is built in.
const ENGLISH: &str = include_str!("../../locales/mail.en.ftl");

/// One language's messages.
pub struct Catalogue(FluentBundle<FluentResource>);

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Catalogue")
    }
}

impl Default for Catalogue {
    fn default() -> Self {
        Self::english()
    }
}

impl Catalogue {
    /// The built-in one. Tests read every message of it.
    pub fn english() -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![LanguageIdentifier::default()]);
        // Mail programs show the marks that would keep scripts apart.
        bundle.set_use_isolating(false);
        let (FluentResourceOr::Whole(resource) | FluentResourceOr::Part(resource)) = read(ENGLISH);
        bundle.add_resource_overriding(resource);
        Self(bundle)
    }

    /// A message's attribute, or its value for an empty `attribute`. `None`: there is none.
    pub fn text(&self, message: &str, attribute: &str, args: &FluentArgs<'_>) -> Option<String> {
        let message = self.0.get_message(message)?;
        let pattern = if attribute.is_empty() { message.value()? } else { message.get_attribute(attribute)?.value() };
        let mut errors = Vec::new();
        Some(self.0.format_pattern(pattern, Some(args), &mut errors).into_owned())
    }
}

enum FluentResourceOr {
    Whole(FluentResource),
    Part(FluentResource),
}

fn read(text: &str) -> FluentResourceOr {
    match FluentResource::try_new(text.to_owned()) {
        Ok(resource) => FluentResourceOr::Whole(resource),
        Err((resource, _)) => FluentResourceOr::Part(resource),
    }
}

#[cfg(test)]
pub(crate) fn is_whole() -> bool {
    matches!(read(ENGLISH), FluentResourceOr::Whole(_))
}
