//! What a process costs: processor time and memory, from Linux's /proc.

use std::fs;
use std::path::PathBuf;

use crate::outcome::{Because, Outcome};

/// Linux counts processor time in hundredths of a second, whatever the kernel was built with.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process whose cost is watched.
#[derive(Clone, Copy)]
pub struct Process(u32);

impl Process {
    pub fn new(id: u32) -> Self {
        Self(id)
    }

    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// Processor seconds of the process and of its ended children.
    pub fn cpu_seconds(self) -> f64 {
        self.stat().map_or(0.0, |stat| stat.cpu_seconds)
    }

    /// Processor seconds of the process and of all its children, living and ended.
    pub fn cpu_seconds_of_all(self) -> f64 {
        let living: f64 = self.children().into_iter().map(Self::cpu_seconds).sum();
        self.cpu_seconds() + living
    }

    /// Resident memory now, in MiB.
    pub fn resident_mib(self) -> Outcome<f64> {
        self.status("VmRSS:")
    }

    /// The most that was resident since [`Process::forget_peak`], in MiB.
    pub fn peak_mib(self) -> Outcome<f64> {
        self.status("VmHWM:")
    }

    pub fn forget_peak(self) -> Outcome<()> {
        // 5 resets the high-water mark only; see proc(5).
        fs::write(self.file("clear_refs"), "5").because(|| "resetting the peak of memory".into())
    }

    /// Memory of the process and its children in MiB, with what they share counted once.
    pub fn shared_mib(self) -> f64 {
        let mut all = self.children();
        all.push(self);
        all.into_iter().map(Self::proportional_mib).sum()
    }

    fn proportional_mib(self) -> f64 {
        let text = fs::read_to_string(self.file("smaps_rollup")).unwrap_or_default();
        kibibytes(&text, "Pss:").unwrap_or(0.0) / 1024.0
    }

    fn status(self, name: &str) -> Outcome<f64> {
        let path = self.file("status");
        let text = fs::read_to_string(&path).because(|| format!("reading {}", path.display()))?;
        let found = kibibytes(&text, name).ok_or_else(|| format!("{name} is not in {path:?}"))?;
        Ok(found / 1024.0)
    }

    fn children(self) -> Vec<Self> {
        let Ok(entries) = fs::read_dir("/proc") else {
            return Vec::new();
        };
        let ids = entries
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_child = |one: &Self| one.stat().is_some_and(|stat| stat.parent == self.0);
        ids.map(Self).filter(is_child).collect()
    }

    fn stat(self) -> Option<Stat> {
        Stat::read(&fs::read_to_string(self.file("stat")).ok()?)
    }

    fn file(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.0))
    }
}

struct Stat {
    parent: u32,
    cpu_seconds: f64,
}

impl Stat {
    /// The name of the program stands in parentheses and may hold anything, spaces too.
    fn read(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // utime, stime, cutime, cstime are the fields 14 to 17; `rest` begins with the third.
        let ticks = fields
            .get(11..15)?
            .iter()
            .map(|field| field.parse::<f64>().ok());
        let ticks: f64 = ticks.sum::<Option<f64>>()?;
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            cpu_seconds: ticks / TICKS_PER_SECOND,
        })
    }
}

/// `VmRSS:     1234 kB` is 1234.
fn kibibytes(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_name_with_spaces() {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 25 75 20 0 9 0 5 6 7";
        let stat = Stat::read(line).unwrap();
        assert_eq!((stat.parent, stat.cpu_seconds), (7, 3.0));
    }

    #[test]
    fn memory_is_found_by_its_name() {
        let text = "VmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\n";
        assert_eq!(kibibytes(text, "VmRSS:"), Some(10240.0));
        assert_eq!(kibibytes(text, "VmSwap:"), None);
    }

    #[test]
    fn a_process_knows_its_own_memory() {
        let own = Process::own();
        assert!(own.resident_mib().unwrap() > 0.1);
        own.forget_peak().unwrap();
        assert!(own.peak_mib().unwrap() >= own.resident_mib().unwrap() * 0.5);
    }
}
