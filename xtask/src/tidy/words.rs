//! Words that may not stay: what was left open, tests that do not run, and talk of the workshop
//! that no reader of the product understands.

use super::Complaint;
use super::tree::Tree;

/// Written in two halves, so that this file does not contain them.
const OPEN: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
const HOLES: &[&str] = &[concat!("to", "do"), concat!("unimple", "mented")];
const WORKSHOP: &[&str] = &[
    concat!("/work", "/"),
    concat!("the ", "brief"),
    concat!("issue ", "#"),
    concat!("house", ".md"),
    concat!("as an ", "AI"),
];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut found = Vec::new();
    for file in tree.files() {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(sentence) = judge(line) {
                found.push(Complaint::new(file.at(number + 1), sentence));
            }
        }
    }
    for (file, rust) in tree.rust() {
        for hole in HOLES {
            for line in rust.lines_with(&[hole, "!"]) {
                let sentence = format!("`{hole}!` would stop the shop: finish it or leave it out");
                found.push(Complaint::new(file.at(line), sentence));
            }
        }
        let ignored = rust
            .tokens
            .windows(3)
            .filter(|window| window[0].is("#") && window[1].is("[") && window[2].is("ignore"));
        for window in ignored {
            let sentence = "a test that does not run proves nothing: make it run, or remove it";
            found.push(Complaint::new(file.at(window[0].line), sentence));
        }
    }
    found
}

fn judge(line: &str) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if let Some(word) = line.split(|c| !is_word(c)).find(|word| OPEN.contains(word)) {
        return Some(format!(
            "`{word}`: do it now, or open an issue and leave it out here"
        ));
    }
    let lower = line.to_lowercase();
    let word = WORKSHOP
        .iter()
        .find(|word| lower.contains(&word.to_lowercase()))?;
    Some(format!(
        "`{word}` speaks of how this was made: say what is so, for who reads it later"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    #[test]
    fn what_was_left_open_is_noticed_in_any_text() {
        for word in OPEN {
            let found = said(check, &[("README.md", &format!("a\nb {word}: c\n"))]);
            assert!(found[0].starts_with("README.md:2: "), "{found:?}");
        }
        assert!(said(check, &[("README.md", "Autodocs and todos in prose\n")]).is_empty());
    }

    #[test]
    fn holes_in_the_code_are_noticed() {
        for hole in HOLES {
            let text = format!("//! x\nfn f() {{ {hole}!() }}\n");
            assert_eq!(said(check, &[("xtask/src/a.rs", &text)]).len(), 1);
        }
    }

    #[test]
    fn a_test_that_does_not_run_is_noticed() {
        let text = "//! x\n#[cfg(test)]\nmod tests {\n    #[test]\n    #[ignore = \"slow\"]\n    \
                    fn t() {}\n}\n";
        let found = said(check, &[("xtask/src/a.rs", text)]);
        assert!(
            found[0].starts_with("xtask/src/a.rs:5: a test that does not run"),
            "{found:?}"
        );
    }

    #[test]
    fn talk_of_the_workshop_is_noticed() {
        for word in WORKSHOP {
            assert_eq!(
                said(check, &[("docs/a.md", &format!("see {word}7\n"))]).len(),
                1,
                "{word}"
            );
        }
        assert!(said(check, &[("docs/a.md", "A session of a user ends.\n")]).is_empty());
    }
}
