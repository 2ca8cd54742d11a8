//! Reads what a Rust test binary prints: one line per test, and a closing line that it must agree with.

use anyhow::{Result, bail};

/// How one test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed,
    /// Marked to be left out; here that counts as a failure, for nothing is skipped silently.
    Ignored,
}

/// One test of a binary, by its path in the crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

/// All tests of a report. An error if it doesn't end, or if lines got lost between other output.
pub(crate) fn parse(report: &str) -> Result<Vec<Line>> {
    let lines: Vec<Line> = report.lines().filter_map(parse_line).collect();
    // Doctests may print several closing lines, one per edition or run.
    let closings: Vec<[usize; 3]> = report.lines().filter_map(parse_closing).collect();
    if closings.is_empty() {
        bail!("it has no closing line `test result: …`: the test binary died");
    }
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    let counted = [count(Outcome::Passed), count(Outcome::Failed), count(Outcome::Ignored)];
    let sum = closings.iter().fold([0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z]);
    if counted != sum {
        bail!("its lines show {counted:?} tests passed, failed and ignored, its closing line {sum:?}");
    }
    Ok(lines)
}

fn parse_line(line: &str) -> Option<Line> {
    let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match result.trim_end() {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        other if other.starts_with("ignored") => Outcome::Ignored,
        // The panic was not the one expected, or the test took too long.
        other if other.starts_with("FAILED") => Outcome::Failed,
        _ => return None,
    };
    let name = name.trim_end_matches(" - should panic").trim_end_matches(" - compile fail").trim_end_matches(" - compile");
    Some(Line { name: name.to_owned(), outcome })
}

/// Passed, failed and ignored of `test result: ok. 5 passed; 0 failed; 0 ignored; …`.
fn parse_closing(line: &str) -> Option<[usize; 3]> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut numbers = counts.split("; ").map(|part| part.split(' ').next().and_then(|number| number.parse().ok()));
    Some([numbers.next()??, numbers.next()??, numbers.next()??])
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\nrunning 4 tests\ntest a::w_30_admins__d::sqlite ... ok\nnoise of a child\n\
        test b - should panic ... ok\ntest c ... FAILED\ntest d ... ignored, needs a printer\n\n\
        test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.30s\n";

    #[test]
    fn one_line_per_test() {
        let lines = parse(REPORT).unwrap();
        let seen: Vec<(&str, Outcome)> = lines.iter().map(|line| (line.name.as_str(), line.outcome)).collect();
        let expected =
            [("a::w_30_admins__d::sqlite", Outcome::Passed), ("b", Outcome::Passed), ("c", Outcome::Failed), ("d", Outcome::Ignored)];
        assert_eq!(seen, expected);
    }

    #[test]
    fn doctests_are_read_too() {
        let report = "test src/lib.rs - both (line 5) ... ok\ntest src/x.rs - X (line 9) - compile fail ... ok\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";
        let lines = parse(report).unwrap();
        let names: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["src/lib.rs - both (line 5)", "src/x.rs - X (line 9)"]);
    }

    #[test]
    fn a_report_that_was_cut_or_mixed_up_is_refused() {
        let cut = REPORT.split("\ntest result").next().unwrap();
        assert!(parse(cut).unwrap_err().to_string().contains("the test binary died"));
        let mixed = REPORT.replace("test c ... FAILED", "test c ... server listensFAILED");
        assert!(parse(&mixed).unwrap_err().to_string().contains("[2, 0, 1]"));
    }
}
