//! Reaction: parcels have left; what they took is no longer on the shelf. Goods that were still
//! held for the order are shipped. Those that were released meanwhile have left all the same: they
//! are adjusted away.

use crate::feed::Feed;
use crate::movement::{Because, Kind, Movement};
use crate::moving;
use crate::stock::{Delta, Place, Stock};
use crate::store::missing::{self, Missing};
use crate::store::{levels, movements, reservations};
use crate::take_off::take_off;
use contracts::shipments::ShipmentDispatched;
use kernel::OrderId;
use platform::{DbError, Delivered, Holds, Reaction, Tx};
use std::collections::HashMap;

pub struct OnShipmentDispatched {
    pub feed: Feed,
}

/// Pieces of one product in one parcel.
struct Gone<'b> {
    event: &'b ShipmentDispatched,
    place: Place,
    pieces: i64,
}

impl Reaction for OnShipmentDispatched {
    type Event = ShipmentDispatched;
    const NAME: &'static str = "inventory.on-shipment-dispatched";
    const HOLDS: Holds<ShipmentDispatched> = Some(|event| event.order_id.uuid());

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<ShipmentDispatched>],
    ) -> Result<(), DbError> {
        let fresh = unseen(tx, batch).await?;
        let Some(first) = fresh.first() else {
            return Ok(());
        };
        let mut held = held_by(tx, &fresh).await?;
        let gone: Vec<Gone<'_>> = fresh.iter().flat_map(|one| pieces(&one.event)).collect();
        let needs = gone
            .iter()
            .map(|one| (one.place.product, Some(one.place.store)));
        let mut stock = levels::lock(tx, needs.collect()).await?;
        let (mut made, unheld) = ship(tx, &mut stock, &mut held, &gone)?;
        let left = take_off(tx.db().source(), &mut stock, unheld, &mut made);
        movements::append(tx, &made).await?;
        missing::note(tx, &left).await?;
        moving::publish(tx, &first.consequence(), &stock)?;
        moving::tell(tx, &self.feed, &stock);
        Ok(())
    }
}

/// The parcels that have not been taken off the shelf, each once.
async fn unseen<'b>(
    tx: &mut Tx,
    batch: &'b [Delivered<ShipmentDispatched>],
) -> Result<Vec<&'b Delivered<ShipmentDispatched>>, DbError> {
    let ids: Vec<_> = batch
        .iter()
        .map(|one| (one.event.shipment_id, one.event.order_id))
        .collect();
    let mut fresh = reservations::note_shipments(tx, &ids).await?;
    Ok(batch
        .iter()
        .filter(|one| fresh.remove(&one.event.shipment_id))
        .collect())
}

/// What the orders of the parcels still hold. One that nobody has heard of is buried: its goods
/// have left, so none must be held for it when it comes.
async fn held_by(
    tx: &mut Tx,
    fresh: &[&Delivered<ShipmentDispatched>],
) -> Result<HashMap<(OrderId, Place), i64>, DbError> {
    let mut orders: Vec<OrderId> = fresh.iter().map(|one| one.event.order_id).collect();
    orders.sort_unstable();
    orders.dedup();
    reservations::bury(tx, orders.clone()).await?;
    reservations::lock(tx, orders.clone()).await?;
    let held = movements::still_held(tx, orders).await?;
    Ok(held
        .into_iter()
        .map(|one| ((one.order, one.place), one.pieces))
        .collect())
}

fn pieces(event: &ShipmentDispatched) -> impl Iterator<Item = Gone<'_>> {
    event.items.iter().map(move |item| Gone {
        event,
        place: Place {
            product: item.product_id,
            store: event.store_id,
        },
        pieces: item.quantity,
    })
}

/// Ships what is held, and answers what is not.
fn ship(
    tx: &Tx,
    stock: &mut Stock,
    held: &mut HashMap<(OrderId, Place), i64>,
    gone: &[Gone<'_>],
) -> Result<(Vec<Movement>, Vec<Missing>), DbError> {
    let source = tx.db().source();
    let (mut made, mut unheld) = (Vec::new(), Vec::new());
    for one in gone {
        let (order, shipment) = (one.event.order_id, one.event.shipment_id);
        let left = held.entry((order, one.place)).or_default();
        let pieces = one.pieces.min(*left);
        *left -= pieces;
        if pieces > 0 {
            let delta = Delta::shipped(pieces);
            let refused = |why| DbError::Bug(format!("{shipment} cannot leave: {why:?}"));
            stock.apply(one.place, delta).map_err(refused)?;
            made.push(Movement {
                id: source.id(),
                place: one.place,
                kind: Kind::Ship,
                delta,
                cause: Because::Shipment(order, shipment),
                document: None,
                reason: None,
                unit_cost: None,
                occurred_at: source.now(),
            });
        }
        if one.pieces > pieces {
            let pieces = one.pieces - pieces;
            tracing::warn!(%order, %shipment, pieces, "goods left that were not held any more");
            unheld.push(Missing {
                order,
                shipment,
                place: one.place,
                pieces,
            });
        }
    }
    Ok((made, unheld))
}
