//! The six models that come with Guildhall load, and are what the sources say.

#![cfg(test)]

use guildhall_access::{Model, model};

#[test]
fn every_preset_loads() {
    for preset in model::presets() {
        let loaded = Model::load(&format!("presets/{}.toml", preset.id), preset.text);
        let model = loaded.unwrap_or_else(|errors| {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        });
        assert_eq!(model.id, preset.id);
        assert_eq!(model.text, preset.text);
        assert!(model.recheck().is_empty());
    }
}

fn the_examples_hold(id: &str) {
    let model = Model::preset(id).unwrap();
    let preset = model::presets().iter().find(|preset| preset.id == id).unwrap();
    let failures = model::example::run(&model, &format!("presets/{id}.examples.toml"), preset.examples);
    let lines: Vec<String> = failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn the_standard_examples_hold() {
    the_examples_hold("standard");
}

/// W-15, W-16, W-17, W-18, W-19, W-20, W-21, W-22, W-23, W-24, W-25, W-26, and W-11, W-13, W-14.
#[test]
fn w_15_to_w_26_the_workjet_examples_hold() {
    the_examples_hold("workjet");
}

/// I-41, I-42, I-43, I-44, I-45, I-46, I-47, I-48, I-49, I-50.
#[test]
fn i_41_to_i_50_the_aihub_examples_hold() {
    the_examples_hold("aihub");
}

///
#[test]
fn a_23_a_26_the_appcircle_examples_hold() {
    the_examples_hold("appcircle");
}

/// M-7, M-8, M-9, M-10, M-11, M-12, M-13, M-14, M-15, M-16, M-17, M-18, M-19, M-20, M-21, M-22.
#[test]
fn m_7_to_m_22_the_modelmatch_examples_hold() {
    the_examples_hold("modelmatch");
}

/// P-5, P-6, P-7, P-8, P-17, P-18, P-19, P-22.
#[test]
fn p_5_to_p_22_the_pipes_examples_hold() {
    the_examples_hold("pipes");
}
