//! Taking over a history of sales: to the penny, once, whatever is in the file.

use crate::shop::{app, make};
use comptoir::import_sales::{Input, Outcome, Reason, Rules, import};
use kernel::Currency;
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

const SAMPLE: &[u8] = include_bytes!("../data/online-retail-sample.csv");

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

async fn take_over(app: &TestApp, bytes: &'static [u8]) -> Outcome {
    let host = app.host();
    let (written_in, sold_in) = (Currency::CAD, host.settings.currency);
    let rules = Rules {
        written_in,
        sold_in,
        now: host.source.now(),
    };
    let outcome = import(host, &Input::Built(bytes), rules).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("the import stops: {error}"));
    assert_eq!(outcome.contradictions, Vec::<String>::new(), "{outcome}");
    outcome
}

/// A file of these lines.
fn file(lines: &[&str]) -> &'static [u8] {
    format!("{HEADER}{}\n", lines.join("\n"))
        .into_bytes()
        .leak()
}

async fn orders(app: &TestApp, query: &str) -> Vec<Value> {
    let path = format!("/v1/orders?limit=100&{query}");
    let answer = app.get(&path).as_role(Role::Admin).send().await.expect(200);
    answer.json()["items"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// The order that was invoice `reference`.
async fn order(app: &TestApp, reference: &str) -> Value {
    let all = orders(app, "").await;
    let found = all
        .into_iter()
        .find(|order| order["reference"] == *reference);
    found.unwrap_or_else(|| panic!("no order {reference}"))
}

fn left_out(outcome: &Outcome, reason: Reason) -> Vec<u64> {
    let found = outcome.tally.left_out.get(&reason);
    found.map(|one| one.numbers.clone()).unwrap_or_default()
}

on_both! {
    async fn a_real_history_is_taken_over_to_the_penny(app: TestApp) {
        let outcome = take_over(&app, SAMPLE).await;
        let (survey, tally) = (&outcome.survey, &outcome.tally);
        assert_eq!((survey.lines, survey.amount.to_string()), (294, "12,189.85".to_owned()));
        assert_eq!((tally.sales.new.documents, tally.sales.new.lines), (35, 274));
        assert_eq!(tally.sales.new.amount.to_string(), "14,130.13");
        assert_eq!((survey.products.len(), outcome.new_clients), (218, 28));
        assert_eq!(left_out(&outcome, Reason::PriceZero), [262, 273, 274, 281, 282]);
        assert_eq!(left_out(&outcome, Reason::Dearer), [287]);
        assert_eq!(left_out(&outcome, Reason::TooFew), [289]);
        assert_eq!(tally.returns.new.lines, 4);

        let first = order(&app, "536365").await;
        assert_eq!(first["number"].as_str().map(|number| &number[..9]), Some("ORD-2010-"));
        assert_eq!(first["placed_at"], "2010-12-01T08:26:00Z");
        assert_eq!(first["status"], "delivered");
        assert_eq!(first["payment_status"], "paid");
        assert_eq!(first["fulfilment_status"], "fulfilled");
        assert_eq!(first["total"]["amount"], "139.12");
        assert_eq!(first["items"].as_array().map(Vec::len), Some(7));
        assert_eq!(first["items"][0]["sku"], "85123A");

        let services = "/v1/categories?limit=100";
        let categories = app.get(services).as_role(Role::Admin).send().await.expect(200);
        assert_eq!(categories.json()["items"].as_array().map(Vec::len), Some(2));
    }

    async fn a_second_run_changes_nothing(app: TestApp) {
        let first = take_over(&app, SAMPLE).await;
        let before = orders(&app, "").await;
        let second = take_over(&app, SAMPLE).await;
        assert!(first.tally.has_news() && !second.tally.has_news());
        assert_eq!(second.tally.sales.known, first.tally.sales.new);
        assert_eq!(second.tally.returns.known, first.tally.returns.new);
        assert_eq!(second.tally.left_out, first.tally.left_out);
        assert_eq!(second.new_clients, 0);
        assert_eq!(orders(&app, "").await, before);
    }

    async fn two_imports_at_once_take_everything_over_once(app: TestApp) {
        let (one, other) = tokio::join!(take_over(&app, SAMPLE), take_over(&app, SAMPLE));
        assert_eq!(one.tally.sales.new.plus(other.tally.sales.new).lines, 274);
        assert_eq!(one.tally.returns.new.plus(other.tally.returns.new).lines, 4);
        assert_eq!(orders(&app, "").await.len(), 35);
    }

    async fn what_came_back_counts_on_the_order_it_was_bought_with(app: TestApp) {
        take_over(&app, SAMPLE).await;
        let whole = order(&app, "537410").await;
        assert_eq!(whole["status"], "returned");
        assert_eq!(whole["fulfilment_status"], "returned");
        assert_eq!(whole["payment_status"], "paid", "history owes nobody anything");
        let path = format!("/v1/orders/{}/events", whole["id"].as_str().unwrap_or_default());
        let trail = app.get(&path).as_role(Role::Admin).send().await.expect(200);
        assert_eq!(trail.json()["items"].as_array().map(Vec::len), Some(2), "{}", trail.text());
    }

    async fn a_credit_may_split_over_several_orders(app: TestApp) {
        let lines = file(&[
            "1,MUG,Mug,4,2010-12-01 08:00:00,2.00,17850.0,UK",
            "2,MUG,Mug,4,2010-12-02 08:00:00,2.00,17850.0,UK",
            "C3,MUG,Mug,-6,2010-12-03 08:00:00,2.00,17850.0,UK",
        ]);
        let outcome = take_over(&app, lines).await;
        assert_eq!(outcome.tally.returns.new.lines, 1);
        assert_eq!(order(&app, "2").await["status"], "returned");
        let part = order(&app, "1").await;
        assert_eq!(part["status"], "delivered");
        assert_eq!(part["items"][0]["returned"], 2);
        assert_eq!(part["fulfilment_status"], "partially_returned");
        assert!(!take_over(&app, lines).await.tally.has_news());
    }

    async fn an_unmatched_credit_finds_its_purchase_when_older_history_comes(app: TestApp) {
        let newer = file(&["C3,MUG,Mug,-1,2010-12-03 08:00:00,2.00,17850.0,UK"]);
        let first = take_over(&app, newer).await;
        assert_eq!(left_out(&first, Reason::NothingOut), [2]);
        take_over(&app, file(&["1,MUG,Mug,4,2010-12-01 08:00:00,2.00,17850.0,UK"])).await;
        let again = take_over(&app, newer).await;
        assert_eq!(again.tally.returns.new.lines, 1);
    }

    async fn an_invoice_that_says_something_else_by_now_is_left_alone(app: TestApp) {
        take_over(&app, file(&["1,MUG,Mug,4,2010-12-01 08:00:00,2.00,17850.0,UK"])).await;
        let changed = file(&["1,MUG,Mug,5,2010-12-01 08:00:00,2.00,17850.0,UK"]);
        let outcome = take_over(&app, changed).await;
        assert_eq!(left_out(&outcome, Reason::InvoiceDiffers), [2]);
        assert_eq!(order(&app, "1").await["total"]["amount"], "8.00");
    }

    async fn mess_is_listed_with_line_and_reason_and_still_adds_up(app: TestApp) {
        let mut bytes = file(&[
            "1,MUG,Mug,2,2010-12-01 08:00:00,2.50,17850.0,UK",
            "1,MUG,Mug,1,2010-12-01 08:01:00,2.50,17850.0,UK",
            "1,CUP,Cup,1,2010-12-01 08:00:00,1.00,99.0,UK",
            "A1,B,Adjust bad debt,1,2010-12-01 08:00:00,11062.06,,UK",
            "A2,B,Adjust bad debt,1,2010-12-01 08:00:00,-11062.06,,UK",
            "2,MUG,Mug,-3,2010-12-01 08:00:00,2.50,17850.0,UK",
            "3,MUG,,3,2010-12-01 08:00:00,2.50,17850.0,UK",
            "4,MUG,Mug,3,yesterday,2.50,17850.0,UK",
            "5,MUG,Mug,3,2010-12-01 08:00:00,0.001,17850.0,UK",
            "6,MUG,Mug,99999999999,2010-12-01 08:00:00,2.50,17850.0,UK",
            "7,MUG,Mug,many,2010-12-01 08:00:00,2.50,17850.0,UK",
            "8,MUG",
            "9,BIG,Big,1000000000,2010-12-01 08:00:00,9999999999.99,17850.0,UK",
        ])
        .to_vec();
        bytes.extend_from_slice(b"10,MUG,Mug \xff,1,2010-12-01 08:00:00,2.50,17850.0,UK\n");
        let outcome = take_over(&app, bytes.leak()).await;
        assert_eq!((outcome.tally.sales.new.documents, outcome.tally.sales.new.lines), (1, 2));
        for (reason, line) in [
            (Reason::OtherCustomer, 4),
            (Reason::BadDebt, 5),
            (Reason::NegativePrice, 6),
            (Reason::NegativeQuantity, 7),
            (Reason::NoDescription, 8),
            (Reason::BadDate, 9),
            (Reason::PriceTooFine, 10),
            (Reason::TooManyPieces, 11),
            (Reason::BadQuantity, 12),
            (Reason::FewFields, 13),
            (Reason::AmountTooLarge, 14),
            (Reason::NotUtf8, 15),
        ] {
            assert_eq!(left_out(&outcome, reason), [line], "{reason:?}");
        }
        assert_eq!(outcome.survey.without_amount, 2);
        let text = outcome.to_string();
        assert!(text.contains("skipped, the date is none (bad_date): line 9"), "{text}");
        assert!(text.contains("Adds up"), "{text}");
    }

    async fn a_product_that_is_there_keeps_its_id(app: TestApp) {
        let category = make(&app, "/v1/categories", json!({"name": "Cups"})).await;
        let product = json!({"sku": "MUG", "name": "Our mug", "category_id": category,
            "price": "9.00", "status": "active"});
        let id = make(&app, "/v1/products", product).await;
        take_over(&app, file(&["1,MUG,Mug,4,2010-12-01 08:00:00,2.00,,UK"])).await;
        let order = order(&app, "1").await;
        assert_eq!(order["items"][0]["product_id"], *id);
        assert_eq!(order["items"][0]["unit_price"]["amount"], "2.00");
        let path = format!("/v1/products/{id}");
        let product = app.get(&path).as_role(Role::Admin).send().await.expect(200).json();
        assert_eq!(product["name"], "Our mug");
        assert_eq!(product["price"]["amount"], "9.00");
    }
}
