//! `docs/security.md` says the numbers that the source has.
#![cfg(test)]

use std::{fs, path::Path};

/// The cells of each row whose third names where the number comes from.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn source(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The constant's value in words: `Span::days(7)` is `7 days`, `1_000` is `1000`.
fn constant(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("const {name}: ")).unwrap_or_else(|| panic!("there is no constant `{name}`"));
    let (_, value) = rest.split_once(" = ").unwrap();
    let value = value.split(';').next().unwrap().replace('_', "");
    let Some((call, number)) = value.trim_end_matches(')').split_once('(') else { return value };
    let unit = call.rsplit("::").next().unwrap().trim_start_matches("from").replace("secs", "seconds").replace("mins", "minutes");
    format!("{number} {}", if number == "1" { unit.trim_end_matches('s') } else { &unit })
}

/// The default of a setting: a limit's in `Limits::default`, another's where it is read.
fn setting(text: &str, key: &str) -> String {
    let limits = text.split_once("impl Default for Limits").unwrap().1;
    let found = match key.strip_prefix("limits.") {
        Some(short) => limits.split_once(&format!(" {short}: ")),
        None => text.split_once(&format!("(\"{key}\", ")),
    };
    let (_, rest) = found.unwrap_or_else(|| panic!("there is no setting `{key}`"));
    rest.split(',').next().unwrap().replace('_', "")
}

#[test]
fn the_security_guide_says_the_numbers_of_the_source() {
    let (page, config) = (source("../docs/security.md"), source("server/src/config.rs"));
    let (settings, constants) = (rows(&page, "Settings"), rows(&page, "Constants"));
    assert!(settings.len() >= 12 && constants.len() >= 25, "{} settings, {} constants", settings.len(), constants.len());
    for row in settings {
        assert_eq!(row[1].replace(',', ""), setting(&config, row[2].trim_matches('`')), "docs/security.md: {}", row[0]);
    }
    for row in constants {
        let (file, name) = row[2].trim_matches('`').split_once("` `").unwrap();
        assert_eq!(row[1].replace(',', ""), constant(&source(file), name), "docs/security.md: {}", row[0]);
    }
}

/// Each limit has its reason there.
#[test]
fn the_security_guide_has_every_limit() {
    let (page, config) = (source("../docs/security.md"), source("server/src/config.rs"));
    let fields = config.split_once("pub struct Limits {").unwrap().1.split_once('}').unwrap().0;
    let names: Vec<&str> = fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next()).collect();
    assert!(names.len() >= 9, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("`limits.{name}`")), "docs/security.md doesn't say why `limits.{name}` is as it is");
    }
}
