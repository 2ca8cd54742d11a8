//! What came of the trials of one kind.

use crate::client::{Reply, figure, number};
use guildhall_store::testing::Guard;

/// Trials of each kind, where nobody says how many.
const TRIALS: usize = 1_000;
/// Without the check: until so many broke, and no more than so many.
const ENOUGH: usize = 5;
const MOST: usize = 1_000;

/// Counts trials.
#[derive(Debug)]
pub struct Tally {
    title: String,
    guard: Guard,
    n: usize,
    /// Both requests were acknowledged.
    both: usize,
    /// What must never be, was.
    broken: Vec<String>,
    /// The server failed instead of refusing.
    faults: Vec<String>,
}

impl Tally {
    pub fn new(title: &str, guard: Guard, seed: u64) -> Self {
        println!("{title}, guarded by {guard:?}, GUILDHALL_SEED={seed}");
        Self { title: title.to_owned(), guard, n: 0, both: 0, broken: Vec::new(), faults: Vec::new() }
    }
    /// The number of the next trial, while there is one to do.
    pub fn next(&self) -> Option<usize> {
        let goes_on = match self.guard {
            Guard::Revision => self.n < number("GUILDHALL_TRIALS", TRIALS),
            Guard::Nothing => self.n < MOST && self.broken.len() < ENOUGH,
        };
        goes_on.then_some(self.n)
    }
    /// Notes one trial: `broken` says what is wrong, if anything is.
    pub fn note(&mut self, replies: &[&Reply], broken: Option<String>) {
        self.n += 1;
        if replies.iter().all(|reply| reply.is_ok()) {
            self.both += 1;
        }
        let said: Vec<String> = replies.iter().map(|reply| format!("{} {}", reply.status, reply.text)).collect();
        if let Some(fault) = said.iter().find(|text| text.starts_with('5')) {
            self.faults.push(format!("trial {}: {fault}", self.n));
        }
        if let Some(what) = broken {
            self.broken.push(format!("trial {}: {what}; answers: {}", self.n, said.join(" | ")));
        }
    }
    fn print(&self) {
        let Self { title, guard, n, both, broken, faults } = self;
        figure(&format!(
            "{title}, guarded by {guard:?}: {n} trials, both acknowledged in {both}, broken in {}, faults in {}",
            broken.len(),
            faults.len()
        ));
    }
    pub fn must_hold(self) {
        self.print();
        assert!(self.n > 0);
        assert!(self.broken.is_empty(), "{:#?}", self.broken);
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
    }
    pub fn must_break(self) {
        self.print();
        assert!(!self.broken.is_empty(), "{}: nothing broke in {} trials, so the check is not what holds", self.title, self.n);
    }
}
