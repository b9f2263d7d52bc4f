//! `cargo xtask ci`: what `.ci/run` does after it has installed what it needs.

use std::path::Path;
use std::process::Command;

use crate::outcome::Outcome;
use crate::steps::{Remark, Steps, call};

/// The `cargo` words of each step, in order; cheap ones first.
const STEPS: &[(&str, &[&str])] = &[
    ("fmt", &["fmt", "--all", "--check"]),
    ("tidy", &["xtask", "tidy"]),
    (
        "clippy",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    ),
    ("test", &["xtask", "test"]),
    ("api", &["xtask", "api", "--check"]),
];

pub fn run(root: &Path) -> Outcome<()> {
    let mut steps = Steps::default();
    for (name, words) in STEPS {
        steps.run(name, || cargo(root, words));
    }
    steps.run("one TLS provider", || no_second_tls_provider(root));
    steps.finish("cargo xtask ci")
}

fn cargo(root: &Path, words: &[&str]) -> Outcome<Remark> {
    call(Command::new("cargo").current_dir(root).args(words))?;
    Ok(String::new())
}

/// Two crypto providers in one tree make rustls panic at the first connection.
fn no_second_tls_provider(root: &Path) -> Outcome<Remark> {
    let mut cargo = Command::new("cargo");
    let output = cargo
        .current_dir(root)
        .args(["tree", "--locked", "-i", "ring"])
        .output()?;
    let (said, complaint) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    if complaint.contains("did not match any packages") {
        return Ok("aws-lc-rs alone".to_owned());
    }
    Err(format!(
        "`ring` is in the tree beside aws-lc-rs; find who asks for it and turn that feature off:\n\
         {}{complaint}",
        String::from_utf8_lossy(said)
    )
    .into())
}
