//! Taking in what other contexts tell of orders: a batch of facts with bulk statements, so that a
//! batch costs as many as one fact.

use crate::fact::{Became, Fact, Record};
use crate::parcel::Pieces;
use crate::saga::Saga;
use crate::sale::{Sale, Tell};
use crate::store;
use crate::waiting::Waiting;
use contracts::orders::{OrderCancelled, OrderConfirmed, OrderDelivered};
use contracts::shipments::ShippedItem;
use kernel::{OrderId, ShipmentId, Timestamp};
use platform::{Cause, DbError, Delivered, Tx};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A fact on its way in.
pub struct News {
    pub order_id: OrderId,
    pub fact: Fact,
    /// Of the fact's subject.
    pub version: i64,
    pub at: Timestamp,
    /// What follows from it.
    pub cause: Cause,
}

impl News {
    /// A delivered event, read as a fact about an order.
    pub fn of<E>(delivered: &Delivered<E>, order_id: OrderId, fact: Fact) -> Self {
        Self {
            order_id,
            fact,
            version: delivered.version,
            at: delivered.occurred_at,
            cause: delivered.consequence(),
        }
    }
}

/// Takes in a batch, in its order. Orders that are not here are not ours to move.
pub async fn hear_all(tx: &mut Tx, waiting: &Waiting, news: Vec<News>) -> Result<(), DbError> {
    let ids: BTreeSet<OrderId> = news.iter().map(|one| one.order_id).collect();
    let mut sales = store::sales(tx, &ids).await?;
    fill_in(tx, &mut sales, &news).await?;
    let now = tx.db().source().now();
    let before: HashMap<OrderId, (i64, Option<Saga>)> = sales
        .iter()
        .map(|(id, sale)| (*id, (sale.order.version, sale.saga.clone())))
        .collect();
    let mut records = Vec::with_capacity(news.len());
    for one in news {
        let Some(sale) = sales.get_mut(&one.order_id) else {
            continue;
        };
        let (became, tell) = sale.hear(&one.fact, one.version, now);
        if became == Became::Late {
            let (order, fact) = (one.order_id, one.fact.name());
            tracing::warn!(%order, fact, "came after its undoing");
        }
        let stamp = (one.version, one.at);
        records.push(Record::of(one.order_id, &one.fact, stamp, became));
        if let Some(tell) = tell {
            publish(tx, &one.cause, sale, tell)?;
        }
    }
    let has_changed = |sale: &&Sale| {
        let before = before.get(&sale.order.id);
        before.is_none_or(|(version, saga)| *version != sale.order.version || *saga != sale.saga)
    };
    let changed: Vec<&Sale> = sales.values().filter(has_changed).collect();
    write(tx, &changed, &records).await?;
    waiting.tell_after(tx, changed.iter().map(|sale| &sale.order));
    Ok(())
}

/// Writes sales that have changed, and their history.
pub async fn write(tx: &mut Tx, changed: &[&Sale], records: &[Record]) -> Result<(), DbError> {
    let mut changed = changed.to_vec();
    changed.sort_unstable_by_key(|sale| sale.order.id);
    let orders: Vec<_> = changed.iter().map(|sale| &sale.order).collect();
    store::update_heads(tx, &orders).await?;
    let saga = |sale: &&Sale| Some((sale.order.id, sale.saga.clone()?));
    let sagas: Vec<_> = changed.iter().filter_map(saga).collect();
    store::keep_sagas(tx, &sagas).await?;
    store::keep_records(tx, records).await
}

/// Tells what has become of an order. `Placed` needs its lines.
pub fn publish(tx: &mut Tx, cause: &Cause, sale: &Sale, tell: Tell) -> Result<(), DbError> {
    let (order_id, version) = (sale.order.id, sale.order.version);
    match tell {
        Tell::Placed => tx.publish_as(cause, &crate::stock::placed(&sale.order), version),
        Tell::Confirmed(store_id) => {
            tx.publish_as(cause, &OrderConfirmed { order_id, store_id }, version)
        }
        Tell::Cancelled(reason) => {
            let reason = reason.to_owned();
            tx.publish_as(cause, &OrderCancelled { order_id, reason }, version)
        }
        Tell::Delivered => tx.publish_as(cause, &OrderDelivered { order_id }, version),
    }
}

/// Reads the lines and parcels of orders for which that matters, after writing down the parcels.
async fn fill_in(
    tx: &mut Tx,
    sales: &mut HashMap<OrderId, Sale>,
    news: &[News],
) -> Result<(), DbError> {
    let parcels = parcels(news, sales);
    let needs_lines = |one: &&News| !matches!(one.fact, Fact::StockReserved(_) | Fact::Payment(..));
    let about: BTreeSet<OrderId> = news
        .iter()
        .filter(needs_lines)
        .map(|n| n.order_id)
        .collect();
    let bare: Vec<_> = about
        .iter()
        .filter_map(|id| Some(sales.get(id)?.order.clone()))
        .collect();
    for order in store::with_lines(tx, bare).await? {
        if let Some(sale) = sales.get_mut(&order.id) {
            sale.order.lines = order.lines;
        }
    }
    if parcels.is_empty() {
        return Ok(());
    }
    store::keep_parcels(tx, &parcels).await?;
    for (id, moved) in store::moved(tx, &about).await? {
        if let Some(sale) = sales.get_mut(&id) {
            sale.moved = moved;
        }
    }
    Ok(())
}

/// What the batch says of parcels; what arrived has left.
fn parcels(news: &[News], sales: &HashMap<OrderId, Sale>) -> BTreeMap<store::Place, Pieces> {
    let mut parcels: BTreeMap<store::Place, Pieces> = BTreeMap::new();
    let mut add = |order: OrderId, shipment: ShipmentId, items: &[ShippedItem], arrived: bool| {
        for item in items.iter().filter(|item| item.quantity > 0) {
            let pieces = parcels
                .entry((order, shipment, item.product_id))
                .or_default();
            pieces.left = pieces.left.max(item.quantity);
            if arrived {
                pieces.arrived = pieces.arrived.max(item.quantity);
            }
        }
    };
    for one in news.iter().filter(|one| sales.contains_key(&one.order_id)) {
        match &one.fact {
            Fact::Dispatched(id, items) => add(one.order_id, *id, items, false),
            Fact::Delivered(id, items) => add(one.order_id, *id, items, true),
            _ => {}
        }
    }
    parcels
}
