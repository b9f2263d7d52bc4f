//! `cargo xtask tidy`: the rules of the house as a test that explains itself.
//! Reads files, builds nothing. Each check is a function from the tree to complaints; each has
//! tests that show it red and green.

mod doors;
mod exceptions;
mod layout;
mod licences;
mod migrations;
mod rooms;
mod rules;
mod sizes;
mod sql;
mod tokens;
mod tree;
mod words;

use std::path::Path;

use tree::Tree;

use crate::outcome::Outcome;

#[derive(clap::Args, Default)]
pub struct TidyArgs {
    /// Show the largest files and functions, also those within their limits
    #[arg(long)]
    largest: bool,
}

/// Something that is not as the house wants it: where, why that matters, what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// `path` or `path:line`.
    place: String,
    sentence: String,
}

impl Complaint {
    fn new(place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            sentence: sentence.into(),
        }
    }
}

/// A check and the name under which its complaints are listed.
type Check = (&'static str, fn(&Tree) -> Vec<Complaint>);

const CHECKS: &[Check] = &[
    ("who may use whom", rooms::check),
    ("one place for each thing", layout::check),
    ("file headers", layout::headers),
    ("names", layout::names),
    ("one door to the database", doors::sqlx),
    ("SQL in stores", doors::sql_text),
    ("transactions in use cases", doors::transactions),
    ("tables of other contexts", doors::foreign_tables),
    ("pure rules", rules::check),
    ("money without floats", rules::floats),
    ("migrations", migrations::check),
    ("sizes", exceptions::check),
    ("words", words::check),
    ("licences", licences::check),
];

pub fn run(root: &Path, args: &TidyArgs) -> Outcome<()> {
    let tree = Tree::read(root)?;
    if args.largest {
        sizes::print_largest(&tree);
    }
    let mut total = 0;
    for (name, check) in CHECKS {
        let mut complaints = check(&tree);
        complaints.sort();
        complaints.dedup();
        if !complaints.is_empty() {
            println!("\n{name}");
        }
        for Complaint { place, sentence } in &complaints {
            println!("  {place}: {sentence}");
        }
        total += complaints.len();
    }
    if total > 0 {
        return Err(format!("tidy: {total} complaints").into());
    }
    println!(
        "tidy: {} files, {} checks, no complaint",
        tree.files().len(),
        CHECKS.len()
    );
    Ok(())
}

/// The sentences a check says about a tree made of the given files; for the tests of the checks.
#[cfg(test)]
fn said(check: fn(&Tree) -> Vec<Complaint>, files: &[(&str, &str)]) -> Vec<String> {
    let complaints = check(&Tree::of(files));
    complaints
        .into_iter()
        .map(|c| format!("{}: {}", c.place, c.sentence))
        .collect()
}
