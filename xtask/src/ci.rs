//! `cargo xtask ci`: what `.ci/run` does once everything it needs is installed.

use std::path::Path;
use std::process::Command;

use crate::api::{self, ApiArgs};
use crate::chaos::{self, ChaosArgs};
use crate::howto;
use crate::outcome::Outcome;
use crate::readme;
use crate::steps::{Remark, Steps, call};
use crate::test::{self, TestArgs};
use crate::tidy::{self, TidyArgs};

const FMT: &[&str] = &["fmt", "--all", "--check"];
const CLIPPY: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--locked",
    "--quiet",
    "--",
    "-D",
    "warnings",
];

/// Cheap steps first, so that a slip is known early.
pub fn run(root: &Path) -> Outcome<()> {
    let mut steps = Steps::default();
    steps.run("fmt", || cargo(root, FMT));
    steps.run("tidy", || tidy::run(root, &TidyArgs::default()).map(quiet));
    steps.run("one TLS provider", || no_second_tls_provider(root));
    steps.run("clippy", || cargo(root, CLIPPY));
    steps.run("test", || test::run(root, &TestArgs::default()).map(quiet));
    for (name, args) in ChaosArgs::for_ci() {
        steps.run(name, || chaos::run(root, &args).map(quiet));
    }
    steps.run("api", || {
        let args = ApiArgs {
            check: true,
            ..ApiArgs::default()
        };
        api::run(root, &args)
    });
    steps.run("collection", || api::send(root, None));
    steps.run("how-to", || howto::run(root));
    steps.run("README", || readme::run(root));
    steps.finish("cargo xtask ci")
}

fn quiet((): ()) -> Remark {
    Remark::new()
}

fn cargo(root: &Path, words: &[&str]) -> Outcome<Remark> {
    call(Command::new("cargo").current_dir(root).args(words)).map(quiet)
}

/// Two crypto providers in one tree make rustls panic at the first connection.
fn no_second_tls_provider(root: &Path) -> Outcome<Remark> {
    let mut cargo = Command::new("cargo");
    let output = cargo
        .current_dir(root)
        .args(["tree", "--locked", "-i", "ring"])
        .output()?;
    // Nothing on standard output: it is not in the lock file, or for other targets only.
    let tree = String::from_utf8_lossy(&output.stdout);
    if tree.trim().is_empty() {
        return Ok("aws-lc-rs alone".to_owned());
    }
    let sentence = "`ring` is in the tree beside aws-lc-rs: find who asks for it and turn that \
                    feature off";
    Err(format!("{sentence}\n{tree}").into())
}
