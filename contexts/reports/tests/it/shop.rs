//! Sales as other contexts tell of them, and a manager who reads.

use contracts::catalog::{CategoryChanged, ProductChanged};
use contracts::inventory::{MovedLevel, StockMoved, StockReserved, StoreChanged};
use contracts::orders::{OrderCancelled, OrderImported, OrderPlaced, OrderReturned, PlacedItem};
use kernel::{
    CategoryId, ClientId, EmployeeId, Entity, Event, Id, OrderId, ProductId, StoreId, Timestamp,
};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::Value;
use testkit::TestApp;
use uuid::Uuid;

pub fn app(host: &Host) -> Vec<Module> {
    vec![reports::module(host)]
}

/// The same thing in every test: product 1, store 2, …
pub fn id<E: Entity>(number: u128) -> Id<E> {
    Id::from_uuid(Uuid::from_u128(number))
}

pub fn product(number: u128) -> ProductId {
    id(number)
}

pub fn store(number: u128) -> StoreId {
    id(number)
}

/// An order of pieces of products at prices: `(product, pieces, price)`.
pub fn placed(order: u128, client: u128, lines: &[(u128, i64, i64)]) -> OrderPlaced {
    OrderPlaced {
        order_id: id(order),
        number: format!("ORD-2026-{order:06}"),
        client_id: id::<kernel::Client>(client),
        store_id: None,
        items: items(lines),
        total_minor: lines.iter().map(|line| line.1 * line.2).sum(),
        currency: "CAD".to_owned(),
        payment_method: "invoice".to_owned(),
        employee_id: None,
        country: None,
    }
}

pub fn by_employee(order: OrderPlaced, employee: u128) -> OrderPlaced {
    let employee_id: Option<EmployeeId> = Some(id(employee));
    OrderPlaced {
        employee_id,
        ..order
    }
}

pub fn items(lines: &[(u128, i64, i64)]) -> Vec<PlacedItem> {
    let item = |&(product, quantity, unit_price_minor): &(u128, i64, i64)| PlacedItem {
        product_id: id(product),
        quantity,
        unit_price_minor,
    };
    lines.iter().map(item).collect()
}

/// A past order of another country and, perhaps, currency.
pub fn imported(order: u128, at: &str, lines: &[(u128, i64, i64)], country: &str) -> OrderImported {
    let client_id: ClientId = id(7);
    OrderImported {
        order_id: id(order),
        number: format!("ORD-2010-{order:06}"),
        client_id,
        placed_at: at.parse().unwrap(),
        items: items(lines),
        total_minor: lines.iter().map(|line| line.1 * line.2).sum(),
        currency: "GBP".to_owned(),
        country: Some(country.to_owned()),
    }
}

pub fn reserved(order: u128, in_store: u128) -> StockReserved {
    StockReserved {
        order_id: id(order),
        store_id: store(in_store),
    }
}

pub fn cancelled(order: u128) -> OrderCancelled {
    OrderCancelled {
        order_id: id(order),
        reason: "requested".to_owned(),
    }
}

pub fn returned(order: u128, lines: &[(u128, i64, i64)], at: Option<&str>) -> OrderReturned {
    let order_id: OrderId = id(order);
    let returned_at = at.map(|at| at.parse::<Timestamp>().unwrap());
    OrderReturned {
        order_id,
        store_id: None,
        items: items(lines),
        restock: true,
        returned_at,
    }
}

pub fn named(number: u128, category: u128, name: &str, price_minor: i64) -> ProductChanged {
    let category_id: CategoryId = id(category);
    ProductChanged {
        product_id: product(number),
        sku: format!("SKU-{number}"),
        name: name.to_owned(),
        category_id,
        group_id: None,
        price_minor,
        currency: "CAD".to_owned(),
        status: "active".to_owned(),
    }
}

pub fn category(number: u128, name: &str) -> CategoryChanged {
    CategoryChanged {
        category_id: id(number),
        name: name.to_owned(),
        parent_id: None,
    }
}

pub fn opened(number: u128, name: &str) -> StoreChanged {
    StoreChanged {
        store_id: store(number),
        code: format!("S{number}"),
        name: name.to_owned(),
        kind: "store".to_owned(),
        archived: false,
    }
}

/// `(product, store, on hand, threshold, version)`
pub fn moved(app: &TestApp, levels: &[(u128, u128, i64, Option<i64>, i64)]) -> StockMoved {
    let level =
        |&(of, at, on_hand, min_stock, version): &(u128, u128, i64, Option<i64>, i64)| MovedLevel {
            product_id: product(of),
            store_id: store(at),
            on_hand,
            min_stock,
            version,
        };
    StockMoved {
        move_id: app.host().source.id(),
        levels: levels.iter().map(level).collect(),
    }
}

/// Tells of something and waits until it is counted.
pub async fn tell<E: Event>(app: &TestApp, event: &E, version: i64) {
    app.publish(event, version).await;
    app.settle().await;
}

/// As a manager of all stores.
pub async fn report(app: &TestApp, path: &str) -> Value {
    let path = format!("/v1/reports/{path}");
    app.get(&path)
        .as_role(Role::Manager)
        .send()
        .await
        .expect(200)
        .json()
}

/// The rows of a report, each as the values of these fields; money as its amount.
pub async fn rows(app: &TestApp, path: &str, fields: &[&str]) -> Vec<Vec<Value>> {
    let report = report(app, path).await;
    let one = |row: &Value| {
        let field = |name: &&str| match &row[*name] {
            Value::Object(money) => money["amount"].clone(),
            other => other.clone(),
        };
        fields.iter().map(field).collect()
    };
    report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(one)
        .collect()
}
