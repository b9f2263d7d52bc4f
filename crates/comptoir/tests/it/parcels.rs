//! Parcels across the whole shop: shelf and shipment agree, whoever cancels and sends at once.

pub use crate::shop::app;

use crate::shop::{furnish, level, order, place};
use platform::auth::Role;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{TestApp, on_both};
use tokio::sync::Barrier;

/// Packs everything that is left; answers the shipment's path.
async fn pack(app: &TestApp, order: &str) -> String {
    let request = app.post(&format!("/v1/orders/{order}/shipments"));
    let packed = request.as_role(Role::Clerk).json(json!({})).send().await;
    format!("/v1/shipments/{}", packed.expect(201).field("id"))
}

async fn send(app: &TestApp, shipment: &str) -> u16 {
    let request = app.patch(shipment).as_role(Role::Clerk);
    request
        .json(json!({"status": "in_transit"}))
        .send()
        .await
        .status
}

async fn cancel(app: &TestApp, order: &str) -> u16 {
    let request = app.post(&format!("/v1/orders/{order}/cancel"));
    let answer = request.as_role(Role::Clerk).json(json!({})).send().await;
    answer.status
}

on_both! {
    async fn a_parcel_that_leaves_takes_its_goods_off_the_shelf(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        let id = place(&app, "one", &body).await.expect(201).field("id");
        assert_eq!(level(&app, &shop.products[0]).await, (10, 1));
        let shipment = pack(&app, &id).await;
        assert_eq!(send(&app, &shipment).await, 200);
        app.settle().await;
        assert_eq!(level(&app, &shop.products[0]).await, (9, 0));
        let ledger = format!("/v1/inventory/movements?kind=ship&reference={id}");
        let ledger = app.get(&ledger).as_role(Role::Clerk).send().await.expect(200).json();
        assert!(shipment.ends_with(ledger["items"][0]["shipment_id"].as_str().unwrap()));
    }

    /// A cancellation and a departure start at different ends of the shop and meet in the middle.
    async fn cancelling_and_sending_end_alike_everywhere(app: TestApp) {
        let shop = furnish(&app, 1, 100).await;
        let mut gone = 0;
        for nth in 0..12 {
            let body = order(&shop.client, &[&shop.products[0]]);
            let id = place(&app, &format!("order-{nth}"), &body).await.expect(201).field("id");
            let shipment = pack(&app, &id).await;
            let together = Arc::new(Barrier::new(2));
            let sending = async {
                together.wait().await;
                send(&app, &shipment).await
            };
            let cancelling = async {
                together.wait().await;
                tokio::time::sleep(Duration::from_micros(nth * 300)).await;
                cancel(&app, &id).await
            };
            let (sent, cancelled) = tokio::join!(sending, cancelling);
            app.settle().await;
            assert!([200, 409].contains(&sent), "sending: {sent}");
            assert!([200, 409].contains(&cancelled), "cancelling: {cancelled}");
            assert!(sent == 200 || cancelled == 200, "one of them goes through");
            gone += i64::from(sent == 200);
            let seen = app.get(&shipment).as_role(Role::Clerk).send().await.expect(200).json();
            let status = if sent == 200 { "in_transit" } else { "cancelled" };
            assert_eq!(seen["status"], status);
            assert_eq!(seen["recalled"], json!(sent == 200 && cancelled == 200));
            assert_eq!(level(&app, &shop.products[0]).await, (100 - gone, 0), "after {nth}");
        }
    }
}
