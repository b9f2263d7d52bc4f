//! `cargo xtask test`: the whole suite, with everything it needs started first.

use std::path::Path;
use std::process::Command;

use crate::localstripe;
use crate::outcome::Outcome;
use crate::schemathesis::{self, SchemathesisArgs};
use crate::services::{Postgres, TEST_POSTGRES, Wish};
use crate::steps::{Remark, Steps, watch};

#[derive(clap::Args, Default)]
pub struct TestArgs {
    /// Leave out the suites that come after `cargo test`
    #[arg(long)]
    quick: bool,
    /// Words for `cargo test`; given any, only that step runs
    #[arg(last = true)]
    words: Vec<String>,
}

/// A suite that is not a cargo test. New suites are added to [`SUITES`].
struct Suite {
    name: &'static str,
    run: fn(root: &Path) -> Outcome<Remark>,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "schemathesis",
        run: |root| schemathesis::run(root, &SchemathesisArgs::default()),
    },
    Suite {
        name: "localstripe",
        run: localstripe::run,
    },
];

pub fn run(root: &Path, args: &TestArgs) -> Outcome<()> {
    let mut steps = Steps::default();
    let mut tally = Tally::default();
    steps.run("cargo test", || cargo_test(root, &args.words, &mut tally));
    if args.words.is_empty() && !args.quick {
        for suite in SUITES {
            steps.run(suite.name, || (suite.run)(root));
        }
    }
    tally.print();
    steps.finish("cargo xtask test")
}

fn cargo_test(root: &Path, words: &[String], tally: &mut Tally) -> Outcome<Remark> {
    // The guard lives until the tests are over, then stops the cluster.
    let (_guard, url) = database(root)?;
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["test", "--locked", "--no-fail-fast"]);
    if !words
        .iter()
        .any(|word| word == "-p" || word.starts_with("--package"))
    {
        cargo.arg("--workspace");
    }
    cargo.args(words).env(TEST_POSTGRES, url);
    watch(&mut cargo, |line| tally.hear(line))?;
    if tally.passed == 0 && words.is_empty() {
        return Err("not one test ran".into());
    }
    Ok(format!(
        "{} tests in {} programs",
        tally.passed, tally.programs
    ))
}

/// The cluster the developer names, else a private one.
fn database(root: &Path) -> Outcome<(Option<Postgres>, String)> {
    if let Ok(url) = std::env::var(TEST_POSTGRES) {
        println!("using the cluster that {TEST_POSTGRES} names");
        return Ok((None, url));
    }
    let postgres = Postgres::start(root, &Wish::default())?;
    let url = postgres.url("postgres");
    println!("private PostgreSQL started");
    Ok((Some(postgres), url))
}

/// Adds up what the test programs say at their end.
#[derive(Default)]
struct Tally {
    programs: usize,
    passed: usize,
    failed: usize,
    ignored: usize,
    closing: Vec<String>,
}

impl Tally {
    fn hear(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            if line.starts_with("test ") && line.ends_with("... FAILED") {
                self.closing.push(line.to_owned());
            }
            return;
        };
        self.programs += 1;
        self.passed += count(result, "passed");
        self.failed += count(result, "failed");
        self.ignored += count(result, "ignored");
        if count(result, "passed") + count(result, "failed") > 0 {
            self.closing.push(line.to_owned());
        }
    }

    fn print(&self) {
        println!("\n== closing lines of the test runner");
        for line in &self.closing {
            println!("{line}");
        }
        let verdict = if self.failed == 0 && self.programs > 0 {
            "ok"
        } else {
            "FAILED"
        };
        let Self {
            programs,
            passed,
            failed,
            ignored,
            ..
        } = self;
        println!(
            "test result: {verdict}. {passed} passed; {failed} failed; {ignored} ignored; \
             in {programs} programs"
        );
    }
}

/// The number in front of a word: `count("ok. 3 passed; 1 failed", "failed") == 1`.
fn count(result: &str, word: &str) -> usize {
    let words: Vec<_> = result.split_whitespace().collect();
    let pair = words
        .windows(2)
        .find(|pair| pair[1].trim_end_matches(';') == word);
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_add_up() {
        let mut tally = Tally::default();
        tally.hear("test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        tally.hear("test shop::sqlite ... FAILED");
        tally.hear("test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured");
        tally.hear("running 4 tests");
        let Tally {
            programs,
            passed,
            failed,
            ignored,
            ..
        } = tally;
        assert_eq!((programs, passed, failed, ignored), (2, 5, 1, 1));
        assert_eq!(tally.closing.len(), 3);
    }
}
