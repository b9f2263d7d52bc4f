//! `cargo xtask api`: the generated documents. They are committed; CI checks that they are current.

mod collection;
mod grows;
mod history;
mod http_file;
mod send;
mod story;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use self::history::Published;
use crate::engine::Engine;
use crate::outcome::{Because, Outcome};
use crate::steps::{Remark, capture};

#[derive(clap::Args, Default)]
pub struct ApiArgs {
    /// Write nothing; fail when a committed document differs from what the code says
    #[arg(long)]
    pub check: bool,
    /// Send every request of the committed collection, and of the `.http` file, to a shop started
    /// for each
    #[arg(long, conflicts_with = "check")]
    pub send: bool,
    /// Over this database [default: the collection over SQLite, the `.http` file over PostgreSQL]
    #[arg(long, value_enum, requires = "send")]
    pub engine: Option<Engine>,
}

/// A document and the words after `cargo run -p comptoir --` that print it.
struct Document {
    path: &'static str,
    words: &'static [&'static str],
}

const DOCUMENTS: &[Document] = &[
    Document {
        path: "docs/api/openapi.json",
        words: &["openapi"],
    },
    Document {
        path: "docs/api/asyncapi.json",
        words: &["asyncapi"],
    },
    Document {
        path: "docs/api/schema.graphql",
        words: &["graphql-schema"],
    },
];

/// Where the schema of each published event is kept, by its type.
const EVENTS: &str = "docs/api/events";
/// Every operation as requests that can be sent, in an order that works.
const COLLECTION: &str = "docs/api/comptoir.postman_collection.json";
const HTTP_FILE: &str = "docs/api/comptoir.http";

/// Writes or checks the documents; the remark says what the events were compared with.
pub fn run(root: &Path, args: &ApiArgs) -> Outcome<Remark> {
    if args.send {
        return send(root, args.engine);
    }
    // First: a change that breaks readers of events writes nothing at all.
    let remark = events(root, args)?;
    for document in DOCUMENTS {
        let fresh = print(root, document.words)?;
        keep(root, document.path, &fresh, args)?;
        if document.path.ends_with("openapi.json") {
            collections(root, &fresh, args)?;
        }
    }
    Ok(remark)
}

/// The collections made from the OpenAPI document.
fn collections(root: &Path, openapi: &str, args: &ApiArgs) -> Outcome<()> {
    let requests = story::requests(&serde_json::from_str(openapi)?)?;
    let postman = serde_json::to_string_pretty(&collection::postman(&requests))?;
    keep(root, COLLECTION, &format!("{postman}\n"), args)?;
    keep(root, HTTP_FILE, &http_file::write(&requests), args)
}

/// Sends what stands in the collection, and in the `.http` file.
pub fn send(root: &Path, engine: Option<Engine>) -> Outcome<Remark> {
    send::run(root, engine)
}

/// The schemas of all events: current, and each at least what it was when it was published, in
/// this tree as well as by its ancestor.
fn events(root: &Path, args: &ApiArgs) -> Outcome<Remark> {
    let fresh: Map<String, Value> = serde_json::from_str(&print(root, &["event-schemas"])?)?;
    refuse("committed here", &grows::broken(&published(root)?, &fresh))?;
    let remark = match history::published_before(root)? {
        Published::At { name, schemas } => {
            refuse(
                &format!("published at {name}"),
                &grows::broken(&schemas, &fresh),
            )?;
            format!("{} events grew at most since {name}", schemas.len())
        }
        Published::Nowhere(why) => format!("events are compared with none before: {why}"),
    };
    for (kind, schema) in &fresh {
        let text = format!("{}\n", serde_json::to_string_pretty(schema)?);
        keep(root, &format!("{EVENTS}/{kind}.json"), &text, args)?;
    }
    Ok(remark)
}

fn refuse(where_published: &str, broken: &[String]) -> Outcome<()> {
    if broken.is_empty() {
        return Ok(());
    }
    let broken = broken.join("\n");
    Err(format!(
        "published events only ever grow, because a log keeps them and others read them; what \
         breaks a reader is a new type ending in .v2. Against what was {where_published}:\n{broken}"
    )
    .into())
}

/// The committed schemas by type.
fn published(root: &Path) -> Outcome<Map<String, Value>> {
    let Ok(files) = fs::read_dir(root.join(EVENTS)) else {
        return Ok(Map::new());
    };
    let mut found = Map::new();
    for file in files {
        let path = file?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if let Some(kind) = name.strip_suffix(".json") {
            let text = fs::read_to_string(&path)?;
            let schema = serde_json::from_str(&text).because(|| format!("reading {name}"))?;
            found.insert(kind.to_owned(), schema);
        }
    }
    Ok(found)
}

/// Writes a document, or checks that it is current.
fn keep(root: &Path, name: &str, fresh: &str, args: &ApiArgs) -> Outcome<()> {
    let path = root.join(name);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if args.check {
        compare(name, &kept, fresh)?;
    } else if kept != fresh {
        fs::create_dir_all(path.parent().unwrap_or(root))?;
        fs::write(&path, fresh).because(|| format!("writing {name}"))?;
    }
    println!("{name} is current");
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
