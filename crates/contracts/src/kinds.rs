//! Every published event in one list, for whoever passes on all of them without reading any.

use kernel::Event;

/// Makes the list from the events' own words.
macro_rules! kinds {
    ($($event:path),+ $(,)?) => {
        /// The types of all published events.
        pub const TYPES: &[&str] = &[$(<$event as Event>::TYPE),+];

        /// What kind of thing events of this type are about; `None` for a type nobody publishes.
        #[must_use]
        pub fn aggregate_of(kind: &str) -> Option<&'static str> {
            $(if kind == <$event as Event>::TYPE {
                return Some(<$event as Event>::AGGREGATE);
            })+
            None
        }
    };
}

kinds! {
    crate::catalog::CategoryChanged,
    crate::catalog::CategoryDeleted,
    crate::catalog::ProductChanged,
    crate::catalog::ProductDeleted,
    crate::identity::LetterRequested,
    crate::identity::UserChanged,
    crate::identity::UserRegistered,
    crate::inventory::AvailabilityChanged,
    crate::inventory::StockRefused,
    crate::inventory::StockReleased,
    crate::inventory::StockReserved,
    crate::inventory::StoreChanged,
    crate::orders::OrderCancelled,
    crate::orders::OrderConfirmed,
    crate::orders::OrderDelivered,
    crate::orders::OrderImported,
    crate::orders::OrderPlaced,
    crate::orders::OrderReturned,
    crate::payments::PaymentActionRequired,
    crate::payments::PaymentAuthorized,
    crate::payments::PaymentCaptured,
    crate::payments::PaymentFailed,
    crate::payments::PaymentRefunded,
    crate::payments::PaymentUncertain,
    crate::payments::PaymentVoided,
    crate::people::ClientChanged,
    crate::people::EmployeeChanged,
    crate::shipments::ShipmentDelivered,
    crate::shipments::ShipmentDispatched,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The types that the files beside this one give names to.
    fn told() -> BTreeSet<String> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let files = std::fs::read_dir(folder).unwrap();
        let text = |file: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()
        };
        let text: String = files.map(text).collect();
        let events = text.split("\nevent!(").skip(1);
        let name = |event: &str| format!("comptoir.{}", event.split('"').nth(1).unwrap());
        events.map(name).collect()
    }

    #[test]
    fn the_list_holds_every_event_there_is() {
        let listed: BTreeSet<_> = TYPES.iter().map(|kind| (*kind).to_owned()).collect();
        assert_eq!(listed, told());
        assert_eq!(listed.len(), TYPES.len(), "none twice");
    }

    #[test]
    fn a_type_tells_what_it_is_about() {
        assert_eq!(
            aggregate_of("comptoir.orders.order-placed.v1"),
            Some("order")
        );
        assert_eq!(aggregate_of("comptoir.orders.order-lost.v1"), None);
    }
}
