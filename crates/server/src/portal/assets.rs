//! What the browser loads besides pages: one stylesheet, one script, icons, fonts, htmx.
//!
//! Served under `/assets/`; pages name `app.css`, `app.js`, `htmx.js`, `favicon.svg` and `icons.svg`, the stylesheet names `fonts/…`.

use std::borrow::Cow;
use std::path::Path;

use rust_embed::RustEmbed;

/// The folder as it is, for what is served unchanged.
#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// The stylesheet: its parts in the order in which they apply, tokens first.
pub const STYLESHEET: &str = concat!(
    include_str!("../../assets/css/fonts.css"),
    include_str!("../../assets/css/tokens.css"),
    include_str!("../../assets/css/base.css"),
    include_str!("../../assets/css/controls.css"),
    include_str!("../../assets/css/parts.css"),
    include_str!("../../assets/css/table.css"),
    include_str!("../../assets/css/dialog.css"),
    include_str!("../../assets/css/shell.css"),
    include_str!("../../assets/css/outside.css"),
    include_str!("../../assets/css/pages.css"),
    include_str!("../../assets/css/reference.css"),
);

/// The script: each part closed in itself, nothing that a page needs to work.
/// Drafts come first: they fill fields before the others build on them.
pub const SCRIPT: &str = concat!(
    include_str!("../../assets/js/draft.js"),
    include_str!("../../assets/js/page.js"),
    include_str!("../../assets/js/dialog.js"),
    include_str!("../../assets/js/addresses.js"),
);

/// A file to serve: its media type and its bytes.
#[derive(Debug, Clone)]
pub struct Asset {
    pub media_type: &'static str,
    pub bytes: Cow<'static, [u8]>,
}

/// The file behind `/assets/{path}`, or none: only what pages name is served.
pub fn find(path: &str) -> Option<Asset> {
    let text = |media_type, text: &'static str| Some(Asset { media_type, bytes: Cow::Borrowed(text.as_bytes()) });
    match path {
        "app.css" => text("text/css; charset=utf-8", STYLESHEET),
        "app.js" => text("text/javascript; charset=utf-8", SCRIPT),
        "htmx.js" => embedded("vendor/htmx.min.js", "text/javascript; charset=utf-8"),
        "icons.svg" | "favicon.svg" => embedded(path, "image/svg+xml"),
        font if font.starts_with("fonts/") && has_extension(font, "woff2") => embedded(font, "font/woff2"),
        licence if has_extension(licence, "LICENSE") => embedded(licence, "text/plain; charset=utf-8"),
        _ => None,
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

fn embedded(path: &str, media_type: &'static str) -> Option<Asset> {
    Files::get(path).map(|file| Asset { media_type, bytes: file.data })
}

/// Every path that `find` answers, for a gallery or a prefetch list.
pub fn paths() -> Vec<String> {
    let served = ["app.css", "app.js", "htmx.js", "icons.svg", "favicon.svg"].map(String::from);
    let files = Files::iter().map(Cow::into_owned);
    let kept = files.filter(|path| path.starts_with("fonts/") || has_extension(path, "LICENSE"));
    served.into_iter().chain(kept).collect()
}
