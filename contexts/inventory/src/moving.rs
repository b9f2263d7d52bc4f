//! What every movement made by hand goes through: known product, open store, locked levels, then
//! the ledger, the events and the feed. The use cases around it decide what moves.

use crate::feed::Feed;
use crate::lines::{Line, Lines};
use crate::movement::Movement;
use crate::refusal::StockError;
use crate::stock::{Level, Stock};
use crate::store::{levels, movements, products, stores};
use contracts::inventory::{MovedLevel, StockMoved};
use kernel::{Detail, StoreId};
use platform::{Cause, DbError, Host, Tx};
use std::collections::HashSet;

/// Levels told of in one event, which holds a good thousand of them.
const TOLD_AT_ONCE: usize = 500;
/// Each move is told once.
const FIRST: i64 = 1;

/// What the use cases of this context stand on. Cheap to clone.
#[derive(Clone)]
pub struct Inventory {
    pub host: Host,
    pub feed: Feed,
}

/// Locks the levels the lines touch, in key order, and makes those that are missing.
pub async fn lock<T: Line>(tx: &mut Tx, lines: &Lines<T>) -> Result<Stock, StockError> {
    let known = products::known(tx, lines.iter().map(Line::product)).await?;
    let unknown = faults(lines, |line| {
        let unknown = !known.contains(&line.product());
        unknown
            .then(|| ("product_id", line.product().to_string()))
            .into_iter()
            .collect()
    });
    if !unknown.is_empty() {
        return Err(StockError::UnknownProduct(unknown));
    }
    let named = lines.iter().flat_map(Line::stores).map(|(_, store)| store);
    let open: HashSet<StoreId> = stores::keep_open(tx, named).await?.into_iter().collect();
    let closed = faults(lines, |line| {
        let closed = line
            .stores()
            .into_iter()
            .filter(|(_, store)| !open.contains(store));
        closed
            .map(|(field, store)| (field, store.to_string()))
            .collect()
    });
    if !closed.is_empty() {
        return Err(StockError::UnknownStore(closed));
    }
    let now = tx.db().source().now();
    Ok(levels::lock_or_make(tx, lines.places(), now).await?)
}

/// A detail for each field a line is wrong in.
fn faults<T>(lines: &Lines<T>, wrong: impl Fn(&T) -> Vec<(&'static str, String)>) -> Vec<Detail> {
    let of_line = |(nth, line)| {
        let fault = move |(field, id): (&'static str, String)| {
            lines.fault(nth, field, "UNKNOWN", format!("{id} is not known here"))
        };
        wrong(line).into_iter().map(fault)
    };
    lines.iter().enumerate().flat_map(of_line).collect()
}

/// Writes the movements that led to `stock`, and tells what follows from them.
pub async fn write(
    tx: &mut Tx,
    feed: &Feed,
    stock: &Stock,
    made: &[Movement],
) -> Result<(), DbError> {
    movements::append(tx, made).await?;
    publish(tx, &Cause::current(), stock)?;
    tell(tx, feed, stock);
    Ok(())
}

/// Tells which levels moved, and which of them crossed a threshold.
pub fn publish(tx: &mut Tx, cause: &Cause, stock: &Stock) -> Result<(), DbError> {
    publish_moved(tx, cause, &stock.changed())?;
    for (event, version) in stock.crossings() {
        tx.publish_as(cause, &event, version)?;
    }
    Ok(())
}

/// Tells of levels as they are.
pub fn publish_moved(tx: &mut Tx, cause: &Cause, levels: &[Level]) -> Result<(), DbError> {
    let moved = |level: &Level| MovedLevel {
        product_id: level.place.product,
        store_id: level.place.store,
        on_hand: level.on_hand,
        min_stock: level.min_stock,
        version: level.version,
    };
    for some in levels.chunks(TOLD_AT_ONCE) {
        let event = StockMoved {
            move_id: tx.db().source().id(),
            levels: some.iter().map(moved).collect(),
        };
        tx.publish_as(cause, &event, FIRST)?;
    }
    Ok(())
}

/// Feeds the levels that changed to whoever listens in this process, once it is durable.
pub fn tell(tx: &mut Tx, feed: &Feed, stock: &Stock) {
    if !feed.is_heard() {
        return;
    }
    let (feed, changed) = (feed.clone(), stock.changed());
    tx.after_commit(move || feed.tell(changed));
}

/// As [`tell`] for levels that were read without a lock: only which products changed is sure.
pub fn tell_products(tx: &mut Tx, feed: &Feed, stock: &Stock) {
    let (feed, changed) = (feed.clone(), stock.changed());
    tx.after_commit(move || feed.tell_products(&changed));
}
