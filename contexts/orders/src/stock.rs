//! Asking for stock: order-placed goes out, and where inventory is at home its answer is here
//! before the order is written.

use crate::error::Short;
use crate::on_stock_answer::OnStockAnswer;
use crate::order::{Order, Status};
use crate::saga::{Saga, waits_for};
use contracts::inventory::{ShortLine, StockRefused, StockReserved};
use contracts::orders::{OrderConfirmed, OrderPlaced, PlacedItem};
use kernel::{OrderId, StoreId, Timestamp};
use platform::{Cause, DbError, Reaction as _, Tx};
use std::collections::HashMap;

/// An order that is being placed, and on whose behalf.
pub struct Placing {
    pub cause: Cause,
    pub order: Order,
}

/// What became of it.
pub enum Held {
    /// Stock is held: the order is confirmed, or pending until its payment comes.
    Yes,
    /// It cannot be held; nothing of the order remains published.
    No(Vec<Short>),
    /// Inventory lives elsewhere and has not answered yet.
    NotYet,
}

/// Publishes each order as placed and takes inventory's answers, in the order of `placing`.
pub async fn hold(
    tx: &mut Tx,
    placing: &mut [Placing],
    now: Timestamp,
) -> Result<Vec<Held>, DbError> {
    for Placing { cause, order } in placing.iter_mut() {
        order.status = Status::Pending;
        tx.publish_as(cause, &placed(order), order.version)?;
    }
    tx.deliver_published().await?;
    let reserved: HashMap<OrderId, StoreId> = tx
        .claim::<StockReserved>(OnStockAnswer::NAME)?
        .into_iter()
        .map(|answer| (answer.order_id, answer.store_id))
        .collect();
    let mut refused: HashMap<OrderId, Vec<ShortLine>> = tx
        .claim::<StockRefused>(OnStockAnswer::NAME)?
        .into_iter()
        .map(|answer| (answer.order_id, answer.short))
        .collect();
    let mut outcomes = Vec::with_capacity(placing.len());
    for Placing { cause, order } in placing.iter_mut() {
        outcomes.push(match (reserved.get(&order.id), refused.remove(&order.id)) {
            (Some(&store_id), _) => {
                if order.payment_method.is_promise() {
                    order.confirm(store_id, now);
                    let order_id = order.id;
                    let confirmed = OrderConfirmed { order_id, store_id };
                    tx.publish_as(cause, &confirmed, order.version)?;
                }
                order.store_id = Some(store_id);
                Held::Yes
            }
            (None, Some(short)) => {
                tx.retract(order.id.uuid());
                Held::No(shorts(order, &short))
            }
            (None, None) => Held::NotYet,
        });
    }
    Ok(outcomes)
}

/// What is told of an order that is placed.
pub fn placed(order: &Order) -> OrderPlaced {
    OrderPlaced {
        order_id: order.id,
        number: order.number(),
        client_id: order.client_id,
        store_id: order.store_id,
        items: placed_items(order),
        total_minor: order.total.minor(),
        currency: order.total.currency().code().to_owned(),
        payment_method: order.payment_method.as_str().to_owned(),
        employee_id: order.employee_id,
        country: order.country.map(|country| country.code().to_owned()),
    }
}

/// What a sale waits for after its stock was asked for; most wait for nothing.
pub fn saga_of(order: &Order, held: &Held, now: Timestamp) -> Option<(OrderId, Saga)> {
    if let Held::No(_) = held {
        return None;
    }
    let step = waits_for(order, matches!(held, Held::Yes))?;
    Some((order.id, Saga::begin(step, now)))
}

/// The lines as events tell them.
pub fn placed_items(order: &Order) -> Vec<PlacedItem> {
    let item = |line: &crate::order::Line| PlacedItem {
        product_id: line.product_id,
        quantity: line.quantity.get(),
        unit_price_minor: line.unit_price.minor(),
    };
    order.lines.iter().map(item).collect()
}

/// Inventory speaks of products; the caller of lines.
pub fn shorts(order: &Order, short: &[ShortLine]) -> Vec<Short> {
    let of_line = |(place, line): (usize, &crate::order::Line)| {
        let found = short.iter().find(|one| one.product_id == line.product_id)?;
        let (sku, available) = (line.sku.clone(), found.available);
        Some(Short {
            place,
            sku,
            wanted: found.wanted,
            available,
        })
    };
    order.lines.iter().enumerate().filter_map(of_line).collect()
}
