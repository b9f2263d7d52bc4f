//! Tells what was measured: as tables on the terminal, and as docs/benchmarks.md with its figures
//! in docs/benchmarks.json. A run replaces the scenarios it measured and keeps the others; what
//! people write in docs/benchmarks.notes.toml is kept always.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::BenchArgs;
use super::results::{Figure, Part, Results, Series, Target, thousands};
use crate::outcome::{Because, Outcome};
use crate::steps::plain_table;

const FIGURES: &str = "docs/benchmarks.json";
const DOCUMENT: &str = "docs/benchmarks.md";
const NOTES: &str = "docs/benchmarks.notes.toml";

/// The order of the scenarios, and how they are headed.
const HEADINGS: &[(&str, &str)] = &[
    ("orders", "Placing orders"),
    ("paid", "Paid orders"),
    ("told", "Orders that somebody is told of"),
    ("read", "Reading a product"),
    ("pages", "Pages of products"),
    ("baskets", "Real baskets"),
    ("large", "A large database"),
    ("reports", "Reports"),
    ("start", "Start and memory"),
    ("build", "Building"),
];

const HEAD: &str = "# Benchmarks

Made by `cargo xtask bench` from what it measured; do not edit. What holds a figure back is written
by hand in [benchmarks.notes.toml](benchmarks.notes.toml).
Figures of one table come from one run; compare them with each other, not with another machine's.
";

/// What people know about a figure, by its id.
type Notes = BTreeMap<String, String>;

pub fn tell(root: &Path, args: &BenchArgs, parts: Vec<Part>) -> Outcome<()> {
    for part in &parts {
        print(part);
    }
    if args.quick || !args.engine.is_empty() {
        println!("\nA quick run, or one engine alone: {DOCUMENT} stays as it is.");
        return Ok(());
    }
    let mut results = read_results(&root.join(FIGURES))?;
    for part in parts {
        results.parts.insert(part.name.clone(), part);
    }
    let notes = read_notes(&root.join(NOTES))?;
    write(
        &root.join(FIGURES),
        &serde_json::to_string_pretty(&results)?,
    )?;
    write(&root.join(DOCUMENT), &document(&results, &notes))?;
    println!("\nwritten: {DOCUMENT}, {FIGURES}");
    Ok(())
}

fn read_results(path: &Path) -> Outcome<Results> {
    if !path.exists() {
        return Ok(Results::default());
    }
    let text = fs::read_to_string(path).because(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).because(|| format!("reading {}", path.display()))
}

fn read_notes(path: &Path) -> Outcome<Notes> {
    if !path.exists() {
        return Ok(Notes::new());
    }
    let text = fs::read_to_string(path).because(|| format!("reading {}", path.display()))?;
    toml::from_str(&text).because(|| format!("reading {}", path.display()))
}

fn write(path: &Path, text: &str) -> Outcome<()> {
    let text = format!("{}\n", text.trim_end());
    fs::write(path, text).because(|| format!("writing {}", path.display()))
}

fn print(part: &Part) {
    let heading = heading(&part.name);
    if !part.series.is_empty() {
        let mut table = plain_table(&COLUMNS);
        for series in &part.series {
            table.add_row(row(series));
        }
        println!("\n{heading}: medians\n{table}");
    }
    let mut table = plain_table(&["figure", "measured", "target", "met", "made of"]);
    for figure in &part.figures {
        let Figure { name, made_of, .. } = figure;
        let (measured, target, met) = words(figure);
        table.add_row([name, &measured, &target, met, made_of]);
    }
    println!("\n{heading}: figures\n{table}");
    for remark in &part.remarks {
        println!("{remark}");
    }
}

const COLUMNS: [&str; 9] = [
    "what",
    "conn.",
    "per second (from–to)",
    "p50 ms",
    "p99 ms",
    "CPU server",
    "CPU database",
    "CPU load",
    "peak MiB server / database",
];

fn row(series: &Series) -> [String; 9] {
    let rates = series.samples.iter().map(|sample| sample.per_second);
    let (lowest, highest) = (
        rates.clone().fold(f64::MAX, f64::min),
        rates.fold(0.0, f64::max),
    );
    let memory = |of: f64| {
        if of > 0.0 {
            format!("{of:.0}")
        } else {
            "–".to_owned()
        }
    };
    let cpu = |of: f64| {
        if of > 0.0 {
            format!("{of:.2}")
        } else {
            "–".to_owned()
        }
    };
    let is_average = series.p99_ms() == 0.0;
    [
        series.what.clone(),
        series.connections.to_string(),
        format!(
            "{} ({}–{})",
            thousands(series.per_second()),
            thousands(lowest),
            thousands(highest)
        ),
        format!(
            "{}{:.2}",
            if is_average { "avg " } else { "" },
            series.p50_ms()
        ),
        if is_average {
            "–".to_owned()
        } else {
            format!("{:.2}", series.p99_ms())
        },
        cpu(series.median(|sample| sample.server_cpu)),
        cpu(series.median(|sample| sample.database_cpu)),
        cpu(series.median(|sample| sample.load_cpu)),
        format!(
            "{} / {}",
            memory(series.median(|sample| sample.server_peak_mib)),
            memory(series.median(|sample| sample.database_mib))
        ),
    ]
}

