//! The country an order goes to: said by whoever orders, kept, shown and told.

use crate::checkout::{check_out, fill};
use crate::shop::*;
use contracts::orders::OrderPlaced;
use kernel::Event as _;
use platform::auth::Role;
use platform::events::read_after;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// The countries of orders as they were told, in order.
async fn told(app: &TestApp) -> Vec<Option<String>> {
    app.settle().await;
    let mut tx = app.host().db.read().await.unwrap();
    let events = read_after(&mut tx, 0, 100).await.unwrap();
    let placed = events
        .iter()
        .filter(|event| event.kind == OrderPlaced::TYPE);
    let read = |event: &platform::events::Envelope| {
        serde_json::from_str::<OrderPlaced>(&event.data)
            .unwrap()
            .country
    };
    placed.map(read).collect()
}

fn mugs_to(country: &str) -> Value {
    let mut body = two_mugs();
    body["country"] = json!(country);
    body
}

on_both! {
    async fn an_order_says_where_it_goes_and_tells_it(app: TestApp) {
        furnish(&app).await;
        let answer = place(&app, mugs_to("FR")).await.expect(202);
        assert_eq!(answer.json()["country"], "FR");
        let id = order_id(&answer);
        assert_eq!(read(&app, id).await["country"], "FR");
        place(&app, two_mugs()).await.expect(202);
        assert_eq!(told(&app).await, [Some("FR".to_owned()), None]);
        reserve(&app, id).await;
        assert_eq!(read(&app, id).await["country"], "FR");
    }

    async fn a_word_that_is_no_country_is_refused_by_name(app: TestApp) {
        fill(&app).await;
        for wrong in ["UK", "fr", "FRA", "France", ""] {
            let answer = place(&app, mugs_to(wrong)).await.expect(422);
            let detail = &answer.json()["error"]["details"][0];
            assert_eq!(detail["field"], "country", "{wrong}");
            let answer = check_out(&app, client(1), "k", json!({"country": wrong})).await;
            assert_eq!(answer.expect(422).json()["error"]["details"][0]["field"], "country");
        }
        assert_eq!(told(&app).await, []);
    }

    async fn a_checkout_says_it_beside_the_address(app: TestApp) {
        fill(&app).await;
        let body = json!({"shipping_address": "1 Main Street", "country": "CA"});
        let answer = check_out(&app, client(1), "k", body).await.expect(202);
        assert_eq!(answer.json()["country"], "CA");
        assert_eq!(told(&app).await, [Some("CA".to_owned())]);
    }

    async fn a_draft_may_change_where_it_goes_until_it_is_placed(app: TestApp) {
        furnish(&app).await;
        let mut body = mugs_to("DE");
        body["draft"] = json!(true);
        let id = order_id(&place(&app, body).await.expect(201));
        let path = format!("/v1/orders/{id}");
        for (patch, seen) in [
            (json!({"note": "Ring twice."}), json!("DE")),
            (json!({"country": "AT"}), json!("AT")),
            (json!({"country": null}), Value::Null),
            (json!({"country": "CH"}), json!("CH")),
        ] {
            let request = app.patch(&path).as_role(Role::Clerk).json(patch);
            assert_eq!(request.send().await.expect(200).json()["country"], seen);
        }
        let request = app.post(&format!("{path}/place")).as_role(Role::Clerk).json(json!({}));
        assert_eq!(request.send().await.expect(200).json()["country"], "CH");
        assert_eq!(told(&app).await, [Some("CH".to_owned())]);
    }
}
