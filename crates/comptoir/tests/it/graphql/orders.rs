//! Orders in GraphQL: for staff, of their stores.

use super::{app, ask, code, data, query};
use crate::shop::{furnish, order, place};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::json;
use testkit::{TestApp, on_both};
use uuid::Uuid;

on_both! {
    async fn an_order_reads_as_in_rest(app: TestApp) {
        let shop = furnish(&app, 2, 5).await;
        let wanted = order(&shop.client, &[&shop.products[0], &shop.products[1]]);
        let placed = place(&app, "order", &wanted).await.expect(201).json();
        let text = format!("{{ order(id: {}) {{ id number status paymentMethod paymentStatus
            fulfilmentStatus clientId storeId total {{ amount currency }} placedAt
            items {{ sku quantity lineTotal {{ amount }} product {{ name available }} }} }} }}",
            placed["id"]);
        let seen = data(&app, Role::Clerk, &text).await["order"].clone();
        let item = |nth: usize| json!({"sku": format!("SKU-{nth}"), "quantity": 1,
            "lineTotal": {"amount": "9.99"},
            "product": {"name": format!("Product {nth}"), "available": 4}});
        assert_eq!(seen, json!({"id": placed["id"], "number": placed["number"],
            "status": "CONFIRMED", "paymentMethod": "INVOICE", "paymentStatus": "UNPAID",
            "fulfilmentStatus": "UNFULFILLED", "clientId": shop.client,
            "storeId": placed["store_id"], "total": placed["total"],
            "placedAt": placed["placed_at"], "items": [item(0), item(1)]}));
    }

    async fn orders_are_filtered_and_counted_as_in_rest(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        for nth in 0..3 {
            let wanted = order(&shop.client, &[&shop.products[0]]);
            place(&app, &format!("order-{nth}"), &wanted).await.expect(201);
        }
        let text = "{ orders(first: 2, status: CONFIRMED, sort: PLACED_AT_ASC) { totalCount
            nodes { number } pageInfo { hasNextPage } }
            none: orders(status: CANCELLED) { totalCount } }";
        let seen = data(&app, Role::Manager, text).await;
        assert_eq!((&seen["orders"]["totalCount"], &seen["none"]["totalCount"]),
            (&json!(3), &json!(0)));
        assert_eq!(seen["orders"]["nodes"].as_array().map(Vec::len), Some(2));
        assert_eq!(seen["orders"]["pageInfo"]["hasNextPage"], true);
    }

    async fn suppliers_see_no_orders_and_the_rest_of_what_they_asked_for(app: TestApp) {
        let text = "{ orders { totalCount } products { totalCount } }";
        let answer = ask(&app, Role::Supplier, text).await.expect(200);
        assert_eq!(answer.json()["data"], json!({"orders": null, "products": {"totalCount": 0}}));
        assert_eq!(code(&answer), "FORBIDDEN");
        ask(&app, Role::Supplier, "{ orders { totalCount } }").await.expect(403);
    }

    async fn orders_of_other_stores_are_not_there(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        let wanted = order(&shop.client, &[&shop.products[0]]);
        let placed = place(&app, "order", &wanted).await.expect(201).field("id");
        let elsewhere = Principal {
            subject: Uuid::from_u128(7),
            kind: PrincipalKind::User,
            roles: Roles::of(&[Role::Clerk]),
            client: None,
            stores: Some(vec![]),
        };
        let one = format!("{{ order(id: \"{placed}\") {{ number }} }}");
        let answer = query(&app, &one).as_principal(&elsewhere).send().await.expect(404);
        assert_eq!(code(&answer), "RESOURCE_NOT_FOUND");
        let list = query(&app, "{ orders { nodes { number } } }").as_principal(&elsewhere);
        let list = list.send().await.expect(200).json();
        assert_eq!(list["data"]["orders"]["nodes"], json!([]));
    }

    /// Twenty orders of two lines and their products: orders, lines, count, products, available.
    async fn a_page_of_orders_with_their_products_is_five_statements(app: TestApp) {
        let shop = furnish(&app, 2, 50).await;
        for nth in 0..20 {
            let wanted = order(&shop.client, &[&shop.products[0], &shop.products[1]]);
            place(&app, &format!("order-{nth}"), &wanted).await.expect(201);
        }
        let text = "{ orders { totalCount nodes { number items { quantity product { name
            available } } } } }";
        data(&app, Role::Clerk, text).await;
        let before = app.host().db.statements();
        let page = data(&app, Role::Clerk, text).await;
        let statements = app.host().db.statements() - before;
        assert_eq!(page["orders"]["nodes"].as_array().map(Vec::len), Some(20));
        assert!(statements <= 5, "{statements} statements");
    }
}
