//! Orders as other contexts tell of them, and hands that pack and send.

use contracts::orders::{OrderCancelled, OrderConfirmed, OrderPlaced, PlacedItem};
use kernel::{ClientId, OrderId, ProductId, ShipmentId, StoreId};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, TestApp};

pub fn app(host: &Host) -> Vec<Module> {
    vec![shipments::module(host)]
}

/// An order and what it is about.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: OrderId,
    pub client: ClientId,
    pub store: StoreId,
    /// (product, pieces)
    pub lines: Vec<(ProductId, i64)>,
}

impl Order {
    /// An order nobody has told of, of so many pieces of one product each.
    pub fn new(app: &TestApp, pieces: &[i64]) -> Self {
        let source = &app.host().source;
        Self {
            id: source.id(),
            client: source.id(),
            store: source.id(),
            lines: pieces.iter().map(|count| (source.id(), *count)).collect(),
        }
    }

    pub fn placed(&self) -> OrderPlaced {
        let item = |&(product_id, quantity): &(ProductId, i64)| PlacedItem {
            product_id,
            quantity,
            unit_price_minor: 999,
        };
        OrderPlaced {
            order_id: self.id,
            number: "ORD-2026-000042".to_owned(),
            client_id: self.client,
            store_id: None,
            items: self.lines.iter().map(item).collect(),
            total_minor: 999,
            currency: "CAD".to_owned(),
            payment_method: "invoice".to_owned(),
            employee_id: None,
            country: None,
        }
    }

    pub fn confirmed(&self) -> OrderConfirmed {
        OrderConfirmed {
            order_id: self.id,
            store_id: self.store,
        }
    }

    pub fn cancelled(&self) -> OrderCancelled {
        OrderCancelled {
            order_id: self.id,
            reason: "requested".to_owned(),
        }
    }

    pub fn path(&self) -> String {
        format!("/v1/orders/{}/shipments", self.id)
    }

    /// Pieces of the nth product, as a request names them.
    pub fn item(&self, nth: usize, quantity: i64) -> Value {
        json!({"product_id": self.lines[nth].0, "quantity": quantity})
    }
}

/// A confirmed order of so many pieces of one product each.
pub async fn confirmed(app: &TestApp, pieces: &[i64]) -> Order {
    let order = Order::new(app, pieces);
    app.publish(&order.placed(), 1).await;
    app.publish(&order.confirmed(), 2).await;
    order
}

pub async fn cancel(app: &TestApp, order: &Order) {
    app.publish(&order.cancelled(), 3).await;
}

/// As a clerk of all stores.
pub async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.post(path).as_role(Role::Clerk).json(body).send().await
}

/// As a clerk of all stores.
pub async fn patch(app: &TestApp, path: &str, body: Value) -> Answer {
    app.patch(path).as_role(Role::Clerk).json(body).send().await
}

/// As a clerk of all stores.
pub async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.get(path).as_role(Role::Clerk).send().await;
    answer.expect(200).json()
}

/// Packs a shipment; answers its path.
pub async fn pack(app: &TestApp, order: &Order, body: Value) -> String {
    let made = post(app, &order.path(), body).await.expect(201);
    let location = made.header("location").expect("it says where it is");
    assert_eq!(location, format!("/v1/shipments/{}", made.field("id")));
    location.to_owned()
}

pub async fn go(app: &TestApp, shipment: &str, status: &str) -> Answer {
    patch(app, shipment, json!({"status": status})).await
}

/// Packs and sends a shipment; answers its path.
pub async fn send(app: &TestApp, order: &Order, body: Value) -> String {
    let shipment = pack(app, order, body).await;
    go(app, &shipment, "in_transit").await.expect(200);
    shipment
}

/// What was told of a shipment: kinds and data.
pub async fn told(app: &TestApp, shipment: &str) -> Vec<(String, Value)> {
    let id = shipment.trim_start_matches("/v1/shipments/");
    let id: ShipmentId = id.parse().expect("a path ends with an id");
    let mut tx = app.host().db.read().await.expect("the database answers");
    let events = platform::events::read_aggregate(&mut tx, "shipment", id.uuid()).await;
    let one = |event: platform::events::Logged| {
        let data = serde_json::from_str(&event.data).expect("events are JSON");
        let kind = event.kind.trim_start_matches("comptoir.shipments.");
        (kind.to_owned(), data)
    };
    events
        .expect("events can be read")
        .into_iter()
        .map(one)
        .collect()
}

pub async fn kinds(app: &TestApp, shipment: &str) -> Vec<String> {
    let told = told(app, shipment).await;
    told.into_iter().map(|(kind, _)| kind).collect()
}

/// Ids of the orders in the queue.
pub async fn queue(app: &TestApp, query: &str) -> Vec<String> {
    let page = get(app, &format!("/v1/fulfilment?limit=100&{query}")).await;
    let items = page["items"].as_array().expect("a page has items");
    let id = |one: &Value| one["order_id"].as_str().expect("an id").to_owned();
    items.iter().map(id).collect()
}

/// A clerk who is limited to these stores.
pub fn clerk_of(app: &TestApp, stores: &[StoreId]) -> Principal {
    Principal {
        subject: app.host().source.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Clerk]),
        client: None,
        stores: Some(stores.to_vec()),
    }
}
