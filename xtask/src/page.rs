//! How the behaviours are shown: a few lines in the terminal, and the page in `docs/`.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::behaviours::{Behaviour, Record, Specification, State, System};
use crate::claims::Letter;

const HEAD: &str = "\
# Behaviours and what proves them

Written by `cargo xtask behaviours` from the reports of the last run; not by hand.

- **proven**: each of its letters is shown by tests that passed, on SQLite and on Postgres, and no test that names it failed.
- **permission only**: decided as stated, but not all of its letters are shown.
- **not yet**: no test that names it passed.

D: allowed and refused through the API. E: an effect that outlives the request. P: seen and used in the browser.
A letter in bold is shown. A lesson without letters needs a test on both databases, whatever it shows.
";

impl State {
    fn words(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::PermissionOnly => "permission only",
            Self::NotYet => "not yet",
        }
    }
}

/// For the terminal: per system the counts, and the ids of each state with their letters.
pub(crate) fn summary(specification: &Specification, record: &Record) -> String {
    let mut text = String::new();
    for system in &specification.systems {
        let [proven, permission_only, not_yet] = count(system, record);
        let title = format!("{} {}", system.prefix, system.title);
        line(&mut text, &format!("{title}: {proven} proven, {permission_only} permission only, {not_yet} not yet"));
        for state in [State::Proven, State::PermissionOnly, State::NotYet] {
            let ids: Vec<String> = of_state(system, record, state).map(|it| labelled(it, record)).collect();
            if !ids.is_empty() {
                line(&mut text, &format!("  {}: {}", state.words(), ids.join(" ")));
            }
        }
    }
    text
}

/// For `docs/`: the same as tables, with what each behaviour says.
pub(crate) fn markdown(specification: &Specification, record: &Record) -> String {
    let mut text = HEAD.to_owned();
    line(&mut text, "\n| system | proven | permission only | not yet |\n|---|---:|---:|---:|");
    for system in &specification.systems {
        let [proven, permission_only, not_yet] = count(system, record);
        let title = format!("{} · {}", system.prefix, system.title);
        line(&mut text, &format!("| {title} | {proven} | {permission_only} | {not_yet} |"));
    }
    for system in &specification.systems {
        line(&mut text, &format!("\n## {} · {}\n", system.prefix, system.title));
        line(&mut text, "| id | state | letters | what it says |\n|---|---|---|---|");
        for behaviour in &system.behaviours {
            let words = state(behaviour, record).words();
            let letters = letters(behaviour, record);
            let says = behaviour.says.replace('|', "\\|");
            line(&mut text, &format!("| {} | {words} | {letters} | {says} |", behaviour.id));
        }
    }
    text
}

/// The ids that a page written by [`markdown`] calls proven.
pub(crate) fn proven_ids(page: &str) -> BTreeSet<String> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | proven | "));
    rows.map(|(id, _)| id.to_owned()).filter(|id| id.contains('-')).collect()
}

fn state(behaviour: &Behaviour, record: &Record) -> State {
    record.get(&behaviour.id).map_or(State::NotYet, |evidence| evidence.state(&behaviour.required()))
}

fn of_state<'a>(system: &'a System, record: &'a Record, wanted: State) -> impl Iterator<Item = &'a Behaviour> {
    system.behaviours.iter().filter(move |behaviour| state(behaviour, record) == wanted)
}

fn count(system: &System, record: &Record) -> [usize; 3] {
    [State::Proven, State::PermissionOnly, State::NotYet].map(|state| of_state(system, record, state).count())
}

/// `W-30(D·)`: letters not yet shown are dots.
fn labelled(behaviour: &Behaviour, record: &Record) -> String {
    let required = behaviour.required();
    if required.is_empty() {
        return behaviour.id.clone();
    }
    let marks = required.into_iter().map(|letter| if shows(behaviour, record, letter) { format!("{letter:?}") } else { "·".to_owned() });
    format!("{}({})", behaviour.id, marks.collect::<String>())
}

/// `**D** P`: letters that are shown are bold.
fn letters(behaviour: &Behaviour, record: &Record) -> String {
    let required = behaviour.required().into_iter();
    let marks = required.map(|letter| if shows(behaviour, record, letter) { format!("**{letter:?}**") } else { format!("{letter:?}") });
    marks.collect::<Vec<_>>().join(" ")
}

fn shows(behaviour: &Behaviour, record: &Record, letter: Letter) -> bool {
    record.get(&behaviour.id).is_some_and(|evidence| evidence.shows(letter))
}

fn line(text: &mut String, words: &str) {
    // Writing to a String can't fail.
    let _ = writeln!(text, "{words}");
}
