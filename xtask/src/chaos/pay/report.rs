//! What a run says of itself, to people who look rather than read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Protection;
use super::cells::Tally;
use super::compare::Differences;
use super::load::Shared;
use super::post::Post;
use crate::chaos::report;

pub const COLUMNS: &[&str] = &[
    "engine",
    "kills",
    "in a call",
    "orders",
    "cancelled",
    "refunds",
    "on pages",
    "charged twice",
    "kept",
    "apart",
    "stock",
    "open",
    "stuck",
    "audits",
    "ready worst",
];

pub const POST_COLUMNS: &[&str] = &[
    "webhooks",
    "taken",
    "doubled",
    "reversed",
    "nobody there",
    "forged: refused",
    "forged: believed",
];

/// What one engine did.
pub struct Report {
    pub engine: &'static str,
    pub broken: Option<Protection>,
    pub tally: Tally,
    pub ready: Vec<Duration>,
    pub shared: Arc<Shared>,
    pub post: Arc<Post>,
    pub differences: Differences,
    pub audits: Result<String, String>,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        let post = [&self.post.believed, &self.post.refused].map(load);
        let worked = load(&self.shared.counts.placed) > 0;
        let told = self.shared.surprises.all().is_empty() && post == [0, 0];
        self.differences.is_empty() && self.audits.is_ok() && told && worked
    }

    /// Of a run with a protection turned off: whether money went astray by it.
    pub fn money_went_astray(&self) -> bool {
        self.differences.of_money()
    }

    pub fn row(&self) -> Vec<String> {
        let counts = &self.shared.counts;
        let in_a_call: u64 = self.tally.killed.values().sum();
        let numbers = [
            self.ready.len() as u64,
            in_a_call,
            load(&counts.placed),
            load(&counts.cancelled),
            load(&counts.refunds),
            load(&counts.paid_on_pages),
        ];
        let lists = self.differences.lists();
        let wrong = lists[..5].iter().map(|(_, list)| list.len().to_string());
        std::iter::once(self.engine.to_owned())
            .chain(numbers.map(|number| number.to_string()))
            .chain(wrong)
            .chain([
                self.differences.stuck.to_string(),
                report::audits(&self.audits),
                format!("{} ms", report::worst(&self.ready).as_millis()),
            ])
            .collect()
    }

    pub fn post_row(&self) -> Vec<String> {
        let post = &self.post;
        let counts = [
            &post.taken,
            &post.doubled,
            &post.reversed,
            &post.nobody_there,
            &post.forged,
            &post.believed,
        ];
        std::iter::once(self.engine.to_owned())
            .chain(counts.map(|count| load(count).to_string()))
            .collect()
    }

    /// The first few of everything that is not as it should be.
    pub fn explain(&self, most: usize) {
        let surprises = self.shared.surprises.all();
        let lists = self.differences.lists().into_iter();
        report::explain(self.engine, lists.chain([("answer", &surprises)]), most);
        if let Err(sentence) = &self.audits {
            println!("{}: audits: {sentence}", self.engine);
        }
        if load(&self.post.believed) > 0 || load(&self.post.refused) > 0 {
            let (believed, refused) = (load(&self.post.believed), load(&self.post.refused));
            let engine = self.engine;
            println!("{engine}: webhooks: {believed} forged believed, {refused} true refused");
        }
    }
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
