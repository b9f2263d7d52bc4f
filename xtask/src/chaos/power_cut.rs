//! Power cuts for SQLite: `kill -9` alone loses nothing that the operating system holds. A small
//! library preloaded into the shop notes what was overwritten since the last sync; after a kill the
//! old content is put back, which is what a machine without power would find.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::{Because, Outcome};
use crate::shop::Shop;
use crate::steps::call;

const SOURCE: &str = "xtask/src/chaos/power_cut.c";

/// The notes of one shop.
pub struct PowerCut {
    notes: PathBuf,
    files: PathBuf,
}

impl PowerCut {
    /// Preloads the library into the server. A disk that `lies` never syncs anything.
    pub fn prepare(root: &Path, folder: &Path, shop: &mut Shop, lies: bool) -> Outcome<Self> {
        let library = root.join("target/chaos/power_cut.so");
        let mut compiler = Command::new("cc");
        compiler
            .current_dir(root)
            .args(["-O2", "-shared", "-fPIC", "-o"])
            .arg(&library);
        call(compiler.args([SOURCE, "-ldl", "-lpthread"]))?;
        let notes = folder.join("notes");
        fs::create_dir(&notes)?;
        shop.set_for_server("LD_PRELOAD", &library.display().to_string());
        shop.set_for_server("COMPTOIR_POWER_CUT", &notes.display().to_string());
        if lies {
            shop.set_for_server("COMPTOIR_POWER_CUT_LIES", "1");
        }
        Ok(Self {
            notes,
            files: folder.to_owned(),
        })
    }

    /// Takes what is written so far for safe; a lying disk begins to lie here.
    pub fn begin(&self) -> Outcome<()> {
        for note in fs::read_dir(&self.notes)?.flatten() {
            File::create(note.path())?;
        }
        Ok(())
    }

    /// Takes back what was written and not synced. The shop must be dead. Answers how many writes.
    pub fn strike(&self) -> Outcome<usize> {
        let mut lost = 0;
        for note in fs::read_dir(&self.notes)?.flatten() {
            let path = self.files.join(note.file_name());
            let notes = fs::read(note.path()).because(|| "reading the notes".into())?;
            lost += undo(&path, &notes).because(|| format!("undoing {}", path.display()))?;
            File::create(note.path())?;
        }
        Ok(lost)
    }
}

/// Puts the old content back, the newest write first.
fn undo(path: &Path, notes: &[u8]) -> std::io::Result<usize> {
    let records = records(notes);
    if records.is_empty() {
        return Ok(0);
    }
    let file = File::options().write(true).open(path)?;
    for record in records.iter().rev() {
        file.write_all_at(record.old, record.offset)?;
        file.set_len(record.size)?;
    }
    file.sync_all()?;
    Ok(records.len())
}

struct Record<'a> {
    offset: u64,
    size: u64,
    old: &'a [u8],
}

/// The complete records; one that was cut off belongs to a write that never began.
fn records(mut notes: &[u8]) -> Vec<Record<'_>> {
    let mut found = Vec::new();
    while let Some((head, rest)) = notes.split_at_checked(24) {
        let number = |at: usize| head[at..at + 8].try_into().map_or(0, u64::from_ne_bytes);
        let (offset, length, size) = (number(0), number(8), number(16));
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some((old, rest)) = rest.split_at_checked(length) else {
            break;
        };
        found.push(Record { offset, size, old });
        notes = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(offset: u64, old: &[u8], size: u64) -> Vec<u8> {
        let numbers = [offset, old.len() as u64, size]
            .map(u64::to_ne_bytes)
            .concat();
        [&numbers, old].concat()
    }

    #[test]
    fn writes_are_undone_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        // "abcd" became "aXYd", then "aXZdEF".
        fs::write(&path, "aXZdEF").unwrap();
        let notes = [note(1, b"bc", 4), note(2, b"Yd", 4)].concat();
        assert_eq!(undo(&path, &notes).unwrap(), 2);
        assert_eq!(fs::read(&path).unwrap(), b"abcd");
    }

    #[test]
    fn a_note_that_was_cut_off_is_ignored() {
        let notes = [note(1, b"bc", 4), note(2, b"Yd", 4)].concat();
        assert_eq!(records(&notes[..notes.len() - 1]).len(), 1);
        assert_eq!(records(&notes[..30]).len(), 1);
        assert_eq!(records(&[]).len(), 0);
    }
}
