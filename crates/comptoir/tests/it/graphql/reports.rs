//! Reports in GraphQL, for managers: as REST shows them.

use super::{app, ask, code, data};
use crate::shop::{furnish, order, place};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn reports_read_as_in_rest(app: TestApp) {
        let shop = furnish(&app, 2, 9).await;
        for nth in 0..2 {
            let wanted = order(&shop.client, &[&shop.products[0]]);
            place(&app, &format!("order-{nth}"), &wanted).await.expect(201);
        }
        app.settle().await;
        let text = "{ bestSellers(first: 5) { from to more items { sku orders units net { amount }
            product { name } } }
            highestSpenders { items { clientId orders net { amount } } }
            sales(by: DAY) { items { key orders gross { amount } } }
            stockOverview { items { sku onHand value { amount } } stores { products onHand } } }";
        let seen = data(&app, Role::Manager, text).await;
        assert_eq!(seen["bestSellers"], json!({"from": "2026-02-01", "to": "2026-03-02",
            "more": false, "items": [{"sku": "SKU-0", "orders": 2, "units": 2,
            "net": {"amount": "19.98"}, "product": {"name": "Product 0"}}]}));
        assert_eq!(seen["highestSpenders"]["items"], json!([{"clientId": shop.client, "orders": 2,
            "net": {"amount": "19.98"}}]));
        assert_eq!(seen["sales"]["items"], json!([{"key": "2026-03-02", "orders": 2,
            "gross": {"amount": "19.98"}}]));
        assert_eq!(seen["stockOverview"]["stores"], json!([{"products": 2, "onHand": 18}]));
        assert_eq!(seen["stockOverview"]["items"].as_array().map(Vec::len), Some(2));
    }

    async fn reports_are_for_managers(app: TestApp) {
        for role in [Role::Clerk, Role::Supplier] {
            let answer = ask(&app, role, "{ sales { more } }").await.expect(403);
            assert_eq!(code(&answer), "FORBIDDEN");
        }
        let refused = ask(&app, Role::Manager, "{ bestSellers(from: \"soon\") { more } }").await;
        assert_eq!(refused.status, 422, "{}", refused.text());
    }
}
