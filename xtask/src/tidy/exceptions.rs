//! The exceptions to the sizes: a list that may only shrink. Each names the size it has today;
//! growing is refused, shrinking must be written down, and a need that is gone must go.

use serde::Deserialize;

use super::Complaint;
use super::sizes::{Measure, Rule, measures};
use super::tree::Tree;

const LIST: &str = "xtask/tidy.toml";

/// How long the list is. Lower it when an exception goes; never raise it.
const LENGTH: usize = 0;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    rule: Rule,
    what: String,
    size: usize,
    why: String,
}

pub fn check(tree: &Tree) -> Vec<Complaint> {
    judge(tree, LENGTH)
}

fn judge(tree: &Tree, length: usize) -> Vec<Complaint> {
    let text = tree.file(LIST).map_or("", |file| file.text.as_str());
    let list: List = match toml::from_str(text) {
        Ok(list) => list,
        Err(error) => return vec![Complaint::new(LIST, error.message())],
    };
    let measures = measures(tree);
    let mut found = Vec::new();
    if list.exception.len() != length {
        found.push(Complaint::new(
            LIST,
            count_sentence(list.exception.len(), length),
        ));
    }
    let large = measures
        .iter()
        .filter(|measure| measure.size > measure.rule.limit());
    for measure in large {
        if !list
            .exception
            .iter()
            .any(|exception| exception.covers(measure))
        {
            found.push(Complaint::new(
                &measure.place,
                measure.rule.advice(measure.size),
            ));
        }
    }
    found.extend(
        list.exception
            .iter()
            .filter_map(|exception| exception.judge(&measures)),
    );
    found
}

fn count_sentence(found: usize, written: usize) -> String {
    if found > written {
        return format!(
            "{found} exceptions where there were {written}: the list may only shrink. Make the \
             code smaller instead"
        );
    }
    format!("{found} exceptions are left: lower LENGTH in xtask/src/tidy/exceptions.rs to {found}")
}

impl Exception {
    fn is_of(&self, measure: &Measure) -> bool {
        self.rule == measure.rule && self.what == measure.what
    }

    fn covers(&self, measure: &Measure) -> bool {
        self.is_of(measure) && measure.size <= self.size
    }

    /// An exception must be needed, exact and explained.
    fn judge(&self, measures: &[Measure]) -> Option<Complaint> {
        let what = &self.what;
        let sizes = measures.iter().filter(|measure| self.is_of(measure));
        let sentence = match sizes.map(|measure| measure.size).max() {
            Some(size) if size > self.size => return None, // The measure itself complains.
            Some(size) if size > self.rule.limit() && size < self.size => {
                format!(
                    "{what} has shrunk: lower its size from {} to {size}",
                    self.size
                )
            }
            Some(size) if size > self.rule.limit() => {
                return (self.why.len() < 20)
                    .then(|| Complaint::new(LIST, format!("{what}: say why it must be so large")));
            }
            _ => format!("{what} needs no exception any more: remove it"),
        };
        Some(Complaint::new(LIST, sentence))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "contexts/orders/src/place.rs";

    fn sentences(text: &str, list: &str, length: usize) -> Vec<String> {
        let tree = Tree::of(&[(PATH, text), (LIST, list)]);
        judge(&tree, length)
            .into_iter()
            .map(|c| format!("{}: {}", c.place, c.sentence))
            .collect()
    }

    fn file_of(lines: usize) -> String {
        format!("//! x\n{}", "const A: u8 = 1;\n".repeat(lines - 1))
    }

    fn one(rule: &str, what: &str, size: usize) -> String {
        format!(
            "[[exception]]\nrule = \"{rule}\"\nwhat = \"{what}\"\nsize = {size}\n\
             why = \"a table that is read better in one piece\"\n"
        )
    }

    #[test]
    fn a_long_file_is_noticed_and_its_tests_do_not_count() {
        let found = sentences(&file_of(401), "", 0);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("401 lines without tests (limit 400)"));
        let tests = "#[cfg(test)]\nmod tests {\n    fn t() {}\n}\n";
        assert!(sentences(&format!("{}{tests}", file_of(400)), "", 0).is_empty());
    }

    #[test]
    fn a_long_function_is_noticed() {
        let body = |lines: usize| format!("//! x\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines));
        let found = sentences(&body(59), "", 0);
        assert!(found[0].starts_with("contexts/orders/src/place.rs:2: 61 lines (limit 60)"));
        assert!(sentences(&body(58), "", 0).is_empty());
        let method = body(59)
            .replace("fn f()", "impl X { fn f()")
            .replace("}\n", "} }\n");
        assert_eq!(sentences(&method, "", 0).len(), 1);
    }

    #[test]
    fn a_long_line_is_noticed() {
        let line = |length: usize| format!("//! {}\n", "x".repeat(length - 4));
        assert!(sentences(&line(101), "", 0)[0].contains("a line of 101 characters"));
        assert!(sentences(&line(100), "", 0).is_empty());
        assert!(sentences(&format!("{}://{}", line(101).trim(), "x\n"), "", 0).is_empty());
    }

    #[test]
    fn too_many_parameters_are_noticed_and_self_does_not_count() {
        let found = sentences(
            "//! x\nfn f(a: A, b: B, c: C, d: D, e: E, f: F) {}\n",
            "",
            0,
        );
        assert!(found[0].contains("6 parameters (limit 5)"), "{found:?}");
        let fine = "//! x\nimpl X { fn f(&self, a: A, b: B, c: C, d: D, e: E) {} }\n";
        assert!(sentences(fine, "", 0).is_empty());
    }

    #[test]
    fn deep_nesting_is_noticed_and_else_if_is_flat() {
        let deep = "//! x\nfn f() { if a { for b in c { match d { _ => { while e {} } } } } }\n";
        let found = sentences(deep, "", 0);
        assert!(found[0].contains("nested 4 deep (limit 3)"), "{found:?}");
        let flat = "//! x\nfn f() { if a {} else if b {} else if c {} else if d { loop {} } }\n";
        assert!(sentences(flat, "", 0).is_empty());
    }

    #[test]
    fn an_exact_exception_is_accepted() {
        let list = one("file-length", PATH, 401);
        assert_eq!(sentences(&file_of(401), &list, 1), Vec::<String>::new());
    }

    #[test]
    fn an_exception_may_not_grow_and_must_shrink_with_the_code() {
        let list = one("file-length", PATH, 401);
        assert!(sentences(&file_of(402), &list, 1)[0].contains("402 lines without tests"));
        let found = sentences(&file_of(405), &one("file-length", PATH, 410), 1);
        assert!(
            found[0].contains("lower its size from 410 to 405"),
            "{found:?}"
        );
        let found = sentences(&file_of(300), &list, 1);
        assert!(
            found[0].contains("needs no exception any more"),
            "{found:?}"
        );
    }

    #[test]
    fn the_list_may_only_shrink() {
        let list = one("file-length", PATH, 401);
        let found = sentences(&file_of(401), &list, 0);
        assert!(
            found[0].contains("1 exceptions where there were 0"),
            "{found:?}"
        );
        let found = sentences("//! x\n", "", 1);
        assert!(found[0].contains("lower LENGTH"), "{found:?}");
    }

    #[test]
    fn an_exception_without_a_reason_is_noticed() {
        let list = one("file-length", PATH, 401).replace("a table that is read better in one", "");
        assert!(sentences(&file_of(401), &list, 1)[0].contains("say why it must be so large"));
        assert!(sentences("//! x\n", "[[exception]]\nrule = \"x\"\n", 0)[0].contains(LIST));
    }
}
