//! Inventory's answer to a placed order, where it did not come in the placing transaction itself.

use crate::order::{Happening, Outcome, Status, transition};
use crate::{stock, store};
use contracts::inventory::{StockRefused, StockReserved};
use contracts::orders::{OrderCancelled, OrderConfirmed};
use kernel::event_set;
use platform::{DbError, Delivered, Reaction, Tx};

event_set! {
    /// What inventory says to an order.
    pub enum StockAnswer {
        Reserved(StockReserved),
        Refused(StockRefused),
    }
}

/// Confirms or cancels pending orders.
pub struct OnStockAnswer;

impl Reaction for OnStockAnswer {
    type Event = StockAnswer;
    const NAME: &'static str = "orders.on-stock-answer";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StockAnswer>]) -> Result<(), DbError> {
        for answer in batch {
            take(tx, answer).await?;
        }
        Ok(())
    }
}

async fn take(tx: &mut Tx, answer: &Delivered<StockAnswer>) -> Result<(), DbError> {
    let (order_id, happening) = match &answer.event {
        StockAnswer::Reserved(reserved) => (reserved.order_id, Happening::StockReserved),
        StockAnswer::Refused(refused) => (refused.order_id, Happening::StockRefused),
    };
    let Some(mut order) = store::find_to_change(tx, order_id).await? else {
        return Ok(());
    };
    let now = tx.db().source().now();
    let cause = answer.consequence();
    match (transition(order.status, happening), &answer.event) {
        (Outcome::To(Status::Confirmed), StockAnswer::Reserved(reserved)) => {
            order.confirm(reserved.store_id, now);
            store::update(tx, &order).await?;
            let store_id = reserved.store_id;
            tx.publish_as(
                &cause,
                &OrderConfirmed { order_id, store_id },
                order.version,
            )
        }
        (Outcome::To(Status::Cancelled), StockAnswer::Refused(refused)) => {
            order.cancel("insufficient_stock", now);
            let short = stock::shorts(&order, &refused.short);
            order.end_detail = serde_json::to_string(&short).ok();
            store::update(tx, &order).await?;
            let reason = "insufficient_stock".to_owned();
            tx.publish_as(&cause, &OrderCancelled { order_id, reason }, order.version)
        }
        _ => Ok(()),
    }
}
