//! Deadlines, and what those see and do who look after the shop.

use crate::sale::*;
use crate::shop::*;
use platform::DbError;
use platform::auth::Role;
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

const MINUTE: Duration = Duration::from_secs(60);

on_both! {
    async fn what_waits_too_long_expires(app: TestApp) {
        furnish(&app).await;
        let (stock, money) = (pending(&app, "cash").await, pending(&app, "sandbox").await);
        reserve(&app, money).await;
        app.clock_advance(MINUTE * 14);
        look(&app).await;
        assert_eq!(stands(&app, stock).await[0], "pending");
        app.clock_advance(MINUTE);
        look(&app).await;
        for id in [stock, money] {
            let order = read(&app, id).await;
            assert_eq!((&order["status"], &order["cancel_reason"]),
                (&json!("cancelled"), &json!("expired")));
            assert_eq!(trail(&app, id).await, ["placed", "cancelled"]);
            assert_eq!(waits(&app, id).await.1, "done");
        }
    }

    async fn an_uncertain_payment_has_more_time(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "uncertain", 1).await;
        for _ in 0..3 {
            app.clock_advance(MINUTE * 15);
            look(&app).await;
        }
        assert_eq!(stands(&app, id).await, ["pending", "unknown", "unfulfilled"]);
        payment(&app, id, "authorized", 2).await;
        assert_eq!(stands(&app, id).await, ["confirmed", "authorized", "unfulfilled"]);
    }

    async fn what_does_not_come_is_asked_for_again_then_stuck_then_retried(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        app.clock_advance(MINUTE * 5);
        look(&app).await;
        assert_eq!(trail(&app, id).await, ["placed", "confirmed", "confirmed"]);
        app.clock_advance(Duration::from_secs(30));
        look(&app).await;
        assert_eq!(waits(&app, id).await.1, "running");
        app.clock_advance(Duration::from_secs(30));
        look(&app).await;
        let list = app.get("/v1/sagas?state=stuck").as_role(Role::Admin).send().await.expect(200);
        let stuck = &list.json()["items"];
        assert_eq!(stuck.as_array().unwrap().len(), 1);
        assert_eq!(stuck[0]["id"], id.to_string());
        let words = stuck[0]["explanation"].as_str().unwrap();
        assert!(words.contains("60 seconds past its deadline"), "{words}");
        look(&app).await;
        assert_eq!(trail(&app, id).await.len(), 3, "what is stuck is left to people");
        let retried = post(&app, &format!("/v1/sagas/{id}/retry")).await.expect(200).json();
        assert_eq!((&retried["state"], &retried["tries"]), (&json!("running"), &json!(2)));
        assert_eq!(trail(&app, id).await.len(), 4);
        let facts: Vec<_> = retried["history"].as_array().unwrap().iter()
            .map(|one| one["fact"].as_str().unwrap()).collect();
        for fact in ["stock_reserved", "payment_authorized", "asked_again", "stuck", "retried"] {
            assert!(facts.contains(&fact), "{facts:?}");
        }
        payment(&app, id, "captured", 2).await;
        let done = post(&app, &format!("/v1/sagas/{id}/retry")).await.expect(409);
        assert_eq!(done.code(), "NOTHING_TO_RETRY");
        let path = format!("/v1/orders/{id}/tracking");
        let tracking = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
        let confirmed = tracking["timeline"].as_array().unwrap().iter()
            .filter(|step| step["step"] == "confirmed").count();
        assert_eq!(confirmed, 1, "told again is not happened again");
    }

    async fn a_retry_of_what_waits_for_stock_asks_inventory_again(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "invoice").await;
        app.clock_advance(MINUTE * 10);
        post(&app, &format!("/v1/sagas/{id}/retry")).await.expect(200);
        assert_eq!(trail(&app, id).await, ["placed", "placed"]);
        app.clock_advance(MINUTE * 10);
        look(&app).await;
        assert_eq!(stands(&app, id).await[0], "pending", "it had its whole time again");
        reserve(&app, id).await;
        assert_eq!(stands(&app, id).await[0], "confirmed");
    }

    async fn many_overdue_sales_are_seen_to_in_portions(app: TestApp) {
        furnish(&app).await;
        let mut made = Vec::new();
        for _ in 0..120 {
            made.push(pending(&app, "invoice").await);
        }
        app.clock_advance(MINUTE * 16);
        // Two processes look at the same time.
        tokio::join!(look(&app), look(&app));
        look(&app).await;
        for id in made {
            assert_eq!(trail(&app, id).await, ["placed", "cancelled"]);
        }
    }

    async fn sagas_are_listed_in_pages_and_for_administrators_only(app: TestApp) {
        furnish(&app).await;
        let mut made = Vec::new();
        for _ in 0..5 {
            made.insert(0, pending(&app, "sandbox").await.to_string());
        }
        let done = pending(&app, "invoice").await;
        reserve(&app, done).await;
        let (mut seen, mut path) = (Vec::new(), "/v1/sagas?limit=2".to_owned());
        loop {
            let page = app.get(&path).as_role(Role::Admin).send().await.expect(200).json();
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/sagas?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, made);
        let list = app.get("/v1/sagas?state=done").as_role(Role::Admin).send().await.expect(200);
        assert_eq!(list.json()["items"][0]["id"], done.to_string());
        for wrong in ["state=lost", "limit=0", "cursor=x", "colour=red"] {
            app.get(&format!("/v1/sagas?{wrong}")).as_role(Role::Admin).send().await.expect(422);
        }
        let path = format!("/v1/sagas/{done}");
        app.get(&path).as_role(Role::Manager).send().await.expect(403);
        let nobody = client(1).to_string().replace("cli", "ord");
        let path = format!("/v1/sagas/{nobody}");
        app.get(&path).as_role(Role::Admin).send().await.expect(404);
        post(&app, &format!("{path}/retry")).await.expect(404);
    }

    async fn the_database_refuses_what_no_order_can_be(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        dispatch(&app, id, 1, (2, 1)).await;
        for refused in REFUSED {
            let outcome = run(&app, refused).await;
            assert!(matches!(outcome, Err(DbError::Check(_))), "{refused}: {outcome:?}");
        }
    }
}

/// What the database itself refuses.
const REFUSED: &[&str] = &[
    "update orders_order set payment_status = 'perhaps'",
    "update orders_order set fulfilment_status = 'perhaps'",
    "update orders_saga set state = 'done'",
    "update orders_saga set deadline_at = null",
    "update orders_parcel_line set delivered = dispatched + 1",
    "update orders_saga_fact set outcome = 'perhaps'",
];

async fn run(app: &TestApp, sql: &'static str) -> Result<u64, DbError> {
    let mut tx = app.host().db.begin().await?;
    let changed = tx.query(sql).execute().await?;
    tx.commit().await?;
    Ok(changed)
}
