//! What can go wrong with a call to the provider, and when the shop dies: the plan of a run, and
//! the table of what it has exercised. Pure.

use std::collections::BTreeMap;

use rand::RngExt as _;
use rand::rngs::SmallRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};

use super::stand_in::Struck;

/// The calls, by their names at the stand-in.
pub const CALLS: [&str; 8] = [
    "MakePage",
    "ExpirePage",
    "MakePayment",
    "Confirm",
    "Capture",
    "Cancel",
    "Refund",
    "Find",
];

/// How far a call had come at the provider when it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Nothing was done.
    Before,
    /// It was done, and the provider failed over the answer.
    After,
    /// It was done, and the answer was lost on its way.
    Lost,
}

impl When {
    pub const ALL: [Self; 3] = [Self::Before, Self::After, Self::Lost];

    /// Names of faults that amount to it.
    fn faults(self) -> &'static [&'static str] {
        match self {
            Self::Before => &["fail_before", "lost_before", "too_many", "hang_before"],
            Self::After => &["fail_after", "hang_after"],
            Self::Lost => &["lost_after"],
        }
    }

    /// Those of them that end while the shop lives.
    fn while_alive(self) -> &'static [&'static str] {
        match self {
            Self::Before => &["fail_before", "lost_before", "too_many"],
            Self::After => &["fail_after"],
            Self::Lost => &["lost_after"],
        }
    }

    /// The plainest of them.
    pub fn fault_in_life(self) -> &'static str {
        self.while_alive()[0]
    }

    /// The fault under which the shop still waits for its answer, or has just lost it, when it is
    /// killed.
    pub fn fault_at_death(self) -> &'static str {
        match self {
            Self::Before => "hang_before",
            Self::After => "hang_after",
            Self::Lost => "lost_after",
        }
    }
}

/// A call, and how it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub call: &'static str,
    pub when: When,
}

impl Cell {
    /// Whether buyers pay on pages (`Some(true)`), or a test card pays for them, for this call to
    /// happen.
    pub fn wants_pages(self) -> Option<bool> {
        match self.call {
            "MakePage" | "ExpirePage" => Some(true),
            "MakePayment" | "Confirm" | "Cancel" => Some(false),
            _ => None,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        let of = |call| When::ALL.into_iter().map(move |when| Self { call, when });
        CALLS.into_iter().flat_map(of)
    }
}

/// When each kill strikes: in the middle of a call, every cell in turn, and now and then at any
/// moment. A `guard` is a single cell, for the proof that a protection is missed.
pub fn plan(kills: u32, guard: Option<Cell>, random: &mut SmallRng) -> Vec<Option<Cell>> {
    if let Some(cell) = guard {
        return (0..kills).map(|_| Some(cell)).collect();
    }
    let mut plan = Vec::new();
    while plan.len() < kills as usize {
        let mut round: Vec<_> = Cell::all().map(Some).collect();
        // The first round has every cell before it has any other moment.
        let any = if plan.is_empty() { 0 } else { round.len() / 4 };
        round.extend(std::iter::repeat_n(None, any));
        round.shuffle(random);
        plan.extend(round);
    }
    plan.truncate(kills as usize);
    plan
}

/// What a run has exercised.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By what the provider saw, whether the shop lived or not.
    pub struck: Struck,
    /// Of these, the shop died in the middle.
    pub killed: BTreeMap<Cell, u64>,
}

pub const COLUMNS: &[&str] = &[
    "call",
    "before",
    "… and killed",
    "after",
    "… and killed",
    "answer lost",
    "… and killed",
    "slow",
    "refused",
];

