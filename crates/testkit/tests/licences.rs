//! What came in from outside, held to `deny.toml`: licences, and where it came from.
#![cfg(test)]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_the_registry() {
    let allowed = allowed();
    let mut wrong = Vec::new();
    for package in packages() {
        // Packages of this workspace have no source.
        let Some(source) = package["source"].as_str() else { continue };
        let name = format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        if !source.starts_with("registry+") {
            wrong.push(format!("{name} comes from {source}"));
        }
        let licence = package["license"].as_str().unwrap_or("no licence stated");
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{name} is under {licence}"));
        }
    }
    assert!(wrong.is_empty(), "not in deny.toml:\n{}", wrong.join("\n"));
}

#[test]
fn an_expression_is_read_as_its_author_meant_it() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "Unicode-3.0".to_owned()]);
    let check = |expression: &str, expected: bool| assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    check("MIT", true);
    check("GPL-3.0", false);
    check("GPL-3.0 OR MIT", true);
    check("GPL-3.0/MIT", true);
    check("MIT AND GPL-3.0", false);
    check("(MIT OR GPL-3.0) AND Unicode-3.0", true);
    check("MIT AND (GPL-3.0 OR LGPL-2.1)", false);
    check("GPL-3.0 OR MIT AND Unicode-3.0", true);
    check("", false);
}

/// AND binds tighter than OR; a slash is an old way to write OR.
fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let expression = expression.replace('/', " OR ");
    split(&expression, " OR ").iter().any(|way| split(way, " AND ").iter().all(|part| is_part_allowed(part, allowed)))
}

fn is_part_allowed(part: &str, allowed: &BTreeSet<String>) -> bool {
    let part = part.trim();
    match part.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => is_allowed(inner, allowed),
        None => allowed.contains(part),
    }
}

/// Splits at `separator` outside parentheses.
fn split(text: &str, separator: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut open = String::new();
    for piece in text.split(separator) {
        open.push_str(piece);
        if open.matches('(').count() == open.matches(')').count() {
            parts.push(std::mem::take(&mut open));
        } else {
            open.push_str(separator);
        }
    }
    parts
}

fn allowed() -> BTreeSet<String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deny.toml")).unwrap();
    let file: toml::Table = text.parse().unwrap();
    let list = file["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let run = Command::new(cargo).args(["metadata", "--format-version=1", "--all-features", "--manifest-path", manifest]).output();
    let run = run.unwrap();
    assert!(run.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}
