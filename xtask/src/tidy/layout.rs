//! Where files are and what they are called.

use syn::visit::{self, Visit};

use super::Complaint;
use super::tree::Tree;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "manager", "managers", "impl", "base", "misc",
];
const EMPTY_ENDINGS: &[&str] = &["Manager", "Helper", "Helpers", "Util", "Utils", "Impl"];

/// A context looks like every other: a README, a front door, one test binary.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for context in tree.contexts() {
        for (file, why) in [
            (
                "README.md",
                "half a page: what it owns, events in and out, its invariants",
            ),
            ("src/lib.rs", "the front door, a table of contents"),
        ] {
            let path = format!("contexts/{context}/{file}");
            if tree.file(&path).is_none() {
                found.push(Complaint::new(path, format!("is missing: {why}")));
            }
        }
    }
    for file in tree.files().iter().filter(|file| file.context().is_some()) {
        let Some((before, rest)) = file.path.split_once("/tests/") else {
            continue;
        };
        if before.contains("/src") {
            continue; // modules of the crate
        }
        if file.path.ends_with(".rs") && !rest.starts_with("it/") {
            let sentence = "every file in tests/ is linked into a program of its own: move it to \
                 tests/it/ and name it in tests/it/main.rs";
            found.push(Complaint::new(&file.path, sentence));
        }
    }
    found
}

/// Every Rust file opens by saying what it is for.
pub fn headers(tree: &Tree) -> Vec<Complaint> {
    let bare = tree
        .rust()
        .filter(|(file, _)| !file.text.starts_with("//! "));
    let sentence = "opens without `//!`: say in its first line what the file is for and what it \
                    is not";
    bare.map(|(file, _)| Complaint::new(&file.path, sentence))
        .collect()
}

/// No file, module or type is called after nothing.
pub fn names(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for (file, rust) in tree.rust() {
        for part in file.path.trim_end_matches(".rs").split('/') {
            if EMPTY_NAMES.contains(&part) {
                found.push(refuse(file.path.clone(), part));
            }
        }
        let mut visitor = Names {
            path: &file.path,
            found: &mut found,
        };
        visitor.visit_file(&rust.syntax);
    }
    found
}

fn refuse(place: String, name: &str) -> Complaint {
    let sentence = format!(
        "`{name}` says nothing about what is inside: take a word of the glossary, or move the \
         code to the file whose story it belongs to"
    );
    Complaint::new(place, sentence)
}

struct Names<'a> {
    path: &'a str,
    found: &'a mut Vec<Complaint>,
}

impl Names<'_> {
    fn judge_type(&mut self, ident: &syn::Ident) {
        let name = ident.to_string();
        if EMPTY_ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            self.found.push(refuse(
                format!("{}:{}", self.path, ident.span().start().line),
                &name,
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if EMPTY_NAMES.contains(&name.as_str()) {
            let place = format!("{}:{}", self.path, item.ident.span().start().line);
            self.found.push(refuse(place, &name));
        }
        visit::visit_item_mod(self, item);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.judge_type(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.judge_type(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.judge_type(&item.ident);
        visit::visit_item_trait(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    #[test]
    fn a_context_without_readme_or_front_door_is_noticed() {
        let found = said(check, &[("contexts/orders/src/place.rs", "//! x\n")]);
        assert_eq!(found.len(), 2);
        assert!(
            found[0].starts_with("contexts/orders/README.md: is missing"),
            "{found:?}"
        );
    }

    #[test]
    fn a_second_test_program_is_noticed() {
        let whole = [
            ("contexts/orders/README.md", "# Orders"),
            ("contexts/orders/src/lib.rs", "//! x\n"),
            ("contexts/orders/tests/it/main.rs", "//! x\n"),
        ];
        assert!(said(check, &whole).is_empty());
        let found = said(
            check,
            &[&whole[..], &[("contexts/orders/tests/more.rs", "//! x\n")]].concat(),
        );
        assert!(found[0].contains("move it to tests/it/"), "{found:?}");
    }

    #[test]
    fn a_file_without_a_header_is_noticed() {
        let found = said(
            headers,
            &[
                ("xtask/src/a.rs", "use x;\n"),
                ("xtask/src/b.rs", "//! b\n"),
            ],
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("xtask/src/a.rs: opens without `//!`"));
    }

    #[test]
    fn empty_names_are_noticed_in_files_modules_and_types() {
        let text = "//! x\nmod helpers {}\nstruct OrderManager;\nstruct Order;\n";
        let found = said(names, &[("crates/kernel/src/utils.rs", text)]);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[1].starts_with("crates/kernel/src/utils.rs:2: `helpers` says nothing"));
        assert!(found[2].starts_with("crates/kernel/src/utils.rs:3: `OrderManager`"));
        assert!(
            said(
                names,
                &[("crates/kernel/src/money.rs", "//! x\nstruct Money;\n")]
            )
            .is_empty()
        );
    }
}
