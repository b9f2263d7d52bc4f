//! Licences of everything that is linked in: read from cargo, judged by the list in deny.toml.

use std::process::Command;

use serde::Deserialize;

use super::Complaint;
use super::tree::Tree;
use crate::steps::capture;

const LIST: &str = "deny.toml";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<String>,
}

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--locked", "--format-version", "1"]);
    match capture(&mut cargo) {
        Ok(metadata) => judge(tree, &metadata),
        Err(error) => vec![Complaint::new("Cargo.lock", error.to_string())],
    }
}

fn judge(tree: &Tree, metadata: &str) -> Vec<Complaint> {
    let allowed = match allowed(tree) {
        Some(allowed) => allowed,
        None => return vec![Complaint::new(LIST, "names no [licenses] allow = […]")],
    };
    let metadata: Metadata = match serde_json::from_str(metadata) {
        Ok(metadata) => metadata,
        Err(error) => return vec![Complaint::new("cargo metadata", error.to_string())],
    };
    let strange = metadata
        .packages
        .iter()
        .filter(|package| !package.is_allowed(&allowed));
    strange.map(Package::refusal).collect()
}

fn allowed(tree: &Tree) -> Option<Vec<String>> {
    let table: toml::Table = tree.file(LIST)?.text.parse().ok()?;
    let list = table.get("licenses")?.get("allow")?.as_array()?;
    Some(
        list.iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect(),
    )
}

impl Package {
    fn is_allowed(&self, allowed: &[String]) -> bool {
        self.license
            .as_ref()
            .is_some_and(|expression| satisfied(expression, allowed))
    }

    fn refusal(&self) -> Complaint {
        let terms = self
            .license
            .as_deref()
            .or(self.license_file.as_deref())
            .unwrap_or("none");
        let sentence = format!(
            "its licence is `{terms}`, which {LIST} does not allow: take another library, or \
             decide (with a record) that its terms suit a product that is given away"
        );
        Complaint::new(format!("{} {}", self.name, self.version), sentence)
    }
}

/// Whether one of the choices of an SPDX expression is allowed. `AND` binds tighter than `OR`;
/// older crates write `/` for `OR`.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&words, &mut at, allowed)
}

fn any(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut fine = all(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        fine |= all(words, at, allowed);
    }
    fine
}

fn all(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut fine = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        fine &= one(words, at, allowed);
    }
    fine
}

fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(word) = words.get(*at) else {
        return false;
    };
    *at += 1;
    if *word == "(" {
        let fine = any(words, at, allowed);
        *at += 1; // the closing bracket
        return fine;
    }
    let mut name = (*word).to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", words.get(*at + 1).unwrap_or(&""));
        *at += 2;
    }
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed() -> Vec<String> {
        ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]
            .map(String::from)
            .to_vec()
    }

    #[test]
    fn expressions_are_understood() {
        for fine in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "(MIT OR GPL-3.0) AND Apache-2.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ] {
            assert!(satisfied(fine, &allowed()), "{fine}");
        }
        for strange in [
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT AND GPL-3.0) OR AGPL-3.0",
            "",
        ] {
            assert!(!satisfied(strange, &allowed()), "{strange}");
        }
    }

    #[test]
    fn a_strange_licence_and_a_missing_one_are_noticed() {
        let tree = Tree::of(&[(LIST, "[licenses]\nallow = [\"MIT\"]\n")]);
        let metadata = r#"{"packages": [
            {"name": "a", "version": "1.0.0", "license": "MIT", "license_file": null},
            {"name": "b", "version": "1.0.0", "license": "AGPL-3.0", "license_file": null},
            {"name": "c", "version": "1.0.0", "license": null, "license_file": null}]}"#;
        let places: Vec<_> = judge(&tree, metadata)
            .into_iter()
            .map(|c| c.place)
            .collect();
        assert_eq!(places, ["b 1.0.0", "c 1.0.0"]);
    }

    #[test]
    fn a_missing_list_is_noticed() {
        assert_eq!(judge(&Tree::of(&[]), "{}").len(), 1);
    }
}
