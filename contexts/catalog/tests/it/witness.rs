//! Somebody who is told what the catalogue publishes, and remembers it. All tests of the process
//! share the memory; ids keep them apart.

use contracts::catalog::{CategoryChanged, CategoryDeleted, ProductChanged, ProductDeleted};
use kernel::event_set;
use platform::{DbError, Delivered, Module, Reaction, Subscriptions, Tx};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

event_set!(
    #[derive(Clone, Debug, PartialEq)]
    pub enum CatalogFact {
        Changed(ProductChanged),
        Deleted(ProductDeleted),
        CategoryChanged(CategoryChanged),
        CategoryDeleted(CategoryDeleted),
    }
);

static SEEN: Mutex<Vec<(Uuid, i64, CatalogFact)>> = Mutex::new(Vec::new());

struct OnCatalog;

impl Reaction for OnCatalog {
    type Event = CatalogFact;
    const NAME: &'static str = "witness.on-catalog";

    async fn handle(&self, _: &mut Tx, batch: &[Delivered<CatalogFact>]) -> Result<(), DbError> {
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(
            batch
                .iter()
                .map(|one| (one.aggregate_id, one.version, one.event.clone())),
        );
        Ok(())
    }
}

pub fn module() -> Module {
    Module::new("witness").subscriptions(Subscriptions::new().on(OnCatalog))
}

/// What was told of a thing, with its versions, in order.
pub fn told_of(id: Uuid) -> Vec<(i64, CatalogFact)> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let told = seen.iter().filter(|(about, ..)| *about == id);
    told.map(|(_, version, fact)| (*version, fact.clone()))
        .collect()
}
