//! `cargo xtask how-to`: runs every command of the pages below docs/, each page in a shop of its
//! own.
//!
//! A page is one shell session from its first `sh` block to its last. `comptoir` is the binary
//! under test; a line that serves runs in the background until the page ends, and a page that only
//! talks to a shop finds the demo open. It works in a folder that looks like this clone, so that
//! nothing is left behind. A block below `<!-- elsewhere: REASON -->` is left to whom the reason
//! names.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::outcome::{Because, Outcome};
use crate::readme::{ADDRESS, blocks, elsewhere, serves};
use crate::shop::Build;
use crate::steps::{Remark, clock};

const FOLDERS: [&str; 2] = ["docs", "contexts"];
const MARK: &str = "<!-- elsewhere: ";
/// Lines of what a page said, when it failed.
const SHOWN: usize = 20;
const DEMO: &str = "comptoir serve --demo";

/// What every session begins with: `__serve LINE` starts a server and waits until it is ready.
const PROLOGUE: &str = r#"set -Eeuo pipefail
__server=
__end() {
  local status=$?
  if [ -n "$__server" ]; then kill -TERM "$__server" 2>/dev/null; wait "$__server" || true; fi
  exit $status
}
trap __end EXIT
trap 'echo "this failed: $BASH_COMMAND" >&2' ERR
__serve() {
  "$@" >"$__SCREEN" 2>&1 &
  __server=$!
  for _ in {1..300}; do
    if curl -fs "http://$COMPTOIR_LISTEN/health/ready" >/dev/null; then return; fi
    kill -0 "$__server" 2>/dev/null || break
    sleep 0.2
  done
  cat "$__SCREEN" >&2
  return 1
}
"#;

/// Follows every page.
pub fn run(root: &Path) -> Outcome<Remark> {
    let binary = Build::default().path(root)?;
    let (mut pages, mut commands) = (0, 0);
    let mut wrong = Vec::new();
    for path in documents(root)? {
        let name = path.strip_prefix(root).unwrap_or(&path);
        let text = fs::read_to_string(&path).because(|| format!("reading {}", name.display()))?;
        let session = Session::of(&text);
        if session.ran == 0 {
            continue;
        }
        let started = Instant::now();
        println!("-- {}\n{}", name.display(), session.script.trim_end());
        match session.follow(root, &binary) {
            Ok(()) => println!("-- {}: {}", name.display(), clock(started.elapsed())),
            Err(error) => wrong.push(format!("{}: {error}", name.display())),
        }
        pages += 1;
        commands += session.ran;
    }
    match wrong.is_empty() {
        true => Ok(format!("{commands} commands of {pages} pages")),
        false => Err(format!("what a page says does not work:\n{}", wrong.join("\n")).into()),
    }
}

/// Every page, in order.
fn documents(root: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open: Vec<_> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).because(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What somebody who follows a page types.
struct Session {
    script: String,
    ran: usize,
}

impl Session {
    fn of(text: &str) -> Self {
        let mut session = Self {
            script: String::new(),
            ran: 0,
        };
        let blocks = blocks(&here(text));
        let mut lines = blocks.iter().flatten();
        let talks = lines.clone().any(|line| line.contains(ADDRESS));
        if talks && !lines.any(|line| serves(line)) {
            session.script = format!("__serve {DEMO}\n");
        }
        for line in blocks.iter().flatten() {
            if let Some(reason) = elsewhere(line) {
                println!("not here: {line} ({reason})");
                continue;
            }
            let begins = if serves(line) { "__serve " } else { "" };
            session.script.push_str(&format!("{begins}{line}\n"));
            session.ran += 1;
        }
        session
    }

    fn follow(&self, root: &Path, binary: &Path) -> Outcome<()> {
        let folder = tempfile::tempdir()?;
        let clone = folder.path().join("clone");
        fs::create_dir(&clone)?;
        for entry in fs::read_dir(root)? {
            let entry = entry?;
            std::os::unix::fs::symlink(entry.path(), clone.join(entry.file_name()))?;
        }
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let programs = binary.parent().unwrap_or(root).display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let script = self.script.replace(ADDRESS, &address);
        let mut bash = Command::new("bash");
        bash.current_dir(&clone)
            .arg("-c")
            .arg(format!("{PROLOGUE}{script}"))
            .env("PATH", format!("{programs}:{path}"))
            .env("COMPTOIR_LISTEN", &address)
            .env("COMPTOIR_DATA_DIR", folder.path().join("data"))
            .env("__SCREEN", folder.path().join("screen"))
            .stdin(Stdio::null());
        let output = bash.output().because(|| "starting bash".into())?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<_> = said.lines().collect();
        let last = lines[lines.len().saturating_sub(SHOWN)..].join("\n");
        Err(format!("{}\n{last}", output.status).into())
    }
}

/// The page without the blocks that are run elsewhere.
fn here(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(reason) = line.trim().strip_prefix(MARK) {
            println!("not here: a block ({})", reason.trim_end_matches(" -->"));
            let mut fences = 0;
            while fences < 2
                && let Some(line) = lines.next()
            {
                fences += usize::from(line.trim().starts_with("```"));
            }
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(text: &str) -> Outcome<()> {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("sheet.csv"), "a\n").unwrap();
        Session::of(text).follow(root.path(), Path::new("/bin/true"))
    }

    #[test]
    fn a_page_is_one_session_in_a_folder_that_looks_like_the_clone() {
        follow("```sh\nNAME=sheet\n```\nText.\n```sh\ncat $NAME.csv\n```\n").unwrap();
    }

    #[test]
    fn a_command_that_fails_fails_its_page_and_is_named() {
        let said = follow("```sh\ntrue\nls nowhere\ntrue\n```\n").unwrap_err();
        let said = said.to_string();
        assert!(said.contains("this failed: ls nowhere"), "{said}");
        assert!(follow("```sh\necho $NOBODY_SET_THIS\n```\n").is_err());
    }

    #[test]
    fn a_block_that_is_run_elsewhere_is_passed_over() {
        let text = "<!-- elsewhere: a test has it -->\n\n```sh\nfalse\n```\n```sh\ntrue\n```\n";
        let session = Session::of(text);
        assert_eq!((session.script.as_str(), session.ran), ("true\n", 1));
    }

    #[test]
    fn a_page_that_talks_to_a_shop_finds_one_open() {
        let talks = Session::of("```sh\ncurl http://127.0.0.1:8000/health\n```\n");
        assert!(talks.script.starts_with("__serve comptoir serve --demo\n"));
        let serves = "```sh\ncomptoir serve\ncurl http://127.0.0.1:8000/health\n```\n";
        let script = Session::of(serves).script;
        assert!(script.starts_with("__serve comptoir serve\n"), "{script}");
    }

    #[test]
    fn a_server_that_ends_fails_its_page_with_what_it_said() {
        let said = follow("```sh\nbash -c 'echo broken; exit 3' serve\n```\n").unwrap_err();
        assert!(said.to_string().contains("broken"), "{said}");
    }
}
