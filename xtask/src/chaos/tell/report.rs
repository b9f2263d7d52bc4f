//! What a run says of itself, to people who look rather than read.

use std::sync::Arc;
use std::time::Duration;

use super::Protection;
use super::compare::{Differences, Found, Message};
use super::load::{Phase, Shared};
use super::readback::KILLED;
use super::stand_in::Who;
use crate::chaos::report;

pub const COLUMNS: &[&str] = &[
    "engine",
    "kills",
    "orders",
    "cancelled",
    "events",
    "lost",
    "doubled",
    "out of order",
    "audits",
    "placing, all well",
    "all hanging",
    "ready worst",
];

pub const RECEIVER_COLUMNS: &[&str] = &[
    "engine",
    "receiver",
    "messages",
    "attempts",
    "no connection, or cut",
    "said no",
    "no answer in time",
    "killed in it",
    "twice: answer lost",
    "twice: killed",
];

/// The server's own deadline: an order that takes longer is not answered.
const DEADLINE: Duration = Duration::from_secs(5);

/// What one engine did.
pub struct Report {
    pub engine: &'static str,
    pub broken: Option<Protection>,
    pub shared: Arc<Shared>,
    pub ready: Vec<Duration>,
    pub found: Found,
    pub differences: Differences,
    pub audits: Result<String, String>,
    /// Moments a kill waited for in vain, and what else the run was to show and did not.
    pub missing: Vec<String>,
}

impl Report {
    /// Whether everything was as promised; with a protection turned off, whether nobody missed it.
    pub fn verdict(&self) -> bool {
        match self.broken {
            None => self.is_clean(),
            Some(Protection::RecordedAfter | Protection::Retries) => {
                self.differences.lost.is_empty()
            }
            Some(Protection::Claims) => self.differences.doubled.is_empty(),
        }
    }

    pub fn is_clean(&self) -> bool {
        let told = self.shared.surprises.all().is_empty() && self.missing.is_empty();
        let worked = !self.shared.known().placed.is_empty();
        self.differences.is_empty() && self.audits.is_ok() && told && worked && self.is_prompt()
    }

    /// Nobody who orders notices that receivers hang.
    fn is_prompt(&self) -> bool {
        [Phase::Well, Phase::Hanging].into_iter().all(|phase| {
            let placings = self.shared.placings(phase);
            placings.again == 0 && placings.worst() < DEADLINE
        })
    }

    pub fn row(&self) -> Vec<String> {
        let known = self.shared.known();
        let [lost, doubled, unordered] = self.differences.lists().map(|(_, list)| list.len());
        let numbers = [
            self.ready.len(),
            known.placed.len(),
            known.cancelled.len(),
            self.found.events.len(),
            lost,
            doubled,
            unordered,
        ];
        std::iter::once(self.engine.to_owned())
            .chain(numbers.map(|number| number.to_string()))
            .chain([
                report::audits(&self.audits),
                self.placing(Phase::Well),
                self.placing(Phase::Hanging),
                format!("{} ms", report::worst(&self.ready).as_millis()),
            ])
            .collect()
    }

    fn placing(&self, phase: Phase) -> String {
        let placings = self.shared.placings(phase);
        let (count, worst) = (placings.took.len(), placings.worst().as_millis());
        match count {
            0 => "-".to_owned(),
            _ => format!("{count}, worst {worst} ms"),
        }
    }

    pub fn receiver_rows(&self) -> Vec<Vec<String>> {
        Who::ALL.into_iter().map(|who| self.receiver(who)).collect()
    }

    fn receiver(&self, who: Who) -> Vec<String> {
        let messages = || self.found.messages.iter().filter(move |one| one.who == who);
        let attempts: u64 = messages().map(|message| message.attempts).sum();
        let twice = self.differences.twice.get(&who).copied();
        let twice = twice.unwrap_or_default();
        let ended = |wanted: &str| -> u64 { messages().map(|one| met(one, wanted)).sum() };
        let numbers = [
            messages().count() as u64,
            attempts,
            ended("no connection"),
            ended("said no"),
            ended("no answer"),
            ended(KILLED),
            twice.answer_lost,
            twice.killed,
        ];
        [self.engine, who.as_str()]
            .into_iter()
            .map(str::to_owned)
            .chain(numbers.map(|number| number.to_string()))
            .collect()
    }

    /// The first few of everything that is not as it should be.
    pub fn explain(&self, most: usize) {
        let surprises = self.shared.surprises.all();
        let lists = self.differences.lists().into_iter();
        let lists = lists.chain([("answer", &surprises), ("not shown", &self.missing)]);
        report::explain(self.engine, lists, most);
        if let Err(sentence) = &self.audits {
            // Where it was meant to be so, its last line says enough.
            let sum = sentence.lines().last().filter(|_| self.broken.is_some());
            let sentence = sum.unwrap_or(sentence);
            println!("{}: audits: {sentence}", self.engine);
        }
        if !self.is_prompt() {
            let again = [Phase::Well, Phase::Hanging].map(|one| self.shared.placings(one).again);
            println!(
                "{}: placing: asked again {again:?} times, or {DEADLINE:?} and more for an answer",
                self.engine
            );
        }
    }
}

/// How many attempts ended in one of the ways that the tables tell apart.
fn met(message: &Message, wanted: &str) -> u64 {
    let way = |outcome: &str| match outcome {
        "no_connection" | "strange_answer" | "lost" => "no connection",
        "no_answer" | "timed_out" => "no answer",
        "sent" | "delivered" => "taken",
        KILLED => KILLED,
        _ => "said no",
    };
    let met = message.outcomes.iter().filter(|one| way(one) == wanted);
    met.count() as u64
}

/// Whether an attempt to tell this receiver was given up for want of an answer.
pub fn waited_in_vain(found: &Found, who: Who) -> bool {
    let messages = found.messages.iter().filter(|one| one.who == who);
    messages.map(|one| met(one, "no answer")).sum::<u64>() > 0
}