impl Tally {
    /// Something to go wrong while the shop lives: of a call, what has happened to it least so far;
    /// now and then it is slow, or the bank refuses.
    pub fn disturbance(&self, random: &mut SmallRng) -> (&'static str, &'static str) {
        const REFUSALS: [(&str, &str); 4] = [
            ("Confirm", "decline"),
            ("Confirm", "authenticate"),
            ("Confirm", "authenticate"),
            ("Capture", "decline"),
        ];
        if random.random_ratio(1, 4) {
            return *REFUSALS.choose(random).unwrap_or(&REFUSALS[0]);
        }
        let call = CALLS.choose(random).unwrap_or(&CALLS[0]);
        if random.random_ratio(1, 6) {
            return (call, "slow");
        }
        let least = When::ALL
            .into_iter()
            .min_by_key(|when| self.of(Cell { call, when: *when }).0);
        let faults = least.unwrap_or(When::Before).while_alive();
        (call, faults.choose(random).unwrap_or(&faults[0]))
    }

    /// A cell in which nothing has happened while the shop lived, or none while it died.
    pub fn unmet(&self) -> Option<Cell> {
        let unmet = |cell: &Cell| {
            let (lived, killed) = self.of(*cell);
            lived == 0 || killed == 0
        };
        Cell::all().find(unmet)
    }

    /// How often the cell was exercised: the shop lived, the shop was killed.
    pub fn of(&self, cell: Cell) -> (u64, u64) {
        let all: u64 = cell
            .when
            .faults()
            .iter()
            .map(|f| self.count(cell.call, f))
            .sum();
        let killed = self.killed.get(&cell).copied().unwrap_or_default();
        (all.saturating_sub(killed), killed)
    }

    /// Cells in which nothing has happened, with the shop killed or not.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        for cell in Cell::all() {
            let (lived, killed) = self.of(cell);
            for (count, how) in [(lived, "the shop lives"), (killed, "the shop is killed")] {
                if count == 0 {
                    missing.push(format!("{} {:?}, {how}", cell.call, cell.when));
                }
            }
        }
        missing
    }

    pub fn rows(&self) -> Vec<Vec<String>> {
        let row = |call: &'static str| {
            let cells = When::ALL.map(|when| self.of(Cell { call, when }));
            let counts = cells
                .into_iter()
                .flat_map(|(lived, killed)| [lived, killed]);
            let refused = ["decline", "authenticate"].map(|fault| self.count(call, fault));
            let rest = [self.count(call, "slow"), refused.iter().sum()];
            let counts = counts.chain(rest).map(|count| count.to_string());
            std::iter::once(call.to_owned()).chain(counts).collect()
        };
        CALLS.into_iter().map(row).collect()
    }

    fn count(&self, call: &str, fault: &str) -> u64 {
        let faults = self.struck.get(call);
        faults
            .and_then(|faults| faults.get(fault))
            .copied()
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn the_first_round_of_kills_has_every_cell() {
        let mut plan = plan(24, None, &mut SmallRng::seed_from_u64(7));
        plan.sort_unstable();
        let all: Vec<_> = Cell::all().map(Some).collect();
        assert_eq!(plan.len(), 24);
        assert!(all.iter().all(|cell| plan.contains(cell)));
    }

    #[test]
    fn a_cell_is_told_apart_by_whether_the_shop_lived() {
        let (call, when) = ("Refund", When::After);
        let faults = [("fail_after", 3), ("hang_after", 2), ("lost_after", 9)];
        let faults = faults.map(|(name, count)| (name.to_owned(), count));
        let tally = Tally {
            struck: [(call.to_owned(), faults.into())].into(),
            killed: [(Cell { call, when }, 2)].into(),
        };
        assert_eq!(tally.of(Cell { call, when }), (3, 2));
        let lost = Cell {
            call,
            when: When::Lost,
        };
        assert_eq!(tally.of(lost), (9, 0));
        assert_eq!(tally.missing().len(), 2 * 24 - 3);
        let row = tally.rows().into_iter().find(|row| row[0] == call);
        assert_eq!(row.unwrap().join(" "), "Refund 0 0 3 2 9 0 0 0");
    }
}
