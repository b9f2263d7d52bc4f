//! Reaction: the catalogue tells of products; inventory keeps what it needs of them.

use crate::store::products::{self, Product};
use contracts::catalog::{ProductChanged, ProductDeleted};
use kernel::{ProductId, event_set};
use platform::{DbError, Delivered, Reaction, Tx};
use std::collections::BTreeMap;

event_set! {
    /// What the catalogue says of a product.
    pub enum ProductFact {
        Changed(ProductChanged),
        Deleted(ProductDeleted),
    }
}

pub struct OnProduct;

impl Reaction for OnProduct {
    type Event = ProductFact;
    const NAME: &'static str = "inventory.on-product";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<ProductFact>]) -> Result<(), DbError> {
        // The last word on each product, in the order of their ids.
        let mut last: BTreeMap<ProductId, Option<Product>> = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for fact in batch {
            let (id, product) = read(fact);
            versions.insert(id, fact.version);
            last.insert(id, product);
        }
        let changed: Vec<Product> = last.values().flatten().cloned().collect();
        let gone = last.iter().filter(|(_, product)| product.is_none());
        let gone: Vec<_> = gone.map(|(id, _)| (*id, versions[id])).collect();
        if !changed.is_empty() {
            products::put(tx, &changed).await?;
        }
        if !gone.is_empty() {
            products::forget(tx, gone).await?;
        }
        Ok(())
    }
}

fn read(fact: &Delivered<ProductFact>) -> (ProductId, Option<Product>) {
    match &fact.event {
        ProductFact::Deleted(event) => (event.product_id, None),
        ProductFact::Changed(event) => {
            let product = Product {
                id: event.product_id,
                sku: event.sku.clone(),
                name: event.name.clone(),
                archived: event.status == "archived",
                version: fact.version,
            };
            (event.product_id, Some(product))
        }
    }
}
