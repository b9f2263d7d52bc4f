//! Reports agree: to the penny with the file that was imported, and with what inventory holds; and
//! counting anew changes nothing.

use crate::shop::{Furnished, app, furnish, level, make, order, place};
use crate::truth::{self, Sum};
use comptoir::import_sales::{Input, Outcome, Rules, import};
use kernel::Currency;
use platform::auth::Role;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{TestApp, on_both};

const MONTH: &str = "from=2010-12-01&to=2010-12-31&limit=10000";

/// Every table of reports.
const TABLES: [&str; 9] = [
    "reports_order",
    "reports_sale_day",
    "reports_product_day",
    "reports_client_day",
    "reports_span",
    "reports_level",
    "reports_product",
    "reports_category",
    "reports_store",
];

async fn take_over(app: &TestApp, file: &'static [u8]) -> Outcome {
    let host = app.host();
    let rules = Rules {
        written_in: Currency::CAD,
        sold_in: host.settings.currency,
        now: host.source.now(),
    };
    let outcome = import(host, &Input::Built(file), rules).await.unwrap();
    app.settle().await;
    outcome
}

/// The numbers of the lines that the importer says it left out, by reason.
fn left_out(outcome: &Outcome) -> BTreeMap<&'static str, BTreeSet<u64>> {
    let all = outcome.tally.left_out.iter();
    all.map(|(reason, lines)| (reason.code(), lines.numbers.iter().copied().collect()))
        .collect()
}

async fn report(app: &TestApp, path: &str) -> Vec<Value> {
    let path = format!("/v1/reports/{path}");
    let answer = app
        .get(&path)
        .as_role(Role::Manager)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&answer["more"], &answer["lag"]["waiting"]),
        (&json!(false), &json!(0))
    );
    answer["items"].as_array().unwrap().clone()
}

fn minor(money: &Value) -> i64 {
    truth::pennies(money["amount"].as_str().unwrap())
}

/// The rows of a report as the truth has them.
async fn counted(app: &TestApp, path: &str, key: &str) -> BTreeMap<String, Sum> {
    let row = |row: &Value| {
        assert_eq!(
            minor(&row["gross"]) - minor(&row["returns"]),
            minor(&row["net"])
        );
        let key = row[key].as_str().unwrap().to_owned();
        let units = row["units"].as_i64().unwrap();
        (key, (units, minor(&row["gross"]), minor(&row["returns"])))
    };
    report(app, path).await.iter().map(row).collect()
}

/// All rows of all tables but sums of nothing, in an order that is always the same.
async fn tables(app: &TestApp) -> Vec<String> {
    let mut all = Vec::new();
    for table in TABLES {
        let rows = rows(app, table).await;
        assert!(
            !rows.is_empty() || table == "reports_store",
            "{table} is empty"
        );
        all.extend(rows);
    }
    all
}

