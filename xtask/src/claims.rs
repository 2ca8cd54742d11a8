//! Which behaviours a test names, and with which letters it proves them.
//!
//! A Rust test: a part of its path begins with ids, `w_30_i_13_…`, and ends in the letters after two underscores, `…__de`; its
//! last part is the database, from `both_databases!`. A journey: ids anywhere in its title, `W-30`; it proves P.

use std::collections::BTreeSet;

use crate::reports::{Database, Runner, Test};

/// Systems of the specification, and `L` for the lessons.
pub(crate) const PREFIXES: [char; 6] = ['W', 'I', 'A', 'M', 'P', 'L'];

/// The packages whose tests can speak to the API.
const HAVE_THE_API: [&str; 2] = ["guildhall-server", "guildhall"];

/// How a behaviour is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Letter {
    /// Allowed and refused through the API.
    D,
    /// An effect that outlives the request.
    E,
    /// Seen and used in the browser.
    P,
}

impl Letter {
    pub(crate) fn read(letter: char) -> Option<Self> {
        match letter.to_ascii_uppercase() {
            'D' => Some(Self::D),
            'E' => Some(Self::E),
            'P' => Some(Self::P),
            _ => None,
        }
    }
}

/// What one test says it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// As in the specification, `W-30`.
    pub(crate) ids: BTreeSet<String>,
    pub(crate) letters: BTreeSet<Letter>,
    /// None for a test of the pure rules, which needs no database.
    pub(crate) database: Option<Database>,
}

/// What `test` claims by its name; None if it names no id.
pub(crate) fn of(test: &Test) -> Option<Claim> {
    let claim = match test.runner {
        Runner::Rust => from_path(test),
        Runner::Browser(database) => Claim { ids: from_title(&test.name), letters: BTreeSet::from([Letter::P]), database: Some(database) },
    };
    (!claim.ids.is_empty()).then_some(claim)
}

fn from_path(test: &Test) -> Claim {
    let path = &test.name;
    let database = Database::BOTH.into_iter().find(|database| path.rsplit("::").next() == Some(database.name()));
    let mut claim = Claim { ids: BTreeSet::new(), letters: BTreeSet::new(), database };
    for part in path.split("::") {
        let ids = leading_ids(part);
        if ids.is_empty() {
            continue;
        }
        claim.ids.extend(ids);
        if let Some((_, letters)) = part.rsplit_once("__") {
            claim.letters.extend(letters.chars().filter_map(Letter::read));
        }
    }
    // What is shown to a caller in the same process is not shown through the API.
    if !HAVE_THE_API.iter().any(|package| test.place.split(' ').next() == Some(package)) {
        claim.letters.remove(&Letter::D);
    }
    claim
}

/// `w_30_i_13_admins` → W-30, I-13.
fn leading_ids(part: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut words = part.split('_');
    while let (Some(prefix), Some(number)) = (words.next(), words.next()) {
        match id(prefix, number) {
            Some(id) => ids.push(id),
            None => break,
        }
    }
    ids
}

/// Every `W-30` that stands by itself in a title.
fn from_title(title: &str) -> BTreeSet<String> {
    let words = title.split(|letter: char| !(letter.is_alphanumeric() || letter == '-'));
    words.filter_map(|word| word.split_once('-').and_then(|(prefix, number)| id(prefix, number))).collect()
}

fn id(prefix: &str, number: &str) -> Option<String> {
    let mut letters = prefix.chars().map(|letter| letter.to_ascii_uppercase());
    let letter = letters.next().filter(|letter| PREFIXES.contains(letter))?;
    let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    (letters.next().is_none() && is_number).then(|| format!("{letter}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::libtest::Outcome;

    fn claim(runner: Runner, name: &str) -> String {
        claim_at("guildhall-server test-members", runner, name)
    }

    fn claim_at(place: &str, runner: Runner, name: &str) -> String {
        let test = Test { runner, place: place.to_owned(), name: name.to_owned(), outcome: Outcome::Passed };
        let Some(claim) = of(&test) else {
            return "nothing".to_owned();
        };
        let ids: Vec<String> = claim.ids.into_iter().collect();
        format!("{} {:?} {}", ids.join(" "), claim.letters, claim.database.map_or("rule", Database::name))
    }

    #[test]
    fn names_of_rust_tests() {
        let check = |name: &str, expected: &str| assert_eq!(claim(Runner::Rust, name), expected, "{name}");
        check("members::w_30_only_the_owner__d::sqlite", "W-30 {D} sqlite");
        check("w_34_w_36_removal_is_felt_at_once__de::postgres", "W-34 W-36 {D, E} postgres");
        check("l_7_two_owners_leave::postgres", "L-7 {} postgres");
        check("workjet::w_30_in_the_matrix", "W-30 {} rule");
        check("w_12", "W-12 {} rule");
        // An id counts only where a part begins: words of one letter are no ids.
        check("of_a_4_letter_word::sqlite", "nothing");
        check("a_page_of_50__d::sqlite", "nothing");
        check("sqlite::prepares_every_statement", "nothing");
    }

    #[test]
    fn only_those_that_have_the_api_show_something_through_it() {
        let check = |place: &str, expected: &str| assert_eq!(claim_at(place, Runner::Rust, "w_30_x__de::sqlite"), expected);
        check("guildhall test-crash", "W-30 {D, E} sqlite");
        check("guildhall-store test-conformance", "W-30 {E} sqlite");
    }

    #[test]
    fn titles_of_journeys() {
        let check = |title: &str, expected: &str| {
            assert_eq!(claim(Runner::Browser(Database::Sqlite), title), expected, "{title}");
        };
        check("W-4, W-5: invite (I-12)", "I-12 W-4 W-5 {P} sqlite");
        check("WCAG-2 and X-1 and W-1b are no ids", "nothing");
    }
}
