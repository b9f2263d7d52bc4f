//! The files of the repository, read once: text, and for Rust also its syntax.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use syn::spanned::Spanned;

use super::tokens::{Token, tokens};
use crate::outcome::{Because, Outcome};

/// Folders that hold no source: built, downloaded, or written by others.
const SKIPPED: &[&str] = &[
    "target",
    "node_modules",
    "vendored",
    "data",
    "snapshots",
    "__pycache__",
];
/// Hidden folders are tools' own, save these.
const HIDDEN: &[&str] = &[".ci", ".cargo", ".github"];
/// What is read; anything else may be binary.
const KINDS: &[&str] = &[
    "rs", "toml", "sql", "md", "sh", "yml", "yaml", "html", "css", "js", "py", "json",
];

pub struct Tree {
    files: Vec<Source>,
}

pub struct Source {
    /// From the root, with forward slashes.
    pub path: String,
    pub text: String,
    pub rust: Option<Rust>,
}

pub struct Rust {
    pub syntax: syn::File,
    pub tokens: Vec<Token>,
    /// Lines of items under `#[cfg(test)]`.
    test_lines: Vec<RangeInclusive<usize>>,
}

impl Tree {
    pub fn read(root: &Path) -> Outcome<Self> {
        let mut paths = Vec::new();
        walk(root, root, &mut paths)?;
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            let text =
                fs::read_to_string(root.join(&path)).because(|| format!("reading {path}"))?;
            files.push(Source::parse(path, text)?);
        }
        Ok(Self { files })
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let parse = |(path, text): &(&str, &str)| Source::parse((*path).into(), (*text).into());
        Self {
            files: files.iter().map(|file| parse(file).unwrap()).collect(),
        }
    }

    pub fn files(&self) -> &[Source] {
        &self.files
    }

    pub fn file(&self, path: &str) -> Option<&Source> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Every Rust file with its syntax.
    pub fn rust(&self) -> impl Iterator<Item = (&Source, &Rust)> {
        self.files
            .iter()
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    /// The Rust files that ship: tests and the test kit aside.
    pub fn shipped(&self) -> impl Iterator<Item = (&Source, &Rust)> {
        self.rust()
            .filter(|(file, _)| !file.is_test() && !file.is_under("crates/testkit"))
    }

    /// The names of the bounded contexts, from their folders.
    pub fn contexts(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.files.iter().filter_map(Source::context).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

impl Source {
    fn parse(path: String, text: String) -> Outcome<Self> {
        let rust = if path.ends_with(".rs") {
            Some(Rust::parse(&text).because(|| format!("{path} is not Rust"))?)
        } else {
            None
        };
        Ok(Self { path, text, rust })
    }

    /// A file of tests: below `tests/`, or `tests.rs` or `…_tests.rs` beside what it tests.
    pub fn is_test(&self) -> bool {
        let beside = self.path.ends_with("/tests.rs") || self.path.ends_with("_tests.rs");
        beside || self.path.contains("/tests/")
    }

    pub fn is_under(&self, folder: &str) -> bool {
        self.path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.starts_with('/'))
    }

    /// `orders` for `contexts/orders/src/store.rs`.
    pub fn context(&self) -> Option<&str> {
        self.path
            .strip_prefix("contexts/")?
            .split_once('/')
            .map(|(name, _)| name)
    }

    /// `store/lines.rs` for `contexts/orders/src/store/lines.rs`.
    pub fn in_src(&self) -> Option<&str> {
        self.path.split_once("/src/").map(|(_, rest)| rest)
    }

    pub fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

impl Rust {
    fn parse(text: &str) -> syn::Result<Self> {
        let syntax = syn::parse_file(text)?;
        let tests = syntax.items.iter().filter(|item| is_for_tests(item));
        let test_lines = tests
            .map(|item| item.span().start().line..=item.span().end().line)
            .collect();
        Ok(Self {
            tokens: tokens(text.parse()?),
            syntax,
            test_lines,
        })
    }

    pub fn is_test_line(&self, line: usize) -> bool {
        self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// How many lines of the file belong to its tests.
    pub fn lines_of_tests(&self) -> usize {
        self.test_lines
            .iter()
            .map(|lines| lines.end() + 1 - lines.start())
            .sum()
    }

    /// The tokens outside of tests.
    pub fn code(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .iter()
            .filter(|token| !self.is_test_line(token.line))
    }

    /// The lines, outside of tests, where these tokens follow each other.
    pub fn lines_with(&self, wanted: &[&str]) -> Vec<usize> {
        let code: Vec<_> = self.code().collect();
        let hits = code.windows(wanted.len()).filter(|window| {
            window
                .iter()
                .zip(wanted)
                .all(|(token, text)| token.is(text))
        });
        hits.map(|window| window[0].line).collect()
    }
}

fn is_for_tests(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(is_cfg_test)
}

pub fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) -> Outcome<()> {
    for entry in fs::read_dir(folder).because(|| format!("reading {}", folder.display()))? {
        let entry = entry?;
        let (path, name) = (
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        );
        if entry.file_type()?.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if !hidden && !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, found)?;
            }
        } else if is_read(&path) {
            let path = path.strip_prefix(root).unwrap_or(&path);
            found.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

/// Marks of files that others wrote and we only carry along.
const VENDORED: &[&str] = &[".min.", ".standalone.", ".bundle."];

fn is_read(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    if VENDORED.iter().any(|mark| name.contains(mark)) {
        return false;
    }
    match path.extension().and_then(|kind| kind.to_str()) {
        Some(kind) => KINDS.contains(&kind),
        None => path.ends_with(".ci/run"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_test_modules_are_known() {
        let text = "//! x\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n";
        let tree = Tree::of(&[("contexts/orders/src/place.rs", text)]);
        let rust = tree.files()[0].rust.as_ref().unwrap();
        assert_eq!(rust.lines_of_tests(), 4);
        assert!(!rust.is_test_line(2) && rust.is_test_line(5));
        assert_eq!(rust.lines_with(&["fn", "b"]), Vec::<usize>::new());
        assert_eq!(rust.lines_with(&["fn", "a"]), [2]);
    }

    #[test]
    fn a_place_tells_its_context() {
        let tree = Tree::of(&[("contexts/orders/src/store/lines.rs", "//! x\n")]);
        let file = &tree.files()[0];
        assert_eq!(
            (file.context(), file.in_src()),
            (Some("orders"), Some("store/lines.rs"))
        );
        assert_eq!(tree.contexts(), ["orders"]);
    }
}
