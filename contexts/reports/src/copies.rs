//! Reactions: what products, categories and stores are called. Reports join the names when they are
//! read, so that it does not matter whether they come before what is counted.

use crate::store::{clock, copies};
use contracts::catalog::{CategoryChanged, ProductChanged};
use contracts::inventory::StoreChanged;
use platform::{DbError, Delivered, Reaction, Turn, Tx};
use std::collections::BTreeMap;

pub struct OnProduct;
pub struct OnCategory;
pub struct OnStore;

impl Reaction for OnProduct {
    type Event = ProductChanged;
    const NAME: &'static str = "reports.on-product";
    const TURN: Turn = Turn::Later;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<ProductChanged>],
    ) -> Result<(), DbError> {
        copies::keep_products(tx, newest(batch)).await?;
        clock::count(tx, batch).await
    }
}

impl Reaction for OnCategory {
    type Event = CategoryChanged;
    const NAME: &'static str = "reports.on-category";
    const TURN: Turn = Turn::Later;

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<CategoryChanged>],
    ) -> Result<(), DbError> {
        copies::keep_categories(tx, newest(batch)).await?;
        clock::count(tx, batch).await
    }
}

impl Reaction for OnStore {
    type Event = StoreChanged;
    const NAME: &'static str = "reports.on-store";
    const TURN: Turn = Turn::Later;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StoreChanged>]) -> Result<(), DbError> {
        copies::keep_stores(tx, newest(batch)).await?;
        clock::count(tx, batch).await
    }
}

/// The last event of each aggregate: one statement must not touch a row twice.
fn newest<E>(batch: &[Delivered<E>]) -> Vec<&Delivered<E>> {
    let last: BTreeMap<_, _> = batch.iter().map(|one| (one.aggregate_id, one)).collect();
    last.into_values().collect()
}
