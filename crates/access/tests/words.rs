//! The page that describes model files knows every word, what stands without it, and every list of an example.

#![cfg(test)]

use guildhall_access::{
    Model,
    model::{WORDS, example},
};

const PAGE: &str = include_str!("../../../presets/README.md");

/// What stands behind the last heading of this name, up to the next.
fn section(heading: &str) -> &'static str {
    let behind = PAGE.split(&format!("## {heading}\n")).nth(1).unwrap();
    behind.split("\n## ").next().unwrap()
}

#[test]
fn every_word_is_described_with_what_stands_without_it() {
    let described: Vec<&str> = section("Words").lines().filter(|line| line.starts_with("| `")).collect();
    let text = |text: &'static str| if text.is_empty() { "nothing" } else { text };
    let known: Vec<String> = WORDS.iter().map(|(word, standard)| format!("| `{word}` | {} |", text(standard))).collect();
    assert_eq!(described, known);
}

/// The example names no role of the model, and that is all that is wrong with it: its keys are those that are read.
#[test]
fn the_example_of_examples_can_be_read_and_uses_every_key() {
    let example = section("Examples").split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    example::Examples::parse("example", example).unwrap();
    for key in ["allow", "own", "in_sub_organizations", "in_workspaces", "[given]", "[taken]", "[custom_roles.", "given =", "taken ="] {
        assert!(example.contains(key), "{key}");
    }
    let told = example::run(&Model::preset("standard").unwrap(), "example", "[roles.admin]\nalow = []");
    assert!(told.iter().any(|problem| problem.right == "did you mean `allow`?"), "{told:?}");
}
