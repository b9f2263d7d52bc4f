//! Prices over time.

use crate::witness::{CatalogFact, told_of};
use crate::{app, category, get, patch, post, product, staff};
use kernel::ProductId;
use platform::http::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

async fn lamp(app: &TestApp) -> String {
    let lights = category(app, "Lights").await;
    product(app, &lights, "LAMP", json!({})).await.field("id")
}

/// Runs the job that applies planned prices, as another process of the shop would.
async fn apply_due(app: &TestApp) {
    let module = catalog::module(app.host(), catalog::AvailabilitySlot::default());
    for job in &module.jobs {
        (job.run)().await.unwrap();
    }
}

fn amounts(page: &Value) -> Vec<(String, String)> {
    let items = page["items"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    items
        .iter()
        .map(|item| (text(&item["price"]["amount"]), text(&item["status"])))
        .collect()
}

async fn history(app: &TestApp, id: &str) -> Vec<(String, String)> {
    amounts(
        &staff(app, &format!("/v1/products/{id}/prices"))
            .await
            .expect(200)
            .json(),
    )
}

fn entry(amount: &str, status: &str) -> (String, String) {
    (amount.to_owned(), status.to_owned())
}

fn later(app: &TestApp, by: Duration) -> String {
    app.host().source.now().plus(by).to_string()
}

on_both! {
    async fn every_price_a_product_had_is_in_its_history(app: TestApp) {
        let id = lamp(&app).await;
        app.clock_advance(Duration::from_secs(5));
        patch(
            &app,
            &format!("/v1/products/{id}"),
            json!({ "price": "21" }),
        )
        .await
        .expect(200);
        app.clock_advance(Duration::from_secs(5));
        let set = post(
            &app,
            &format!("/v1/products/{id}/prices"),
            json!({ "price": "22" }),
        )
        .await;
        let set = set.expect(201);
        assert_eq!(set.header("etag"), Some("\"3\""));
        assert_eq!(set.json()["status"], "current");
        assert_eq!(
            get(&app, &format!("/v1/products/{id}")).await.json()["price"]["amount"],
            "22.00"
        );
        let expected = [
            entry("22.00", "current"),
            entry("21.00", "past"),
            entry("19.99", "past"),
        ];
        assert_eq!(history(&app, &id).await, expected);
        let path = format!("/v1/products/{id}/prices?limit=2&count=true");
        let page = staff(&app, &path).await.json();
        assert_eq!(page["total"], 3);
        let rest = format!("{path}&cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(
            amounts(&staff(&app, &rest).await.json()),
            [entry("19.99", "past")]
        );
    }

    async fn a_planned_price_comes_into_force_when_its_time_has_come(app: TestApp) {
        let id = lamp(&app).await;
        let path = format!("/v1/products/{id}/prices");
        let at = later(&app, Duration::from_secs(3600));
        let plan = json!({ "price": "15", "effective_at": at });
        assert_eq!(
            post(&app, &path, plan).await.expect(201).json()["status"],
            "planned"
        );
        apply_due(&app).await;
        assert_eq!(
            history(&app, &id).await,
            [entry("15.00", "planned"), entry("19.99", "current")]
        );

        app.clock_advance(Duration::from_secs(3601));
        apply_due(&app).await;
        apply_due(&app).await;
        assert_eq!(
            history(&app, &id).await,
            [entry("15.00", "current"), entry("19.99", "past")]
        );
        assert_eq!(
            get(&app, &format!("/v1/products/{id}")).await.json()["price"]["amount"],
            "15.00"
        );
        app.settle().await;
        let told = told_of(id.parse::<ProductId>().unwrap().uuid());
        let Some((2, CatalogFact::Changed(last))) = told.last() else {
            panic!("{told:?}")
        };
        assert_eq!(last.price_minor, 1500);
    }

    async fn of_several_planned_prices_the_last_one_that_is_due_holds(app: TestApp) {
        let id = lamp(&app).await;
        let path = format!("/v1/products/{id}/prices");
        for (price, hours) in [("30", 3), ("10", 1), ("20", 2)] {
            let at = later(&app, Duration::from_secs(3600 * hours));
            post(&app, &path, json!({ "price": price, "effective_at": at }))
                .await
                .expect(201);
        }
        app.clock_advance(Duration::from_secs(3600 * 2 + 1));
        apply_due(&app).await;
        let statuses = history(&app, &id).await;
        assert_eq!(
            statuses[..2],
            [entry("30.00", "planned"), entry("20.00", "current")]
        );
    }

    async fn a_price_set_meanwhile_is_not_undone_by_an_older_plan(app: TestApp) {
        let id = lamp(&app).await;
        let path = format!("/v1/products/{id}/prices");
        let at = later(&app, Duration::from_secs(60));
        post(&app, &path, json!({ "price": "10", "effective_at": at }))
            .await
            .expect(201);
        app.clock_advance(Duration::from_secs(90));
        post(&app, &path, json!({ "price": "50" }))
            .await
            .expect(201);
        apply_due(&app).await;
        let expected = [
            entry("50.00", "current"),
            entry("10.00", "past"),
            entry("19.99", "past"),
        ];
        assert_eq!(history(&app, &id).await, expected);
    }

    async fn there_is_one_price_per_instant_and_the_last_word_counts(app: TestApp) {
        let id = lamp(&app).await;
        let path = format!("/v1/products/{id}/prices");
        let at = later(&app, Duration::from_secs(60));
        for price in ["10", "11"] {
            post(&app, &path, json!({ "price": price, "effective_at": at }))
                .await
                .expect(201);
        }
        assert_eq!(history(&app, &id).await.len(), 2);
        // The clock stands still: the first price of the product and this one share their instant.
        post(&app, &path, json!({ "price": "12" }))
            .await
            .expect(201);
        assert_eq!(
            history(&app, &id).await,
            [entry("11.00", "planned"), entry("12.00", "current")]
        );
    }

    async fn a_price_for_the_past_or_of_nothing_is_refused(app: TestApp) {
        let id = lamp(&app).await;
        let path = format!("/v1/products/{id}/prices");
        let past = json!({ "price": "1", "effective_at": "2020-01-01T00:00:00Z" });
        assert_eq!(
            post(&app, &path, past).await.expect(422).code(),
            "IN_THE_PAST"
        );
        assert_eq!(
            post(&app, &path, json!({ "price": "0" }))
                .await
                .expect(422)
                .code(),
            "INVALID_PRICE"
        );
        let absent = "/v1/products/prod_00000000000000000000000001/prices";
        post(&app, absent, json!({ "price": "1" }))
            .await
            .expect(404);
        staff(&app, absent).await.expect(404);
        app.get(&path)
            .as_role(Role::Customer)
            .send()
            .await
            .expect(403);
        get(&app, &path).await.expect(401);
        app.post(&path)
            .as_role(Role::Clerk)
            .json(json!({ "price": "1" }))
            .send()
            .await
            .expect(403);
    }
}
