//! The rig's memory: every intent is on the disk before its request leaves, every outcome before
//! the next step. What the shop may forget, this file may not.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

use crate::outcome::{Because, Outcome};

/// An append-only file of JSON lines, synced after each.
pub struct Journal(Mutex<File>);

impl Journal {
    pub fn create(path: &Path) -> Outcome<Self> {
        let file = File::create_new(path).because(|| format!("creating {}", path.display()))?;
        Ok(Self(Mutex::new(file)))
    }

    pub fn write(&self, line: &serde_json::Value) -> Outcome<()> {
        let mut file = self
            .0
            .lock()
            .map_err(|_| "another writer of the journal failed")?;
        writeln!(file, "{line}").because(|| "writing the journal".into())?;
        file.sync_data().because(|| "syncing the journal".into())
    }
}
