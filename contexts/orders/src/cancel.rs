//! Cancelling: the order ends, and whoever holds something for it gives it back.

use crate::error::OrderError;
use crate::order::{Happening, Order, Outcome, Status, transition};
use crate::store;
use contracts::orders::OrderCancelled;
use kernel::OrderId;
use platform::Host;
use platform::http::Problem;

/// Why, in the event: the caller's own words stay with the order, where they can be erased.
const REQUESTED: &str = "requested";

/// Cancels an order; `check` refuses callers who may not.
pub async fn cancel(
    host: &Host,
    id: OrderId,
    reason: &str,
    check: impl FnOnce(&Order) -> Result<(), Problem>,
) -> Result<Order, Problem> {
    let mut tx = host.db.begin().await?;
    let found = store::find_to_change(&mut tx, id).await?;
    let mut order = found.ok_or(OrderError::NotFound)?;
    check(&order)?;
    let was_placed = order.status != Status::Draft;
    if !matches!(transition(order.status, Happening::Cancel), Outcome::To(_)) {
        return Err(OrderError::illegal(order.status, Happening::Cancel).into());
    }
    order.cancel(reason, host.source.now());
    store::update(&mut tx, &order).await?;
    if was_placed {
        let event = OrderCancelled {
            order_id: id,
            reason: REQUESTED.to_owned(),
        };
        tx.publish(&event, order.version)?;
    }
    tx.commit().await?;
    Ok(order)
}
