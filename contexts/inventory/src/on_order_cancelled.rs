//! Reaction: orders were cancelled; give back what they still hold, not what has been shipped. An
//! order that never came leaves a tombstone, so that it is not held when it comes late.

use crate::feed::Feed;
use crate::movement::{Because, Kind, Movement};
use crate::moving;
use crate::stock::{Delta, Stock};
use crate::store::movements::{self, Reserved};
use crate::store::{levels, reservations};
use contracts::inventory::StockReleased;
use contracts::orders::OrderCancelled;
use kernel::OrderId;
use platform::{Cause, DbError, Delivered, Holds, Reaction, Tx};
use std::collections::{HashMap, HashSet};

pub struct OnOrderCancelled {
    pub feed: Feed,
}

impl Reaction for OnOrderCancelled {
    type Event = OrderCancelled;
    const NAME: &'static str = "inventory.on-order-cancelled";
    const HOLDS: Holds<OrderCancelled> = Some(|event| event.order_id.uuid());

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<OrderCancelled>],
    ) -> Result<(), DbError> {
        let held = still_held(tx, batch).await?;
        if held.is_empty() {
            return Ok(());
        }
        let needs = held
            .iter()
            .map(|one| (one.place.product, Some(one.place.store)));
        let mut stock = levels::lock(tx, needs.collect()).await?;
        let made = release(tx, &mut stock, &held)?;
        movements::append(tx, &made).await?;
        tell(tx, batch, &held, &stock)?;
        moving::tell(tx, &self.feed, &stock);
        Ok(())
    }
}

/// What the cancelled orders hold; buries those nobody has heard of.
async fn still_held(
    tx: &mut Tx,
    batch: &[Delivered<OrderCancelled>],
) -> Result<Vec<Reserved>, DbError> {
    let orders: HashSet<OrderId> = batch.iter().map(|one| one.event.order_id).collect();
    let buried = reservations::bury(tx, orders.iter().copied().collect()).await?;
    let known: Vec<OrderId> = orders.difference(&buried).copied().collect();
    if known.is_empty() {
        return Ok(Vec::new());
    }
    reservations::lock(tx, known.clone()).await?;
    let mut held = movements::still_held(tx, known).await?;
    held.sort_unstable_by_key(|one| (one.place, one.order));
    Ok(held)
}

fn release(tx: &mut Tx, stock: &mut Stock, held: &[Reserved]) -> Result<Vec<Movement>, DbError> {
    let source = tx.db().source().clone();
    let release = |one: &Reserved| {
        let delta = Delta::reserved(-one.pieces);
        let refused = |why| DbError::Bug(format!("{} cannot be released: {why:?}", one.order));
        stock.apply(one.place, delta).map_err(refused)?;
        Ok(Movement {
            id: source.id(),
            place: one.place,
            kind: Kind::Release,
            delta,
            cause: Because::Order(one.order),
            document: None,
            reason: None,
            unit_cost: None,
            occurred_at: source.now(),
        })
    };
    held.iter().map(release).collect()
}

fn tell(
    tx: &mut Tx,
    batch: &[Delivered<OrderCancelled>],
    held: &[Reserved],
    stock: &Stock,
) -> Result<(), DbError> {
    let cancelled: HashMap<OrderId, &Delivered<OrderCancelled>> =
        batch.iter().map(|one| (one.event.order_id, one)).collect();
    let mut released: Vec<OrderId> = held.iter().map(|one| one.order).collect();
    released.sort_unstable();
    released.dedup();
    let mut cause = Cause::system();
    for order_id in released {
        let Some(one) = cancelled.get(&order_id) else {
            continue;
        };
        cause = one.consequence();
        // An order ends after it was placed, so this comes after the answer.
        tx.publish_as(&cause, &StockReleased { order_id }, one.version)?;
    }
    for (event, version) in stock.crossings() {
        tx.publish_as(&cause, &event, version)?;
    }
    Ok(())
}
