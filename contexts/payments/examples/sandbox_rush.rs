//! How many authorisations and captures a second the sandbox is asked for, on either engine:
//! `cargo run --release -p payments --example sandbox_rush [ORDERS]`. PostgreSQL is the tests' one.

#![expect(
    clippy::expect_used,
    reason = "a measurement that cannot go on says why"
)]

use contracts::inventory::StockReserved;
use contracts::orders::{OrderConfirmed, OrderPlaced};
use kernel::{ClientId, OrderId, StoreId, Timestamp};
use payments::provider::sandbox::Switches;
use payments::{Payments, Settings};
use platform::{Host, Module};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use testkit::{Engine, Setup, TestApp};

/// As many orders as the checkout desk takes at once.
const BATCH: usize = 64;

static PAYMENTS: LazyLock<Mutex<HashMap<usize, Payments>>> = LazyLock::new(Mutex::default);

fn app(host: &Host) -> Vec<Module> {
    let settings = Settings::for_tests(Switches::default());
    let payments = Payments::new(host, settings).expect("payments open");
    let module = payments.module();
    let place = Arc::as_ptr(&host.settings) as usize;
    PAYMENTS
        .lock()
        .expect("nobody panics")
        .insert(place, payments);
    vec![module]
}

fn main() {
    let orders = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let orders: usize = orders.unwrap_or(6_400);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        testkit::run(Setup::new(engine, app), async |app| {
            rush(&app, orders).await
        });
    }
}

async fn rush(app: &TestApp, orders: usize) {
    let ids: Vec<OrderId> = (0..orders).map(|_| app.host().source.id()).collect();
    let place = Arc::as_ptr(&app.host().settings) as usize;
    let payments = PAYMENTS.lock().expect("nobody panics")[&place].clone();
    let store_id = StoreId::from_uuid(app.host().source.uuid());
    let client_id = ClientId::from_uuid(app.host().source.uuid());
    let clock = platform::Source::system();
    let began = clock.now();
    for batch in ids.chunks(BATCH) {
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for order_id in batch {
            let order_id = *order_id;
            let placed = OrderPlaced {
                order_id,
                number: "ORD-2026-000042".to_owned(),
                client_id,
                store_id: Some(store_id),
                items: Vec::new(),
                total_minor: 1_999,
                currency: "CAD".to_owned(),
                payment_method: "sandbox".to_owned(),
                employee_id: None,
                country: None,
            };
            tx.publish(&placed, 1).expect("it is published");
            tx.publish(&StockReserved { order_id, store_id }, 1)
                .expect("it is published");
        }
        tx.commit().await.expect("it commits");
    }
    told(app, "orders with a payment stored", orders, began, &clock);
    let began = clock.now();
    payments.make_calls().await.expect("calls are made");
    told(app, "authorisations", orders, began, &clock);
    let began = clock.now();
    for batch in ids.chunks(BATCH) {
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for order_id in batch {
            let order_id = *order_id;
            tx.publish(&OrderConfirmed { order_id, store_id }, 2)
                .expect("it is published");
        }
        tx.commit().await.expect("it commits");
    }
    told(app, "captures stored", orders, began, &clock);
    let began = clock.now();
    payments.make_calls().await.expect("calls are made");
    told(app, "captures", orders, began, &clock);
}

fn told(app: &TestApp, what: &str, many: usize, began: Timestamp, clock: &platform::Source) {
    let took = clock.now().since(began);
    let rate = u128::try_from(many).unwrap_or_default() * 1_000_000 / took.as_micros().max(1);
    println!("{:?}: {rate} {what} a second", app.engine());
}
