//! The portal's look, checked without a browser: contrasts, tokens, templates free of inline style and script, icons.

#![cfg(test)]

#[path = "portal/color.rs"]
mod color;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use color::Color;
use guildhall_server::portal::assets;
use guildhall_server::portal::view::Icon;

/// Tokens of two colours, light and dark.
fn tokens() -> BTreeMap<String, [Color; 2]> {
    let mut tokens = BTreeMap::new();
    for line in assets::STYLESHEET.lines() {
        let Some((name, value)) = line.trim().strip_prefix("--").and_then(|line| line.split_once(": ")) else { continue };
        let value = value.trim_end_matches(';');
        let pair = value.strip_prefix("light-dark(").and_then(|pair| pair.strip_suffix(')')).and_then(|pair| pair.split_once(", "));
        let (light, dark) = pair.unwrap_or((value, value));
        if let (Some(light), Some(dark)) = (Color::parse(light), Color::parse(dark)) {
            tokens.insert(name.to_owned(), [light, dark]);
        }
    }
    tokens
}

fn check(front: &str, back: &[&str], least: [f64; 2]) {
    let tokens = tokens();
    for (scheme, (name, least)) in ["light", "dark"].iter().zip(least).enumerate() {
        let lowest = back.iter().map(|back| tokens[front][scheme].contrast(tokens[*back][scheme])).fold(f64::INFINITY, f64::min);
        // Stated to one decimal place.
        assert!(lowest + 0.05 >= least, "{front} on {back:?} in {name}: {lowest:.2}, stated {least}");
    }
}

const GROUNDS: [&str; 4] = ["canvas", "surface", "raised", "hover"];

#[test]
fn text_and_controls_keep_their_stated_contrast() {
    check("text", &["canvas", "surface", "raised", "hover", "soft"], [15.3, 13.1]);
    check("muted", &["canvas", "surface", "raised", "hover", "soft"], [5.5, 6.4]);
    check("control", &GROUNDS, [3.3, 4.0]);
    check("link", &["canvas", "surface", "raised", "hover", "soft"], [6.7, 7.6]);
}

#[test]
fn fills_keep_their_stated_contrast() {
    check("on-fill", &["accent", "accent-hover"], [6.6, 4.8]);
    check("on-fill", &["danger-fill", "danger-fill-hover"], [5.6, 5.1]);
}

#[test]
fn tints_keep_their_stated_contrast() {
    check("ok", &["ok-tint"], [5.8, 8.4]);
    check("warn", &["warn-tint"], [6.0, 8.8]);
    check("danger", &["danger-tint"], [5.5, 7.9]);
    for ink in ["ok", "warn", "danger"] {
        check(ink, &GROUNDS, [4.5, 4.5]);
    }
}

#[test]
fn avatars_keep_their_stated_contrast() {
    for hue in 0..8 {
        check(&format!("av-{hue}-ink"), &[&format!("av-{hue}")], [6.0, 7.9]);
    }
}

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

#[test]
fn colours_and_sizes_stand_in_tokens_only() {
    for (path, text) in files(&folder("assets/css")) {
        if path.ends_with("tokens.css") || path.ends_with("fonts.css") {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            let place = format!("{}:{}: {line}", path.display(), at + 1);
            assert!(!line.contains("rgb(") && !line.contains("light-dark("), "a colour in {place}");
            for word in line.split(|c: char| c.is_whitespace() || "(),:;".contains(c)) {
                assert!(Color::parse(word).is_none(), "a colour in {place}");
                let number = word.strip_suffix("px").or_else(|| word.strip_suffix("rem")).or_else(|| word.strip_suffix("ms"));
                let is_size = number.is_some_and(|number| number.parse::<f64>().is_ok());
                assert!(!is_size || line.contains("@media"), "a size in {place}");
            }
        }
    }
}

#[test]
fn tokens_used_exist() {
    let css = assets::STYLESHEET;
    let named: BTreeSet<&str> =
        css.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(':')).map(|(name, _)| name).collect();
    for rest in css.split("var(--").skip(1) {
        let name = rest.split([')', ',']).next().unwrap();
        // One line may hold several: those of the media queries.
        assert!(named.contains(name) || css.contains(&format!("--{name}: ")), "no token `{name}`");
    }
}

#[test]
fn templates_have_no_inline_style_or_script() {
    for (path, text) in files(&folder("templates")) {
        let place = path.display();
        let lower = text.to_lowercase();
        assert!(!lower.contains("style="), "style= in {place}");
        assert!(!lower.contains("<style"), "<style> in {place}");
        assert!(!lower.contains("javascript:") && !lower.contains("hx-on") && !lower.contains("hx-vals"), "script in {place}");
        for tag in lower.split("<script").skip(1) {
            assert!(tag.starts_with(" src="), "inline script in {place}");
        }
        for attribute in lower.split([' ', '\n']).filter(|word| word.contains('=')) {
            let name = attribute.split('=').next().unwrap();
            let is_handler = name.len() > 4 && name.starts_with("on") && name.chars().all(|c| c.is_ascii_lowercase());
            assert!(!is_handler, "{name} in {place}");
        }
    }
}

#[test]
fn every_posting_form_carries_the_token() {
    for (path, text) in files(&folder("templates")) {
        for form in text.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            assert!(!form.contains("method=\"post\"") || form.contains("token()"), "a form without form_token in {}", path.display());
        }
    }
}

#[test]
fn every_icon_is_in_the_sprite_and_every_symbol_is_used() {
    let sprite = String::from_utf8(assets::find("icons.svg").unwrap().bytes.into_owned()).unwrap();
    let symbols: BTreeSet<String> = sprite.split("<symbol id=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    let mut used: BTreeSet<String> = Icon::ALL.iter().map(|icon| icon.name().to_owned()).collect();
    for (_, text) in files(&folder("templates")) {
        used.extend(text.split("icon(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(used, symbols);
}

#[test]
fn what_pages_name_is_served() {
    for path in assets::paths() {
        assert!(assets::find(&path).is_some_and(|asset| !asset.bytes.is_empty()), "{path}");
    }
    for rest in assets::STYLESHEET.split("url(\"").skip(1) {
        let path = rest.split('"').next().unwrap();
        assert!(assets::find(path).is_some(), "{path}");
    }
    assert!(assets::find("../Cargo.toml").is_none());
    assert!(assets::find("fonts/../../Cargo.toml").is_none());
    assert!(assets::find("css/tokens.css").is_none());
}

#[test]
fn files_stay_readable() {
    for part in ["assets/css", "assets/js", "templates", "src/portal"] {
        for (path, text) in files(&folder(part)) {
            assert!(text.lines().count() < 400, "{} has 400 lines or more", path.display());
        }
    }
}
