//! The queue of a store: confirmed orders of which something has not left.

use crate::shop::{app, cancel, clerk_of, confirmed, get, go, pack, queue, send};
use platform::auth::Role;
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

on_both! {
    async fn an_order_waits_until_all_of_it_has_left(app: TestApp) {
        let order = confirmed(&app, &[3, 1]).await;
        let waits = vec![order.id.to_string()];
        assert_eq!(queue(&app, "").await, waits);
        let first = pack(&app, &order, json!({"items": [order.item(0, 2)]})).await;
        let page = get(&app, "/v1/fulfilment?count=true").await;
        assert_eq!(page["total"], 1);
        let seen = &page["items"][0];
        assert_eq!((&seen["number"], &seen["store_id"]),
            (&json!("ORD-2026-000042"), &json!(order.store)));
        assert_eq!(seen["items"], json!([
            {"product_id": order.lines[0].0, "quantity": 3, "packed": 2, "to_ship": 1},
            {"product_id": order.lines[1].0, "quantity": 1, "packed": 0, "to_ship": 1},
        ]));
        let rest = pack(&app, &order, json!({})).await;
        go(&app, &first, "in_transit").await.expect(200);
        assert_eq!(queue(&app, "").await, waits);
        go(&app, &rest, "in_transit").await.expect(200);
        assert_eq!(queue(&app, "").await, [] as [String; 0]);
    }

    async fn a_cancelled_shipment_leaves_its_order_waiting(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        send(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        let rest = pack(&app, &order, json!({})).await;
        crate::shop::post(&app, &format!("{rest}/cancel"), json!({})).await.expect(200);
        assert_eq!(queue(&app, "").await, [order.id.to_string()]);
        send(&app, &order, json!({})).await;
        assert_eq!(queue(&app, "").await, [] as [String; 0]);
    }

    async fn a_cancelled_order_waits_no_more(app: TestApp) {
        let (kept, gone) = (confirmed(&app, &[1]).await, confirmed(&app, &[1]).await);
        cancel(&app, &gone).await;
        assert_eq!(queue(&app, "").await, [kept.id.to_string()]);
    }

    async fn whoever_waits_longest_comes_first_in_pages(app: TestApp) {
        let mut orders = Vec::new();
        for _ in 0..7 {
            orders.push(confirmed(&app, &[1]).await.id.to_string());
            app.clock_advance(Duration::from_secs(1));
        }
        assert_eq!(queue(&app, "").await, orders);
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&app, &format!("/v1/fulfilment?limit=3{cursor}")).await;
            for one in page["items"].as_array().expect("a page has items") {
                seen.push(one["order_id"].as_str().expect("an id").to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, orders);
        for bad in ["cursor=x", "cursor=WyJBbm5hIl0", "limit=0", "store_id=x", "sort=x"] {
            let path = format!("/v1/fulfilment?{bad}");
            app.get(&path).as_role(Role::Clerk).send().await.expect(422);
        }
    }

    async fn each_store_has_its_own(app: TestApp) {
        let (here, there) = (confirmed(&app, &[1]).await, confirmed(&app, &[1]).await);
        let of = |store: &str| format!("store_id={store}");
        let store = here.store.to_string();
        assert_eq!(queue(&app, &of(&store)).await, [here.id.to_string()]);
        let clerk = clerk_of(&app, &[here.store]);
        let ask = |query: &str| {
            app.get(&format!("/v1/fulfilment?count=true&{query}")).as_principal(&clerk)
        };
        for query in ["", &of(&store)] {
            let page = ask(query).send().await.expect(200).json();
            assert_eq!((&page["total"], &page["items"][0]["order_id"]),
                (&json!(1), &json!(here.id)));
        }
        let refused = ask(&of(&there.store.to_string())).send().await.expect(403);
        assert_eq!(refused.code(), "STORE_NOT_ALLOWED");
        let nobodys = clerk_of(&app, &[]);
        let page = app.get("/v1/fulfilment").as_principal(&nobodys).send().await.expect(200);
        assert_eq!(page.json()["items"], json!([]));
    }
}