async fn rows(app: &TestApp, table: &'static str) -> Vec<String> {
    let sql = match table {
        "reports_order" => {
            "select order_id as a, coalesce(cast(day as text), '-') || ' '
            || coalesce(country, '-') || ' ' || coalesce(currency, '-') || ' '
            || coalesce(cast(gross_minor as text), '-') || ' ' || coalesce(items, '-') || ' '
            || coalesce(shipped, '-') || ' ' || coalesce(returned, '-') || ' '
            || case when cancelled then 'c' else '' end || case when held then 'h' else '' end
            || case when released then 'r' else '' end as row,
            coalesce(store_id, order_id) as b from reports_order"
        }
        "reports_sale_day" => {
            "select store_id as a, employee_id as b, country || ' ' || currency
            || ' ' || day || ' ' || orders || ' ' || units || ' ' || gross_minor || ' '
            || returned_units || ' ' || returned_minor as row from reports_sale_day
            where orders <> 0 or units <> 0 or returned_units <> 0"
        }
        "reports_product_day" => {
            "select product_id as a, store_id as b, currency || ' ' || day
            || ' ' || orders || ' ' || units || ' ' || gross_minor || ' ' || returned_units || ' '
            || returned_minor as row from reports_product_day
            where orders <> 0 or units <> 0 or returned_units <> 0"
        }
        "reports_client_day" => {
            "select client_id as a, store_id as b, currency || ' ' || day
            || ' ' || orders || ' ' || units || ' ' || gross_minor || ' ' || returned_units || ' '
            || returned_minor as row from reports_client_day
            where orders <> 0 or units <> 0 or returned_units <> 0"
        }
        "reports_span" => return spans(app).await,
        "reports_level" => {
            "select product_id as a, store_id as b, on_hand || ' ' || reserved
            || ' ' || version || ' ' || coalesce(cast(min_stock as text), '-') as row
            from reports_level"
        }
        "reports_product" => {
            "select id as a, category_id as b, sku || ' ' || name || ' '
            || price_minor || ' ' || currency || ' ' || version as row from reports_product"
        }
        "reports_category" => {
            "select id as a, id as b, name || ' ' || version as row
            from reports_category"
        }
        _ => {
            "select id as a, id as b, code || ' ' || name || ' ' || version as row
            from reports_store"
        }
    };
    let mut tx = app.host().db.read().await.unwrap();
    let rows = tx.query(sql).fetch_all().await.unwrap();
    let text = |row: &platform::db::Row| {
        let id = |name: &str| row.get::<uuid::Uuid>(name).unwrap();
        let rest: String = row.get("row").unwrap();
        format!("{table} {} {} {rest}", id("a"), id("b"))
    };
    let mut rows: Vec<String> = rows.iter().map(text).collect();
    rows.sort();
    rows
}

/// Sums of whole days, months and years, byte by byte.
async fn spans(app: &TestApp) -> Vec<String> {
    let sql = "select what, months, start_day, last_day, units, gross_minor, packed
        from reports_span order by what, months, start_day";
    let mut tx = app.host().db.read().await.unwrap();
    let rows = tx.query(sql).fetch_all().await.unwrap();
    let text = |row: &platform::db::Row| {
        let number = |name: &str| row.get::<i64>(name).unwrap();
        let numbers = ["months", "start_day", "last_day", "units", "gross_minor"].map(number);
        let (what, packed): (String, Vec<u8>) =
            (row.get("what").unwrap(), row.get("packed").unwrap());
        format!("{what} {numbers:?} {packed:?}")
    };
    rows.iter().map(text).collect()
}

async fn count_anew(app: &TestApp) {
    let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
    while rebuild.step().await.unwrap().is_some() {}
}

/// A sale with a bit of everything: some paid, one cancelled, one shipped in part, one returned.
async fn trade(app: &TestApp, shop: &Furnished) {
    let products: Vec<&str> = shop.products.iter().map(String::as_str).collect();
    let mut ids = Vec::new();
    for key in ["a", "b", "c", "d"] {
        let placed = place(app, key, &order(&shop.client, &products[..2]))
            .await
            .expect(201);
        ids.push(placed.field("id"));
    }
    let post = async |path: &str, body: Value| {
        let request = app.post(path).as_role(Role::Admin).json(body);
        let answer = request.send().await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
        answer
    };
    post(&format!("/v1/orders/{}/cancel", ids[0]), json!({})).await;
    let parcel = json!({"items": [{"product_id": products[0], "quantity": 1}]});
    for (id, parcel) in [(&ids[1], parcel), (&ids[2], json!({}))] {
        let made = post(&format!("/v1/orders/{id}/shipments"), parcel)
            .await
            .field("id");
        for status in ["in_transit", "delivered"] {
            let step = app
                .patch(&format!("/v1/shipments/{made}"))
                .as_role(Role::Admin);
            step.json(json!({"status": status}))
                .send()
                .await
                .expect(200);
        }
    }
    app.settle().await;
    post(
        &format!("/v1/orders/{}/return", ids[2]),
        json!({"restock": true}),
    )
    .await;
    let there = json!({"code": "OTHER", "name": "Other", "kind": "store"});
    let other = make(app, "/v1/stores", there).await;
    let moved = json!({"product_id": products[1], "source_store_id": shop.store,
        "target_store_id": other, "quantity": 3});
    post("/v1/inventory/transfers", moved).await;
    let lost = json!({"product_id": products[2], "store_id": shop.store, "quantity": -2,
        "reason": "broken"});
    post("/v1/inventory/adjustments", lost).await;
    app.settle().await;
}

