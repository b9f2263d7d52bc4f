//! Use case: say what is on hand in a place, and when it is low or too much. The difference to
//! what was there becomes a movement.

use crate::lines::{Line, Lines};
use crate::movement::{Because, Kind, Movement};
use crate::moving::{self, Inventory};
use crate::refusal::{StockError, Verdict};
use crate::stock::{Delta, Level, Place, Stock};
use crate::store::levels;
use crate::store::lists::{self, LevelRow};
use kernel::{Detail, ProductId, StoreId};
use platform::Host;
use platform::http::Patch;
use std::collections::HashSet;

/// What one level should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetLevel {
    pub place: Place,
    /// What is on hand; zero or more.
    pub on_hand: i64,
    /// Compare and set: what the caller believes is on hand now.
    pub expected_on_hand: Option<i64>,
    pub min_stock: Patch<i64>,
    pub max_stock: Patch<i64>,
    pub reason: Option<String>,
}

impl Line for SetLevel {
    fn product(&self) -> ProductId {
        self.place.product
    }

    fn stores(&self) -> Vec<(&'static str, StoreId)> {
        vec![("store_id", self.place.store)]
    }
}

/// Sets all levels or none.
pub async fn set_levels(
    inventory: &Inventory,
    actor: &str,
    lines: Lines<SetLevel>,
) -> Result<Vec<LevelRow>, StockError> {
    check_once(&lines)?;
    let Inventory { host, feed } = inventory;
    let mut tx = host.db.begin().await?;
    let mut stock = moving::lock(&mut tx, &lines).await?;
    check_expected(&lines, &stock)?;
    let limited = set_limits(&lines, &mut stock)?;
    let made = set_on_hand(host, actor, &lines, &mut stock)?;
    let now = host.source.now();
    levels::limit(&mut tx, &limited, now).await?;
    moving::write(&mut tx, feed, &stock, &made).await?;
    let rows = lists::levels_at(&mut tx, &lines.places()).await?;
    tx.commit().await?;
    Ok(rows)
}

/// Two absolute quantities for one place contradict each other.
fn check_once(lines: &Lines<SetLevel>) -> Result<(), StockError> {
    let mut seen = HashSet::new();
    let twice = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| !seen.insert(line.place));
    let fault = |(nth, _)| {
        let message = "this product and store are in the list already".to_owned();
        lines.fault(nth, "product_id", "DUPLICATE_LINE", message)
    };
    invalid(twice.map(fault).collect())
}

fn invalid(faults: Vec<Detail>) -> Result<(), StockError> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(StockError::Invalid(faults))
    }
}

fn check_expected(lines: &Lines<SetLevel>, stock: &Stock) -> Result<(), StockError> {
    let changed = lines.iter().enumerate().filter_map(|(nth, line)| {
        let (expected, found) = (line.expected_on_hand?, on_hand(stock, line.place));
        let message = format!("{expected} expected, {found} on hand");
        let fault = || lines.fault(nth, "expected_on_hand", "LEVEL_CHANGED", message);
        (expected != found).then(fault)
    });
    let changed: Vec<_> = changed.collect();
    if changed.is_empty() {
        Ok(())
    } else {
        Err(StockError::LevelChanged(changed))
    }
}

fn on_hand(stock: &Stock, place: Place) -> i64 {
    stock.level(place).map_or(0, |level| level.on_hand)
}

/// Answers the levels whose thresholds change.
fn set_limits(lines: &Lines<SetLevel>, stock: &mut Stock) -> Result<Vec<Level>, StockError> {
    let (mut limited, mut faults) = (Vec::new(), Vec::new());
    for (nth, line) in lines.iter().enumerate() {
        let Some(level) = stock.level(line.place) else {
            continue;
        };
        let min = line.min_stock.over(level.min_stock);
        let max = line.max_stock.over(level.max_stock);
        if max.is_some_and(|max| max < min.unwrap_or(0)) {
            let message = "max_stock is below min_stock".to_owned();
            faults.push(lines.fault(nth, "max_stock", "BELOW_MIN_STOCK", message));
        }
        if stock.limit(line.place, min, max) {
            limited.extend(stock.level(line.place).cloned());
        }
    }
    invalid(faults)?;
    Ok(limited)
}

fn set_on_hand(
    host: &Host,
    actor: &str,
    lines: &Lines<SetLevel>,
    stock: &mut Stock,
) -> Result<Vec<Movement>, StockError> {
    let (mut made, mut faults) = (Vec::new(), Verdict::default());
    for (nth, line) in lines.iter().enumerate() {
        let delta = Delta::on_hand(line.on_hand - on_hand(stock, line.place));
        if delta.on_hand == 0 {
            continue;
        }
        let kind = kind_of(stock.level(line.place), delta);
        let outcome = stock.apply(line.place, delta);
        faults.note(lines, nth, delta.on_hand.saturating_abs(), outcome);
        made.push(Movement {
            id: host.source.id(),
            place: line.place,
            kind,
            delta,
            cause: Because::Actor(actor.to_owned()),
            document: None,
            reason: Some(
                line.reason
                    .clone()
                    .unwrap_or_else(|| "stock set".to_owned()),
            ),
            unit_cost: None,
            occurred_at: host.source.now(),
        });
    }
    faults.reach()?;
    Ok(made)
}

/// Goods where there were none came in; other differences were counted.
fn kind_of(level: Option<&Level>, delta: Delta) -> Kind {
    let was_empty = level.is_none_or(|level| level.on_hand == 0);
    if was_empty && delta.on_hand > 0 {
        Kind::Receive
    } else {
        Kind::Adjust
    }
}
