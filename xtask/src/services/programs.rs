//! Where PostgreSQL's programs are; on Debian, as root, installs them when they are missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::is_root;
use crate::outcome::Outcome;
use crate::steps::{call, capture};

const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with `initdb`, `postgres`, `pg_ctl`, `pgbench`.
#[derive(Clone)]
pub struct Programs(PathBuf);

impl Programs {
    pub fn find_or_install() -> Outcome<Self> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if is_root() && Path::new("/usr/bin/apt-get").exists() {
            println!("PostgreSQL is missing: installing Debian's package");
            install()?;
            if let Some(found) = Self::find() {
                return Ok(found);
            }
        }
        Err(
            "PostgreSQL's programs were not found. Install them (Debian: `apt-get install \
             postgresql`, macOS: `brew install postgresql`), or set COMPTOIR_TEST_POSTGRES to the \
             URL of a superuser on a cluster that may be filled with test databases"
                .into(),
        )
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn find() -> Option<Self> {
        newest(Path::new(DEBIAN)).or_else(from_pg_config).map(Self)
    }
}

/// Debian keeps each major version apart; the newest that can start a cluster wins.
fn newest(folder: &Path) -> Option<PathBuf> {
    let versions = std::fs::read_dir(folder).ok()?.flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, bin)| is_complete(bin))
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn from_pg_config() -> Option<PathBuf> {
    let said = capture(Command::new("pg_config").arg("--bindir")).ok()?;
    Some(PathBuf::from(said.trim())).filter(|bin| is_complete(bin))
}

fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres", "pg_ctl", "pg_isready"]
        .iter()
        .all(|name| bin.join(name).exists())
}

fn install() -> Outcome<()> {
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        call(
            command
                .env("DEBIAN_FRONTEND", "noninteractive")
                .arg("-qq")
                .args(words),
        )
    };
    apt(&["update"])?;
    apt(&["install", "-y", "--no-install-recommends", "postgresql"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_wins() {
        let folder = tempfile::tempdir().unwrap();
        for (version, complete) in [("9", true), ("15", true), ("17", false), ("common", true)] {
            let bin = folder.path().join(version).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            let names: &[&str] = if complete {
                &["initdb", "postgres", "pg_ctl"]
            } else {
                &[]
            };
            for name in names.iter().chain(&["pg_isready"]) {
                std::fs::write(bin.join(name), "").unwrap();
            }
        }
        assert_eq!(newest(folder.path()), Some(folder.path().join("15/bin")));
    }

    #[test]
    fn no_folder_means_no_programs() {
        assert_eq!(newest(Path::new("/nowhere/at/all")), None);
    }
}
