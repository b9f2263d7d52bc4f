//! The life of an order after it was made: drafts, cancelling, lists, the trail.

use crate::shop::*;
use contracts::inventory::{StockRefused, StoreChanged};
use contracts::people::EmployeeChanged;
use kernel::{EmployeeId, StoreId};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// An employee.
async fn sells_here(app: &TestApp) -> EmployeeId {
    let employee_id = app.host().source.id();
    let event = EmployeeChanged {
        employee_id,
        store_id: None,
        user_id: None,
        archived: false,
    };
    app.publish(&event, 1).await;
    employee_id
}

/// Another store.
async fn opens(app: &TestApp, code: &str) -> StoreId {
    let store_id = app.host().source.id();
    let (code, name, kind) = (code.to_owned(), code.to_owned(), "store".to_owned());
    let archived = false;
    let event = StoreChanged {
        store_id,
        code,
        name,
        kind,
        archived,
    };
    app.publish(&event, 1).await;
    store_id
}

async fn act(app: &TestApp, path: String, body: Value) -> testkit::Answer {
    app.post(&path)
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await
}

on_both! {
    async fn a_draft_changes_freely_until_it_is_placed(app: TestApp) {
        furnish(&app).await;
        let id = order_id(&draft(&app).await);
        let path = format!("/v1/orders/{id}");
        let patch = json!({"note": "gift", "items": [
            {"product_id": product(2).to_string(), "quantity": 3}]});
        let changed =
            app.patch(&path).as_role(Role::Clerk).json(patch).send().await.expect(200).json();
        assert_eq!(changed["note"], "gift");
        assert_eq!(changed["total"]["amount"], "15.00");
        let stale = json!({"note": null});
        let late = app.patch(&path).as_role(Role::Clerk).if_match(1);
        late.json(stale.clone()).send().await.expect(412);
        app.patch(&path).as_role(Role::Clerk).if_match(2).json(stale).send().await.expect(200);
        let placed = act(&app, format!("{path}/place"), json!({})).await.expect(200).json();
        assert_eq!((&placed["status"], &placed["note"]), (&json!("pending"), &Value::Null));
        let late = app.patch(&path).as_role(Role::Clerk).json(json!({"note": "x"})).send().await;
        assert_eq!(late.expect(409).code(), "ILLEGAL_TRANSITION");
        app.delete(&path).as_role(Role::Clerk).send().await.expect(409);
    }

    async fn a_deleted_draft_is_gone(app: TestApp) {
        furnish(&app).await;
        let path = format!("/v1/orders/{}", order_id(&draft(&app).await));
        app.delete(&path).as_role(Role::Clerk).send().await.expect(204);
        app.get(&path).as_role(Role::Clerk).send().await.expect(404);
    }

    async fn a_draft_takes_the_price_of_the_day_it_is_placed(app: TestApp) {
        furnish(&app).await;
        let id = order_id(&draft(&app).await);
        sells(&app, 2, 900, 2).await;
        let path = format!("/v1/orders/{id}/place");
        let refused = act(&app, path.clone(), json!({"expected_total": "44.98"})).await.expect(409);
        assert_eq!(refused.code(), "PRICE_CHANGED");
        let placed = act(&app, path, json!({"expected_total": "48.98"})).await.expect(200);
        assert_eq!(placed.json()["total"]["amount"], "48.98");
    }

    async fn a_cancelled_order_stays_cancelled(app: TestApp) {
        furnish(&app).await;
        let id = order_id(&place(&app, two_mugs()).await.expect(202));
        let path = format!("/v1/orders/{id}/cancel");
        let cancelled =
            act(&app, path.clone(), json!({"reason": "changed their mind"})).await.expect(200);
        assert_eq!(cancelled.json()["cancel_reason"], "changed their mind");
        let twice = act(&app, path, json!({})).await.expect(409);
        assert_eq!(twice.code(), "ILLEGAL_TRANSITION");
        reserve(&app, id).await; // too late: nothing changes
        assert_eq!(read(&app, id).await["status"], "cancelled");
    }

    async fn a_second_answer_of_stock_changes_nothing(app: TestApp) {
        furnish(&app).await;
        let id = order_id(&place(&app, two_mugs()).await.expect(202));
        reserve(&app, id).await;
        let version = app.get(&format!("/v1/orders/{id}")).as_role(Role::Clerk).send().await;
        app.publish(&StockRefused { order_id: id, short: vec![] }, 2).await; // too late
        let after = app.get(&format!("/v1/orders/{id}")).as_role(Role::Clerk).send().await;
        assert_eq!(version.header("etag"), after.header("etag"));
        let trail = app.get(&format!("/v1/orders/{id}/events")).as_role(Role::Clerk).send().await;
        let kinds: Vec<_> = trail.json()["items"].as_array().unwrap().iter()
            .map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        assert_eq!(kinds, [
            "comptoir.orders.order-placed.v1",
            "comptoir.orders.order-confirmed.v1",
        ]);
        let path = format!("/v1/orders/{id}/tracking");
        let tracking = app.get(&path).as_customer(client(1).uuid()).send().await.expect(200).json();
        assert_eq!(tracking["status"], "confirmed");
        assert_eq!(tracking["timeline"][1]["step"], "confirmed");
        app.get(&path).as_customer(client(2).uuid()).send().await.expect(404);
    }

    async fn only_what_was_delivered_comes_back(app: TestApp) {
        furnish(&app).await;
        let id = order_id(&place(&app, two_mugs()).await.expect(202));
        reserve(&app, id).await;
        let refused = act(&app, format!("/v1/orders/{id}/return"), json!({})).await.expect(409);
        assert_eq!(refused.code(), "ILLEGAL_TRANSITION");
    }

    async fn lists_page_without_gaps_or_doubles(app: TestApp) {
        furnish(&app).await;
        let mut made = Vec::new();
        for _ in 0..7 {
            made.push(order_id(&draft(&app).await).to_string());
        }
        for (sort, newest_first) in [("-created_at", true), ("created_at", false)] {
            let mut seen = Vec::new();
            let mut path = format!("/v1/orders?limit=3&sort={sort}");
            loop {
                let page = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
                let items = page["items"].as_array().unwrap();
                seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                path = format!("/v1/orders?limit=3&sort={sort}&cursor={cursor}");
            }
            if newest_first {
                seen.reverse();
            }
            assert_eq!(seen, made, "{sort}");
        }
    }

    async fn a_list_is_narrowed_down_and_refuses_what_it_does_not_know(app: TestApp) {
        furnish(&app).await;
        let first = draft(&app).await;
        place(&app, two_mugs()).await.expect(202);
        let count = async |filter: &str| {
            let path = format!("/v1/orders?count=true&{filter}");
            app.get(&path).as_role(Role::Clerk).send().await.expect(200).json()["total"].clone()
        };
        assert_eq!(count("status=draft").await, 1);
        assert_eq!(count(&format!("number={}", first.field("number"))).await, 1);
        assert_eq!(count(&format!("client_id={}", client(1))).await, 2);
        assert_eq!(count(&format!("client_id={}", client(2))).await, 0);
        let decade = "placed_from=2020-01-01T00:00:00Z&placed_to=2030-01-01T00:00:00Z";
        assert_eq!(count(decade).await, 1);
        assert_eq!(count("placed_to=2020-01-01T00:00:00Z").await, 0);
        for wrong in ["limit=0", "limit=101", "colour=red", "status=lost", "cursor=x", "number=x"] {
            app.get(&format!("/v1/orders?{wrong}")).as_role(Role::Clerk).send().await.expect(422);
        }
    }

    async fn an_export_has_a_row_a_line_and_no_formula(app: TestApp) {
        furnish(&app).await;
        sells_as(&app, 2, "=cmd()").await;
        draft(&app).await;
        draft(&app).await;
        let sheet = app.get("/v1/orders/export?status=draft").as_role(Role::Clerk).send().await;
        let sheet = sheet.expect(200);
        assert_eq!(sheet.header("content-type"), Some("text/csv; charset=utf-8"));
        let text = sheet.text();
        let rows: Vec<&str> = text.lines().collect();
        assert_eq!(rows.len(), 1 + 4);
        assert!(rows[1].contains(",SKU-1,Product 1,2,0,19.99,39.98,CAD,"), "{}", rows[1]);
        assert!(rows[2].contains(",'=cmd(),"), "{}", rows[2]);
        app.get("/v1/orders/export").as_role(Role::Customer).send().await.expect(403);
    }

    /// More than one portion of them, each once, as the list shows it.
    async fn an_export_as_json_is_the_list_in_one_piece(app: TestApp) {
        furnish(&app).await;
        sells_as(&app, 2, "=cmd()").await;
        let mut drafts = Vec::new();
        for _ in 0..103 {
            drafts.push(draft(&app).await.field("id"));
        }
        let export = async |query: &str, accept: &str| {
            let path = format!("/v1/orders/export?{query}");
            let asked = app.get(&path).as_role(Role::Clerk).header("accept", accept);
            asked.send().await.expect(200)
        };
        let list = export("status=draft", "application/json, text/csv;q=0.5").await;
        assert_eq!(list.header("content-type"), Some("application/json"));
        assert_eq!(list.text().lines().count(), 103 + 2, "an order a line");
        let list = list.json();
        let ids: Vec<_> = list.as_array().unwrap().iter().map(|order| &order["id"]).collect();
        assert_eq!(ids, drafts.iter().collect::<Vec<_>>());
        assert_eq!(list[0]["items"][1]["name"], "=cmd()", "only a sheet has formulas");
        let newest = app.get("/v1/orders?limit=1").as_role(Role::Clerk).send().await.json();
        assert_eq!(list[102], newest["items"][0]);
        assert_eq!(export("status=shipped", "application/json").await.json(), json!([]));
        let sheet = export("status=draft", "text/csv, application/json").await;
        assert_eq!(sheet.header("content-type"), Some("text/csv; charset=utf-8"));
        assert_eq!(sheet.text().lines().count(), 1 + 2 * 103);
    }

    async fn orders_are_listed_by_who_sold_them_and_which_store_serves_them(app: TestApp) {
        furnish(&app).await;
        let (one, other) = (sells_here(&app).await, sells_here(&app).await);
        let (first, second) = (store(), opens(&app, "SECOND").await);
        let mut ids = Vec::new();
        for (who, of) in [(one, first), (one, second), (other, second)] {
            let mut order = two_mugs();
            order["draft"] = json!(true);
            order["employee_id"] = json!(who);
            order["store_id"] = json!(of);
            ids.push(place(&app, order).await.expect(201).field("id"));
        }
        draft(&app).await;
        let listed = async |filter: &str| {
            let path = format!("/v1/orders?count=true&sort=created_at&{filter}");
            let page = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            assert_eq!(page["total"], items.len());
            let ids: Vec<_> = items.iter().map(|order| order["id"].as_str().unwrap().to_owned())
                .collect();
            ids
        };
        assert_eq!(listed(&format!("employee_id={one}")).await, ids[..2]);
        assert_eq!(listed(&format!("employee_id={other}")).await, ids[2..]);
        assert_eq!(listed(&format!("store_id={second}")).await, ids[1..]);
        let both = format!("employee_id={one}&store_id={second}");
        assert_eq!(listed(&both).await, ids[1..2]);
        let neither = format!("employee_id={other}&store_id={first}");
        assert!(listed(&neither).await.is_empty());
        app.get("/v1/orders?employee_id=nobody").as_role(Role::Clerk).send().await.expect(422);
    }
}
