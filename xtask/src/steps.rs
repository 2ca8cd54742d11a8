//! `cargo xtask test`: the steps of a whole run, one after another, and what came of them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::behaviours;
use crate::cargo;
use crate::contract;
use crate::journeys::{self, Stage};
use crate::libtest::Outcome;
use crate::postgres::Durability;
use crate::provide::{self, Server};
use crate::reports::{self, Database, Test};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Format,
    Lints,
    Build,
    Tests,
    Contract,
    Journeys,
    Behaviours,
}

impl Step {
    const ALL: [Self; 7] = [Self::Format, Self::Lints, Self::Build, Self::Tests, Self::Contract, Self::Journeys, Self::Behaviours];

    /// As it is named on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Format => "fmt",
            Self::Lints => "clippy",
            Self::Build => "build",
            Self::Tests => "tests",
            Self::Contract => "contract",
            Self::Journeys => "journeys",
            Self::Behaviours => "behaviours",
        }
    }
}

/// What one line of the summary says.
struct Line {
    title: String,
    problem: Option<String>,
    n_passed: usize,
    n_failed: usize,
    took: Duration,
}

/// What steps hand on, so that each thing is started once.
#[derive(Default)]
struct Run {
    durable: bool,
    postgres: Option<Server>,
    product: Option<PathBuf>,
    lines: Vec<Line>,
}

/// Runs the steps named in `arguments`, or all. False if anything failed.
pub(crate) fn run(root: &Path, arguments: &[&str]) -> Result<bool> {
    let mut run = Run { durable: arguments.contains(&"--durable"), ..Run::default() };
    let mut wanted = Vec::new();
    for argument in arguments.iter().filter(|argument| **argument != "--durable") {
        let step = Step::ALL.into_iter().find(|step| step.name() == *argument);
        wanted.push(step.with_context(|| format!("there is no step `{argument}`; see `cargo xtask`"))?);
    }
    if wanted.is_empty() {
        // A whole run speaks for itself alone.
        reports::forget(&reports::folder(root))?;
        wanted.extend(Step::ALL);
    }
    for step in wanted {
        match step {
            Step::Format => run.check("format", || cargo::check_format(root)),
            Step::Lints => run.check("lints", || cargo::check_lints(root)),
            Step::Build => run.build(root),
            Step::Tests => run.rust_tests(root),
            Step::Contract => run.contract(root),
            Step::Journeys => Database::BOTH.into_iter().for_each(|database| run.journeys(root, database)),
            Step::Behaviours => run.check("behaviours", || if behaviours::command(root)? { Ok(()) } else { bail!("see the lines above") }),
        }
    }
    // Stops the server before the summary, so that the last line is the last thing printed.
    run.postgres = None;
    Ok(run.summarize())
}

impl Run {
    /// A step that is one check.
    fn check(&mut self, title: &str, check: impl FnOnce() -> Result<()>) {
        self.tests(title, || check().map(|()| None));
    }

    fn build(&mut self, root: &Path) {
        let mut product = None;
        self.check("build of the binary", || {
            product = Some(cargo::build_product(root)?);
            Ok(())
        });
        self.product = product;
    }

    fn rust_tests(&mut self, root: &Path) {
        let durability = self.durability();
        let mut postgres = self.postgres.take();
        self.tests("tests of the crates", || {
            reports::forget(&reports::rust_folder(root))?;
            let server = started(&mut postgres, durability)?;
            let mut broken = Vec::new();
            for test in cargo::build_tests(root)? {
                if !cargo::run_tests(root, &test, server)? {
                    broken.push(format!("{} {}", test.package, test.target));
                }
            }
            if !cargo::run_doctests(root, server)? {
                broken.push("examples in the documentation".to_owned());
            }
            Ok(Some((reports::read_rust(root)?, broken)))
        });
        self.postgres = postgres;
    }

