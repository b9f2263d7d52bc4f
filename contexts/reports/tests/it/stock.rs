//! What lies in the stores: on hand as inventory told it, reserved as the orders do.

use crate::shop::{
    app, cancelled, id, moved, named, opened, placed, report, reserved, rows, store, tell,
};
use contracts::inventory::StockReleased;
use contracts::shipments::{ShipmentDispatched, ShippedItem};
use kernel::Category;
use serde_json::json;
use std::collections::BTreeMap;
use testkit::{TestApp, on_both};

const LEVEL: [&str; 4] = ["sku", "on_hand", "reserved", "available"];

fn dispatched(shipment: u128, order: u128, from: u128, pieces: i64) -> ShipmentDispatched {
    let items = vec![ShippedItem {
        product_id: id(1),
        quantity: pieces,
    }];
    ShipmentDispatched {
        shipment_id: id(shipment),
        order_id: id(order),
        store_id: store(from),
        items,
        carrier: None,
        tracking_number: None,
    }
}

on_both! {
    async fn what_is_on_hand_is_what_was_told_last(app: TestApp) {
        tell(&app, &named(1, 30, "Lamp", 250), 1).await;
        tell(&app, &opened(20, "Main"), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 10, Some(3), 4)]), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 99, None, 2)]), 1).await;
        let fields = ["sku", "name", "store", "on_hand", "min_stock", "value"];
        let rows = rows(&app, "stock-overview", &fields).await;
        let (lamp, main) = (json!("Lamp"), json!("Main"));
        assert_eq!(rows, [[json!("SKU-1"), lamp, main, json!(10), json!(3), json!("25.00")]]);
        let stores = report(&app, "stock-overview").await["stores"].clone();
        assert_eq!(stores[0]["on_hand"], 10);
        assert_eq!(stores[0]["value"], json!({"amount": "25.00", "currency": "CAD"}));
    }

    async fn orders_hold_stock_until_it_leaves_or_is_released(app: TestApp) {
        tell(&app, &named(1, 30, "Lamp", 250), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 10, None, 2)]), 1).await;
        tell(&app, &placed(1, 7, &[(1, 2, 500), (1, 1, 500)]), 1).await;
        tell(&app, &placed(2, 7, &[(1, 4, 500)]), 1).await;
        tell(&app, &reserved(1, 20), 1).await;
        tell(&app, &reserved(2, 20), 1).await;
        let level = async || rows(&app, "stock-overview", &LEVEL).await;
        let lamp = json!("SKU-1");
        assert_eq!(level().await, [[lamp.clone(), json!(10), json!(7), json!(3)]]);
        tell(&app, &dispatched(50, 1, 20, 1), 1).await;
        tell(&app, &moved(&app, &[(1, 20, 9, None, 5)]), 1).await;
        assert_eq!(level().await, [[lamp.clone(), json!(9), json!(6), json!(3)]]);
        tell(&app, &cancelled(2), 2).await;
        assert_eq!(level().await[0][2], json!(6), "it is held until it is let go of");
        tell(&app, &StockReleased { order_id: id(2) }, 2).await;
        assert_eq!(level().await, [[lamp.clone(), json!(9), json!(2), json!(7)]]);
        tell(&app, &dispatched(51, 1, 21, 2), 1).await;
        assert_eq!(level().await[0][2], json!(2), "what left another store was not held here");
    }

    async fn low_is_what_is_free_at_or_below_its_threshold(app: TestApp) {
        for number in 1..=3 {
            tell(&app, &named(number, 30, "Lamp", 250), 1).await;
        }
        let levels = [(1, 20, 5, Some(3), 2), (2, 20, 4, Some(4), 2), (3, 20, 1, None, 2)];
        tell(&app, &moved(&app, &levels), 1).await;
        let low = rows(&app, "low-stock", &["sku", "available"]).await;
        assert_eq!(low, [[json!("SKU-2"), json!(4)]]);
        tell(&app, &placed(1, 7, &[(1, 4, 500)]), 1).await;
        tell(&app, &reserved(1, 20), 1).await;
        let low = rows(&app, "low-stock", &["sku", "available"]).await;
        assert_eq!(low, [[json!("SKU-1"), json!(1)], [json!("SKU-2"), json!(4)]]);
        let stores = report(&app, "stock-overview").await["stores"].clone();
        assert_eq!(stores[0]["low"], 2);
    }

    async fn what_is_worth_most_comes_first_whatever_became_of_prices_and_stock(app: TestApp) {
        let mut shelves = BTreeMap::new();
        let mut dice = 7_i64;
        for version in 1..=3 {
            for number in 1..=60 {
                dice = (dice * 1_103_515_245 + 12_345) % 2_147_483_648;
                let (category, price) = (30 + number % 2, 100 + dice % 400);
                let level = (number, 20 + number % 3, dice / 400 % 90, Some(9), version + 1);
                if version == 1 || dice % 3 == 0 {
                    app.publish(&named(number, category, "Lamp", price), version).await;
                    shelves.entry(number).or_insert((0, 0)).0 = price;
                }
                if version == 1 || dice % 5 < 3 {
                    app.publish(&moved(&app, &[level]), 1).await;
                    shelves.entry(number).or_insert((0, 0)).1 = level.2;
                }
            }
            app.settle().await;
            for limit in [1, 7, 60] {
                let path = format!("stock-overview?limit={limit}");
                let found = rows(&app, &path, &["sku"]).await;
                let mut worth: Vec<(i64, u128)> =
                    shelves.iter().map(|(number, shelf)| (-shelf.0 * shelf.1, *number)).collect();
                worth.sort_unstable();
                worth.truncate(limit);
                let wanted: Vec<_> =
                    worth.iter().map(|one| vec![json!(format!("SKU-{}", one.1))]).collect();
                assert_eq!(found, wanted, "version {version}, limit {limit}");
            }
        }
        let pieces = |category: u128| -> i64 {
            let of = shelves.iter().filter(|one| 30 + one.0 % 2 == category);
            of.map(|one| one.1.1).sum()
        };
        for category in [30, 31] {
            let path = format!("stock-overview?category_id={}", id::<Category>(category));
            let stores = report(&app, &path).await["stores"].clone();
            let held = stores.as_array().unwrap().iter().map(|store| store["on_hand"].as_i64());
            assert_eq!(held.flatten().sum::<i64>(), pieces(category));
        }
    }

    /// They were worth more once, and the index has not heard of it.
    async fn what_was_sold_down_does_not_hide_what_is_worth_more(app: TestApp) {
        for number in 1..=60 {
            app.publish(&named(number, 30, "Lamp", 1), 1).await;
            let pieces = if number <= 40 { 1000 } else { 800 };
            app.publish(&moved(&app, &[(number, 20, pieces, None, 2)]), 1).await;
        }
        app.settle().await;
        for number in 1..=40 {
            app.publish(&moved(&app, &[(number, 20, 751, None, 3)]), 1).await;
        }
        app.settle().await;
        let found = rows(&app, "stock-overview?limit=2", &["sku", "on_hand"]).await;
        let wanted = [41, 42].map(|number| vec![json!(format!("SKU-{number}")), json!(800)]);
        assert_eq!(found, wanted);
    }

    /// More than money can say: the value is capped, and the report still answers.
    async fn a_level_of_absurd_worth_breaks_no_report(app: TestApp) {
        tell(&app, &named(1, 30, "Moon", 10_000_000_000_000), 1).await;
        tell(&app, &named(2, 30, "Mars", 10_000_000_000_000), 1).await;
        let most = 1_000_000_000_000;
        tell(&app, &moved(&app, &[(1, 20, most, None, 2), (2, 20, most, None, 2)]), 1).await;
        let value = rows(&app, "stock-overview", &["value"]).await;
        assert_eq!(value[0], [json!("90000000000000.00")]);
    }
}