on_both! {
    async fn reports_agree_with_the_file_to_the_penny(app: TestApp) {
        let truth = truth::count(truth::file());
        let outcome = take_over(&app, truth::file()).await;
        assert_eq!(left_out(&outcome), truth.left_out);
        let days = truth.by(|line| line.day.clone());
        assert!(days.len() > 3 && days.values().any(|day| day.2 > 0), "it tells of returns");
        assert_eq!(counted(&app, &format!("sales?by=day&{MONTH}"), "key").await, days);
        let months = truth.by(|line| line.day[..7].to_owned());
        assert_eq!(counted(&app, &format!("sales?by=month&{MONTH}"), "key").await, months);
        let countries = truth.by(|line| line.country.clone());
        assert!(countries.len() > 1, "it tells of countries");
        assert_eq!(counted(&app, &format!("sales?by=country&{MONTH}"), "key").await, countries);
        let products = truth.by(|line| line.sku.clone());
        let sellers = counted(&app, &format!("best-sellers?{MONTH}"), "sku").await;
        assert_eq!(sellers, products);

        let clients = truth.by(|line| line.customer.clone());
        let mut spent: Vec<i64> = clients.values().map(|sum| sum.1 - sum.2).collect();
        spent.sort_unstable_by(|a, b| b.cmp(a));
        let spenders = report(&app, &format!("highest-spenders?{MONTH}")).await;
        let counted: Vec<i64> = spenders.iter().map(|row| minor(&row["net"])).collect();
        assert_eq!(counted, spent);

        let (invoices, (units, gross, returns)) = truth.whole();
        let basket = report(&app, &format!("average-basket?{MONTH}")).await;
        assert_eq!(basket[0]["orders"], invoices);
        assert_eq!(minor(&basket[0]["gross"]), gross);
        println!("{invoices} sales, {units} pieces, {gross} pennies, {returns} of them came back");
    }

    /// An older version told of countries in the words of the file, as is told today of words that
    /// name none.
    async fn what_was_taken_over_in_other_words_is_counted_once(app: TestApp) {
        let [old, new] = ["Ruritania", "EIRE"].map(|country| {
            let mut bytes = truth::SAMPLE.split_inclusive(|byte| *byte == b'\n');
            let header = String::from_utf8(bytes.next().unwrap().to_vec()).unwrap();
            let line = "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850.0";
            let bytes: &'static [u8] = format!("{header}{line},{country}\n").into_bytes().leak();
            bytes
        });
        let country = async || {
            let rows = report(&app, &format!("sales?by=country&{MONTH}")).await;
            let row = |row: &Value| (row["key"].clone(), row["orders"].clone(), minor(&row["net"]));
            rows.iter().map(row).collect::<Vec<_>>()
        };
        take_over(&app, old).await;
        let before = country().await;
        assert_eq!(before, [(json!("Ruritania"), json!(1), 1530)]);
        let again = take_over(&app, new).await;
        assert_eq!((again.tally.sales.new.lines, again.tally.sales.known.lines), (0, 1));
        assert_eq!(country().await, before);
    }

    async fn counting_anew_changes_no_row_of_any_table(app: TestApp) {
        let shop = furnish(&app, 3, 10).await;
        take_over(&app, truth::SAMPLE).await;
        reports::close_months(app.host()).await.unwrap();
        trade(&app, &shop).await;
        let before = tables(&app).await;
        count_anew(&app).await;
        reports::close_months(app.host()).await.unwrap();
        assert_eq!(tables(&app).await, before);
        app.settle().await;
        assert_eq!(tables(&app).await, before);
    }

    async fn the_stock_that_reports_count_is_the_stock_there_is(app: TestApp) {
        let shop = furnish(&app, 3, 10).await;
        trade(&app, &shop).await;
        for product in &shop.products {
            let rows = report(&app, "stock-overview").await;
            let rows = rows.iter().filter(|row| {
                row["product_id"] == **product && row["store_id"] == *shop.store
            });
            let counted: Vec<_> = rows.map(|row| {
                (row["on_hand"].as_i64().unwrap(), row["reserved"].as_i64().unwrap())
            }).collect();
            assert_eq!(counted, [level(&app, product).await], "{product}");
        }
    }
}