/// Measured, target, met.
fn words(figure: &Figure) -> (String, String, &'static str) {
    let say = |value| figure.unit.say(value);
    let target = match figure.target {
        None => "–".to_owned(),
        Some(Target::AtLeast {
            least,
            aim: Some(aim),
        }) => {
            format!("≥ {} (aim {})", say(least), say(aim))
        }
        Some(Target::AtLeast { least, aim: None }) => format!("≥ {}", say(least)),
        Some(Target::AtMost(most)) => format!("≤ {}", say(most)),
    };
    let met = match figure.is_met() {
        None => "–",
        Some(true) => "yes",
        Some(false) => "**no**",
    };
    (say(figure.value), target, met)
}

fn heading(name: &str) -> &str {
    HEADINGS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(name, |(_, heading)| heading)
}

fn document(results: &Results, notes: &Notes) -> String {
    let parts: Vec<&Part> = HEADINGS
        .iter()
        .filter_map(|(name, _)| results.parts.get(*name))
        .collect();
    let mut text = HEAD.to_owned();
    text.push_str("\n## Figures and targets\n\n");
    text.push_str(
        "| figure | measured | target | met | what holds it back |\n|---|---|---|---|---|\n",
    );
    for figure in parts.iter().flat_map(|part| &part.figures) {
        let (measured, target, met) = words(figure);
        let note = notes
            .get(&figure.id)
            .map_or("", String::as_str)
            .trim()
            .replace('\n', " ");
        writeln!(
            text,
            "| {} | {measured} | {target} | {met} | {note} |",
            figure.name
        )
        .ok();
    }
    for part in parts {
        text.push_str(&section(part));
    }
    text
}

fn section(part: &Part) -> String {
    let mut text = format!("\n## {}\n\n", heading(&part.name));
    writeln!(text, "{}, commit {}.\n", part.when, part.commit).ok();
    for line in part.method.iter().chain(&part.machine) {
        writeln!(text, "- {line}").ok();
    }
    if !part.series.is_empty() {
        writeln!(
            text,
            "\n| {} |\n|{}",
            COLUMNS.join(" | "),
            "---|".repeat(COLUMNS.len())
        )
        .ok();
        for series in &part.series {
            writeln!(text, "| {} |", row(series).join(" | ")).ok();
        }
        text.push_str("\nCPU: processors kept busy on average; 1.00 is one of them.\n");
    }
    if !part.figures.is_empty() {
        text.push('\n');
    }
    for figure in &part.figures {
        let (measured, ..) = words(figure);
        writeln!(text, "- {}: {measured} = {}", figure.name, figure.made_of).ok();
    }
    if !part.remarks.is_empty() {
        text.push('\n');
    }
    for remark in &part.remarks {
        writeln!(text, "- {remark}").ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::results::Unit;
    use super::*;

    fn results() -> Results {
        let mut part = Part::new("orders");
        part.figures.push(Figure {
            id: "random-postgresql".to_owned(),
            name: "orders/s".to_owned(),
            value: 1.234,
            unit: Unit::Ratio,
            target: Some(Target::AtLeast {
                least: 1.5,
                aim: Some(2.0),
            }),
            made_of: "6,000 ÷ 4,862".to_owned(),
        });
        part.remark("All orders are there.");
        Results {
            parts: [("orders".to_owned(), part)].into(),
        }
    }

    #[test]
    fn a_figure_that_falls_short_is_reported_with_what_holds_it_back() {
        let notes = [(
            "random-postgresql".to_owned(),
            "The disk\nwaits.".to_owned(),
        )];
        let text = document(&results(), &notes.into());
        let line = "| orders/s | 1.23 | ≥ 1.50 (aim 2.00) | **no** | The disk waits. |";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("- orders/s: 1.23 = 6,000 ÷ 4,862"), "{text}");
    }

    #[test]
    fn what_was_kept_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("benchmarks.json");
        write(&path, &serde_json::to_string_pretty(&results()).unwrap()).unwrap();
        let again = read_results(&path).unwrap();
        assert_eq!(
            document(&again, &Notes::new()),
            document(&results(), &Notes::new())
        );
        assert!(
            read_results(&folder.path().join("absent"))
                .unwrap()
                .parts
                .is_empty()
        );
    }
}
