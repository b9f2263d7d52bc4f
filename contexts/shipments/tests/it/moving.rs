//! From packed to delivered, and what is told of it.

use crate::shop::{app, cancel, confirmed, get, go, kinds, pack, patch, post, send, told};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

on_both! {
    async fn a_shipment_leaves_and_arrives(app: TestApp) {
        let order = confirmed(&app, &[3, 1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        app.clock_advance(Duration::from_secs(60));
        let left_at = json!(app.host().source.now());
        let left = go(&app, &shipment, "in_transit").await.expect(200);
        assert_eq!(left.header("etag"), Some("\"2\""));
        let left = left.json();
        assert_eq!((&left["status"], &left["dispatched_at"]), (&json!("in_transit"), &left_at));
        app.clock_advance(Duration::from_secs(60));
        let arrived = go(&app, &shipment, "delivered").await.expect(200).json();
        assert_eq!(arrived["dispatched_at"], left_at);
        assert_eq!(arrived["delivered_at"], json!(app.host().source.now()));
        assert_eq!(get(&app, &shipment).await, arrived);

        let told = told(&app, &shipment).await;
        let items = json!([order.item(0, 3), order.item(1, 1)]);
        let id = arrived["id"].clone();
        assert_eq!(told, [
            ("shipment-dispatched.v1".to_owned(), json!({"shipment_id": id, "order_id": order.id,
                "store_id": order.store, "items": items, "carrier": "manual"})),
            ("shipment-delivered.v1".to_owned(), json!({"shipment_id": id, "order_id": order.id,
                "items": items})),
        ]);
    }

    async fn a_step_that_is_not_next_is_refused_and_names_those_that_are(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let refused = go(&app, &shipment, "delivered").await.expect(409);
        assert_eq!(refused.code(), "ILLEGAL_TRANSITION");
        assert!(refused.text().contains("allowed: in_transit, cancelled"), "{}", refused.text());
        go(&app, &shipment, "in_transit").await.expect(200);
        for back in ["processing", "cancelled"] {
            let status = if back == "cancelled" { 422 } else { 409 };
            go(&app, &shipment, back).await.expect(status);
        }
        let cancelled = post(&app, &format!("{shipment}/cancel"), json!({})).await.expect(409);
        assert!(cancelled.text().contains("allowed: delivered"), "{}", cancelled.text());
        assert_eq!(kinds(&app, &shipment).await, ["shipment-dispatched.v1"]);
    }

    async fn the_step_it_is_at_changes_nothing(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        go(&app, &shipment, "processing").await.expect(200);
        for _ in 0..2 {
            let left = go(&app, &shipment, "in_transit").await.expect(200);
            assert_eq!(left.header("etag"), Some("\"2\""));
        }
        assert_eq!(kinds(&app, &shipment).await, ["shipment-dispatched.v1"]);
    }

    async fn carrier_and_number_can_be_given_until_it_leaves(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let label = json!({"carrier": "Canada Post", "tracking_number": "1z 999 aa1",
            "estimated_delivery": "2026-03-05T12:00:00Z"});
        let labelled = patch(&app, &shipment, label).await.expect(200).json();
        assert_eq!(labelled["carrier"], "Canada Post");
        assert_eq!(labelled["tracking_number"], "1Z999AA1");
        let cleared = patch(&app, &shipment, json!({"tracking_number": null})).await;
        assert_eq!(cleared.expect(200).json()["tracking_number"], Value::Null);
        let both = json!({"tracking_number": "1Z999AA2", "status": "in_transit"});
        let left = patch(&app, &shipment, both).await.expect(200).json();
        assert_eq!((&left["tracking_number"], &left["status"]),
            (&json!("1Z999AA2"), &json!("in_transit")));
        for late in [json!({"carrier": "Purolator"}), json!({"tracking_number": null})] {
            let refused = patch(&app, &shipment, late).await.expect(409);
            assert_eq!(refused.code(), "SHIPMENT_HAS_LEFT");
        }
        let later = json!({"estimated_delivery": "2026-03-09T12:00:00Z"});
        let later = patch(&app, &shipment, later).await.expect(200).json();
        assert_eq!(later["estimated_delivery"], "2026-03-09T12:00:00Z");
        let same = json!({"carrier": "Canada Post", "status": "delivered"});
        patch(&app, &shipment, same).await.expect(200);
        let over = patch(&app, &shipment, json!({"estimated_delivery": null})).await.expect(409);
        assert_eq!(over.code(), "SHIPMENT_HAS_LEFT");
    }

    async fn a_refused_change_changes_nothing_of_the_rest(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let before = get(&app, &shipment).await;
        let wrong = json!({"tracking_number": "1Z999AA2", "status": "delivered"});
        patch(&app, &shipment, wrong).await.expect(409);
        assert_eq!(get(&app, &shipment).await, before);
        let unknown = patch(&app, &shipment, json!({"order_id": order.id})).await.expect(422);
        assert_eq!(unknown.json()["error"]["details"][0]["field"], "order_id");
    }

    async fn a_shipment_is_changed_only_as_it_was_seen(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let request = |version: i64| {
            let label = json!({"carrier": format!("Carrier {version}")});
            app.patch(&shipment).as_role(Role::Clerk).if_match(version).json(label)
        };
        request(1).send().await.expect(200);
        request(1).send().await.expect(412);
        let cancel = app.post(&format!("{shipment}/cancel")).as_role(Role::Clerk).if_match(1);
        cancel.json(json!({})).send().await.expect(412);
        let seen = app.get(&shipment).as_role(Role::Clerk).header("if-none-match", "\"2\"");
        seen.send().await.expect(304);
    }

    async fn a_tracking_number_belongs_to_one_parcel_under_way(app: TestApp) {
        let (one, other) = (confirmed(&app, &[1]).await, confirmed(&app, &[1]).await);
        let label = json!({"tracking_number": "1Z999AA1"});
        let first = send(&app, &one, label.clone()).await;
        let refused = post(&app, &other.path(), label.clone()).await.expect(409);
        assert_eq!(refused.code(), "DUPLICATE_TRACKING_NUMBER");
        let second = pack(&app, &other, json!({})).await;
        patch(&app, &second, label.clone()).await.expect(409);
        go(&app, &first, "delivered").await.expect(200);
        patch(&app, &second, label).await.expect(200);
    }

    async fn anybody_follows_a_parcel_and_learns_nothing_but_where_it_is(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let label = json!({"carrier": "Canada Post", "tracking_number": "1Z999AA1"});
        let shipment = pack(&app, &order, label).await;
        let follow = || app.get("/v1/tracking/1z999aa1").send();
        let told = follow().await.expect(200).json();
        let now = json!(app.host().source.now());
        assert_eq!(told, json!({"status": "processing", "estimated_delivery": null,
            "created_at": now, "dispatched_at": null, "delivered_at": null,
            "cancelled_at": null}));
        go(&app, &shipment, "in_transit").await.expect(200);
        assert_eq!(follow().await.expect(200).json()["status"], "in_transit");
        let unknown = app.get("/v1/tracking/1Z999AA9").send().await.expect(404).json();
        for nonsense in ["x", "%3Cscript%3E", "1Z999AA1%00", "..%2F..%2F"] {
            let path = format!("/v1/tracking/{nonsense}");
            let refused = app.get(&path).send().await.expect(404).json();
            assert_eq!(refused["error"]["message"], unknown["error"]["message"], "{nonsense}");
        }
    }

    async fn a_number_that_is_used_again_follows_the_latest_parcel(app: TestApp) {
        let (one, other) = (confirmed(&app, &[1]).await, confirmed(&app, &[1]).await);
        let label = json!({"tracking_number": "1Z999AA1"});
        let first = send(&app, &one, label.clone()).await;
        go(&app, &first, "delivered").await.expect(200);
        pack(&app, &other, label).await;
        let told = app.get("/v1/tracking/1Z999AA1").send().await.expect(200).json();
        assert_eq!(told["status"], "processing");
    }

    async fn nothing_of_a_cancelled_order_leaves(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let packed = pack(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        let gone = send(&app, &order, json!({})).await;
        cancel(&app, &order).await;
        let stopped = get(&app, &packed).await;
        assert_eq!((&stopped["status"], &stopped["recalled"]),
            (&json!("cancelled"), &json!(false)));
        let refused = go(&app, &packed, "in_transit").await.expect(409);
        assert_eq!(refused.code(), "ILLEGAL_TRANSITION");
        let recalled = get(&app, &gone).await;
        assert_eq!((&recalled["status"], &recalled["recalled"]),
            (&json!("in_transit"), &json!(true)));
        go(&app, &gone, "delivered").await.expect(200);
        assert_eq!(kinds(&app, &packed).await, [] as [String; 0]);
        assert_eq!(kinds(&app, &gone).await, ["shipment-dispatched.v1", "shipment-delivered.v1"]);
    }
}
