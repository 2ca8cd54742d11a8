//! What loading a model catches. Each file in `bad/` breaks one group of rules; beside it stands every error it must
//! give, in the file's order. `UPDATE_EXPECTED=1` rewrites the latter, to be read before it is committed.

#![cfg(test)]

use guildhall_access::Model;
use std::{fs, path::Path};

#[test]
fn bad_models_are_refused_with_every_error_and_its_place() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "toml"))
        .collect();
    names.sort();
    let mut different = Vec::new();
    for name in &names {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let errors = Model::load(name, &text).err().unwrap_or_else(|| panic!("{name} loads"));
        let lines = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n") + "\n";
        let beside = folder.join(name.replace(".toml", ".txt"));
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&beside, &lines).unwrap();
        }
        if fs::read_to_string(&beside).unwrap_or_default() != lines {
            different.push(format!("{name} gives\n{lines}"));
        }
    }
    assert!(names.len() >= 15, "the folder of bad models is nearly empty");
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn nothing_but_the_file_itself_makes_it_bad() {
    // The good model that the bad ones were made from, so that each shows its own errors only.
    let text = include_str!("good.toml");
    let loaded = Model::load("good.toml", text);
    assert!(loaded.is_ok(), "{loaded:?}");
}
