//! A bar that says what is being measured and how far it all is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::measure::Sample;
use super::results::thousands;

/// The bar of one scenario.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn start(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        let look = "{bar:30} {pos}/{len}  {elapsed} of {duration}  {wide_msg}";
        if let Ok(style) = ProgressStyle::with_template(look) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(500));
        Self(bar)
    }

    /// What comes now.
    pub fn now(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// One measurement is done.
    pub fn done(&self, what: &str, connections: usize, sample: &Sample) {
        self.0.inc(1);
        let Sample {
            per_second,
            p50_us,
            p99_us,
            others,
            ..
        } = sample;
        let (server, database, load) = (sample.server_cpu, sample.database_cpu, sample.load_cpu);
        let rate = thousands(*per_second);
        self.say(&format!(
            "{what:<44} {connections:>4}  {rate:>8}/s  p50 {p50_us:>6} µs  p99 {p99_us:>7} µs  \
             cpu {server:.2}+{database:.2}+{load:.2}{}",
            if *others > 0 {
                format!("  {others} OTHER ANSWERS")
            } else {
                String::new()
            }
        ));
    }

    /// Something smaller is done.
    pub fn step(&self) {
        self.0.inc(1);
    }

    pub fn say(&self, line: &str) {
        self.0.suspend(|| println!("{line}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
