//! Returns: goods that have left come back, all or in part, and go into stock again if wished. What
//! was paid is owed back then; nobody gives it back by himself.

use crate::error::OrderError;
use crate::order::{FulfilmentStatus, Happening, Order, Outcome, Status, transition};
use crate::price::Item;
use crate::store::{self, Return, ReturnLine};
use contracts::orders::{OrderReturned, PlacedItem};
use kernel::{Money, OrderId, Timestamp};
use platform::http::Problem;
use platform::{DbError, Host, Tx};
use std::collections::BTreeSet;

/// What comes back of an order.
#[derive(Clone, Debug)]
pub struct GivenBack {
    /// Empty: everything that is still out.
    pub items: Vec<Item>,
    pub reason: Option<String>,
    pub restock: bool,
}

/// Books a return.
pub async fn give_back(
    host: &Host,
    id: OrderId,
    back: GivenBack,
    check: impl FnOnce(&Order) -> Result<(), Problem>,
) -> Result<Order, Problem> {
    let mut tx = host.db.begin().await?;
    let found = store::find_to_change(&mut tx, id).await?;
    let mut order = found.ok_or(OrderError::NotFound)?;
    check(&order)?;
    let out = still_out(&mut tx, &order).await?;
    let may = matches!(
        transition(order.status, Happening::ReturnPart),
        Outcome::To(_)
    );
    if !may || out.iter().all(|pieces| *pieces == 0) {
        return Err(OrderError::illegal(order.status, Happening::ReturnAll).into());
    }
    if back.restock && order.store_id.is_none() {
        return Err(OrderError::NoStoreToRestock.into());
    }
    let lines = match back.items.is_empty() {
        true => everything(&order, &out),
        false => choose(&order, &back.items, out)?,
    };
    let booked = book(&mut order, lines, host.source.now())?;
    let record = Return {
        id: host.source.uuid(),
        reference: None,
        reason: back.reason,
        restock: back.restock,
        ..booked
    };
    store::update(&mut tx, &order).await?;
    store::insert_returns(&mut tx, std::slice::from_ref(&record)).await?;
    tx.publish(&returned(&order, &record), order.version)?;
    tx.commit().await?;
    Ok(order)
}

/// Pieces of each line that could come back. An order without parcels was taken over from another
/// system: all of it is out.
async fn still_out(tx: &mut Tx, order: &Order) -> Result<Vec<i64>, DbError> {
    let moved = store::moved(tx, &BTreeSet::from([order.id])).await?;
    if let Some(moved) = moved.get(&order.id) {
        return Ok(moved.still_out(&order.lines));
    }
    let out = |line: &crate::order::Line| match order.status {
        Status::Delivered => line.quantity.get() - line.returned,
        _ => 0,
    };
    Ok(order.lines.iter().map(out).collect())
}

/// What is still out, line by line.
fn everything(order: &Order, out: &[i64]) -> Vec<ReturnLine> {
    let whole =
        |((line, nth), out): ((&crate::order::Line, i64), &i64)| return_line(line, nth, *out);
    let lines = order.lines.iter().zip(0..).zip(out).map(whole);
    lines.filter(|line| line.quantity > 0).collect()
}

/// Finds the lines the given items came from, first lines first.
fn choose(
    order: &Order,
    items: &[Item],
    mut left: Vec<i64>,
) -> Result<Vec<ReturnLine>, OrderError> {
    let (mut chosen, mut missing) = (Vec::new(), Vec::new());
    for (place, item) in items.iter().enumerate() {
        let mut wanted = item.quantity.get();
        for (nth, line) in order.lines.iter().enumerate() {
            let taken = wanted.min(left[nth]);
            if line.product_id != item.product_id || taken == 0 {
                continue;
            }
            left[nth] -= taken;
            wanted -= taken;
            chosen.push(return_line(line, nth as i64, taken));
        }
        if wanted > 0 {
            missing.push(place);
        }
    }
    if missing.is_empty() {
        Ok(chosen)
    } else {
        Err(OrderError::TooManyReturned(missing))
    }
}

fn return_line(line: &crate::order::Line, nth: i64, quantity: i64) -> ReturnLine {
    ReturnLine {
        line: nth,
        product_id: line.product_id,
        quantity,
        unit_price_minor: line.unit_price.minor(),
    }
}

/// Counts the pieces on the order and moves its state. The record still lacks its id.
pub fn book(
    order: &mut Order,
    lines: Vec<ReturnLine>,
    returned_at: Timestamp,
) -> Result<Return, OrderError> {
    let mut total = Money::zero(order.total.currency());
    for line in &lines {
        let place = usize::try_from(line.line).unwrap_or(usize::MAX);
        let Some(of_order) = order.lines.get_mut(place) else {
            continue;
        };
        of_order.returned += line.quantity;
        let worth = of_order
            .unit_price
            .times(line.quantity)
            .map_err(OrderError::Amount)?;
        total = total.plus(worth).map_err(OrderError::Amount)?;
    }
    let all_back = order
        .lines
        .iter()
        .all(|line| line.returned == line.quantity.get());
    let (happening, fulfilment) = match all_back {
        true => (Happening::ReturnAll, FulfilmentStatus::Returned),
        false => (Happening::ReturnPart, FulfilmentStatus::PartiallyReturned),
    };
    if let Outcome::To(status) = transition(order.status, happening) {
        order.status = status;
    }
    order.fulfilment_status = fulfilment;
    order.payment_status = order.payment_status.undone();
    order.updated_at = returned_at;
    order.version += 1;
    let (reference, reason, restock) = (None, None, false);
    let (id, order_id) = (uuid::Uuid::nil(), order.id);
    Ok(Return {
        id,
        order_id,
        reference,
        reason,
        restock,
        returned_at,
        total,
        lines,
    })
}

/// The event of a booked return.
pub fn returned(order: &Order, record: &Return) -> OrderReturned {
    let item = |line: &ReturnLine| PlacedItem {
        product_id: line.product_id,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
    };
    OrderReturned {
        order_id: order.id,
        store_id: order.store_id,
        items: record.lines.iter().map(item).collect(),
        restock: record.restock,
        returned_at: Some(record.returned_at),
    }
}
