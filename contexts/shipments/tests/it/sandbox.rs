//! The sandbox carrier: makes numbers and dates, and moves nothing unless somebody walks it.

use crate::shop::{app, cancel, confirmed, get, kinds, pack, patch, post, send};
use platform::config::Environment;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Engine, Setup, TestApp, on_both};

async fn walk(app: &TestApp) {
    (shipments::sandbox_job(app.host()).run)()
        .await
        .expect("it walks");
}

async fn status(app: &TestApp, shipment: &str) -> Value {
    get(app, shipment).await["status"].clone()
}

on_both! {
    async fn the_sandbox_makes_a_number_nobody_guesses_and_a_date(app: TestApp) {
        let order = confirmed(&app, &[3]).await;
        let mut numbers = Vec::new();
        for _ in 0..3 {
            let body = json!({"carrier": "sandbox", "items": [order.item(0, 1)]});
            let made = post(&app, &order.path(), body).await.expect(201).json();
            assert_eq!(made["carrier"], "sandbox");
            assert_eq!(made["estimated_delivery"], "2026-03-05T14:00:00Z");
            numbers.push(made["tracking_number"].as_str().expect("a number").to_owned());
        }
        numbers.dedup();
        assert_eq!(numbers.len(), 3);
        assert!(numbers.iter().all(|number| number.len() == 29 && number.starts_with("SBX-")));
        let path = format!("/v1/tracking/{}", numbers[1]);
        app.get(&path).send().await.expect(200);
    }

    async fn a_parcel_may_change_to_the_sandbox_and_back_before_it_leaves(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({"tracking_number": "1Z999AA1"})).await;
        let made = patch(&app, &shipment, json!({"carrier": "sandbox"})).await.expect(200).json();
        assert!(made["tracking_number"].as_str().is_some_and(|number| number.starts_with("SBX-")));
        let own = json!({"tracking_number": "1Z999AA1"});
        let refused = patch(&app, &shipment, own).await.expect(422);
        assert_eq!(refused.code(), "TRACKING_NUMBER_IS_MADE");
        let back = json!({"carrier": "Canada Post", "tracking_number": "1Z999AA1"});
        let back = patch(&app, &shipment, back).await.expect(200).json();
        assert_eq!((&back["tracking_number"], &back["estimated_delivery"]),
            (&json!("1Z999AA1"), &Value::Null));
    }

    async fn a_parcel_is_walked_to_its_buyer_a_step_at_a_time(app: TestApp) {
        let order = confirmed(&app, &[3]).await;
        let body = json!({"carrier": "sandbox", "items": [order.item(0, 1)]});
        let (played, real) = (pack(&app, &order, body.clone()).await,
            pack(&app, &order, json!({"items": [order.item(0, 1)]})).await);
        walk(&app).await;
        assert_eq!(status(&app, &played).await, "processing");
        for step in ["in_transit", "delivered", "delivered"] {
            app.clock_advance(Duration::from_secs(61));
            walk(&app).await;
            assert_eq!(status(&app, &played).await, step);
        }
        assert_eq!(status(&app, &real).await, "processing");
        assert_eq!(kinds(&app, &played).await,
            ["shipment-dispatched.v1", "shipment-delivered.v1"]);
        let recalled = send(&app, &order, body).await;
        cancel(&app, &order).await;
        app.clock_advance(Duration::from_secs(61));
        walk(&app).await;
        assert_eq!(status(&app, &recalled).await, "in_transit");
    }
}

#[test]
fn there_is_no_sandbox_where_real_parcels_leave() {
    let production = Setup::new(Engine::Sqlite, app)
        .settings(|settings| settings.environment = Environment::Production);
    testkit::run(production, async |app: TestApp| {
        let order = confirmed(&app, &[1]).await;
        let refused = post(&app, &order.path(), json!({"carrier": "Sandbox"})).await;
        assert_eq!(refused.expect(422).code(), "UNKNOWN_CARRIER");
        pack(&app, &order, json!({})).await;
    });
}
