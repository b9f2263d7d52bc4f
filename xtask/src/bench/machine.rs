//! On what it was measured, in words: a figure without its machine says nothing.

use std::fs;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::results::median;
use crate::outcome::{Because, Outcome};
use crate::services::Postgres;
use crate::steps::capture;

/// The size of what a commit writes at least: one page.
const PAGE: [u8; 8192] = [42; 8192];
const PROBE: Duration = Duration::from_secs(1);

pub fn describe(folder: &Path, postgres: &Postgres) -> Outcome<Vec<String>> {
    let cpus = std::thread::available_parallelism()?;
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
    let memory: f64 = memory.split_whitespace().next().unwrap_or("0").parse()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let version = capture(postgres.client("postgres").arg("--version"))?;
    let rustc = capture(Command::new("rustc").arg("--version"))?;
    let flush = flush_us(folder)?;
    Ok(vec![
        format!(
            "{cpus} processors ({model}), {:.0} GiB memory",
            memory / 1024.0 / 1024.0
        ),
        format!(
            "Linux {}; {}; {}",
            kernel.trim(),
            version.trim(),
            rustc.trim()
        ),
        format!("the disk takes {flush:.0} µs to write 8 KiB through (fdatasync, median)"),
    ])
}

/// The time, to the minute, in UTC.
pub fn now() -> Outcome<String> {
    let said = capture(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))?;
    Ok(said.trim().to_owned())
}

/// The commit that is checked out, and whether anything differs from it.
pub fn commit(root: &Path) -> Outcome<String> {
    let git = |words: &[&str]| capture(Command::new("git").current_dir(root).args(words));
    let Ok(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return Ok("unknown".to_owned());
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    let mark = if changed.trim().is_empty() {
        ""
    } else {
        " with changes"
    };
    Ok(format!("{}{mark}", commit.trim()))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// How long a commit waits for the disk, at least: one connection's orders cannot be faster.
fn flush_us(folder: &Path) -> Outcome<f64> {
    let path = folder.join("flush");
    let mut file = File::create(&path).because(|| format!("opening {}", path.display()))?;
    let (started, mut times) = (Instant::now(), Vec::new());
    while started.elapsed() < PROBE {
        file.rewind()?;
        file.write_all(&PAGE)?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    fs::remove_file(&path)?;
    Ok(median(times))
}
