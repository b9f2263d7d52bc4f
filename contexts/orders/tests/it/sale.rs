//! What payments and shipments would say, and orders that have come somewhere with it.

use crate::shop::*;
use contracts::orders::OrderPlaced;
use contracts::payments::*;
use contracts::shipments::{ShipmentDelivered, ShipmentDispatched, ShippedItem};
use kernel::{Event, Id, OrderId, PaymentId, ShipmentId};
use platform::auth::Role;
use platform::events::read_aggregate;
use serde_json::{Value, json};
use testkit::TestApp;
use uuid::Uuid;

/// The total of two mugs and one of the other product.
pub const TOTAL: i64 = 4498;

/// The one payment of an order.
pub fn payment_of(order: OrderId) -> PaymentId {
    Id::from_uuid(Uuid::from_u128(order.uuid().as_u128() ^ 1))
}

pub fn shipment_of(order: OrderId, nth: u128) -> ShipmentId {
    Id::from_uuid(Uuid::from_u128(order.uuid().as_u128() ^ (nth << 8)))
}

/// A pending order of this method, made without waiting for anything.
pub async fn pending(app: &TestApp, method: &str) -> OrderId {
    let mut body = two_mugs();
    body["draft"] = json!(true);
    body["payment"]["method"] = json!(method);
    let id = order_id(&place(app, body).await.expect(201));
    let path = format!("/v1/orders/{id}/place");
    let placed = post(app, &path).await.expect(200).json();
    assert_eq!(placed["status"], "pending");
    id
}

pub async fn post(app: &TestApp, path: &str) -> testkit::Answer {
    app.post(path)
        .as_role(Role::Admin)
        .json(json!({}))
        .send()
        .await
}

pub async fn cancel(app: &TestApp, id: OrderId) -> testkit::Answer {
    post(app, &format!("/v1/orders/{id}/cancel")).await
}

/// A word of the order's payment, by its name; `version` counts its words.
pub async fn payment(app: &TestApp, order_id: OrderId, word: &str, version: i64) {
    let (payment_id, currency) = (payment_of(order_id), "CAD".to_owned());
    let (amount_minor, captured_minor) = (TOTAL, TOTAL);
    match word {
        "action_required" => {
            app.publish(
                &PaymentActionRequired {
                    payment_id,
                    order_id,
                },
                version,
            )
            .await;
        }
        "uncertain" => {
            app.publish(
                &PaymentUncertain {
                    payment_id,
                    order_id,
                },
                version,
            )
            .await
        }
        "voided" => {
            app.publish(
                &PaymentVoided {
                    payment_id,
                    order_id,
                },
                version,
            )
            .await
        }
        "authorized" => {
            let event = PaymentAuthorized {
                payment_id,
                order_id,
                amount_minor,
                currency,
            };
            app.publish(&event, version).await;
        }
        "failed" => {
            let reason = "declined".to_owned();
            app.publish(
                &PaymentFailed {
                    payment_id,
                    order_id,
                    reason,
                },
                version,
            )
            .await;
        }
        "captured" => {
            let event = PaymentCaptured {
                payment_id,
                order_id,
                amount_minor,
                captured_minor,
                currency,
            };
            app.publish(&event, version).await;
        }
        "refunded" => {
            let refund_id = Id::from_uuid(Uuid::from_u128(order_id.uuid().as_u128() ^ 2));
            let refunded_minor = TOTAL;
            let event = PaymentRefunded {
                payment_id,
                refund_id,
                order_id,
                amount_minor,
                refunded_minor,
                captured_minor,
                currency,
            };
            app.publish(&event, version).await;
        }
        other => panic!("payments do not say {other}"),
    }
}

/// Pieces of the two products in a parcel.
fn items(mugs: i64, others: i64) -> Vec<ShippedItem> {
    let item = |(nth, quantity)| ShippedItem {
        product_id: product(nth),
        quantity,
    };
    [(1, mugs), (2, others)]
        .into_iter()
        .filter(|(_, many)| *many > 0)
        .map(item)
        .collect()
}

/// The nth parcel leaves.
pub async fn dispatch(app: &TestApp, order_id: OrderId, nth: u128, (mugs, others): (i64, i64)) {
    let event = ShipmentDispatched {
        shipment_id: shipment_of(order_id, nth),
        order_id,
        store_id: store(),
        items: items(mugs, others),
        carrier: None,
        tracking_number: None,
    };
    app.publish(&event, 1).await;
}

/// The nth parcel arrives.
pub async fn deliver(app: &TestApp, order_id: OrderId, nth: u128, (mugs, others): (i64, i64)) {
    let event = ShipmentDelivered {
        shipment_id: shipment_of(order_id, nth),
        order_id,
        items: items(mugs, others),
    };
    app.publish(&event, 2).await;
}

/// An order that is paid and confirmed.
pub async fn paid(app: &TestApp) -> OrderId {
    let id = pending(app, "sandbox").await;
    reserve(app, id).await;
    payment(app, id, "authorized", 1).await;
    payment(app, id, "captured", 2).await;
    id
}

/// Status, payment, fulfilment.
pub async fn stands(app: &TestApp, id: OrderId) -> [String; 3] {
    let order = read(app, id).await;
    ["status", "payment_status", "fulfilment_status"]
        .map(|field| order[field].as_str().unwrap().to_owned())
}

pub async fn saga(app: &TestApp, id: OrderId) -> Value {
    let path = format!("/v1/sagas/{id}");
    app.get(&path)
        .as_role(Role::Admin)
        .send()
        .await
        .expect(200)
        .json()
}

/// Step and state.
pub async fn waits(app: &TestApp, id: OrderId) -> (String, String) {
    let saga = saga(app, id).await;
    let text = |field: &str| saga[field].as_str().unwrap().to_owned();
    (text("step"), text("state"))
}

/// The events orders has told of one, by the last part of their names.
pub async fn trail(app: &TestApp, id: OrderId) -> Vec<String> {
    let mut tx = app.host().db.read().await.unwrap();
    let events = read_aggregate(&mut tx, OrderPlaced::AGGREGATE, id.uuid())
        .await
        .unwrap();
    let name = |kind: &str| kind.split("order-").nth(1).unwrap().replace(".v1", "");
    events.iter().map(|event| name(&event.kind)).collect()
}

/// Runs the jobs of orders once, as a process does every 15 s.
pub async fn look(app: &TestApp) {
    for module in crate::shop::app(app.host()) {
        for job in module.jobs {
            (job.run)().await.unwrap();
        }
    }
}
