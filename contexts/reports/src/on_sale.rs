//! Reaction: news of orders, of what is held for them and of parcels. A batch reads what is known
//! of its orders, adds the news, and writes that and the difference it makes: a handful of
//! statements, whatever its size.

use crate::calendar::Day;
use crate::effect::Effect;
use crate::sale::{Line, Placed, Returned, Sale, Shipped};
use crate::store::{clock, figures, levels, orders, spans};
use contracts::inventory::{StockReleased, StockReserved};
use contracts::orders::{OrderCancelled, OrderImported, OrderPlaced, OrderReturned, PlacedItem};
use contracts::shipments::ShipmentDispatched;
use kernel::{OrderId, event_set};
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeSet;

event_set! {
    /// What reports needs to hear of an order.
    pub enum SaleFact {
        Placed(OrderPlaced),
        Imported(OrderImported),
        Cancelled(OrderCancelled),
        Returned(OrderReturned),
        Reserved(StockReserved),
        Released(StockReleased),
        Dispatched(ShipmentDispatched),
    }
}

pub struct OnSale;

impl Reaction for OnSale {
    type Event = SaleFact;
    const NAME: &'static str = "reports.on-sale";
    const TURN: Turn = Turn::Later;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<SaleFact>]) -> Result<(), DbError> {
        let ids: BTreeSet<OrderId> = batch.iter().map(|one| order_of(&one.event)).collect();
        let before = orders::read(tx, ids).await?;
        let mut after = before.clone();
        for one in batch {
            learn(after.entry(order_of(&one.event)).or_default(), one);
        }
        let effect = Effect::between(before.values(), after.values());
        orders::write(tx, &after).await?;
        let this_month = Day::of(tx.db().source().now()).month_start();
        spans::add_late(tx, &effect, this_month).await?;
        figures::add(tx, effect.sales, effect.products, effect.clients).await?;
        levels::hold(tx, effect.held).await?;
        clock::count(tx, batch).await
    }
}

fn order_of(fact: &SaleFact) -> OrderId {
    match fact {
        SaleFact::Placed(event) => event.order_id,
        SaleFact::Imported(event) => event.order_id,
        SaleFact::Cancelled(event) => event.order_id,
        SaleFact::Returned(event) => event.order_id,
        SaleFact::Reserved(event) => event.order_id,
        SaleFact::Released(event) => event.order_id,
        SaleFact::Dispatched(event) => event.order_id,
    }
}

fn learn(sale: &mut Sale, one: &Delivered<SaleFact>) {
    let today = Day::of(one.occurred_at);
    match &one.event {
        SaleFact::Placed(event) => sale.place(placed(event, today), event.store_id),
        SaleFact::Imported(event) => sale.place(imported(event), None),
        SaleFact::Cancelled(_) => sale.cancelled = true,
        SaleFact::Returned(event) => {
            let day = event.returned_at.map_or(today, Day::of);
            sale.returned
                .push(Returned(day.number(), lines(&event.items)));
        }
        SaleFact::Reserved(event) => sale.hold(event.store_id),
        SaleFact::Released(_) => sale.released = true,
        SaleFact::Dispatched(event) => {
            let gone = event.items.iter();
            let gone = gone.map(|item| Shipped(event.store_id, item.product_id, item.quantity));
            sale.shipped.extend(gone);
        }
    }
}

fn placed(event: &OrderPlaced, day: Day) -> Placed {
    Placed {
        day,
        client: event.client_id,
        employee: event.employee_id,
        country: event.country.clone(),
        currency: event.currency.clone(),
        lines: lines(&event.items),
    }
}

fn imported(event: &OrderImported) -> Placed {
    Placed {
        day: Day::of(event.placed_at),
        client: event.client_id,
        employee: None,
        country: event.country.clone(),
        currency: event.currency.clone(),
        lines: lines(&event.items),
    }
}

fn lines(items: &[PlacedItem]) -> Vec<Line> {
    let line = |item: &PlacedItem| Line(item.product_id, item.quantity, item.unit_price_minor);
    items.iter().map(line).collect()
}
