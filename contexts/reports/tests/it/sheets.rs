//! Reports as CSV.

use crate::shop::{app, category, named, placed, returned, tell};
use platform::auth::Role;
use testkit::{Answer, TestApp, on_both};

async fn sheet(app: &TestApp, path: &str) -> Answer {
    let path = format!("/v1/reports/{path}");
    let request = app.get(&path).as_role(Role::Manager);
    request
        .header("accept", "text/csv")
        .send()
        .await
        .expect(200)
}

on_both! {
    async fn a_report_is_a_sheet_for_who_wants_one(app: TestApp) {
        tell(&app, &named(1, 30, "=1+1, \"quoted\"", 999), 1).await;
        tell(&app, &category(30, "@home"), 1).await;
        tell(&app, &placed(1, 7, &[(1, 1, 500)]), 1).await;
        tell(&app, &returned(1, &[(1, 2, 500)], None), 2).await;
        let best = sheet(&app, "best-sellers").await;
        assert_eq!(best.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(best.header("comptoir-as-of"), Some("2026-03-02T14:00:00Z"));
        let text = best.text();
        let (head, rest) = text.split_once("\r\n").unwrap();
        assert_eq!(head, "product_id,sku,name,orders,currency,units,gross,returned_units,\
            returns,net");
        assert!(rest.ends_with(",SKU-1,\"'=1+1, \"\"quoted\"\"\",1,CAD,1,5.00,2,10.00,-5.00\r\n"),
            "{rest}");
        let by = sheet(&app, "sales?by=category").await.text();
        assert!(by.contains(",'@home,,CAD,1,5.00,2,10.00,-5.00\r\n"), "{by}");
    }

    async fn every_report_has_a_sheet_with_a_header(app: TestApp) {
        for path in ["best-sellers", "highest-spenders", "sales?by=day", "average-basket",
            "stock-overview", "low-stock"]
        {
            let text = sheet(&app, path).await.text();
            assert!(text.contains(",currency") && text.ends_with("\r\n"), "{path}: {text}");
            assert_eq!(text.lines().count(), 1, "{path}: {text}");
        }
    }

    async fn who_prefers_json_gets_it(app: TestApp) {
        for accept in ["*/*", "application/json, text/csv", "text/html"] {
            let request = app.get("/v1/reports/best-sellers").as_role(Role::Manager);
            let answer = request.header("accept", accept).send().await.expect(200);
            assert!(answer.text().starts_with('{'), "{accept}");
        }
    }
}
