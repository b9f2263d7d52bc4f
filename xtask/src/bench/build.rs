//! The release binaries: built for measuring, and, when asked, timed from nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use super::results::{Figure, Part, Target, Unit};
use super::stage::Stage;
use crate::outcome::{Because, Outcome};
use crate::steps::call;

/// What cargo builds before anything is measured.
const BINARY: &[&str] = &[
    "build",
    "--release",
    "--locked",
    "--quiet",
    "-p",
    "comptoir",
];
const REFERENCE: &[&str] = &[
    "build",
    "--release",
    "--locked",
    "--quiet",
    "-p",
    "comptoir",
    "--example",
    "from_memory",
];
const OURSELVES: &[&str] = &["build", "--release", "--locked", "--quiet", "-p", "xtask"];

/// Where cargo puts what it built for release.
pub fn binary(root: &Path, name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    target
        .map_or_else(|| root.join("target"), PathBuf::from)
        .join("release")
        .join(name)
}

/// Builds Comptoir, and the handler that answers from memory when it is needed.
pub fn release(root: &Path, with_reference: bool) -> Outcome<()> {
    println!("building for release");
    call(Command::new("cargo").current_dir(root).args(BINARY))?;
    if with_reference {
        call(Command::new("cargo").current_dir(root).args(REFERENCE))?;
    }
    Ok(())
}

/// The same command again, optimised.
pub fn run_again_in_release(root: &Path) -> Outcome<()> {
    call(Command::new("cargo").current_dir(root).args(OURSELVES))?;
    call(Command::new(binary(root, "xtask")).args(std::env::args_os().skip(1)))
}

/// Times the release build of the binary in an empty folder. What is fetched from the registry
/// is there already.
pub fn measure(stage: &Stage) -> Outcome<Part> {
    let folder = stage.folder().join("build");
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(&stage.root)
        .args(BINARY)
        .arg("--target-dir")
        .arg(&folder);
    println!("building from nothing");
    let started = Instant::now();
    call(&mut cargo)?;
    let took = started.elapsed();
    let built = folder.join("release/comptoir");
    let size = fs::metadata(&built)
        .because(|| format!("looking at {}", built.display()))?
        .len();
    fs::remove_dir_all(&folder).because(|| format!("removing {}", folder.display()))?;
    let mut part = Part::new("build");
    part.method("`cargo build --release --locked -p comptoir` into an empty target folder.");
    part.figures.push(Figure {
        id: "build".to_owned(),
        name: "clean release build".to_owned(),
        value: took.as_secs_f64() / 60.0,
        unit: Unit::Minutes,
        target: Some(Target::AtMost(8.0)),
        made_of: format!("{:.0} s", took.as_secs_f64()),
    });
    part.remark(format!("The binary has {} MiB.", size / 1024 / 1024));
    Ok(part)
}
