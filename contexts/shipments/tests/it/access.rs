//! Who sees shipments: staff of the store, and the buyer.

use crate::shop::{app, confirmed, pack, send};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn a_customer_sees_their_own_shipments_and_changes_none(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let shipment = send(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        let own = |path: &str| app.get(path).as_customer(order.client.uuid());
        let seen = own(&shipment).send().await.expect(200).json();
        assert_eq!(seen["order_id"], json!(order.id));
        let list = own(&order.path()).send().await.expect(200).json();
        assert_eq!(list["items"], json!([seen]));
        let patch = app.patch(&shipment).as_customer(order.client.uuid());
        patch.json(json!({"status": "delivered"})).send().await.expect(403);
        let pack = app.post(&order.path()).as_customer(order.client.uuid());
        pack.json(json!({})).send().await.expect(403);
        app.get("/v1/fulfilment").as_customer(order.client.uuid()).send().await.expect(403);
    }

    async fn anothers_shipment_and_none_are_told_alike(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let other = app.host().source.uuid();
        for (theirs, none) in [
            (shipment.as_str(), "/v1/shipments/shp_01h455vb4pex5vsknk084sn02q"),
            (&order.path(), "/v1/orders/ord_01h455vb4pex5vsknk084sn02q/shipments"),
        ] {
            let refused = app.get(theirs).as_customer(other).send().await.expect(404);
            let missing = app.get(none).as_customer(other).send().await.expect(404);
            assert_eq!(refused.json()["error"]["code"], missing.json()["error"]["code"]);
            assert_eq!(refused.json()["error"]["message"], missing.json()["error"]["message"]);
        }
        for role in [Role::Supplier, Role::Service] {
            app.get(&shipment).as_role(role).send().await.expect(403);
        }
        app.get(&shipment).send().await.expect(401);
    }
}
