//! The schemas of events as they were published before this commit: at the newest tag, or, where
//! there is none, at the parent. What stands in the working tree proves nothing of the past, since
//! whoever changes an event may change its schema with it.

use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::EVENTS;
use crate::outcome::{Because, Outcome};
use crate::steps::capture;

/// The schemas of an ancestor by type, or why there are none to compare with.
#[derive(Debug)]
pub enum Published {
    At {
        name: String,
        schemas: Map<String, Value>,
    },
    Nowhere(&'static str),
}

/// A clone that was made with `--depth 1`.
const SHALLOW: &str = "this clone is shallow and has no ancestor: fetch with depth 2 or tags";
const NO_GIT: &str = "there is no git repository here";
const FIRST: &str = "no ancestor of this commit has schemas";

/// What was published last before `HEAD`.
pub fn published_before(root: &Path) -> Outcome<Published> {
    if git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_err() {
        return Ok(Published::Nowhere(NO_GIT));
    }
    // Of the parent: a tag of this commit itself would compare it with itself.
    let tag = git(root, &["describe", "--tags", "--abbrev=0", "HEAD^"]);
    let tag = tag.ok().map(|name| name.trim().to_owned());
    for name in tag.into_iter().chain(["HEAD^".to_owned()]) {
        let schemas = schemas(root, &name)?;
        if !schemas.is_empty() {
            return Ok(Published::At { name, schemas });
        }
    }
    let shallow = git(root, &["rev-parse", "--is-shallow-repository"])?;
    Ok(Published::Nowhere(match shallow.trim() {
        "true" => SHALLOW,
        _ => FIRST,
    }))
}

/// The schemas of a commit; none where there is no such commit.
fn schemas(root: &Path, commit: &str) -> Outcome<Map<String, Value>> {
    let files = ["ls-tree", "-r", "--name-only", commit, "--", EVENTS];
    let files = git(root, &files).unwrap_or_default();
    let mut found = Map::new();
    for path in files.lines() {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(kind) = name.strip_suffix(".json") else {
            continue;
        };
        let text = git(root, &["show", &format!("{commit}:{path}")])?;
        let schema = serde_json::from_str(&text).because(|| format!("{path} at {commit}"))?;
        found.insert(kind.to_owned(), schema);
    }
    Ok(found)
}

/// Git in this folder, wherever a hook that runs us thinks it is.
fn git(root: &Path, words: &[&str]) -> Outcome<String> {
    let mut git = Command::new("git");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        git.env_remove(variable);
    }
    capture(git.current_dir(root).args(words))
}

#[cfg(test)]
mod tests {
    use super::super::grows;
    use super::*;
    use serde_json::json;
    use std::fs;
    use tempfile::TempDir;

    /// A repository that commits one schema after the other.
    struct Past(TempDir);

    impl Past {
        fn new() -> Self {
            let past = Self(tempfile::tempdir().unwrap());
            past.git(&["init", "--quiet"]);
            past
        }

        fn root(&self) -> &Path {
            self.0.path()
        }

        fn git(&self, words: &[&str]) {
            let who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
            git(self.root(), &[&who, words].concat()).unwrap();
        }

        /// Commits these schemas and no others.
        fn commit(&self, schemas: &[(&str, Value)]) {
            let folder = self.root().join(EVENTS);
            fs::remove_dir_all(&folder).ok();
            fs::create_dir_all(&folder).unwrap();
            for (kind, schema) in schemas {
                fs::write(folder.join(format!("{kind}.json")), schema.to_string()).unwrap();
            }
            self.git(&["add", "--all"]);
            self.git(&["commit", "--quiet", "--allow-empty", "--message", "next"]);
        }

        /// What is compared with, and what of it is broken by the schemas of `HEAD`.
        fn broken(&self) -> (String, Vec<String>) {
            match published_before(self.root()).unwrap() {
                Published::At { name, schemas } => {
                    let now = super::schemas(self.root(), "HEAD").unwrap();
                    (name, grows::broken(&schemas, &now))
                }
                Published::Nowhere(why) => (why.to_owned(), Vec::new()),
            }
        }
    }

    fn event(properties: &[&str]) -> Value {
        let text = |name: &&str| ((*name).to_owned(), json!({"type": "string"}));
        let properties: Map<String, Value> = properties.iter().map(text).collect();
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn a_schema_that_was_changed_together_with_its_event_is_noticed() {
        let past = Past::new();
        past.commit(&[
            ("placed.v1", event(&["id", "note"])),
            ("paid.v1", event(&["id"])),
        ]);
        past.commit(&[("placed.v1", event(&["id"]))]);
        let (compared_with, mut broken) = past.broken();
        broken.sort();
        assert_eq!(compared_with, "HEAD^");
        assert_eq!(broken, ["paid.v1 is gone", "placed.v1: note is gone"]);
    }

    #[test]
    fn what_the_newest_tag_published_is_kept_however_many_commits_ago() {
        let past = Past::new();
        past.commit(&[("placed.v1", event(&["id", "note"]))]);
        past.git(&["tag", "v1"]);
        past.commit(&[("placed.v1", event(&["id"]))]);
        past.commit(&[("placed.v1", event(&["id"]))]);
        past.git(&["tag", "v2"]);
        let told = vec!["placed.v1: note is gone".to_owned()];
        assert_eq!(past.broken(), ("v1".to_owned(), told));
        past.commit(&[("placed.v1", event(&["id", "reason"]))]);
        assert_eq!(past.broken(), ("v2".to_owned(), Vec::new()));
    }

    #[test]
    fn where_there_is_no_past_it_is_said() {
        let past = Past::new();
        assert_eq!(past.broken().0, NO_GIT);
        past.commit(&[("placed.v1", event(&["id"]))]);
        assert_eq!(past.broken().0, FIRST);
        past.commit(&[("placed.v1", event(&["id"]))]);
        let shallow = Past(tempfile::tempdir().unwrap());
        let from = format!("file://{}", past.root().display());
        shallow.git(&["clone", "--quiet", "--depth", "1", &from, "."]);
        assert_eq!(shallow.broken().0, SHALLOW);
    }
}
