//! Runs named steps in order, times them and prints the table at the end.
//! Steps are what `test` and `ci` are made of; what a step does is not known here.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use comfy_table::{ContentArrangement, Table, presets};

use crate::outcome::{Because, Outcome};

/// What one step has to say in the closing table, e.g. "412 passed".
pub type Remark = String;

/// Collects the ends of all steps; a later step runs also when an earlier one failed, so that one
/// run names everything that is wrong.
#[derive(Default)]
pub struct Steps {
    done: Vec<Done>,
}

struct Done {
    name: String,
    took: Duration,
    end: Result<Remark, String>,
}

impl Steps {
    pub fn run(&mut self, name: &str, step: impl FnOnce() -> Outcome<Remark>) -> bool {
        heading(name);
        let started = Instant::now();
        let end = step().map_err(|error| error.to_string());
        if let Err(sentence) = &end {
            eprintln!("{name}: {sentence}");
        }
        let passed = end.is_ok();
        self.done.push(Done {
            name: name.to_owned(),
            took: started.elapsed(),
            end,
        });
        passed
    }

    /// Prints the table; fails when any step failed.
    pub fn finish(self, what: &str) -> Outcome<()> {
        println!("\n{}", self.table());
        let failed: Vec<_> = self.done.iter().filter(|done| done.end.is_err()).collect();
        let total: Duration = self.done.iter().map(|done| done.took).sum();
        if failed.is_empty() {
            println!(
                "{what}: {} steps passed in {}",
                self.done.len(),
                clock(total)
            );
            return Ok(());
        }
        let names: Vec<_> = failed.iter().map(|done| done.name.as_str()).collect();
        let steps = self.done.len();
        Err(format!(
            "{what}: {} of {steps} steps failed: {}",
            failed.len(),
            names.join(", ")
        )
        .into())
    }

    fn table(&self) -> Table {
        let mut table = plain_table(&["step", "end", "time", "remark"]);
        for done in &self.done {
            let (end, remark) = match &done.end {
                Ok(remark) => ("passed", remark.as_str()),
                Err(sentence) => ("FAILED", sentence.lines().next().unwrap_or_default()),
            };
            table.add_row([done.name.as_str(), end, &clock(done.took), remark]);
        }
        table
    }
}

/// The one look of every table a task prints.
pub fn plain_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.to_vec());
    table
}

/// `95.3 s` below two minutes, `7 min 05 s` above.
pub fn clock(took: Duration) -> String {
    if took < Duration::from_secs(120) {
        return format!("{:.1} s", took.as_secs_f64());
    }
    format!("{} min {:02} s", took.as_secs() / 60, took.as_secs() % 60)
}

fn heading(name: &str) {
    println!("\n== {name}");
    // The headings must not overtake the output of the programs between them.
    std::io::stdout().flush().ok();
}

/// Runs a program with its output on the terminal; fails with the command line when it fails.
pub fn call(command: &mut Command) -> Outcome<()> {
    let line = command_line(command);
    let status = command.status().because(|| format!("starting `{line}`"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` ended with {status}").into())
    }
}

/// Runs a program and returns what it wrote to its standard output.
pub fn capture(command: &mut Command) -> Outcome<String> {
    let line = command_line(command);
    let output = command.output().because(|| format!("starting `{line}`"))?;
    if !output.status.success() {
        let said =
            [output.stderr, output.stdout].map(|said| String::from_utf8_lossy(&said).into_owned());
        let said = said.join(
            "
",
        );
        return Err(format!("`{line}` ended with {}: {}", output.status, said.trim()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program, shows its output as it comes and hands every line to `listen` too.
pub fn watch(command: &mut Command, mut listen: impl FnMut(&str)) -> Outcome<()> {
    let line = command_line(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .because(|| format!("starting `{line}`"))?;
    if let Some(stdout) = child.stdout.take() {
        for text in BufReader::new(stdout).lines() {
            let text = text.because(|| format!("reading what `{line}` says"))?;
            println!("{text}");
            listen(&text);
        }
    }
    let status = child.wait().because(|| format!("waiting for `{line}`"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{line}` ended with {status}").into())
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_whole_but_later_steps_still_run() {
        let mut steps = Steps::default();
        assert!(!steps.run("first", || Err("it broke".into())));
        assert!(steps.run("second", || Ok("fine".to_owned())));
        let sentence = steps.finish("test").unwrap_err().to_string();
        assert_eq!(sentence, "test: 1 of 2 steps failed: first");
    }

    #[test]
    fn all_steps_passed_is_a_success() {
        let mut steps = Steps::default();
        steps.run("only", || Ok(String::new()));
        steps.finish("test").unwrap();
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_arguments() {
        let sentence = call(Command::new("false").arg("really"))
            .unwrap_err()
            .to_string();
        assert!(
            sentence.starts_with("`false really` ended with"),
            "{sentence}"
        );
    }

    #[test]
    fn long_times_are_told_in_minutes() {
        assert_eq!(clock(Duration::from_millis(95_340)), "95.3 s");
        assert_eq!(clock(Duration::from_secs(425)), "7 min 05 s");
    }
}
