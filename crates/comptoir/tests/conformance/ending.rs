//! How stories end, in words that do not depend on ids.

use crate::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a buyer was told.
pub enum Told {
    Refused(String),
    /// `hasty`: cancelled at once, while its payment was under way or not.
    Placed {
        id: String,
        hasty: bool,
    },
}

/// What is left when a story is over.
#[derive(Debug, PartialEq)]
pub struct Ending {
    /// Every attempt to order, in turn.
    pub orders: Vec<OrderEnding>,
    /// (sku, store code) → (on hand, reserved).
    pub levels: BTreeMap<(String, String), (i64, i64)>,
    /// Answers to what was done beside orders.
    pub answers: Vec<u16>,
}

/// How an order ended. Refused at once and cancelled from afar are the same to the buyer.
#[derive(Debug, PartialEq)]
pub enum OrderEnding {
    Refused(String),
    /// Cancelled before it could be known how far its payment was: no money is kept, whether it
    /// was let go of or given back.
    CalledOff,
    Stands {
        /// Of the order, of its payment, of its goods.
        status: [String; 3],
        total: String,
        store: String,
        trail: Vec<String>,
        payments: Vec<Paid>,
        shipments: Vec<String>,
        /// What its client is told, sorted.
        notices: Vec<String>,
    },
}

/// A payment.
#[derive(Debug, PartialEq)]
pub struct Paid {
    pub method: String,
    pub status: String,
    pub captured: String,
    pub refunded: String,
}

impl Ending {
    /// The kinds of things that happened in it.
    pub fn words(&self) -> BTreeSet<String> {
        let kinds = |order: &OrderEnding| match order {
            OrderEnding::Refused(code) => vec![code.clone()],
            OrderEnding::CalledOff => vec!["CALLED_OFF".to_owned()],
            OrderEnding::Stands {
                status,
                payments,
                notices,
                ..
            } => {
                let told = notices.iter().map(|notice| format!("told {notice}"));
                let by_card = payments.iter().filter(|paid| paid.method == "sandbox");
                let paid = by_card.map(|paid| format!("payment {}", paid.status));
                let [order, _, goods] = status;
                paid.chain([format!("order {order}"), format!("goods {goods}")])
                    .chain(told)
                    .collect()
            }
        };
        self.orders.iter().flat_map(kinds).collect()
    }
}

type Stores = [(String, String)];

/// Reads how it ended.
pub async fn ending(world: &World, stores: &Stores, told: &[Told], answers: Vec<u16>) -> Ending {
    let mut orders = Vec::new();
    for one in told {
        orders.push(match one {
            Told::Placed { id, hasty } => order(world, stores, id, *hasty).await,
            Told::Refused(code) => OrderEnding::Refused(code.clone()),
        });
    }
    let mut levels = BTreeMap::new();
    for (store, code) in stores {
        let path = format!("/v1/stores/{store}/inventory?limit=100");
        for item in items(world, &path).await {
            let sku = word(&item["product"]["sku"]);
            let number = |name: &str| item[name].as_i64().expect("a number");
            levels.insert((sku, code.clone()), (number("on_hand"), number("reserved")));
        }
    }
    Ending {
        orders,
        levels,
        answers,
    }
}

async fn order(world: &World, stores: &Stores, id: &str, hasty: bool) -> OrderEnding {
    let path = format!("/v1/orders/{id}");
    let order = world.ask("GET", &path, None).await.expect(200).json();
    let payments = payments(world, id).await;
    let status = word(&order["status"]);
    if status == "cancelled" {
        for paid in &payments {
            assert_eq!(paid.captured, paid.refunded, "{id} is cancelled: {paid:?}");
            let over = ["failed", "voided", "refunded"].contains(&paid.status.as_str());
            assert!(over || paid.method == "invoice", "{id}: {paid:?}");
        }
    }
    match order["cancel_reason"].as_str() {
        Some(reason @ ("insufficient_stock" | "payment_failed")) => {
            return OrderEnding::Refused(reason.to_uppercase());
        }
        Some(_) if hasty => return OrderEnding::CalledOff,
        _ => {}
    }
    let trail = items(world, &format!("{path}/events")).await;
    let store = stores.iter().find(|(store, _)| order["store_id"] == *store);
    OrderEnding::Stands {
        status: [
            status,
            word(&order["payment_status"]),
            word(&order["fulfilment_status"]),
        ],
        total: word(&order["total"]["amount"]),
        store: store.map_or_else(String::new, |(_, code)| code.clone()),
        trail: trail.iter().map(|event| word(&event["type"])).collect(),
        payments,
        shipments: shipments(world, id).await,
        notices: notices(world, id).await,
    }
}

async fn payments(world: &World, id: &str) -> Vec<Paid> {
    let all = items(world, &format!("/v1/orders/{id}/payments")).await;
    let one = |payment: &Value| Paid {
        method: word(&payment["method"]),
        status: word(&payment["status"]),
        captured: word(&payment["captured"]["amount"]),
        refunded: word(&payment["refunded"]["amount"]),
    };
    all.iter().map(one).collect()
}

/// Status, whether it is recalled, and the pieces in it.
async fn shipments(world: &World, id: &str) -> Vec<String> {
    let all = items(world, &format!("/v1/orders/{id}/shipments?limit=100")).await;
    let one = |shipment: &Value| {
        let pieces = shipment["items"].as_array().expect("items").iter();
        let pieces: Vec<_> = pieces.map(|item| item["quantity"].to_string()).collect();
        let (status, recalled) = (&shipment["status"], &shipment["recalled"]);
        format!("{status} recalled {recalled}: {}", pieces.join(", "))
    };
    all.iter().map(one).collect()
}

/// Kind, channel and status: due are the same everywhere, and nobody delivers here.
async fn notices(world: &World, id: &str) -> Vec<String> {
    let all = items(world, &format!("/v1/notifications?limit=100&order_id={id}")).await;
    let one = |notice: &Value| {
        let [kind, channel, status] = ["kind", "channel", "status"].map(|name| word(&notice[name]));
        format!("{kind} by {channel}: {status}")
    };
    let mut notices: Vec<String> = all.iter().map(one).collect();
    notices.sort();
    notices
}

async fn items(world: &World, path: &str) -> Vec<Value> {
    let page = world.ask("GET", path, None).await.expect(200).json();
    page["items"].as_array().expect("items").clone()
}

fn word(value: &Value) -> String {
    value.as_str().expect("a word").to_owned()
}
