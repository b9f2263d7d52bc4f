//! Use case: past sales, each an order that was delivered and paid long ago.

use super::{HistoryError, check_once, patiently};
use crate::order::{FulfilmentStatus, Line, Order, PaymentMethod, PaymentStatus, Status, total};
use crate::store;
use contracts::orders::{OrderImported, PlacedItem};
use kernel::{ClientId, Money, ProductId, Quantity, Timestamp};
use platform::Host;
use std::collections::HashMap;

/// Orders in one transaction: large enough to be fast, short enough to let others write.
const BATCH: usize = 250;

/// A sale as the other system recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastOrder {
    /// Its number there; a sale is taken over once per reference.
    pub reference: String,
    pub client_id: ClientId,
    pub placed_at: Timestamp,
    /// Where the buyer was, by code or as the other system says it. Told, not kept.
    pub country: Option<String>,
    pub lines: Vec<PastLine>,
}

/// One line of it, at the price of then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastLine {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: Quantity,
    pub unit_price: Money,
}

/// What became of a past sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenOver {
    New,
    /// It was taken over before.
    Known,
    /// The shop has other lines, another client or another date under this reference.
    Differs,
}

/// Takes over past sales, delivered and paid; answers what became of each, in order.
pub async fn import_history(
    host: &Host,
    sales: Vec<PastOrder>,
) -> Result<Vec<TakenOver>, HistoryError> {
    check_once(sales.iter().map(|sale| sale.reference.as_str()))?;
    let totals = sales.iter().map(sum).collect::<Result<Vec<_>, _>>()?;
    let mut outcomes = Vec::with_capacity(sales.len());
    for (batch, totals) in sales.chunks(BATCH).zip(totals.chunks(BATCH)) {
        outcomes.extend(patiently(host, async || take_over(host, batch, totals).await).await?);
    }
    Ok(outcomes)
}

fn sum(sale: &PastOrder) -> Result<Money, HistoryError> {
    let reference = || sale.reference.clone();
    let first = sale.lines.first();
    let first = first.ok_or_else(|| HistoryError::NoLines(reference()))?;
    let zero = Money::zero(first.unit_price.currency());
    let lines: Vec<Line> = sale.lines.iter().map(line).collect();
    total(&lines, zero).map_err(|fault| HistoryError::Amount {
        reference: reference(),
        fault,
    })
}

fn line(past: &PastLine) -> Line {
    Line {
        product_id: past.product_id,
        sku: past.sku.clone(),
        name: past.name.clone(),
        quantity: past.quantity,
        unit_price: past.unit_price,
        returned: 0,
    }
}

async fn take_over(
    host: &Host,
    sales: &[PastOrder],
    totals: &[Money],
) -> Result<Vec<TakenOver>, HistoryError> {
    let mut tx = host.db.begin().await?;
    let references = sales.iter().map(|sale| sale.reference.clone()).collect();
    let known: HashMap<String, Order> = store::by_references(&mut tx, references).await?;
    let outcome = |sale: &PastOrder| match known.get(&sale.reference) {
        None => TakenOver::New,
        Some(order) if is_same(order, sale) => TakenOver::Known,
        Some(_) => TakenOver::Differs,
    };
    let outcomes: Vec<TakenOver> = sales.iter().map(outcome).collect();
    let new = sales.iter().zip(totals).zip(&outcomes);
    let new: Vec<(&PastOrder, Money)> = new
        .filter(|(_, outcome)| **outcome == TakenOver::New)
        .map(|((sale, total), _)| (sale, *total))
        .collect();
    if new.is_empty() {
        return Ok(outcomes);
    }
    let serials = store::draw_serials(&mut tx, new.len()).await?;
    let now = host.source.now();
    let order = |((sale, total), serial)| delivered(host, sale, (total, serial), now);
    let orders: Vec<Order> = new.iter().copied().zip(serials).map(order).collect();
    store::insert(&mut tx, &orders).await?;
    for ((sale, _), order) in new.iter().zip(&orders) {
        tx.publish(&imported(order, sale.country.clone()), order.version)?;
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// Whether the shop's order says what the sale says.
fn is_same(order: &Order, sale: &PastOrder) -> bool {
    let same_line = |(kept, past): (&Line, &PastLine)| {
        (&kept.sku, kept.quantity, kept.unit_price) == (&past.sku, past.quantity, past.unit_price)
    };
    order.client_id == sale.client_id
        && order.placed_at == Some(sale.placed_at)
        && order.lines.len() == sale.lines.len()
        && order.lines.iter().zip(&sale.lines).all(same_line)
}

/// The order a past sale is today: everything about it is done.
fn delivered(
    host: &Host,
    sale: &PastOrder,
    (total, serial): (Money, i64),
    now: Timestamp,
) -> Order {
    Order {
        id: host.source.id(),
        serial,
        status: Status::Delivered,
        payment_method: PaymentMethod::Invoice,
        payment_status: PaymentStatus::Paid,
        fulfilment_status: FulfilmentStatus::Fulfilled,
        client_id: sale.client_id,
        employee_id: None,
        store_id: None,
        country: None,
        note: None,
        reference: Some(sale.reference.clone()),
        lines: sale.lines.iter().map(line).collect(),
        total,
        end_reason: None,
        end_detail: None,
        cancel_requested: None,
        placed_at: Some(sale.placed_at),
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn imported(order: &Order, country: Option<String>) -> OrderImported {
    let item = |line: &Line| PlacedItem {
        product_id: line.product_id,
        quantity: line.quantity.get(),
        unit_price_minor: line.unit_price.minor(),
    };
    OrderImported {
        order_id: order.id,
        number: order.number(),
        client_id: order.client_id,
        placed_at: order.placed_at.unwrap_or(order.created_at),
        items: order.lines.iter().map(item).collect(),
        total_minor: order.total.minor(),
        currency: order.total.currency().to_string(),
        country,
    }
}
