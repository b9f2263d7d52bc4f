//! What the levels of stock may become: the arithmetic of the ledger, with its floors and its
//! ceiling. Pure. The database enforces the same once more; here a refusal has words.

use contracts::inventory::{self as told, AvailabilityChanged};
use kernel::{Id, ProductId, StoreId};
use std::collections::HashMap;

/// Most pieces one level can hold. Far inside an `i64`, so a sum of a batch cannot overflow, and
/// inside what JavaScript counts exactly. The schema has the same number.
pub const MOST_ON_HAND: i64 = 1_000_000_000_000;

pub type LevelId = Id<told::Level>;

/// Where stock is: one product in one store. Levels are locked in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub product: ProductId,
    pub store: StoreId,
}

/// The stock of one product in one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    pub id: LevelId,
    pub place: Place,
    pub on_hand: i64,
    pub reserved: i64,
    pub min_stock: Option<i64>,
    pub max_stock: Option<i64>,
    pub version: i64,
}

/// What one movement does to a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    pub on_hand: i64,
    pub reserved: i64,
}

/// Why a level cannot change like that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Only so much is free.
    Short { available: i64 },
    /// It would hold more than [`MOST_ON_HAND`].
    Overfull,
}

impl Delta {
    pub fn on_hand(pieces: i64) -> Self {
        Self {
            on_hand: pieces,
            reserved: 0,
        }
    }

    pub fn reserved(pieces: i64) -> Self {
        Self {
            on_hand: 0,
            reserved: pieces,
        }
    }

    /// What was reserved leaves.
    pub fn shipped(pieces: i64) -> Self {
        Self {
            on_hand: -pieces,
            reserved: -pieces,
        }
    }
}

impl Level {
    /// What may still be promised.
    pub fn available(&self) -> i64 {
        self.on_hand - self.reserved
    }

    pub fn is_low(&self) -> bool {
        self.min_stock.is_some_and(|min| self.available() <= min)
    }

    pub fn is_excess(&self) -> bool {
        self.max_stock.is_some_and(|max| self.on_hand > max)
    }

    pub fn is_in_stock(&self) -> bool {
        self.available() > 0
    }

    /// This level after one more movement.
    fn after(&self, delta: Delta) -> Result<Self, Refused> {
        let short = Refused::Short {
            available: self.available(),
        };
        let on_hand = self.on_hand.saturating_add(delta.on_hand);
        let reserved = self.reserved.saturating_add(delta.reserved);
        if on_hand > MOST_ON_HAND {
            return Err(Refused::Overfull);
        }
        if reserved < 0 || reserved > on_hand {
            return Err(short);
        }
        Ok(Self {
            on_hand,
            reserved,
            version: self.version + 1,
            ..self.clone()
        })
    }
}

/// The levels a transaction holds locked, as they were and as they become.
#[derive(Debug, Default)]
pub struct Stock {
    levels: HashMap<Place, Held>,
}

#[derive(Debug)]
struct Held {
    before: Level,
    now: Level,
}

impl Stock {
    pub fn of(levels: impl IntoIterator<Item = Level>) -> Self {
        let held = |level: Level| {
            let before = level.clone();
            (level.place, Held { before, now: level })
        };
        Self {
            levels: levels.into_iter().map(held).collect(),
        }
    }

    /// The level as it is by now, if there is one.
    pub fn level(&self, place: Place) -> Option<&Level> {
        self.levels.get(&place).map(|held| &held.now)
    }

    /// What may still be promised; nothing where there is no level.
    pub fn available(&self, place: Place) -> i64 {
        self.level(place).map_or(0, Level::available)
    }

    /// Moves stock, or refuses and changes nothing. Where there is no level there is no stock.
    pub fn apply(&mut self, place: Place, delta: Delta) -> Result<(), Refused> {
        let held = self.levels.get_mut(&place);
        let held = held.ok_or(Refused::Short { available: 0 })?;
        held.now = held.now.after(delta)?;
        Ok(())
    }

    /// Sets the thresholds of a level; answers whether that is a change.
    pub fn limit(&mut self, place: Place, min: Option<i64>, max: Option<i64>) -> bool {
        let Some(held) = self.levels.get_mut(&place) else {
            return false;
        };
        if (held.now.min_stock, held.now.max_stock) == (min, max) {
            return false;
        }
        held.now = Level {
            min_stock: min,
            max_stock: max,
            version: held.now.version + 1,
            ..held.now.clone()
        };
        true
    }

    /// Levels that have changed, as they are now, in key order.
    pub fn changed(&self) -> Vec<Level> {
        let changed = self
            .levels
            .values()
            .filter(|held| held.now.version != held.before.version);
        let mut levels: Vec<Level> = changed.map(|held| held.now.clone()).collect();
        levels.sort_unstable_by_key(|level| level.place);
        levels
    }

    /// What the world should know: levels that crossed a threshold or zero, with the level's
    /// version after the change.
    pub fn crossings(&self) -> Vec<(AvailabilityChanged, i64)> {
        let crossed = self.levels.values().filter_map(Held::crossing);
        let mut events: Vec<_> = crossed.collect();
        events.sort_unstable_by_key(|(event, _)| (event.product_id, event.store_id));
        events
    }
}

impl Held {
    fn crossing(&self) -> Option<(AvailabilityChanged, i64)> {
        let Self { before, now } = self;
        let event = AvailabilityChanged {
            level_id: now.id,
            product_id: now.place.product,
            store_id: now.place.store,
            available: now.available(),
            min_stock: now.min_stock,
            max_stock: now.max_stock,
            low: now.is_low(),
            was_low: before.is_low(),
            excess: now.is_excess(),
            was_excess: before.is_excess(),
            in_stock: now.is_in_stock(),
            was_in_stock: before.is_in_stock(),
        };
        let crossed = event.low != event.was_low
            || event.excess != event.was_excess
            || event.in_stock != event.was_in_stock;
        crossed.then_some((event, now.version))
    }
}

#[cfg(test)]
#[path = "stock_tests.rs"]
mod tests;
