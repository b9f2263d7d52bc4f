//! Keeping what orders knows of other contexts current: products, clients, employees, stores.
//! Rows remember the event's version, so an event that comes twice or late changes nothing.

use crate::cart;
use crate::store::{self, ProductRow};
use contracts::catalog::{ProductChanged, ProductDeleted};
use contracts::inventory::StoreChanged;
use contracts::people::{ClientChanged, EmployeeChanged};
use kernel::event_set;
use platform::{DbError, Delivered, Reaction, Tx};
use std::collections::HashMap;
use uuid::Uuid;

event_set! {
    /// What happens to a product.
    pub enum ProductFact {
        Changed(ProductChanged),
        Deleted(ProductDeleted),
    }
}

pub struct OnProduct;
pub struct OnClient;
pub struct OnEmployee;
pub struct OnStore;

impl Reaction for OnProduct {
    type Event = ProductFact;
    const NAME: &'static str = "orders.on-product";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<ProductFact>]) -> Result<(), DbError> {
        let rows = newest(batch).into_iter().map(product_row).collect();
        store::keep_products(tx, rows).await
    }
}

fn product_row(delivered: &Delivered<ProductFact>) -> ProductRow {
    let version = delivered.version;
    match &delivered.event {
        ProductFact::Changed(product) => ProductRow {
            id: product.product_id,
            sku: product.sku.clone(),
            name: product.name.clone(),
            price_minor: product.price_minor,
            currency: product.currency.clone(),
            status: product.status.clone(),
            version,
        },
        ProductFact::Deleted(gone) => ProductRow {
            id: gone.product_id,
            sku: String::new(),
            name: String::new(),
            price_minor: 0,
            currency: "CAD".to_owned(),
            status: "deleted".to_owned(),
            version,
        },
    }
}

impl Reaction for OnClient {
    type Event = ClientChanged;
    const NAME: &'static str = "orders.on-client";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<ClientChanged>]) -> Result<(), DbError> {
        let row = |one: &Delivered<ClientChanged>| {
            (
                one.event.client_id.uuid(),
                one.event.archived || one.event.erased,
                one.version,
            )
        };
        store::keep_clients(tx, newest(batch).into_iter().map(row).collect()).await?;
        let erased = batch.iter().filter(|one| one.event.erased);
        cart::forget(tx, erased.map(|one| one.event.client_id).collect()).await
    }
}

impl Reaction for OnEmployee {
    type Event = EmployeeChanged;
    const NAME: &'static str = "orders.on-employee";

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<EmployeeChanged>],
    ) -> Result<(), DbError> {
        let row = |one: &Delivered<EmployeeChanged>| {
            (
                one.event.employee_id.uuid(),
                one.event.archived,
                one.version,
            )
        };
        store::keep_employees(tx, newest(batch).into_iter().map(row).collect()).await
    }
}

impl Reaction for OnStore {
    type Event = StoreChanged;
    const NAME: &'static str = "orders.on-store";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StoreChanged>]) -> Result<(), DbError> {
        let row = |one: &Delivered<StoreChanged>| {
            (one.event.store_id.uuid(), one.event.archived, one.version)
        };
        store::keep_stores(tx, newest(batch).into_iter().map(row).collect()).await
    }
}

/// The last event of each aggregate: one statement must not touch a row twice.
fn newest<E>(batch: &[Delivered<E>]) -> Vec<&Delivered<E>> {
    let mut last: HashMap<Uuid, &Delivered<E>> = HashMap::new();
    for one in batch {
        last.insert(one.aggregate_id, one);
    }
    let mut newest: Vec<_> = last.into_values().collect();
    newest.sort_by_key(|one| one.aggregate_id);
    newest
}
