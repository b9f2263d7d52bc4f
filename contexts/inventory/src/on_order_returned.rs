//! Reaction: goods of delivered orders came back; those to be sold again go into the store.

use crate::allot::per_product;
use crate::feed::Feed;
use crate::movement::{Because, Kind, Movement};
use crate::moving;
use crate::stock::{Delta, Place, Stock};
use crate::store::{levels, movements, reservations, stores};
use contracts::orders::OrderReturned;
use kernel::{OrderId, StoreId};
use platform::{DbError, Delivered, Holds, Reaction, Tx};
use std::collections::{HashMap, HashSet};

pub struct OnOrderReturned {
    pub feed: Feed,
}

/// Pieces of an order on their way back to the shelf.
struct Back {
    order: OrderId,
    place: Place,
    pieces: i64,
}

impl Reaction for OnOrderReturned {
    type Event = OrderReturned;
    const NAME: &'static str = "inventory.on-order-returned";
    const HOLDS: Holds<OrderReturned> = Some(|event| event.order_id.uuid());

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<OrderReturned>]) -> Result<(), DbError> {
        let fresh = unseen(tx, batch).await?;
        let back = place_all(tx, &fresh).await?;
        let Some(first) = fresh.first().filter(|_| !back.is_empty()) else {
            return Ok(());
        };
        let now = tx.db().source().now();
        let places = back.iter().map(|one| one.place).collect();
        let mut stock = levels::lock_or_make(tx, places, now).await?;
        let made = put_back(tx, &mut stock, &back);
        movements::append(tx, &made).await?;
        moving::publish(tx, &first.consequence(), &stock)?;
        moving::tell(tx, &self.feed, &stock);
        Ok(())
    }
}

/// The returns whose goods go back on the shelf, and have not yet.
async fn unseen<'b>(
    tx: &mut Tx,
    batch: &'b [Delivered<OrderReturned>],
) -> Result<Vec<&'b Delivered<OrderReturned>>, DbError> {
    let restocked: Vec<_> = batch.iter().filter(|one| one.event.restock).collect();
    if restocked.is_empty() {
        return Ok(restocked);
    }
    let ids: Vec<_> = restocked
        .iter()
        .map(|one| (one.id, one.event.order_id))
        .collect();
    let mut fresh = reservations::note_returns(tx, &ids).await?;
    Ok(restocked
        .into_iter()
        .filter(|one| fresh.remove(&one.id))
        .collect())
}

/// Finds a shelf for everything: the store the return names, else the one that served the order;
/// where that is closed by now, the first open store.
async fn place_all(tx: &mut Tx, fresh: &[&Delivered<OrderReturned>]) -> Result<Vec<Back>, DbError> {
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let orders = fresh.iter().map(|one| one.event.order_id).collect();
    let served: HashMap<OrderId, StoreId> = movements::served_from(tx, orders)
        .await?
        .into_iter()
        .collect();
    let wished = |event: &OrderReturned| {
        event
            .store_id
            .or_else(|| served.get(&event.order_id).copied())
    };
    let fallback = stores::open_by_code(tx).await?.first().copied();
    let named = fresh
        .iter()
        .filter_map(|one| wished(&one.event))
        .chain(fallback);
    let open: HashSet<StoreId> = stores::keep_open(tx, named).await?.into_iter().collect();
    if fallback.is_some_and(|store| !open.contains(&store)) {
        return Err(DbError::Busy); // archived this very moment: look again
    }
    let mut back = Vec::new();
    for event in fresh.iter().map(|one| &one.event) {
        let order = event.order_id;
        let Some(store) = wished(event)
            .filter(|store| open.contains(store))
            .or(fallback)
        else {
            tracing::warn!(%order, "no open store to take returned goods");
            continue;
        };
        let lines = per_product(&event.items).into_iter();
        let shelf = |(product, pieces)| Back {
            order,
            place: Place { product, store },
            pieces,
        };
        back.extend(lines.map(shelf));
    }
    Ok(back)
}

fn put_back(tx: &mut Tx, stock: &mut Stock, back: &[Back]) -> Vec<Movement> {
    let source = tx.db().source().clone();
    let put = |one: &Back| {
        let delta = Delta::on_hand(one.pieces);
        if let Err(why) = stock.apply(one.place, delta) {
            tracing::warn!(order = %one.order, ?why, "returned goods do not fit on the shelf");
            return None;
        }
        Some(Movement {
            id: source.id(),
            place: one.place,
            kind: Kind::Return,
            delta,
            cause: Because::Order(one.order),
            document: None,
            reason: None,
            unit_cost: None,
            occurred_at: source.now(),
        })
    };
    back.iter().filter_map(put).collect()
}
