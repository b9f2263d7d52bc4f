//! Reaction: what is on hand somewhere, as the newest event about it says.

use crate::store::{clock, levels};
use contracts::inventory::{MovedLevel, StockMoved};
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnStockMoved;

impl Reaction for OnStockMoved {
    type Event = StockMoved;
    const NAME: &'static str = "reports.on-stock-moved";
    const TURN: Turn = Turn::Later;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StockMoved>]) -> Result<(), DbError> {
        let mut newest: BTreeMap<_, &MovedLevel> = BTreeMap::new();
        for level in batch.iter().flat_map(|one| &one.event.levels) {
            let known = newest
                .entry((level.product_id, level.store_id))
                .or_insert(level);
            if known.version < level.version {
                *known = level;
            }
        }
        levels::keep(tx, newest.into_values().collect()).await?;
        clock::count(tx, batch).await
    }
}
