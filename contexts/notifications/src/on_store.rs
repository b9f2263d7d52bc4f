//! Reaction: what stores are called.

use crate::store::names::{self, StoreName};
use contracts::inventory::StoreChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnStore;

impl Reaction for OnStore {
    type Event = StoreChanged;
    const NAME: &'static str = "notifications.on-store";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StoreChanged>]) -> Result<(), DbError> {
        let name = |one: &Delivered<StoreChanged>| StoreName {
            id: one.event.store_id,
            name: one.event.name.clone(),
            version: one.version,
        };
        let last: BTreeMap<_, _> = batch
            .iter()
            .map(|one| (one.event.store_id, name(one)))
            .collect();
        names::keep_stores(tx, last.into_values().collect()).await
    }
}
