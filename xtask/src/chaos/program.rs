//! Stand-ins: example programs of the testkit as child processes. They go on while the shop is
//! killed, and are told over HTTP what to do.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::de::DeserializeOwned;

use crate::outcome::{Because, Outcome};
use crate::shop::target_folder;
use crate::steps::call;

/// Builds the example and says where it is.
pub fn build(root: &Path, example: &str) -> Outcome<PathBuf> {
    let mut cargo = Command::new("cargo");
    let words = ["build", "--locked", "--quiet", "-p", "testkit", "--example"];
    call(cargo.current_dir(root).args(words).arg(example))?;
    Ok(target_folder(root).join("debug/examples").join(example))
}

/// The running program. Dropping it ends it.
pub struct Program(Child);

impl Program {
    /// Starts it; also what its first line tells of it, as JSON.
    pub fn start<T: DeserializeOwned>(program: &Path) -> Outcome<(Self, T)> {
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .because(|| format!("starting {}", program.display()))?;
        let mut greeting = String::new();
        if let Some(said) = child.stdout.take() {
            BufReader::new(said).read_line(&mut greeting)?;
        }
        let running = Self(child);
        let told = serde_json::from_str(&greeting);
        let told = told.because(|| format!("{} said {greeting:?}", program.display()))?;
        Ok((running, told))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
