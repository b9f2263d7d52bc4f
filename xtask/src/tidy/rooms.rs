//! Who may use whom. Cargo would refuse most of it anyway; this says why.

use std::collections::BTreeSet;

use super::Complaint;
use super::tree::{Source, Tree};

/// A crate's room: what it may depend on, and what its tests may use beside that.
struct Room {
    path: &'static str,
    uses: &'static [&'static str],
    tests_use: &'static [&'static str],
}

/// The map of architecture.md §1. `*` stands for every crate of the workspace.
const ROOMS: &[Room] = &[
    Room {
        path: "crates/kernel",
        uses: &[],
        tests_use: &[],
    },
    Room {
        path: "crates/contracts",
        uses: &["kernel"],
        tests_use: &[],
    },
    Room {
        path: "crates/platform",
        uses: &["kernel"],
        tests_use: &["testkit"],
    },
    Room {
        path: "crates/shell",
        uses: &["kernel", "platform"],
        tests_use: &["testkit"],
    },
    Room {
        path: "crates/testkit",
        uses: &["kernel", "contracts", "platform"],
        tests_use: &[],
    },
    Room {
        path: "contexts/*",
        uses: &["kernel", "contracts", "platform", "shell"],
        tests_use: &["testkit"],
    },
    Room {
        path: "crates/comptoir",
        uses: &["*"],
        tests_use: &["testkit"],
    },
    Room {
        path: "xtask",
        uses: &[],
        tests_use: &[],
    },
];

/// Crates of others that only some rooms may name, and why.
const DOORS: &[(&str, &[&str], &str)] = &[
    (
        "sqlx",
        &["crates/platform"],
        "the database has one door, platform::db",
    ),
    (
        "rdkafka",
        &["crates/platform"],
        "the broker has one door, platform::events",
    ),
];

/// Crates that do I/O; kernel and contracts are pure.
const IMPURE: &[&str] = &[
    "tokio", "axum", "sqlx", "hyper", "reqwest", "tower", "tracing", "rand",
];
const PURE: &[&str] = &["crates/kernel", "crates/contracts"];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let manifests: Vec<_> = tree.files().iter().filter_map(Manifest::read).collect();
    let locals: BTreeSet<_> = manifests
        .iter()
        .map(|manifest| manifest.name.as_str())
        .collect();
    let mut found = Vec::new();
    for manifest in &manifests {
        manifest.judge_neighbours(&locals, &mut found);
        manifest.judge_strangers(&mut found);
    }
    found
}

/// A crate of the workspace and what it asks for.
struct Manifest {
    path: String,
    folder: String,
    name: String,
    uses: Vec<String>,
    tests_use: Vec<String>,
}

impl Manifest {
    fn read(file: &Source) -> Option<Self> {
        let folder = file.path.strip_suffix("/Cargo.toml")?;
        let table: toml::Table = file.text.parse().ok()?;
        let name = table.get("package")?.get("name")?.as_str()?.to_owned();
        let keys = |section: &str| -> Vec<String> {
            let section = table.get(section).and_then(toml::Value::as_table);
            section
                .into_iter()
                .flat_map(|section| section.keys().cloned())
                .collect()
        };
        let mut uses = keys("dependencies");
        uses.extend(keys("build-dependencies"));
        let tests_use = keys("dev-dependencies");
        Some(Self {
            path: file.path.clone(),
            folder: folder.into(),
            name,
            uses,
            tests_use,
        })
    }

    fn room(&self) -> Option<&'static Room> {
        let kind = if self.folder.starts_with("contexts/") {
            "contexts/*"
        } else {
            &self.folder
        };
        ROOMS.iter().find(|room| room.path == kind)
    }

    fn judge_neighbours(&self, locals: &BTreeSet<&str>, found: &mut Vec<Complaint>) {
        let Some(room) = self.room() else {
            let sentence = "this crate has no room in the house: give it one in \
                 xtask/src/tidy/rooms.rs and in ARCHITECTURE.md, or move its code to a crate \
                 that has one";
            found.push(Complaint::new(&self.path, sentence));
            return;
        };
        let local = |name: &&String| locals.contains(name.as_str());
        for name in self.uses.iter().filter(local) {
            if !allows(room.uses, name) {
                found.push(Complaint::new(&self.path, self.refusal(room, name)));
            }
        }
        for name in self.tests_use.iter().filter(local) {
            if !allows(room.uses, name) && !allows(room.tests_use, name) {
                let sentence = format!("the tests of {} may not use {name} either", self.name);
                found.push(Complaint::new(&self.path, sentence));
            }
        }
    }

    fn refusal(&self, room: &Room, name: &str) -> String {
        let me = &self.name;
        if name == "testkit" {
            return format!("{me} ships, testkit does not: move it to [dev-dependencies]");
        }
        if room.path == "contexts/*" {
            return format!(
                "{me} may not use {name}: a context never names another, so that each can move \
                 to a process of its own. React to an event of contracts, or keep a copy of what \
                 you need"
            );
        }
        format!(
            "{me} may not use {name}; it may use only: {}",
            room.uses.join(", ")
        )
    }

    fn judge_strangers(&self, found: &mut Vec<Complaint>) {
        for (stranger, rooms, why) in DOORS {
            let asks = self
                .uses
                .iter()
                .chain(&self.tests_use)
                .any(|name| name == stranger);
            if asks && !rooms.contains(&self.folder.as_str()) {
                let sentence = format!("{} may not use {stranger}: {why}", self.name);
                found.push(Complaint::new(&self.path, sentence));
            }
        }
        if !PURE.contains(&self.folder.as_str()) {
            return;
        }
        for name in self
            .uses
            .iter()
            .filter(|name| IMPURE.contains(&name.as_str()))
        {
            let sentence = format!("{} is pure: {name} does not belong in it", self.name);
            found.push(Complaint::new(&self.path, sentence));
        }
    }
}

