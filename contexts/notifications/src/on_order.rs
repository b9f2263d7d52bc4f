//! Reaction: the client of an order hears how it goes on. News of its payments and parcels may come
//! before the order itself: they wait until it is known whose it is.
//!
//! A client is told of an order once it stands. One that was refused at the counter is no news to
//! whoever stood there: out of stock or not paid for before it ever stood, it ends without a word.

use crate::kind::Kind;
use crate::news::News;
use crate::notifications::Notifications;
use crate::store::{notices, orders};
use contracts::orders::{OrderCancelled, OrderConfirmed, OrderDelivered, OrderPlaced};
use contracts::payments::{PaymentCaptured, PaymentRefunded};
use contracts::shipments::ShipmentDispatched;
use kernel::{OrderId, event_set};
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use serde_json::json;
use std::collections::BTreeMap;

event_set! {
    /// What happens to an order that its client is told of.
    pub enum OrderNews {
        Placed(OrderPlaced),
        Confirmed(OrderConfirmed),
        Captured(PaymentCaptured),
        Dispatched(ShipmentDispatched),
        Delivered(OrderDelivered),
        Cancelled(OrderCancelled),
        Refunded(PaymentRefunded),
    }
}

pub struct OnOrder(pub Notifications);

/// Why an order ends that never stood, as whoever placed it was told at once.
const REFUSALS: [&str; 2] = ["insufficient_stock", "payment_failed"];

impl Reaction for OnOrder {
    type Event = OrderNews;
    const NAME: &'static str = "notifications.on-order";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<OrderNews>]) -> Result<(), DbError> {
        let (mut placed, mut confirmed, mut refused) = (Vec::new(), BTreeMap::new(), Vec::new());
        let mut news = Vec::new();
        for one in batch {
            match &one.event {
                OrderNews::Placed(event) => placed.push(event),
                OrderNews::Confirmed(event) => {
                    confirmed.insert(event.order_id, event.store_id);
                }
                OrderNews::Cancelled(event) if REFUSALS.contains(&event.reason.as_str()) => {
                    refused.push(event.order_id);
                }
                _ => {}
            }
            news.extend(told(one));
        }
        orders::keep(tx, &placed, &confirmed).await?;
        for one in placed {
            confirmed.remove(&one.order_id);
        }
        orders::confirm(tx, confirmed).await?;
        let refused = orders::never_stood(tx, refused).await?;
        let silent = |one: &News| {
            one.kind == Kind::OrderCancelled && one.order_id.is_some_and(|id| refused.contains(&id))
        };
        news.retain(|one| !silent(one));
        notices::insert(tx, &self.0, news).await
    }
}

/// What the client is told of it.
fn told(one: &Delivered<OrderNews>) -> Option<News> {
    let of = |kind, order: OrderId, about| News::of_order(kind, order, about, one.occurred_at);
    let whole = |kind, order: OrderId| of(kind, order, order.uuid());
    Some(match &one.event {
        OrderNews::Placed(_) => return None,
        OrderNews::Confirmed(event) => whole(Kind::OrderPlaced, event.order_id),
        OrderNews::Captured(event) => whole(Kind::OrderPaid, event.order_id).with(json!({
            "amount_minor": event.captured_minor, "currency": event.currency})),
        OrderNews::Dispatched(event) => {
            let (order, parcel) = (event.order_id, event.shipment_id.uuid());
            of(Kind::OrderShipped, order, parcel).with(json!({
                "carrier": event.carrier, "tracking_number": event.tracking_number}))
        }
        OrderNews::Delivered(event) => whole(Kind::OrderDelivered, event.order_id),
        OrderNews::Cancelled(event) => {
            whole(Kind::OrderCancelled, event.order_id).with(json!({"reason": event.reason}))
        }
        OrderNews::Refunded(event) => {
            let (order, refund) = (event.order_id, event.refund_id.uuid());
            of(Kind::OrderRefunded, order, refund).with(json!({
                "amount_minor": event.amount_minor, "currency": event.currency}))
        }
    })
}
