//! What was measured, as it is kept in docs/benchmarks.json. Plain data; how it is told is next
//! door, how it is measured elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::measure::Sample;

/// Everything the document knows: scenario by scenario, each with when and how it was measured.
#[derive(Default, Serialize, Deserialize)]
pub struct Results {
    pub parts: BTreeMap<String, Part>,
}

/// One scenario.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub when: String,
    pub commit: String,
    pub machine: Vec<String>,
    /// How it was measured: sentences for the document.
    pub method: Vec<String>,
    pub figures: Vec<Figure>,
    pub series: Vec<Series>,
    /// What else was seen: audits, counts, ratios round by round.
    pub remarks: Vec<String>,
}

/// A figure that has a target.
#[derive(Clone, Serialize, Deserialize)]
pub struct Figure {
    /// Stable: notes in docs/benchmarks.notes.toml name it.
    pub id: String,
    pub name: String,
    pub value: f64,
    pub unit: Unit,
    pub target: Option<Target>,
    /// What the value was made of.
    pub made_of: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    Ratio,
    Milliseconds,
    Mebibytes,
    Minutes,
    PerSecond,
    Microseconds,
}

/// What a figure should be, and what we aim for.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    AtLeast { least: f64, aim: Option<f64> },
    AtMost(f64),
}

/// The same measurement in every round.
#[derive(Clone, Serialize, Deserialize)]
pub struct Series {
    pub what: String,
    pub connections: usize,
    pub samples: Vec<Sample>,
}

impl Part {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub fn method(&mut self, sentence: impl Into<String>) {
        self.method.push(sentence.into());
    }

    pub fn remark(&mut self, sentence: impl Into<String>) {
        self.remarks.push(sentence.into());
    }

    /// Puts a sample to those of the earlier rounds.
    pub fn add(&mut self, what: &str, connections: usize, sample: Sample) {
        let same = |one: &&mut Series| one.what == what && one.connections == connections;
        match self.series.iter_mut().find(same) {
            Some(series) => series.samples.push(sample),
            None => self.series.push(Series {
                what: what.to_owned(),
                connections,
                samples: vec![sample],
            }),
        }
    }

    /// The series of that name whose median rate is highest.
    pub fn best(&self, what: &str) -> Option<&Series> {
        let named = self.series.iter().filter(|series| series.what == what);
        named.max_by(|a, b| a.per_second().total_cmp(&b.per_second()))
    }

    pub fn at(&self, what: &str, connections: usize) -> Option<&Series> {
        let same = |series: &&Series| series.what == what && series.connections == connections;
        self.series.iter().find(same)
    }
}

impl Series {
    pub fn per_second(&self) -> f64 {
        self.median(|sample| sample.per_second)
    }

    pub fn p50_ms(&self) -> f64 {
        self.median(|sample| sample.p50_us as f64 / 1000.0)
    }

    pub fn p99_ms(&self) -> f64 {
        self.median(|sample| sample.p99_us as f64 / 1000.0)
    }

    pub fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        median(self.samples.iter().map(of).collect())
    }
}

impl Figure {
    /// Nothing when there is no target.
    pub fn is_met(&self) -> Option<bool> {
        Some(match self.target? {
            Target::AtLeast { least, .. } => self.value >= least,
            Target::AtMost(most) => self.value <= most,
        })
    }
}

impl Unit {
    pub fn say(self, value: f64) -> String {
        match self {
            Self::Ratio => format!("{value:.2}"),
            Self::Milliseconds if value < 10.0 => format!("{value:.2} ms"),
            Self::Milliseconds => format!("{value:.0} ms"),
            Self::Mebibytes => format!("{value:.0} MiB"),
            Self::Minutes => format!("{value:.1} min"),
            Self::PerSecond => format!("{}/s", thousands(value)),
            Self::Microseconds => format!("{value:.0} µs"),
        }
    }
}

/// `12,345`
pub fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut said = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// Zero of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        len if len.is_multiple_of(2) => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(per_second: f64) -> Sample {
        Sample {
            per_second,
            ..Sample::default()
        }
    }

    #[test]
    fn a_median_is_the_middle_or_between_the_middle_two() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn the_best_of_several_connections_is_the_one_with_the_highest_median() {
        let mut part = Part::new("orders");
        for rate in [100.0, 900.0, 110.0] {
            part.add("random", 1, sample(rate));
        }
        part.add("random", 8, sample(500.0));
        assert_eq!(part.best("random").unwrap().connections, 8);
        assert!(part.best("hot").is_none());
    }

    #[test]
    fn a_figure_without_a_target_is_neither_met_nor_missed() {
        let mut figure = Figure {
            id: "x".to_owned(),
            name: "x".to_owned(),
            value: 1.49,
            unit: Unit::Ratio,
            target: Some(Target::AtLeast {
                least: 1.5,
                aim: None,
            }),
            made_of: String::new(),
        };
        assert_eq!(figure.is_met(), Some(false));
        figure.target = Some(Target::AtMost(2.0));
        assert_eq!(figure.is_met(), Some(true));
        figure.target = None;
        assert_eq!(figure.is_met(), None);
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(thousands(1_234_567.4), "1,234,567");
        assert_eq!(thousands(999.0), "999");
    }
}