    fn contract(&mut self, root: &Path) {
        let mut product = self.product.take();
        self.check("API against its description", || {
            let product = match &mut product {
                Some(product) => product,
                None => product.insert(provide::product(root)?),
            };
            contract::run(root, product)
        });
        self.product = product;
    }

    fn journeys(&mut self, root: &Path, database: Database) {
        let durability = self.durability();
        let mut postgres = self.postgres.take();
        let mut product = self.product.take();
        self.tests(&format!("journeys on {}", database.name()), || {
            reports::forget(&reports::journeys_file(root, database))?;
            let product = match &mut product {
                Some(product) => product,
                None => product.insert(provide::product(root)?),
            };
            let chromium = provide::chromium()?;
            provide::node_packages(root)?;
            let postgres = started(&mut postgres, durability)?;
            let stage = Stage { product, chromium, postgres };
            let passed = journeys::run(root, &stage, database)?;
            let broken = if passed { Vec::new() } else { vec!["Playwright".to_owned()] };
            let tests = reports::read_journeys(root, database)?;
            if tests.is_empty() {
                bail!("Playwright left no report");
            }
            Ok(Some((tests, broken)))
        });
        self.product = product;
        self.postgres = postgres;
    }

    fn durability(&self) -> Durability {
        if self.durable { Durability::On } else { Durability::Off }
    }

    /// A step that runs tests: all of them, and which runners ended with an error.
    fn tests(&mut self, title: &str, work: impl FnOnce() -> Result<Option<(Vec<Test>, Vec<String>)>>) {
        println!("\n━━ {title}");
        let began = Instant::now();
        let done = work();
        let mut line = Line { title: title.to_owned(), problem: None, n_passed: 1, n_failed: 0, took: began.elapsed() };
        match done {
            Ok(None) => {}
            Ok(Some((tests, broken))) => line.judge(&tests, &broken),
            Err(error) => {
                println!("{title}: {error:#}");
                line.n_passed = 0;
                line.n_failed = 1;
                line.problem = Some(format!("{error:#}"));
            }
        }
        self.lines.push(line);
    }

    fn summarize(&self) -> bool {
        println!("\n{:<28} {:>7} {:>7} {:>9}", "step", "passed", "failed", "seconds");
        for line in &self.lines {
            let seconds = line.took.as_secs_f64();
            println!("{:<28} {:>7} {:>7} {seconds:>9.1}", line.title, line.n_passed, line.n_failed);
        }
        for line in &self.lines {
            if let Some(problem) = &line.problem {
                println!("\n{} failed: {problem}", line.title);
            }
        }
        let n_passed: usize = self.lines.iter().map(|line| line.n_passed).sum();
        let n_failed: usize = self.lines.iter().map(|line| line.n_failed).sum();
        println!("\n{n_passed} passed, {n_failed} failed");
        n_failed == 0
    }
}

impl Line {
    fn judge(&mut self, tests: &[Test], broken: &[String]) {
        let bad: Vec<&Test> = tests.iter().filter(|test| test.outcome != Outcome::Passed).collect();
        self.n_passed = tests.len() - bad.len();
        self.n_failed = bad.len();
        let mut problems: Vec<String> = bad.iter().map(|test| describe(test)).collect();
        if bad.is_empty() && !broken.is_empty() {
            // A runner may fail without a test that does: then that is what failed.
            self.n_failed = broken.len();
            problems.push(format!("ended with an error though no test failed: {}", broken.join(", ")));
        }
        if !problems.is_empty() {
            self.problem = Some(problems.join("\n  "));
        }
    }
}

fn describe(test: &Test) -> String {
    let why = match test.outcome {
        Outcome::Passed | Outcome::Failed => "",
        Outcome::Ignored => " (left out: nothing is skipped here)",
    };
    format!("{}: {}{why}", test.place, test.name)
}

/// The server's address; starts it if this run has not.
fn started(server: &mut Option<Server>, durability: Durability) -> Result<&str> {
    match server {
        Some(server) => Ok(server.url()),
        None => Ok(server.insert(provide::postgres(durability)?).url()),
    }
}
