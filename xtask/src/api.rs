//! `cargo xtask api`: the generated documents. They are committed; CI checks that they are current.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::outcome::{Because, Outcome};
use crate::steps::capture;

#[derive(clap::Args)]
pub struct ApiArgs {
    /// Write nothing; fail when a committed document differs from what the code says
    #[arg(long)]
    pub check: bool,
}

/// A document and the words after `cargo run -p comptoir --` that print it.
struct Document {
    path: &'static str,
    words: &'static [&'static str],
}

const DOCUMENTS: &[Document] = &[Document {
    path: "docs/api/openapi.json",
    words: &["openapi"],
}];

pub fn run(root: &Path, args: &ApiArgs) -> Outcome<()> {
    for document in DOCUMENTS {
        let fresh = print(root, document.words)?;
        let path = root.join(document.path);
        let kept = fs::read_to_string(&path).unwrap_or_default();
        if args.check {
            compare(document.path, &kept, &fresh)?;
        } else if kept != fresh {
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(&path, &fresh).because(|| format!("writing {}", document.path))?;
        }
        println!("{} is current", document.path);
    }
    Ok(())
}

fn print(root: &Path, words: &[&str]) -> Outcome<String> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["run", "--quiet", "--locked", "-p", "comptoir", "--"]);
    let said = capture(cargo.args(words))?;
    Ok(format!("{}\n", said.trim_end()))
}

fn compare(name: &str, kept: &str, fresh: &str) -> Outcome<()> {
    if kept == fresh {
        return Ok(());
    }
    let differs = kept
        .lines()
        .zip(fresh.lines())
        .position(|(old, new)| old != new);
    let line = differs.unwrap_or_else(|| kept.lines().count().min(fresh.lines().count())) + 1;
    let (old, new) = (kept.lines().nth(line - 1), fresh.lines().nth(line - 1));
    Err(format!(
        "{name} is not what the code says: run `cargo xtask api` and commit it.\n\
         first difference in line {line}:\n- {}\n+ {}",
        old.unwrap_or("(end of file)"),
        new.unwrap_or("(end of file)")
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outdated_document_is_refused_with_the_line_that_differs() {
        let sentence = compare("x.json", "{\n1\n}\n", "{\n2\n}\n")
            .unwrap_err()
            .to_string();
        assert!(sentence.contains("line 2:\n- 1\n+ 2"), "{sentence}");
        let sentence = compare("x.json", "", "{\n").unwrap_err().to_string();
        assert!(sentence.contains("- (end of file)\n+ {"), "{sentence}");
    }

    #[test]
    fn a_current_document_is_accepted() {
        compare("x.json", "{}\n", "{}\n").unwrap();
    }
}
