//! What the last run proved of the specification: each behaviour against the tests that name it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::claims::{self, Letter};
use crate::libtest::Outcome;
use crate::page;
use crate::process;
use crate::reports::{self, Database, Test};

const LIST: &str = "docs/spec/behaviours.toml";
const PAGE: &str = "docs/behaviours.md";

/// How far a behaviour has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    /// Each of its letters is shown on both databases, and no test that names it failed.
    Proven,
    /// Decided as stated, by a test of the rules or through the API, but not all of its letters are shown.
    PermissionOnly,
    NotYet,
}

/// The checked-in list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Specification {
    /// Ids that must be proven.
    #[serde(default)]
    promised: Vec<String>,
    #[serde(rename = "system")]
    pub(crate) systems: Vec<System>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct System {
    pub(crate) prefix: char,
    pub(crate) title: String,
    pub(crate) behaviours: Vec<Behaviour>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Behaviour {
    pub(crate) id: String,
    letters: String,
    pub(crate) says: String,
}

impl Behaviour {
    pub(crate) fn required(&self) -> BTreeSet<Letter> {
        self.letters.chars().filter_map(Letter::read).collect()
    }
}

/// What the tests showed of one behaviour.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    shown: BTreeSet<(Letter, Database)>,
    /// Databases on which any test that names it passed.
    ran_on: BTreeSet<Database>,
    n_passed: usize,
    failed: Vec<String>,
}

impl Evidence {
    pub(crate) fn shows(&self, letter: Letter) -> bool {
        Database::BOTH.into_iter().all(|database| self.shown.contains(&(letter, database)))
    }

    pub(crate) fn state(&self, required: &BTreeSet<Letter>) -> State {
        let on_both = Database::BOTH.into_iter().all(|database| self.ran_on.contains(&database));
        if on_both && self.failed.is_empty() && required.iter().all(|letter| self.shows(*letter)) {
            State::Proven
        } else if self.n_passed > 0 {
            State::PermissionOnly
        } else {
            State::NotYet
        }
    }
}

/// The evidence of every id that a test names, whether or not the specification knows it.
pub(crate) type Record = BTreeMap<String, Evidence>;

/// `cargo xtask behaviours`.
pub(crate) fn command(root: &Path) -> Result<bool> {
    let tests = reports::read_all(root)?;
    if tests.is_empty() {
        bail!("there are no reports of a run: call `cargo xtask test` first");
    }
    let specification = read_specification(root)?;
    let record = collect(&tests);
    print!("{}", page::summary(&specification, &record));
    write_page(root, &specification, &record)?;
    let complaints = complaints(&specification, &record, &committed_proven(root));
    for complaint in &complaints {
        println!("{complaint}");
    }
    Ok(complaints.is_empty())
}

pub(crate) fn collect(tests: &[Test]) -> Record {
    let mut record = Record::new();
    for test in tests {
        let Some(claim) = claims::of(test) else {
            continue;
        };
        for id in claim.ids {
            let evidence = record.entry(id).or_default();
            if test.outcome != Outcome::Passed {
                evidence.failed.push(format!("{}: {}", test.place, test.name));
                continue;
            }
            evidence.n_passed += 1;
            if let Some(database) = claim.database {
                evidence.ran_on.insert(database);
                evidence.shown.extend(claim.letters.iter().map(|letter| (*letter, database)));
            }
        }
    }
    record
}

/// What must not stay: ids that nobody stated, tests that failed, what is promised and not proven, and what was proven and no longer is.
fn complaints(specification: &Specification, record: &Record, proven_before: &BTreeSet<String>) -> Vec<String> {
    let all = || specification.systems.iter().flat_map(|system| &system.behaviours);
    let known: BTreeSet<&str> = all().map(|behaviour| behaviour.id.as_str()).collect();
    let unknown = record.keys().filter(|id| !known.contains(id.as_str()));
    let mut complaints: Vec<String> = unknown.map(|id| format!("a test names {id}, which stands not in {LIST}")).collect();
    for (id, evidence) in record {
        complaints.extend(evidence.failed.iter().map(|test| format!("{id} is named by a test that did not pass: {test}")));
    }
    for behaviour in all() {
        let state = record.get(&behaviour.id).map_or(State::NotYet, |evidence| evidence.state(&behaviour.required()));
        let before = proven_before.contains(&behaviour.id).then_some("was proven in the last commit");
        let promised = specification.promised.contains(&behaviour.id).then_some("is promised");
        if let (true, Some(why)) = (state != State::Proven, before.or(promised)) {
            complaints.push(format!("{} {why} and is not proven now", behaviour.id));
        }
    }
    complaints
}

fn read_specification(root: &Path) -> Result<Specification> {
    let text = fs::read_to_string(root.join(LIST)).with_context(|| format!("can't read `{LIST}`"))?;
    let specification: Specification = toml::from_str(&text).with_context(|| format!("`{LIST}` is no good"))?;
    for system in &specification.systems {
        for (place, behaviour) in system.behaviours.iter().enumerate() {
            let expected = format!("{}-{}", system.prefix, place + 1);
            let is_letters = behaviour.letters.chars().all(|letter| Letter::read(letter).is_some());
            if behaviour.id != expected || !is_letters {
                bail!("`{LIST}`: `{}` should be `{expected}`, its letters of D, E and P", behaviour.id);
            }
        }
    }
    let all: BTreeSet<&str> = specification.systems.iter().flat_map(|system| &system.behaviours).map(|it| it.id.as_str()).collect();
    if let Some(id) = specification.promised.iter().find(|id| !all.contains(id.as_str())) {
        bail!("`{LIST}` promises `{id}`, which stands not below");
    }
    Ok(specification)
}

