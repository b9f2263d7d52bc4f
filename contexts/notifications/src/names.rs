//! Reactions: what products and stores are called.

use crate::store::names::{self, ProductName, StoreName};
use contracts::catalog::ProductChanged;
use contracts::inventory::StoreChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnProduct;

impl Reaction for OnProduct {
    type Event = ProductChanged;
    const NAME: &'static str = "notifications.on-product";
    const TURN: Turn = Turn::Leisurely;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<ProductChanged>],
    ) -> Result<(), DbError> {
        let name = |one: &Delivered<ProductChanged>| ProductName {
            id: one.event.product_id,
            sku: one.event.sku.clone(),
            name: one.event.name.clone(),
            version: one.version,
        };
        let last: BTreeMap<_, _> = batch
            .iter()
            .map(|one| (one.event.product_id, name(one)))
            .collect();
        names::keep_products(tx, last.into_values().collect()).await
    }
}

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
