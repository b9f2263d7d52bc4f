//! Inventory's answer to a placed order, where it did not come in the placing transaction itself.

use crate::fact::Fact;
use crate::hear::{News, hear_all};
use crate::waiting::Waiting;
use contracts::inventory::{StockRefused, StockReserved};
use kernel::event_set;
use platform::{DbError, Delivered, Holds, Reaction, Tx};

event_set! {
    /// What inventory says to an order.
    pub enum StockAnswer {
        Reserved(StockReserved),
        Refused(StockRefused),
    }
}

/// Confirms or cancels pending orders.
pub struct OnStockAnswer {
    pub waiting: Waiting,
}

impl Reaction for OnStockAnswer {
    type Event = StockAnswer;
    const NAME: &'static str = "orders.on-stock-answer";
    const HOLDS: Holds<StockAnswer> = Some(|answer| match answer {
        StockAnswer::Reserved(held) => held.order_id.uuid(),
        StockAnswer::Refused(refused) => refused.order_id.uuid(),
    });

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StockAnswer>]) -> Result<(), DbError> {
        let news = |one: &Delivered<StockAnswer>| match &one.event {
            StockAnswer::Reserved(held) => {
                News::of(one, held.order_id, Fact::StockReserved(held.store_id))
            }
            StockAnswer::Refused(refused) => {
                let short = refused.short.clone();
                News::of(one, refused.order_id, Fact::StockRefused(short))
            }
        };
        hear_all(tx, &self.waiting, batch.iter().map(news).collect()).await
    }
}
