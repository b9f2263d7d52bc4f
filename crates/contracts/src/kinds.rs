//! The catalogue of everything that is published: every kind of event with its schema and with
//! examples of every form it was ever published in. What describes events, passes them on unread,
//! or proves that old ones are still understood, goes by this list.

use kernel::Event;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// One kind of event.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The name of the Rust type: `OrderPlaced`.
    pub name: &'static str,
    /// The CloudEvents type.
    pub kind: &'static str,
    pub aggregate: &'static str,
    corpus: &'static str,
    schema: fn(&str, &str) -> Value,
    read: fn(&str) -> Result<Value, serde_json::Error>,
}

/// Does something with every kind as the type it is.
pub trait Visit {
    type Output;
    fn visit<E: Event>(&mut self, kind: &'static Kind) -> Self::Output;
}

/// Makes the list. The forms of each kind stand in `corpus/`, beside `src/`.
macro_rules! kinds {
    ($($context:ident::$event:ident in $corpus:literal;)+) => {
        /// Every kind, in the order of contexts and names.
        pub const KINDS: &[Kind] = &[$(Kind {
            name: stringify!($event),
            kind: <crate::$context::$event as Event>::TYPE,
            aggregate: <crate::$context::$event as Event>::AGGREGATE,
            corpus: include_str!(concat!("../corpus/", $corpus, ".json")),
            schema: schema::<crate::$context::$event>,
            read: read::<crate::$context::$event>,
        }),+];

        /// The types of all published events.
        pub const TYPES: &[&str] = &[$(<crate::$context::$event as Event>::TYPE),+];

        /// Shows every kind to the visitor, in the order of [`KINDS`].
        pub fn visit_all<V: Visit>(visitor: &mut V) -> Vec<V::Output> {
            let mut kinds = KINDS.iter();
            let mut seen = Vec::with_capacity(KINDS.len());
            $(
                if let Some(kind) = kinds.next() {
                    seen.push(visitor.visit::<crate::$context::$event>(kind));
                }
            )+
            seen
        }
    };
}

kinds! {
    catalog::CategoryChanged in "catalog.category-changed.v1";
    catalog::CategoryDeleted in "catalog.category-deleted.v1";
    catalog::ProductChanged in "catalog.product-changed.v1";
    catalog::ProductDeleted in "catalog.product-deleted.v1";
    identity::LetterRequested in "identity.letter-requested.v1";
    identity::UserChanged in "identity.user-changed.v1";
    identity::UserRegistered in "identity.user-registered.v1";
    inventory::AvailabilityChanged in "inventory.availability-changed.v1";
    inventory::StockMoved in "inventory.stock-moved.v1";
    inventory::StockRefused in "inventory.stock-refused.v1";
    inventory::StockReleased in "inventory.stock-released.v1";
    inventory::StockReserved in "inventory.stock-reserved.v1";
    inventory::StoreChanged in "inventory.store-changed.v1";
    orders::OrderCancelled in "orders.order-cancelled.v1";
    orders::OrderConfirmed in "orders.order-confirmed.v1";
    orders::OrderDelivered in "orders.order-delivered.v1";
    orders::OrderImported in "orders.order-imported.v1";
    orders::OrderPlaced in "orders.order-placed.v1";
    orders::OrderReturned in "orders.order-returned.v1";
    payments::PaymentActionRequired in "payments.payment-action-required.v1";
    payments::PaymentAuthorized in "payments.payment-authorized.v1";
    payments::PaymentCaptured in "payments.payment-captured.v1";
    payments::PaymentFailed in "payments.payment-failed.v1";
    payments::PaymentRefunded in "payments.payment-refunded.v1";
    payments::PaymentUncertain in "payments.payment-uncertain.v1";
    payments::PaymentVoided in "payments.payment-voided.v1";
    people::ClientChanged in "people.client-changed.v1";
    people::EmployeeChanged in "people.employee-changed.v1";
    people::LoginLinked in "people.login-linked.v1";
    shipments::ShipmentDelivered in "shipments.shipment-delivered.v1";
    shipments::ShipmentDispatched in "shipments.shipment-dispatched.v1";
}

/// What kind of thing events of this type are about; `None` for a type nobody publishes.
#[must_use]
pub fn aggregate_of(kind: &str) -> Option<&'static str> {
    let mut known = KINDS.iter();
    known
        .find(|known| known.kind == kind)
        .map(|known| known.aggregate)
}

impl Kind {
    /// The context that tells it.
    #[must_use]
    pub fn context(&self) -> &'static str {
        self.kind.split('.').nth(1).unwrap_or_default()
    }

    /// Every form it was ever published in: first one with everything, as it is published today.
    pub fn forms(&self) -> Result<Vec<Value>, serde_json::Error> {
        serde_json::from_str(self.corpus)
    }

    /// Reads one as the code of today does; answers what it would publish.
    pub fn read(&self, data: &str) -> Result<Value, serde_json::Error> {
        (self.read)(data)
    }

    /// Its JSON Schema (2020-12).
    #[must_use]
    pub fn schema(&self) -> Value {
        (self.schema)(self.name, self.kind)
    }
}

fn read<E: Event>(data: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<E>(data)?)
}

/// OpenAPI 3.1 writes JSON Schema; only the place of what is shared differs.
fn schema<E: ToSchema>(name: &str, kind: &str) -> Value {
    let mut shared = Vec::new();
    E::schemas(&mut shared);
    let shared = shared
        .into_iter()
        .map(|(name, schema)| (name, plain(&schema)));
    let shared: serde_json::Map<String, Value> = shared.collect();
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("urn:comptoir:event:{kind}"),
        "title": name,
    });
    if let (Value::Object(whole), Value::Object(own)) = (&mut schema, plain(&E::schema())) {
        whole.extend(own);
        if !shared.is_empty() {
            whole.insert("$defs".to_owned(), Value::Object(shared));
        }
    }
    schema
}

fn plain(schema: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(schema).unwrap_or_default();
    point_to_defs(&mut value);
    value
}

fn point_to_defs(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                *target = target.replace("#/components/schemas/", "#/$defs/");
            }
            fields.values_mut().for_each(point_to_defs);
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_defs),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
