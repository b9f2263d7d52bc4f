//! Goods that come in by GraphQL: the same rules, one effect a key.

use super::{app, code};
use crate::shop::{furnish, level};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::{Value, json};
use testkit::{Request, TestApp, on_both};
use uuid::Uuid;

const RESTOCK: &str = "mutation ($lines: [RestockLine!]!) { restock(lines: $lines) {
    movement { id kind quantity reference unitCost { amount } actor }
    level { onHand available product { sku } } } }";

fn restock(app: &TestApp, lines: Value) -> Request {
    app.post("/graphql")
        .json(json!({"query": RESTOCK, "variables": {"lines": lines}}))
}

on_both! {
    async fn a_supplier_receives_goods_as_in_rest(app: TestApp) {
        let shop = furnish(&app, 2, 10).await;
        let line = |nth: usize, quantity: i64| json!({"productId": shop.products[nth],
            "storeId": shop.store, "quantity": quantity, "reference": "DN-7", "unitCost": "4.50"});
        let answer = restock(&app, json!([line(0, 5), line(1, 1)])).as_role(Role::Supplier);
        let made = answer.send().await.expect(200).json()["data"]["restock"].clone();
        let first = &made[0];
        let movement = &first["movement"];
        assert_eq!(first["level"], json!({"onHand": 15, "available": 15,
            "product": {"sku": "SKU-0"}}));
        assert_eq!((&movement["kind"], &movement["quantity"]), (&json!("RECEIVE"), &json!(5)));
        assert_eq!(movement["unitCost"]["amount"], "4.50");
        assert!(movement["actor"].as_str().unwrap().starts_with("user/"));
        assert_eq!(level(&app, &shop.products[1]).await, (11, 0));
    }

    async fn all_lines_come_in_or_none_and_the_fault_is_named(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let good = json!({"productId": shop.products[0], "storeId": shop.store, "quantity": 5});
        let absent = "prod_01h455vb4pex5vsknk084sn02q";
        let bad = json!({"productId": absent, "storeId": shop.store, "quantity": 5});
        let answer = restock(&app, json!([good, bad])).as_role(Role::Clerk).send().await;
        let answer = answer.expect(422);
        assert_eq!(code(&answer), "UNKNOWN_PRODUCT");
        let field = answer.json()["errors"][0]["extensions"]["details"][0]["field"].clone();
        assert_eq!(field, "lines[1].product_id".replace("product_id", "productId"));
        assert_eq!(level(&app, &shop.products[0]).await, (10, 0));
        let mut none = good.clone();
        none["quantity"] = json!(0);
        let answer = restock(&app, json!([none])).as_role(Role::Clerk).send().await.expect(422);
        let field = answer.json()["errors"][0]["extensions"]["details"][0]["field"].clone();
        assert_eq!(field, "lines[0].quantity");
    }

    async fn staff_of_one_store_receive_in_no_other(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let elsewhere = Principal {
            subject: Uuid::from_u128(7),
            kind: PrincipalKind::User,
            roles: Roles::of(&[Role::Clerk]),
            client: None,
            stores: Some(vec![]),
        };
        let line = json!([{"productId": shop.products[0], "storeId": shop.store, "quantity": 5}]);
        let answer = restock(&app, line).as_principal(&elsewhere).send().await.expect(403);
        assert_eq!(code(&answer), "FORBIDDEN");
        assert_eq!(level(&app, &shop.products[0]).await, (10, 0));
    }

    async fn the_same_key_receives_once_and_answers_alike(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let line = json!([{"productId": shop.products[0], "storeId": shop.store, "quantity": 5}]);
        let send = |line: &Value| {
            restock(&app, line.clone()).as_role(Role::Supplier).key("delivery-7").send()
        };
        let first = send(&line).await.expect(200);
        let second = send(&line).await.expect(200);
        assert_eq!(first.text(), second.text());
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(level(&app, &shop.products[0]).await, (15, 0));
        let mut other = line.clone();
        other[0]["quantity"] = json!(6);
        assert_eq!(send(&other).await.expect(422).code(), "IDEMPOTENCY_KEY_REUSED");
    }

    /// A key stands for one effect, so a request has one.
    async fn two_changes_in_one_request_are_refused(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let line = json!([{"productId": shop.products[0], "storeId": shop.store, "quantity": 5}]);
        let text = "mutation ($l: [RestockLine!]!) { a: restock(lines: $l) { level { onHand } }
            b: restock(lines: $l) { level { onHand } } }";
        let both = app.post("/graphql").as_role(Role::Supplier);
        let both = both.json(json!({"query": text, "variables": {"l": line}})).send().await;
        assert_eq!(code(&both.expect(422)), "ONE_MUTATION_A_REQUEST");
        assert_eq!(level(&app, &shop.products[0]).await, (10, 0));
    }
}
