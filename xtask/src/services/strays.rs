//! Clusters whose starter is gone: found by the note each cluster keeps, stopped by the process
//! id in it. A process that merely reuses the number is left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::outcome::{Because, Outcome};
use crate::steps::capture;

const NOTE: &str = "note.json";
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(PartialEq)]
pub enum Which {
    /// Those whose starter died without stopping them.
    Orphans,
    /// Also those that were asked to stay.
    All,
}

#[derive(Serialize, Deserialize)]
struct Note {
    server: u32,
    starter: u32,
    keep: bool,
}

/// Writes down who started which server, for a later sweep.
pub fn remember(folder: &Path, server: u32, keep: bool) -> Outcome<()> {
    let note = Note {
        server,
        starter: std::process::id(),
        keep,
    };
    let path = folder.join(NOTE);
    fs::write(&path, serde_json::to_string(&note)?).because(|| format!("writing {path:?}"))
}

/// Stops the clusters asked for and removes their files; says how many.
pub fn sweep(homes: &[PathBuf], which: Which) -> Outcome<usize> {
    let mut stopped = 0;
    if !Path::new("/proc/self/comm").exists() {
        return Ok(stopped); // Without Linux's /proc nobody can tell who is still alive.
    }
    for home in homes {
        let Ok(entries) = fs::read_dir(home) else {
            continue;
        };
        for folder in entries.flatten().map(|entry| entry.path()) {
            let Some(note) = note_of(&folder) else {
                continue;
            };
            if which == Which::All || (!note.keep && !runs(note.starter, "xtask")) {
                stop(&note)?;
                fs::remove_dir_all(&folder).because(|| format!("removing {folder:?}"))?;
                stopped += 1;
            }
        }
    }
    Ok(stopped)
}

fn note_of(folder: &Path) -> Option<Note> {
    serde_json::from_str(&fs::read_to_string(folder.join(NOTE)).ok()?).ok()
}

fn stop(note: &Note) -> Outcome<()> {
    let deadline = Instant::now() + STOP_TIMEOUT;
    if runs(note.server, "postgres") {
        capture(Command::new("kill").args(["-QUIT", &note.server.to_string()]))?;
    }
    while runs(note.server, "postgres") {
        if Instant::now() > deadline {
            return Err(format!("PostgreSQL (process {}) does not stop", note.server).into());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Whether that process lives and is the program we mean.
fn runs(process: u32, program: &str) -> bool {
    let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    name.trim().starts_with(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(home: &Path, name: &str, note: &Note) -> PathBuf {
        let folder = home.join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(NOTE), serde_json::to_string(note).unwrap()).unwrap();
        folder
    }

    #[test]
    fn only_clusters_without_a_living_starter_are_swept() {
        let home = tempfile::tempdir().unwrap();
        let nobody = u32::MAX;
        let ours = Note {
            server: nobody,
            starter: std::process::id(),
            keep: false,
        };
        let kept = Note {
            server: nobody,
            starter: nobody,
            keep: true,
        };
        let orphan = Note {
            server: nobody,
            starter: nobody,
            keep: false,
        };
        let ours = cluster(home.path(), "ours", &ours);
        let kept = cluster(home.path(), "kept", &kept);
        let orphan = cluster(home.path(), "orphan", &orphan);

        let homes = [home.path().to_owned()];
        assert_eq!(sweep(&homes, Which::Orphans).unwrap(), 1);
        assert!(ours.exists() && kept.exists() && !orphan.exists());
        assert_eq!(sweep(&homes, Which::All).unwrap(), 2);
        assert!(!ours.exists() && !kept.exists());
    }
}
