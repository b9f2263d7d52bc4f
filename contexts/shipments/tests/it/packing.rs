//! What goes into shipments: everything, or a part, and never more than was ordered.

use crate::shop::{Order, app, cancel, clerk_of, confirmed, get, go, pack, post};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

on_both! {
    async fn left_out_everything_goes_into_one_shipment(app: TestApp) {
        let order = confirmed(&app, &[3, 1]).await;
        let made = post(&app, &order.path(), json!({})).await.expect(201);
        assert_eq!(made.header("etag"), Some("\"1\""));
        let made = made.json();
        assert_eq!(made["order_id"], json!(order.id));
        assert_eq!(made["store_id"], json!(order.store));
        assert_eq!((&made["status"], &made["carrier"]), (&json!("processing"), &json!("manual")));
        assert_eq!((&made["tracking_number"], &made["recalled"]), (&Value::Null, &json!(false)));
        assert_eq!(made["items"], json!([order.item(0, 3), order.item(1, 1)]));
        let again = post(&app, &order.path(), json!({})).await.expect(409);
        assert_eq!(again.code(), "NOTHING_TO_SHIP");
    }

    async fn an_order_goes_into_several_shipments(app: TestApp) {
        let order = confirmed(&app, &[3, 2]).await;
        pack(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        pack(&app, &order, json!({"items": [order.item(0, 1), order.item(1, 2)]})).await;
        let rest = post(&app, &order.path(), json!({})).await.expect(201).json();
        assert_eq!(rest["items"], json!([order.item(0, 1)]));
        let list = get(&app, &format!("{}?count=true", order.path())).await;
        assert_eq!((list["total"].clone(), &list["next_cursor"]), (json!(3), &Value::Null));
        assert_eq!(list["items"][2]["id"], rest["id"]);
    }

    async fn the_shipments_of_an_order_come_in_pages(app: TestApp) {
        let order = confirmed(&app, &[5]).await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.push(pack(&app, &order, json!({"items": [order.item(0, 1)]})).await);
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&app, &format!("{}?limit=2{cursor}", order.path())).await;
            for one in page["items"].as_array().expect("a page has items") {
                seen.push(format!("/v1/shipments/{}", one["id"].as_str().expect("an id")));
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, made);
    }

    async fn more_than_was_ordered_is_refused_line_by_line(app: TestApp) {
        let order = confirmed(&app, &[3, 2]).await;
        pack(&app, &order, json!({"items": [order.item(0, 2)]})).await;
        let much = json!({"items": [order.item(1, 2), order.item(0, 2)]});
        let refused = post(&app, &order.path(), much).await.expect(409);
        assert_eq!(refused.code(), "MORE_THAN_ORDERED");
        let details = refused.json()["error"]["details"].clone();
        assert_eq!(details, json!([{"field": "items[1].quantity", "code": "MORE_THAN_ORDERED",
            "message": "2 wanted, 1 left to ship"}]));
        let twice = json!({"items": [order.item(1, 1), order.item(1, 2)]});
        post(&app, &order.path(), twice).await.expect(409);
        let other = Order::new(&app, &[1]);
        let refused = post(&app, &order.path(), json!({"items": [other.item(0, 1)]})).await;
        assert_eq!(refused.expect(422).code(), "UNKNOWN_PRODUCT");
        assert_eq!(get(&app, &order.path()).await["items"].as_array().map(Vec::len), Some(1));
    }

    async fn the_same_product_on_two_lines_of_an_order_is_one(app: TestApp) {
        let mut order = Order::new(&app, &[2]);
        order.lines.push((order.lines[0].0, 3));
        app.publish(&order.placed(), 1).await;
        app.publish(&order.confirmed(), 2).await;
        let made = post(&app, &order.path(), json!({})).await.expect(201).json();
        assert_eq!(made["items"], json!([order.item(0, 5)]));
    }

    async fn what_a_cancelled_shipment_held_is_packed_again(app: TestApp) {
        let order = confirmed(&app, &[3]).await;
        let first = pack(&app, &order, json!({"items": [order.item(0, 2)]})).await;
        let cancelled = post(&app, &format!("{first}/cancel"), json!({})).await.expect(200);
        assert_eq!(cancelled.header("etag"), Some("\"2\""));
        let cancelled = cancelled.json();
        assert_eq!(cancelled["status"], "cancelled");
        assert!(cancelled["cancelled_at"].is_string());
        let all = post(&app, &order.path(), json!({})).await.expect(201).json();
        assert_eq!(all["items"], json!([order.item(0, 3)]));
        let again = post(&app, &format!("{first}/cancel"), json!({})).await.expect(409);
        assert_eq!(again.code(), "ILLEGAL_TRANSITION");
    }

    async fn only_what_is_confirmed_is_packed(app: TestApp) {
        let order = Order::new(&app, &[1]);
        post(&app, &order.path(), json!({})).await.expect(404);
        app.publish(&order.placed(), 1).await;
        let early = post(&app, &order.path(), json!({})).await.expect(409);
        assert_eq!(early.code(), "ORDER_NOT_CONFIRMED");
        assert_eq!(get(&app, &order.path()).await["items"], json!([]));
        app.publish(&order.confirmed(), 2).await;
        cancel(&app, &order).await;
        let late = post(&app, &order.path(), json!({})).await.expect(409);
        assert_eq!(late.code(), "ORDER_CANCELLED");
    }

    async fn the_same_request_packs_once(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let request = || {
            let body = json!({"items": [order.item(0, 1)]});
            app.post(&order.path()).as_role(Role::Clerk).key("pack-1").json(body)
        };
        let (first, second) = (request().send().await.expect(201), request().send().await);
        assert_eq!((second.status, &second.body), (201, &first.body));
        assert_eq!(get(&app, &order.path()).await["items"].as_array().map(Vec::len), Some(1));
    }

    async fn nonsense_is_refused_with_its_field(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let product = order.lines[0].0;
        for (body, field) in [
            (json!({"status": "delivered"}), "status"),
            (json!({"items": []}), "items"),
            (json!({"items": [{"product_id": product, "quantity": 0}]}), "items[0].quantity"),
            (json!({"items": [{"product_id": "x", "quantity": 1}]}), "items[0].product_id"),
            (json!({"tracking_number": "short"}), "tracking_number"),
            (json!({"tracking_number": "<script>alert(1)</script>"}), "tracking_number"),
            (json!({"carrier": ""}), "carrier"),
            (json!({"estimated_delivery": "tomorrow"}), "estimated_delivery"),
            (json!({"carrier": "sandbox", "tracking_number": "ABC-123456"}), "tracking_number"),
        ] {
            let refused = post(&app, &order.path(), body.clone()).await.expect(422).json();
            assert_eq!(refused["error"]["details"][0]["field"], field, "{body}: {refused}");
        }
        let path = "/v1/orders/ord_01h455vb4pex5vsknk084sn02q/shipments";
        post(&app, path, json!({})).await.expect(404);
        post(&app, "/v1/orders/42/shipments", json!({})).await.expect(404);
    }

    async fn a_clerk_packs_and_moves_in_their_own_store_only(app: TestApp) {
        let (mine, other) = (confirmed(&app, &[1]).await, confirmed(&app, &[1]).await);
        let clerk = clerk_of(&app, &[mine.store]);
        let request = |order: &Order| {
            app.post(&order.path()).as_principal(&clerk).json(json!({}))
        };
        request(&mine).send().await.expect(201);
        request(&other).send().await.expect(404);
        let theirs = pack(&app, &other, json!({})).await;
        for path in [&theirs, &other.path()] {
            app.get(path).as_principal(&clerk).send().await.expect(404);
        }
        let moved = json!({"status": "in_transit"});
        app.patch(&theirs).as_principal(&clerk).json(moved).send().await.expect(404);
        let cancel = format!("{theirs}/cancel");
        app.post(&cancel).as_principal(&clerk).json(json!({})).send().await.expect(404);
        go(&app, &theirs, "in_transit").await.expect(200);
    }
}
