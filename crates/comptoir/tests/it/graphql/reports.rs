//! Reports in GraphQL, for managers: as REST shows them.

use super::{app, ask, code, data};
use crate::shop::{furnish, order, place};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

const REPORTS: [&str; 5] = [
    "bestSellers",
    "highestSpenders",
    "sales",
    "averageBasket",
    "stockOverview",
];

/// How far behind counting is, which every report tells alike, and as REST does.
async fn lag(app: &TestApp) -> Value {
    let rest = app.get("/v1/reports/average-basket");
    let rest = rest.as_role(Role::Manager).send().await.expect(200).json();
    for report in REPORTS {
        let text = format!("{{ {report} {{ asOf lag {{ counted waiting ms }} }} }}");
        let seen = data(app, Role::Manager, &text).await[report].clone();
        let same = json!({"asOf": rest["as_of"], "lag": rest["lag"]});
        assert_eq!(seen, same, "{report}");
    }
    rest["lag"].clone()
}

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
            averageBasket { from to more items { orders average { amount } unitsPerOrderMilli
            units net { amount } } }
            stockOverview { items { sku onHand value { amount } } stores { products onHand } } }";
        let seen = data(&app, Role::Manager, text).await;
        assert_eq!(seen["bestSellers"], json!({"from": "2026-02-01", "to": "2026-03-02",
            "more": false, "items": [{"sku": "SKU-0", "orders": 2, "units": 2,
            "net": {"amount": "19.98"}, "product": {"name": "Product 0"}}]}));
        assert_eq!(seen["highestSpenders"]["items"], json!([{"clientId": shop.client, "orders": 2,
            "net": {"amount": "19.98"}}]));
        assert_eq!(seen["sales"]["items"], json!([{"key": "2026-03-02", "orders": 2,
            "gross": {"amount": "19.98"}}]));
        assert_eq!(seen["averageBasket"], json!({"from": "2026-02-01", "to": "2026-03-02",
            "more": false, "items": [{"orders": 2, "average": {"amount": "9.99"},
            "unitsPerOrderMilli": 1000, "units": 2, "net": {"amount": "19.98"}}]}));
        assert_eq!(seen["stockOverview"]["stores"], json!([{"products": 2, "onHand": 18}]));
        assert_eq!(seen["stockOverview"]["items"].as_array().map(Vec::len), Some(2));
    }

    async fn every_answer_says_how_far_counting_has_come(app: TestApp) {
        let shop = furnish(&app, 1, 9).await;
        let wanted = order(&shop.client, &[&shop.products[0]]);
        place(&app, "order", &wanted).await.expect(201);
        app.settle().await;
        let counted = lag(&app).await;
        assert!(counted["counted"].as_i64() > Some(0) && counted["waiting"] == 0, "{counted}");
        let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
        // More milliseconds than an Int of GraphQL holds.
        app.clock_advance(Duration::from_secs(40 * 24 * 3600));
        let cleared = lag(&app).await;
        assert_eq!(cleared["counted"], 0);
        assert!(cleared["waiting"].as_i64() > Some(0), "{cleared}");
        assert_eq!(cleared["ms"].as_f64(), Some(40.0 * 24.0 * 3_600_000.0));
        while rebuild.step().await.unwrap().is_some() {}
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