fn write_page(root: &Path, specification: &Specification, record: &Record) -> Result<()> {
    let text = page::markdown(specification, record);
    let file = root.join(PAGE);
    if fs::read_to_string(&file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    println!("wrote {PAGE}, which has changed: commit it");
    fs::write(&file, text).with_context(|| format!("can't write `{PAGE}`"))
}

/// The ids that the page calls proven in the last commit; none where there is no such page yet.
fn committed_proven(root: &Path) -> BTreeSet<String> {
    let mut git = Command::new("git");
    git.args(["show", &format!("HEAD:{PAGE}")]).current_dir(root).stderr(std::process::Stdio::null());
    let committed = process::ask_quietly(&mut git).unwrap_or_default();
    page::proven_ids(&committed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::Runner;

    fn test(runner: Runner, name: &str, outcome: Outcome) -> Test {
        Test { runner, place: "guildhall test-here".to_owned(), name: name.to_owned(), outcome }
    }

    fn rust(name: &str) -> Test {
        test(Runner::Rust, name, Outcome::Passed)
    }

    fn specification() -> Specification {
        toml::from_str(
            "[[system]]\nprefix = 'W'\ntitle = 'Work'\nbehaviours = [\n{ id = 'W-1', letters = 'DP', says = 'a' },\n\
             { id = 'W-2', letters = '', says = 'b | c' },\n]",
        )
        .unwrap()
    }

    fn state(tests: &[Test], id: &str) -> State {
        let specification = specification();
        let behaviour = specification.systems[0].behaviours.iter().find(|behaviour| behaviour.id == id).unwrap();
        collect(tests).get(id).map_or(State::NotYet, |evidence| evidence.state(&behaviour.required()))
    }

    #[test]
    fn proven_means_every_letter_on_both_databases() {
        let browser = |database| test(Runner::Browser(database), "W-1 button", Outcome::Passed);
        let mut tests = vec![rust("w_1_button__d::sqlite")];
        assert_eq!(state(&tests, "W-1"), State::PermissionOnly);
        tests.extend([rust("w_1_button__d::postgres"), browser(Database::Sqlite)]);
        assert_eq!(state(&tests, "W-1"), State::PermissionOnly);
        tests.push(browser(Database::Postgres));
        assert_eq!(state(&tests, "W-1"), State::Proven);
        tests.push(test(Runner::Rust, "w_1_again::sqlite", Outcome::Failed));
        assert_eq!(state(&tests, "W-1"), State::PermissionOnly);
    }

    #[test]
    fn without_letters_any_test_on_both_databases_counts() {
        assert_eq!(state(&[rust("w_2_rule")], "W-2"), State::PermissionOnly);
        assert_eq!(state(&[rust("w_2_x::sqlite"), rust("w_2_x::postgres")], "W-2"), State::Proven);
        assert_eq!(state(&[test(Runner::Rust, "w_2_x::sqlite", Outcome::Ignored)], "W-2"), State::NotYet);
    }

    #[test]
    fn unknown_ids_failures_and_steps_back_are_named() {
        let tests = [rust("w_9_nobody_said_so"), test(Runner::Rust, "w_1_x::sqlite", Outcome::Failed)];
        let before = BTreeSet::from(["W-2".to_owned()]);
        let complaints = complaints(&specification(), &collect(&tests), &before).join("\n");
        for expected in ["names W-9", "W-1 is named by a test that did not pass: guildhall test-here: w_1_x", "W-2 was proven"] {
            assert!(complaints.contains(expected), "{complaints}");
        }
    }

    #[test]
    fn what_is_promised_and_not_proven_is_named() {
        let mut specification = specification();
        specification.promised = vec!["W-1".to_owned(), "W-2".to_owned()];
        let tests = [rust("w_1_button__d::sqlite"), rust("w_1_button__d::postgres"), rust("w_2_x::sqlite"), rust("w_2_x::postgres")];
        assert_eq!(complaints(&specification, &collect(&tests), &BTreeSet::new()), ["W-1 is promised and is not proven now"]);
        let none = complaints(&specification, &collect(&[]), &BTreeSet::from(["W-1".to_owned()]));
        assert_eq!(none, ["W-1 was proven in the last commit and is not proven now", "W-2 is promised and is not proven now"]);
    }

    #[test]
    fn the_page_tells_what_it_told() {
        let tests = [rust("w_2_x::sqlite"), rust("w_2_x::postgres"), rust("w_1_rule")];
        let page = page::markdown(&specification(), &collect(&tests));
        assert_eq!(page::proven_ids(&page), BTreeSet::from(["W-2".to_owned()]));
        assert!(page.contains("b \\| c"), "{page}");
    }

    #[test]
    fn the_checked_in_list_is_well_formed() {
        let specification = read_specification(&crate::root()).unwrap();
        let counts: Vec<usize> = specification.systems.iter().map(|system| system.behaviours.len()).collect();
        assert_eq!(counts, [39, 50, 26, 28, 22, 37]);
        assert_eq!(specification.promised.len(), 84);
    }
}
