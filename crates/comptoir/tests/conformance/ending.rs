//! How stories end, in words that do not depend on ids.

use crate::world::World;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a buyer was told.
pub enum Told {
    Refused(String),
    /// `hasty`: cancelled at once, while its payment was under way or not. `cart`: it came out of
    /// one.
    Placed {
        id: String,
        hasty: bool,
        cart: bool,
    },
}

/// What is left when a story is over.
#[derive(Debug, PartialEq)]
pub struct Ending {
    /// Every attempt to order, in turn.
    pub orders: Vec<OrderEnding>,
    /// (sku, store code) → (on hand, reserved).
    pub levels: BTreeMap<(String, String), (i64, i64)>,
    /// What is left in carts: (client, sku) → pieces.
    pub carts: BTreeMap<(usize, String), i64>,
    /// Answers to what was done beside orders.
    pub answers: Vec<u16>,
    /// What the reports have counted, row by row.
    pub reports: BTreeMap<&'static str, Vec<String>>,
    pub met: Met,
}

/// What sales met on their way. In another wiring news may come in another order, so that no two
/// of these are compared.
#[derive(Debug, Default)]
pub struct Met(pub BTreeSet<String>);

impl PartialEq for Met {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Reports, and what of their rows does not depend on ids.
const REPORTS: [(&str, &[&str]); 7] = [
    (
        "sales?by=day",
        &[
            "key",
            "orders",
            "units",
            "gross",
            "returned_units",
            "returns",
            "net",
        ],
    ),
    (
        "sales?by=store",
        &["name", "orders", "units", "gross", "returns"],
    ),
    ("sales?by=category", &["name", "units", "gross", "returns"]),
    (
        "best-sellers",
        &["sku", "orders", "units", "gross", "returned_units", "net"],
    ),
    (
        "highest-spenders",
        &["orders", "units", "gross", "returns", "net"],
    ),
    (
        "average-basket",
        &["orders", "average", "units_per_order_milli"],
    ),
    (
        "low-stock",
        &["sku", "store", "on_hand", "reserved", "min_stock", "value"],
    ),
];

/// How an order ended. Refused at once and cancelled from afar are the same to the buyer.
#[derive(Debug, PartialEq)]
pub enum OrderEnding {
    Refused(String),
    /// Cancelled before it could be known how far its payment was: no money is kept, whether it
    /// was let go of or given back.
    CalledOff,
    Stands(Box<Standing>),
}

/// An order that was not undone before anybody could tell of it.
#[derive(Debug, PartialEq)]
pub struct Standing {
    /// Of the order, of its payment, of its goods.
    pub status: [String; 3],
    pub total: String,
    pub store: String,
    pub trail: Vec<String>,
    pub payments: Vec<Paid>,
    pub shipments: Vec<String>,
    /// What its client is told, sorted.
    pub notices: Vec<String>,
    /// What systems outside are told of it, event by event.
    pub webhooks: Vec<String>,
}

/// A payment.
#[derive(Debug, PartialEq)]
pub struct Paid {
    pub method: String,
    pub status: String,
    /// Why it came to nothing.
    pub reason: Option<String>,
    pub captured: String,
    pub refunded: String,
}

impl Ending {
    /// The kinds of things that happened in it.
    pub fn words(&self) -> BTreeSet<String> {
        let kinds = |order: &OrderEnding| match order {
            OrderEnding::Refused(code) => vec![code.clone()],
            OrderEnding::CalledOff => vec!["CALLED_OFF".to_owned()],
            OrderEnding::Stands(standing) => {
                let Standing {
                    status,
                    payments,
                    notices,
                    webhooks,
                    ..
                } = standing.as_ref();
                let sent = webhooks.iter().map(|event| format!("webhook {event}"));
                let told = notices.iter().map(|notice| format!("told {notice}"));
                let by_card = payments.iter().filter(|paid| paid.method == "sandbox");
                let paid = by_card.flat_map(|paid| {
                    let why = paid.reason.as_ref();
                    let why = why.map(|why| format!("payment {}: {why}", paid.status));
                    [format!("payment {}", paid.status)].into_iter().chain(why)
                });
                let [order, _, goods] = status;
                paid.chain([format!("order {order}"), format!("goods {goods}")])
                    .chain(told)
                    .chain(sent)
                    .collect()
            }
        };
        let orders = self.orders.iter().flat_map(kinds);
        orders.chain(self.met.0.iter().cloned()).collect()
    }
}

type Stores = [(String, String)];

/// Reads how it ended.
pub async fn ending(
    world: &World,
    stores: &Stores,
    clients: &[String],
    (told, answers, endpoint): (&[Told], Vec<u16>, &str),
) -> Ending {
    let (mut orders, mut met) = (Vec::new(), Met::default());
    let sent = deliveries(world, endpoint).await;
    for one in told {
        orders.push(match one {
            Told::Placed { id, hasty, cart } => {
                meet(world, id, &mut met).await;
                met.0.extend(cart.then(|| "a checkout".to_owned()));
                order(world, (stores, &sent), id, *hasty).await
            }
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
    assert_eq!(
        counted_levels(world).await,
        something(&levels),
        "stock that reports counted"
    );
    let mut reports = BTreeMap::new();
    for (path, fields) in REPORTS {
        reports.insert(path, counted(world, path, fields).await);
    }
    Ending {
        orders,
        levels,
        carts: carts(world, clients).await,
        answers,
        reports,
        met,
    }
}

/// The rows of a report, in an order that does not depend on ids.
async fn counted(world: &World, path: &str, fields: &[&str]) -> Vec<String> {
    let rows = items(world, &format!("/v1/reports/{path}")).await;
    let text = |row: &Value| {
        let cells = fields.iter().map(|field| row[*field].to_string());
        cells.collect::<Vec<_>>().join(" ")
    };
    let mut rows: Vec<String> = rows.iter().map(text).collect();
    rows.sort();
    rows
}

type Levels = BTreeMap<(String, String), (i64, i64)>;

/// Stock as the reports have it.
async fn counted_levels(world: &World) -> Levels {
    let rows = items(world, "/v1/reports/stock-overview?limit=1000").await;
    let level = |row: &Value| {
        let number = |name: &str| row[name].as_i64().expect("a number");
        let code = word(&row["store"]).replace("Store ", "");
        (
            (word(&row["sku"]), code),
            (number("on_hand"), number("reserved")),
        )
    };
    something(&rows.iter().map(level).collect())
}

/// A level with nothing in it may or may not be there.
fn something(levels: &Levels) -> Levels {
    let some = levels.iter().filter(|(_, counts)| **counts != (0, 0));
    some.map(|(place, counts)| (place.clone(), *counts))
        .collect()
}

/// Takes down what was heard of an order's sale.
async fn meet(world: &World, id: &str, met: &mut Met) {
    let saga = world.ask("GET", &format!("/v1/sagas/{id}"), None).await;
    // Who never waited has no record.
    if saga.status == 200 {
        let history = saga.json()["history"].clone();
        let facts = history.as_array().expect("a history").iter();
        met.0.extend(facts.map(|fact| word(&fact["fact"])));
    }
}

async fn carts(world: &World, clients: &[String]) -> BTreeMap<(usize, String), i64> {
    let mut found = BTreeMap::new();
    for (nth, client) in clients.iter().enumerate() {
        let cart = world
            .ask_as(client, "GET", "/v1/cart", None)
            .await
            .expect(200)
            .json();
        for item in cart["items"].as_array().expect("items") {
            let quantity = item["quantity"].as_i64().expect("a number");
            found.insert((nth, word(&item["sku"])), quantity);
        }
    }
    found
}

async fn order(
    world: &World,
    (stores, sent): (&Stores, &Deliveries),
    id: &str,
    hasty: bool,
) -> OrderEnding {
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
    let trail = items(world, &format!("{path}/events")).await;
    let on_its_way = |event: &Value| {
        let delivery = sent.get(&word(&event["id"]));
        delivery
            .cloned()
            .unwrap_or_else(|| panic!("{id}: nobody is told of {event}"))
    };
    let webhooks = trail.iter().map(on_its_way).collect();
    let trail: Vec<String> = trail.iter().map(|event| word(&event["type"])).collect();
    let stood = trail.iter().any(|kind| kind.contains("confirmed"));
    match order["cancel_reason"].as_str() {
        // What had been confirmed before is told in full, with whatever was undone.
        Some(reason @ ("insufficient_stock" | "payment_failed")) if !stood => {
            return OrderEnding::Refused(reason.to_uppercase());
        }
        Some(_) if hasty => return OrderEnding::CalledOff,
        _ => {}
    }
    let store = stores.iter().find(|(store, _)| order["store_id"] == *store);
    OrderEnding::Stands(Box::new(Standing {
        status: [
            status,
            word(&order["payment_status"]),
            word(&order["fulfilment_status"]),
        ],
        total: word(&order["total"]["amount"]),
        store: store.map_or_else(String::new, |(_, code)| code.clone()),
        trail,
        payments,
        shipments: shipments(world, id).await,
        notices: notices(world, id).await,
        webhooks,
    }))
}

async fn payments(world: &World, id: &str) -> Vec<Paid> {
    let all = items(world, &format!("/v1/orders/{id}/payments")).await;
    let one = |payment: &Value| Paid {
        method: word(&payment["method"]),
        status: word(&payment["status"]),
        reason: payment["reason"].as_str().map(str::to_owned),
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

/// The deliveries to an endpoint, each by its event.
type Deliveries = BTreeMap<String, String>;

async fn deliveries(world: &World, endpoint: &str) -> Deliveries {
    let first = format!("/v1/webhook-endpoints/{endpoint}/deliveries?limit=100");
    let (mut found, mut path) = (Deliveries::new(), first.clone());
    loop {
        let page = world.ask("GET", &path, None).await.expect(200).json();
        for one in page["items"].as_array().expect("items") {
            let [kind, state] = ["event_type", "state"].map(|name| word(&one[name]));
            found.insert(word(&one["event_id"]), format!("{kind}: {state}"));
        }
        let Some(next) = page["next_cursor"].as_str() else {
            return found;
        };
        path = format!("{first}&cursor={next}");
    }
}

async fn items(world: &World, path: &str) -> Vec<Value> {
    let page = world.ask("GET", path, None).await.expect(200).json();
    page["items"].as_array().expect("items").clone()
}

fn word(value: &Value) -> String {
    value.as_str().expect("a word").to_owned()
}
