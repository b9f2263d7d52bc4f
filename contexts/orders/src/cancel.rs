//! Cancelling: the order ends, and whoever holds something for it gives it back. While its payment
//! is uncertain the wish is kept, and granted when the truth is known.

use crate::error::OrderError;
use crate::fact::Record;
use crate::hear;
use crate::order::{Happening, Order, Outcome, Status, transition};
use crate::sale::Sale;
use crate::store;
use crate::waiting::Waiting;
use kernel::OrderId;
use platform::http::Problem;
use platform::{Cause, Host, Tx};

/// Cancels an order, or keeps the wish to; `check` refuses callers who may not.
pub async fn cancel(
    host: &Host,
    waiting: &Waiting,
    id: OrderId,
    reason: &str,
    check: impl FnOnce(&Order) -> Result<(), Problem>,
) -> Result<Order, Problem> {
    let mut tx = host.db.begin().await?;
    let found = store::find_to_change(&mut tx, id).await?;
    let order = found.ok_or(OrderError::NotFound)?;
    check(&order)?;
    if !matches!(transition(order.status, Happening::Cancel), Outcome::To(_)) {
        return Err(OrderError::illegal(order.status, Happening::Cancel).into());
    }
    let was_placed = order.status != Status::Draft;
    let mut sale = with_record(&mut tx, order).await?;
    let (now, version) = (host.source.now(), sale.order.version);
    let tell = sale.cancel(reason, now);
    let wish = sale.order.cancel_requested.is_some() && sale.order.version > version;
    let record = Record::own(id, "cancel_requested", (sale.order.version, now));
    let records: Vec<Record> = wish.then_some(record).into_iter().collect();
    hear::write(&mut tx, &[&sale], &records).await?;
    if let Some(tell) = tell.filter(|_| was_placed) {
        hear::publish(&mut tx, &Cause::current(), &sale, tell)?;
    }
    waiting.tell_after(&mut tx, std::iter::once(&sale.order));
    tx.commit().await?;
    Ok(sale.order)
}

/// An order that is locked, with what is recorded of it.
pub async fn with_record(tx: &mut Tx, order: Order) -> Result<Sale, OrderError> {
    let id = order.id;
    let sale = store::with_records(tx, vec![order]).await?.remove(&id);
    sale.ok_or(OrderError::NotFound)
}
