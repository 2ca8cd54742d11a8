//! Whatever a file contains, loading answers: a model or errors, never a panic.

#![cfg(test)]

use guildhall_access::{Model, model};
use proptest::prelude::*;

/// A preset with a stretch of its characters replaced.
fn spoiled(text: &str, at: usize, drop: usize, with: &str) -> String {
    let length = text.chars().count().max(1);
    let (at, drop) = (at % length, drop % 40);
    text.chars().take(at).chain(with.chars()).chain(text.chars().skip(at + drop)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoiled_model_is_answered(
        preset in 0usize..6,
        at in any::<usize>(),
        drop in any::<usize>(),
        with in "[a-z=\"\\[\\]{}., \n#9é]{0,6}",
    ) {
        if let Some(preset) = model::presets().get(preset) {
            let text = spoiled(preset.text, at, drop, &with);
            if let Err(errors) = Model::load("spoiled.toml", &text) {
                prop_assert!(!errors.is_empty());
                let lines = text.matches('\n').count() + 1;
                prop_assert!(errors.iter().all(|error| (1..=lines).contains(&error.line)));
            }
            let examples = spoiled(preset.examples, at, drop, &with);
            if let Ok(model) = Model::preset(preset.id) {
                drop_failures(model::example::run(&model, "spoiled.toml", &examples));
            }
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}") {
        prop_assert!(Model::load("any.toml", &text).is_err());
    }
}

/// Only that it answers is asked.
fn drop_failures(failures: Vec<model::Located>) {
    drop(failures);
}
