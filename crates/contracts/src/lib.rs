//! The published events of every context: the only words contexts have in common.
//! Pure data, one file per context. An event only ever grows: new fields are optional,
//! a breaking change is a new type ending in `.v2`. Ids only, never personal data in clear.

pub mod catalog;
pub mod identity;
pub mod inventory;
pub mod kinds;
pub mod orders;
pub mod payments;
pub mod people;
pub mod ports;
pub mod shipments;

/// Implements [`kernel::Event`] for a struct: its type, its aggregate and the field that names it.
macro_rules! event {
    ($event:ident, $kind:literal, $aggregate:literal, $id:ident) => {
        impl kernel::Event for $event {
            const TYPE: &'static str = concat!("comptoir.", $kind);
            const AGGREGATE: &'static str = $aggregate;
            fn aggregate_id(&self) -> uuid::Uuid {
                self.$id.uuid()
            }
        }
    };
}
pub(crate) use event;
