//! Journeys in a real browser against the real binary: runs Playwright and reads its JSON report.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::libtest::Outcome;
use crate::process;
use crate::reports::{Database, Runner, Test, journeys_file};

/// What the journeys drive and use.
pub(crate) struct Stage<'a> {
    pub(crate) product: &'a Path,
    pub(crate) chromium: PathBuf,
    pub(crate) postgres: &'a str,
}

/// Runs the journeys on one database. False if one failed.
pub(crate) fn run(root: &Path, stage: &Stage<'_>, database: Database) -> Result<bool> {
    let report = journeys_file(root, database);
    if let Some(folder) = report.parent() {
        fs::create_dir_all(folder).with_context(|| format!("can't make `{}`", folder.display()))?;
    }
    let mut command = Command::new("node");
    command
        .args(["node_modules/@playwright/test/cli.js", "test", "--project", database.name(), "--reporter", "list,json"])
        .current_dir(root.join("e2e"))
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .env("GUILDHALL_BIN", stage.product)
        .env("GUILDHALL_CHROMIUM", &stage.chromium)
        .env(crate::postgres::SERVER_VARIABLE, stage.postgres);
    process::run(&mut command).map(|status| status.success())
}

/// All journeys of a report. A journey that was skipped, or passed only at a second try, has not passed.
pub(crate) fn parse(report: &str, database: Database) -> Result<Vec<Test>> {
    let report: Value = serde_json::from_str(report).context("it is no JSON")?;
    if let Some(error) = list(&report, "errors").first() {
        bail!("Playwright could not run: {}", text(error, "message"));
    }
    let mut tests = Vec::new();
    for suite in list(&report, "suites") {
        read_suite(suite, "", database, &mut tests);
    }
    if tests.is_empty() {
        bail!("it holds no test");
    }
    Ok(tests)
}

fn read_suite(suite: &Value, above: &str, database: Database, tests: &mut Vec<Test>) {
    for spec in list(suite, "specs") {
        for test in list(spec, "tests") {
            if text(test, "projectName") != database.name() {
                continue;
            }
            let outcome = match text(test, "status") {
                "expected" => Outcome::Passed,
                "skipped" => Outcome::Ignored,
                _ => Outcome::Failed,
            };
            let name = [above, text(spec, "title")].join(" ").trim_start().to_owned();
            let place = format!("e2e/{}", text(spec, "file"));
            tests.push(Test { runner: Runner::Browser(database), place, name, outcome });
        }
    }
    for inner in list(suite, "suites") {
        let title = [above, text(inner, "title")].join(" ").trim_start().to_owned();
        read_suite(inner, &title, database, tests);
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"errors": [], "suites": [{"title": "people.spec.ts", "file": "people.spec.ts", "specs": [
        {"title": "W-4 the button", "file": "people.spec.ts", "tests": [{"projectName": "sqlite", "status": "expected"}]}],
        "suites": [{"title": "roles W-28", "specs": [
          {"title": "menu", "file": "people.spec.ts", "tests": [
            {"projectName": "sqlite", "status": "flaky"}, {"projectName": "postgres", "status": "expected"}]}]}]}]}"#;

    #[test]
    fn titles_hold_those_of_the_groups_around_them() {
        let tests = parse(REPORT, Database::Sqlite).unwrap();
        let seen: Vec<(&str, Outcome)> = tests.iter().map(|test| (test.name.as_str(), test.outcome)).collect();
        assert_eq!(seen, [("W-4 the button", Outcome::Passed), ("roles W-28 menu", Outcome::Failed)]);
        assert_eq!(parse(REPORT, Database::Postgres).unwrap().len(), 1);
    }

    #[test]
    fn a_run_without_tests_is_an_error() {
        let check = |report: &str, expected: &str| {
            assert!(parse(report, Database::Sqlite).unwrap_err().to_string().contains(expected));
        };
        check(r#"{"suites": []}"#, "holds no test");
        check(r#"{"errors": [{"message": "Cannot find module"}], "suites": []}"#, "Cannot find module");
        check("", "no JSON");
    }
}
