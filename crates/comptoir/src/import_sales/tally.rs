//! What became of every line, and whether that adds up to the file and to what the shop keeps.
//! Pure.

use super::amount::Exact;
use super::line::LeftOut;
use super::reason::Reason;
use super::survey::Survey;
use kernel::Currency;
use orders::Kept;
use std::collections::BTreeMap;

/// Line numbers that are remembered for the screen; the report file has them all.
const NUMBERS_MAX: usize = 1000;

/// So many lines, worth so much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub documents: u64,
    pub lines: u64,
    pub amount: Exact,
}

/// Lines that were left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOuts {
    pub count: Count,
    /// The first of them, by line.
    pub numbers: Vec<u64>,
}

/// What became of every line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sales: Taken,
    pub returns: Taken,
    pub left_out: BTreeMap<Reason, LeftOuts>,
}

/// What was taken over of one kind, and what the database has of it when asked afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    pub new: Count,
    /// Taken over by an earlier run.
    pub known: Count,
    pub kept: Kept,
}

impl Count {
    pub fn add(&mut self, lines: u64, amount: Exact) {
        self.lines += lines;
        self.amount = self.amount.plus(amount);
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            documents: self.documents + other.documents,
            lines: self.lines + other.lines,
            amount: self.amount.plus(other.amount),
        }
    }
}

impl Taken {
    pub fn all(&self) -> Count {
        self.new.plus(self.known)
    }

    /// Adds what the database has.
    pub fn keep(&mut self, kept: Kept) {
        self.kept.documents += kept.documents;
        self.kept.lines += kept.lines;
        self.kept.total_minor += kept.total_minor;
    }
}

impl Tally {
    pub fn leave_out(&mut self, line: &LeftOut) {
        let entry = self.left_out.entry(line.reason).or_default();
        entry.count.add(1, line.amount.unwrap_or_default());
        if entry.numbers.len() < NUMBERS_MAX {
            entry.numbers.push(line.number);
        }
    }

    /// All classes together.
    pub fn total(&self) -> Count {
        let left_out = self.left_out.values().map(|one| one.count);
        left_out.fold(self.sales.all().plus(self.returns.all()), Count::plus)
    }

    pub fn has_news(&self) -> bool {
        self.sales.new.lines + self.returns.new.lines > 0
    }

    /// Every way in which the figures contradict each other; none when all is well.
    pub fn contradictions(&self, survey: &Survey, currency: Currency) -> Vec<String> {
        let total = self.total();
        let kept = |taken: &Taken| Exact::of_minor(taken.kept.total_minor, currency);
        let nothing = Exact::default();
        let (sales, returns) = (self.sales.all(), self.returns.all());
        let pairs = [
            (
                "lines of the file",
                survey.lines.to_string(),
                total.lines.to_string(),
            ),
            (
                "sum of the file",
                survey.amount.to_string(),
                total.amount.to_string(),
            ),
            (
                "sales kept",
                self.sales.kept.documents.to_string(),
                sales.documents.to_string(),
            ),
            (
                "lines of sales kept",
                self.sales.kept.lines.to_string(),
                sales.lines.to_string(),
            ),
            (
                "sum of sales kept",
                kept(&self.sales).to_string(),
                sales.amount.to_string(),
            ),
            (
                "sum of returns kept",
                nothing.minus(kept(&self.returns)).to_string(),
                returns.amount.to_string(),
            ),
        ];
        let differ = pairs.into_iter().filter(|(_, is, counted)| is != counted);
        differ
            .map(|(what, is, counted)| format!("{what}: {is}, counted {counted}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    fn count(documents: u64, lines: u64, amount: &str) -> Count {
        Count {
            documents,
            lines,
            amount: exact(amount),
        }
    }

    /// Two sales of 30.00 in all, one return of 4.50, one line left out.
    fn healthy() -> (Survey, Tally) {
        let mut tally = Tally::default();
        tally.sales.new = count(1, 2, "10");
        tally.sales.known = count(1, 1, "20");
        tally.sales.keep(Kept {
            documents: 2,
            lines: 3,
            total_minor: 3000,
        });
        tally.returns.new = count(1, 1, "-4.50");
        tally.returns.keep(Kept {
            documents: 1,
            lines: 2,
            total_minor: 450,
        });
        tally.leave_out(&LeftOut {
            number: 7,
            reason: Reason::NegativePrice,
            invoice: String::new(),
            code: String::new(),
            amount: Some(exact("-1")),
        });
        let survey = Survey {
            lines: 5,
            amount: exact("24.50"),
            ..Survey::default()
        };
        (survey, tally)
    }

    #[test]
    fn figures_that_add_up_contradict_nothing() {
        let (survey, tally) = healthy();
        assert!(tally.contradictions(&survey, Currency::GBP).is_empty());
        assert!(tally.has_news());
    }

    #[test]
    fn a_penny_or_a_line_too_few_is_noticed() {
        let found = |spoil: fn(&mut Survey, &mut Tally)| {
            let (mut survey, mut tally) = healthy();
            spoil(&mut survey, &mut tally);
            tally.contradictions(&survey, Currency::GBP)
        };
        let penny = found(|survey, _| survey.amount = exact("24.51"));
        assert_eq!(penny, ["sum of the file: 24.51, counted 24.50"]);
        assert_eq!(found(|survey, _| survey.lines = 6).len(), 1);
        assert_eq!(found(|_, tally| tally.sales.kept.total_minor -= 1).len(), 1);
        assert_eq!(found(|_, tally| tally.sales.kept.lines -= 1).len(), 1);
        assert_eq!(
            found(|_, tally| tally.returns.kept.total_minor += 1).len(),
            1
        );
    }
}
