//! Reaction: what happens to orders. The copy of them is written here, on the way of every order
//! placed, so that each kind of event costs one statement a batch. A cancellation stops what has
//! not left, and recalls what has.

use crate::packing;
use crate::store::fulfilment::{self, Confirmed};
use crate::store::orders::{self, Placed};
use crate::store::shipments;
use contracts::orders::{OrderCancelled, OrderConfirmed, OrderPlaced};
use kernel::{OrderId, event_set};
use platform::{DbError, Delivered, Holds, Reaction, Turn, Tx};

event_set! {
    /// What shipments needs to hear of an order.
    pub enum OrderFact {
        Placed(OrderPlaced),
        Confirmed(OrderConfirmed),
        Cancelled(OrderCancelled),
    }
}

pub struct OnOrder;

impl Reaction for OnOrder {
    type Event = OrderFact;
    const NAME: &'static str = "shipments.on-order";
    const TURN: Turn = Turn::Last;
    const HOLDS: Holds<OrderFact> = Some(|fact| match fact {
        OrderFact::Placed(order) => order.order_id.uuid(),
        OrderFact::Confirmed(order) => order.order_id.uuid(),
        OrderFact::Cancelled(order) => order.order_id.uuid(),
    });

    /// Events of one order come in their order, so all of one kind may go before those of the next.
    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<OrderFact>]) -> Result<(), DbError> {
        let (mut placed, mut confirmed, mut cancelled) = (Vec::new(), Vec::new(), Vec::new());
        for one in batch {
            match &one.event {
                OrderFact::Placed(order) => placed.push(kept(order)),
                OrderFact::Confirmed(order) => confirmed.push(Confirmed {
                    order_id: order.order_id,
                    store_id: order.store_id,
                    confirmed_at: one.occurred_at,
                }),
                OrderFact::Cancelled(order) => cancelled.push(order.order_id),
            }
        }
        // Before the first row of any of them, which may be written just below.
        tx.hold(cancelled.iter().copied()).await?;
        if !placed.is_empty() {
            orders::keep(tx, placed).await?;
        }
        if !confirmed.is_empty() {
            fulfilment::open(tx, &confirmed).await?;
        }
        if !cancelled.is_empty() {
            stop(tx, cancelled).await?;
        }
        Ok(())
    }
}

fn kept(order: &OrderPlaced) -> Placed {
    Placed {
        id: order.order_id,
        number: order.number.clone(),
        client_id: order.client_id,
        items: packing::to_text(&order.items),
    }
}

/// Waits for whoever is sending something of these orders right now; nobody can after this. The
/// caller holds them.
async fn stop(tx: &mut Tx, mut cancelled: Vec<OrderId>) -> Result<(), DbError> {
    cancelled.sort_unstable();
    cancelled.dedup();
    let now = tx.db().source().now();
    orders::cancel(tx, &cancelled).await?;
    fulfilment::close(tx, &cancelled).await?;
    shipments::stop(tx, &cancelled, now).await
}
