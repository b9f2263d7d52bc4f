//! The largest order there may be: it goes through, and its events fit into the log.

pub use crate::shop::app;

use crate::shop::{furnish, place};
use contracts::orders::{OrderPlaced, PlacedItem};
use kernel::{Id, Quantity};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};
use uuid::Uuid;

/// What the log takes of one event; its CHECK says so too.
const MOST_BYTES: usize = 256 * 1024;
const LINES: usize = 1000;

#[test]
fn no_order_is_too_large_for_an_event() {
    let id = Uuid::from_u128(u128::MAX);
    let item = PlacedItem {
        product_id: Id::from_uuid(id),
        quantity: Quantity::MAX,
        unit_price_minor: i64::MAX,
    };
    let placed = OrderPlaced {
        order_id: Id::from_uuid(id),
        number: format!("ORD-9999-{}", u64::MAX),
        client_id: Id::from_uuid(id),
        store_id: Some(Id::from_uuid(id)),
        items: vec![item; LINES],
        total_minor: i64::MAX,
        currency: "CAD".to_owned(),
        payment_method: "x".repeat(40),
        employee_id: Some(Id::from_uuid(id)),
        country: Some("CA".to_owned()),
    };
    let bytes = serde_json::to_string(&placed).unwrap().len();
    assert!((100_000..MOST_BYTES).contains(&bytes), "{bytes}");
}

/// Every product the shop has.
async fn products(app: &TestApp) -> Vec<Value> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app
            .get(&format!("/v1/products?limit=100{cursor}"))
            .send()
            .await
            .expect(200);
        let page = page.json();
        ids.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

on_both! {
    async fn an_order_of_a_thousand_lines_is_placed(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        let line = |nth: usize| format!("LINE-{nth},Line {nth},Goods,1.99\n");
        let sheet: String = (1..LINES).map(line).collect();
        let sheet = format!("sku,name,category,price\n{sheet}");
        let import = app.post("/v1/products/import").as_role(Role::Manager);
        import.body("text/csv", sheet).send().await.expect(200);
        let ids = products(&app).await;
        assert_eq!(ids.len(), LINES);
        let level = |id: &Value| json!({"product_id": id, "store_id": shop.store, "quantity": 5});
        let levels: Vec<_> = ids.iter().map(level).collect();
        let set = app.post("/v1/inventory").as_role(Role::Clerk).json(json!(levels));
        set.send().await.expect(200);

        let items: Vec<_> = ids.iter().map(|id| json!({"product_id": id, "quantity": 5})).collect();
        let order = json!({"client_id": shop.client, "items": items});
        let placed = place(&app, "large", &order).await.expect(201);
        assert_eq!(placed.json()["items"].as_array().map(Vec::len), Some(LINES));
        let path = format!("/v1/orders/{}/events", placed.field("id"));
        let events = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
        let items = &events["items"][0]["data"]["items"];
        assert_eq!(items.as_array().map(Vec::len), Some(LINES));
        let one_more = json!({"client_id": shop.client, "items":
            [{"product_id": ids[LINES / 2], "quantity": 1}]});
        place(&app, "one-more", &one_more).await.expect(409);
    }
}