fn allows(list: &[&str], name: &str) -> bool {
    list.contains(&name) || (list.contains(&"*") && name != "testkit" && name != "xtask")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::said;

    fn manifest(name: &str, rest: &str) -> String {
        format!("[package]\nname = \"{name}\"\n{rest}")
    }

    fn house(folder: &str, name: &str, rest: &str) -> Vec<String> {
        let path = format!("{folder}/Cargo.toml");
        let files = [
            ("crates/kernel", "kernel"),
            ("crates/platform", "platform"),
            ("crates/testkit", "testkit"),
            ("contexts/inventory", "inventory"),
        ];
        let mut tree: Vec<_> = files
            .iter()
            .map(|(folder, name)| (format!("{folder}/Cargo.toml"), manifest(name, "")))
            .filter(|(other, _)| *other != path)
            .collect();
        tree.push((path, manifest(name, rest)));
        let tree: Vec<_> = tree.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        said(check, &tree)
    }

    #[test]
    fn a_context_may_not_name_another() {
        let found = house(
            "contexts/orders",
            "orders",
            "[dependencies]\ninventory = \"1\"\n",
        );
        assert_eq!(found.len(), 1);
        assert!(found[0].contains("orders may not use inventory: a context never names another"));
    }

    #[test]
    fn a_context_may_use_the_machinery_and_test_with_the_testkit() {
        let rest = "[dependencies]\nkernel = \"1\"\nplatform = \"1\"\naxum = \"1\"\n\
                    [dev-dependencies]\ntestkit = \"1\"\n";
        assert_eq!(
            house("contexts/orders", "orders", rest),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_testkit_does_not_ship() {
        let found = house(
            "contexts/orders",
            "orders",
            "[dependencies]\ntestkit = \"1\"\n",
        );
        assert!(
            found[0].contains("move it to [dev-dependencies]"),
            "{found:?}"
        );
        let found = house(
            "crates/comptoir",
            "comptoir",
            "[dependencies]\ntestkit = \"1\"\n",
        );
        assert!(
            found[0].contains("move it to [dev-dependencies]"),
            "{found:?}"
        );
    }

    #[test]
    fn tests_may_not_reach_around_the_rule() {
        let found = house(
            "contexts/orders",
            "orders",
            "[dev-dependencies]\ninventory = \"1\"\n",
        );
        assert!(found[0].contains("the tests of orders may not use inventory either"));
    }

    #[test]
    fn machinery_may_not_know_the_shop() {
        let found = house(
            "crates/kernel",
            "kernel",
            "[dependencies]\nplatform = \"1\"\n",
        );
        assert!(
            found[0].contains("kernel may not use platform"),
            "{found:?}"
        );
        let found = house(
            "crates/platform",
            "platform",
            "[dependencies]\ninventory = \"1\"\n",
        );
        assert!(
            found[0].contains("platform may not use inventory"),
            "{found:?}"
        );
    }

    #[test]
    fn only_platform_may_use_the_driver() {
        let found = house(
            "contexts/orders",
            "orders",
            "[dependencies]\nsqlx = \"1\"\n",
        );
        assert!(found[0].contains("the database has one door"), "{found:?}");
        assert!(
            house(
                "crates/platform",
                "platform",
                "[dependencies]\nsqlx = \"1\"\n"
            )
            .is_empty()
        );
    }

    #[test]
    fn pure_crates_do_no_io() {
        let found = house("crates/kernel", "kernel", "[dependencies]\ntokio = \"1\"\n");
        assert!(found[0].contains("kernel is pure"), "{found:?}");
    }

    #[test]
    fn a_new_crate_must_choose_a_room() {
        let found = house("crates/extras", "extras", "");
        assert!(found[0].contains("no room in the house"), "{found:?}");
    }
}
