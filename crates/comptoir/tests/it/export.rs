//! What is held on a person, wherever it is: an export names it, and erasing takes it away.

pub use crate::shop::app;

use crate::shop::furnish;
use kernel::ClientId;
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

const ADDRESSES: [&str; 2] = ["12 Long Road\nMontréal", "7 Short Street"];

async fn read(app: &TestApp, path: &str) -> Value {
    let answer = app.get(path).as_role(Role::Clerk).send().await;
    answer.expect(200).json()
}

/// Buys a piece as a client, to be sent there; answers the order.
async fn buy(app: &TestApp, client: &str, product: &str, address: Option<&str>) -> Value {
    let caller = client.parse::<ClientId>().unwrap().uuid();
    let put = app.post("/v1/cart/items").as_customer(caller);
    let put = put.json(json!({"product_id": product})).send().await;
    put.expect(200);
    let mut body = json!({"payment": {"method": "invoice"}});
    if let Some(address) = address {
        body["shipping_address"] = json!(address);
    }
    let checkout = app.post("/v1/cart/checkout").as_customer(caller).json(body);
    checkout.send().await.expect(201).json()
}

on_both! {
    async fn an_export_says_where_orders_were_to_go_until_the_person_is_erased(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let path = format!("/v1/clients/{}", shop.client);
        let other = json!({"name": "Other Client", "email": "other@example.com"});
        let other = crate::shop::make(&app, "/v1/clients", other).await;
        let mut expected = Vec::new();
        for address in [Some(ADDRESSES[0]), None, Some(ADDRESSES[1])] {
            let bought = buy(&app, &shop.client, &shop.products[0], address).await;
            let told = json!({"order_id": bought["id"], "order_number": bought["number"],
                "address": address});
            expected.extend(address.map(|_| told));
        }
        let export = format!("{path}/export");
        assert_eq!(read(&app, &export).await["shipping_addresses"], json!(expected));
        let others = read(&app, &format!("/v1/clients/{other}/export")).await;
        assert_eq!(others["shipping_addresses"], json!([]), "another's are not theirs");

        let erase = app.post(&format!("{path}/erase")).as_role(Role::Clerk).send().await;
        erase.expect(200);
        assert_eq!(read(&app, &export).await["shipping_addresses"], json!([]));
        let order = format!("/v1/orders/{}", expected[0]["order_id"].as_str().unwrap());
        assert_eq!(read(&app, &order).await["shipping_address"], json!(null));
    }
}
