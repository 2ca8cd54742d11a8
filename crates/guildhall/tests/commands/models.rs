use crate::terminal::run;
use std::{fs, path::Path};

const MODEL: &str = include_str!("../../../../presets/standard.toml");
const EXAMPLES: &str = include_str!("../../../../presets/standard.examples.toml");

/// Lines of the form `FILE:LINE:COLUMN: what is wrong`.
fn located(printed: &str, file: &Path) -> Vec<(usize, usize, String)> {
    let start = format!("{}:", file.display());
    let lines = printed.lines().map(|line| line.trim_start_matches("guildhall: "));
    let parts = lines.filter_map(|line| {
        let mut parts = line.strip_prefix(&start)?.splitn(3, ':');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.trim().to_owned()))
    });
    parts.collect()
}

#[test]
fn the_presets_are_sound_their_matrices_print_and_their_examples_hold() {
    let list = run(&["model", "list"]).is(0).out;
    assert_eq!(list.lines().count(), 6, "{list}");
    run(&["model", "check", "standard"]).is(0).says("Guildhall is sound: ").says(" roles, ");
    let matrix = run(&["model", "matrix", "standard"]).is(0).out;
    assert!(matrix.contains('|') && matrix.contains("View members") && matrix.contains("Owner"), "{matrix}");
    run(&["model", "test", "standard"]).is(0).says("Every example of Guildhall holds.");
    run(&["model", "check", "standrad"]).is(1);
}

#[test]
fn l_33_all_mistakes_of_a_model_are_told_with_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ours.toml");
    // The first permission needs one that isn't there, the second has a key that isn't known.
    let broken =
        MODEL.replacen("needs = [\"members.view\"]", "needs = [\"members.veiw\"]", 1).replacen("opens = [\"team.view\"]", "opnes = []", 1);
    assert_ne!(broken, MODEL);
    fs::write(&file, &broken).unwrap();
    let path = file.display().to_string();
    for what in ["check", "matrix", "test"] {
        let ended = run(&["model", what, &path]).is(1);
        let found = located(&ended.err, &file);
        for wrong in ["members.veiw", "opnes"] {
            let (line, _) = broken.lines().enumerate().find(|(_, line)| line.contains(wrong)).unwrap();
            let told = found.iter().any(|(at, column, text)| *at == line + 1 && *column > 1 && text.contains(wrong));
            assert!(told, "{what}: `{wrong}` in line {}: {ended:?}", line + 1);
        }
    }
}

#[test]
fn an_example_that_does_not_hold_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (file, examples) = (folder.path().join("ours.toml"), folder.path().join("ours.examples.toml"));
    fs::write(&file, MODEL).unwrap();
    fs::write(&examples, EXAMPLES).unwrap();
    let path = file.display().to_string();
    run(&["model", "test", &path]).is(0).says("holds.");
    // A member is said to do what only owners do.
    let at = EXAMPLES.find("[roles.member]\nallow = [").unwrap() + "[roles.member]\nallow = [".len();
    let mut wrong = EXAMPLES.to_owned();
    wrong.insert_str(at, "\"ownership.transfer\", ");
    fs::write(&examples, wrong).unwrap();
    let ended = run(&["model", "test", &path]).is(1).says("don't hold.");
    let found = located(&ended.out, &examples);
    assert!(found.iter().any(|(_, _, text)| text.contains("ownership.transfer")), "{ended:?}");
}
