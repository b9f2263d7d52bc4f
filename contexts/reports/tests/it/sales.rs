//! What was sold: when an order counts, where, and what takes it out again.

use crate::shop::{
    app, by_employee, cancelled, category, id, imported, named, opened, placed, report, reserved,
    returned, rows, tell,
};
use contracts::inventory::StockReleased;
use contracts::orders::{OrderConfirmed, OrderImported, OrderPlaced};
use kernel::{EmployeeId, StoreId};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

const DAY: Duration = Duration::from_secs(24 * 3600);
const SUMS: [&str; 6] = ["key", "orders", "units", "gross", "returns", "net"];

fn text<E: kernel::Entity>(number: u128) -> Value {
    json!(id::<E>(number))
}

fn nothing() -> Value {
    json!("0.00")
}

/// How many days, months and years of products are added up.
async fn spans(app: &TestApp) -> [i64; 3] {
    let mut tx = app.host().db.read().await.unwrap();
    let mut found = [0; 3];
    for (months, found) in [0_i64, 1, 12].into_iter().zip(&mut found) {
        let sql = "select count(*) as spans from reports_span
            where what = 'products' and months = $1 and packed is not null";
        let row = tx.query(sql).bind(months).fetch_one().await.unwrap();
        *found = row.get("spans").unwrap();
    }
    found
}

/// How many running totals of products there are, and how many have been taken out.
async fn running_totals(app: &TestApp) -> [i64; 2] {
    let mut tx = app.host().db.read().await.unwrap();
    let sql = "select count(packed) as kept, count(*) - count(packed) as taken_out
        from reports_running_total where what = 'products'";
    let row = tx.query(sql).fetch_one().await.unwrap();
    ["kept", "taken_out"].map(|column| row.get(column).unwrap())
}

on_both! {
    async fn an_order_counts_on_the_day_it_is_placed(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 2, 500), (2, 1, 250)]), 1).await;
        app.clock_advance(DAY);
        tell(&app, &placed(2, 7, &[(1, 1, 500)]), 1).await;
        let days = rows(&app, "sales?by=day", &SUMS).await;
        assert_eq!(days, [
            [json!("2026-03-02"), json!(1), json!(3), json!("12.50"), nothing(),
                json!("12.50")],
            [json!("2026-03-03"), json!(1), json!(1), json!("5.00"), json!("0.00"), json!("5.00")],
        ]);
        let month = rows(&app, "sales?by=month", &["key", "orders", "net"]).await;
        assert_eq!(month, [[json!("2026-03"), json!(2), json!("17.50")]]);
        let one = rows(&app, "sales?by=day&from=2026-03-03&to=2026-03-03", &["net"]).await;
        assert_eq!(one, [[json!("5.00")]]);
    }

    async fn a_cancelled_order_counts_nowhere(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 2, 500)]), 1).await;
        tell(&app, &placed(2, 8, &[(1, 1, 500)]), 1).await;
        tell(&app, &cancelled(1), 2).await;
        for (path, field) in [("sales?by=day", "net"), ("best-sellers", "units"),
            ("highest-spenders", "orders"), ("average-basket", "average")]
        {
            let left = rows(&app, path, &[field]).await;
            let wanted = match field {
                "net" | "average" => json!("5.00"),
                _ => json!(1),
            };
            assert_eq!(left, [[wanted]], "{path}");
        }
        tell(&app, &cancelled(2), 2).await;
        assert_eq!(report(&app, "sales?by=day").await["items"], json!([]));
        assert_eq!(report(&app, "best-sellers").await["items"], json!([]));
    }

    /// The store that serves an order is heard of after the order.
    async fn an_order_belongs_to_the_store_that_serves_it(app: TestApp) {
        tell(&app, &opened(20, "=Main street"), 1).await;
        tell(&app, &placed(1, 7, &[(1, 2, 500)]), 1).await;
        let fields = ["key", "name", "net"];
        let unserved = rows(&app, "sales?by=store", &fields).await;
        assert_eq!(unserved, [[Value::Null, Value::Null, json!("10.00")]]);
        tell(&app, &reserved(1, 20), 1).await;
        let served = rows(&app, "sales?by=store", &fields).await;
        let store = text::<kernel::Store>(20);
        assert_eq!(served, [[store, json!("=Main street"), json!("10.00")]]);
        let elsewhere: StoreId = id(21);
        let none = report(&app, &format!("sales?by=day&store_id={elsewhere}")).await;
        assert_eq!(none["items"], json!([]));
    }

    async fn goods_that_come_back_count_on_the_day_they_did(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 2, 500)]), 1).await;
        app.clock_advance(DAY);
        tell(&app, &returned(1, &[(1, 1, 500)], None), 5).await;
        let days = rows(&app, "sales?by=day", &SUMS).await;
        assert_eq!(days, [
            [json!("2026-03-02"), json!(1), json!(2), json!("10.00"), nothing(),
                json!("10.00")],
            [json!("2026-03-03"), json!(0), json!(0), json!("0.00"), json!("5.00"), json!("-5.00")],
        ]);
        let best = rows(&app, "best-sellers", &["units", "returned_units", "net"]).await;
        assert_eq!(best, [[json!(2), json!(1), json!("5.00")]]);
    }

    /// History is counted on its own days and in its own currency, which is added to no other.
    async fn history_counts_in_its_own_days_currency_and_country(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 1, 500)]), 1).await;
        let abroad = OrderPlaced { country: Some("FR".to_owned()), ..placed(3, 8, &[(1, 1, 100)]) };
        tell(&app, &abroad, 1).await;
        tell(&app, &imported(2, "2010-12-01T08:26:00Z", &[(1, 3, 100)], "EIRE"), 1).await;
        tell(&app, &returned(2, &[(1, 1, 90)], Some("2010-12-09T10:00:00Z")), 2).await;
        let past = "from=2010-12-01&to=2010-12-31";
        let days = rows(&app, &format!("sales?by=day&{past}"), &["key", "gross", "net"]).await;
        assert_eq!(days, [
            [json!("2010-12-01"), json!("3.00"), json!("3.00")],
            [json!("2010-12-09"), json!("0.00"), json!("-0.90")],
        ]);
        let all = report(&app, "sales?by=country&from=2010-01-01").await["items"].clone();
        let row = |nth: usize| (all[nth]["key"].clone(), all[nth]["net"]["currency"].clone());
        assert_eq!(row(0), (Value::Null, json!("CAD")));
        assert_eq!(row(1), (json!("FR"), json!("CAD")));
        assert_eq!(row(2), (json!("IE"), json!("GBP")));
        let spent = rows(&app, "highest-spenders?from=2010-01-01", &["client_id", "net"]).await;
        let client = |number| json!(id::<kernel::Client>(number));
        assert_eq!(spent, [
            [client(7), json!("5.00")],
            [client(8), json!("1.00")],
            [client(7), json!("2.10")],
        ]);
    }

    /// What an older version took over is told of in the words of its file, for ever.
    async fn a_country_is_one_row_whatever_it_was_called(app: TestApp) {
        let countries = ["United Kingdom", "GB", "Unspecified", "Channel Islands"];
        for (order, country) in (1..).zip(countries) {
            let at = "2010-12-01T08:26:00Z";
            tell(&app, &imported(order, at, &[(1, 3, 100)], country), 1).await;
        }
        let nowhere = imported(9, "2010-12-02T08:26:00Z", &[(1, 1, 100)], "");
        let nowhere = OrderImported { country: None, ..nowhere };
        tell(&app, &nowhere, 1).await;
        let back = Some("2010-12-09T10:00:00Z");
        tell(&app, &returned(1, &[(1, 1, 100)], back), 2).await;
        let path = "sales?by=country&from=2010-12-01&to=2010-12-31";
        let found = rows(&app, path, &["key", "orders", "gross", "net"]).await;
        assert_eq!(found, [
            [Value::Null, json!(2), json!("4.00"), json!("4.00")],
            [json!("Channel Islands"), json!(1), json!("3.00"), json!("3.00")],
            [json!("GB"), json!(2), json!("6.00"), json!("5.00")],
        ]);
    }

    async fn the_best_seller_is_what_most_pieces_were_kept_of(app: TestApp) {
        for (number, name) in [(1, "Lamp"), (2, "Chair"), (3, "Table")] {
            tell(&app, &named(number, 30 + number % 2, name, 999), 1).await;
        }
        tell(&app, &category(31, "Lights"), 1).await;
        tell(&app, &placed(1, 7, &[(1, 5, 100), (2, 4, 900)]), 1).await;
        tell(&app, &placed(2, 8, &[(1, 1, 100), (3, 4, 100)]), 1).await;
        tell(&app, &returned(1, &[(1, 3, 100)], None), 4).await;
        let fields = ["sku", "name", "orders", "units", "returned_units"];
        let best = rows(&app, "best-sellers?limit=2", &fields).await;
        assert_eq!(best, [
            [json!("SKU-2"), json!("Chair"), json!(1), json!(4), json!(0)],
            [json!("SKU-3"), json!("Table"), json!(1), json!(4), json!(0)],
        ]);
        assert_eq!(report(&app, "best-sellers?limit=2").await["more"], json!(true));
        let lights = format!("category_id={}", id::<kernel::Category>(31));
        let of_category = rows(&app, &format!("best-sellers?{lights}"), &["name"]).await;
        assert_eq!(of_category, [[json!("Table")], [json!("Lamp")]]);
        let by = rows(&app, "sales?by=category", &["name", "orders", "net"]).await;
        assert_eq!(by, [[Value::Null, Value::Null, json!("36.00")],
            [json!("Lights"), Value::Null, json!("7.00")]]);
        let days = rows(&app, &format!("sales?by=day&{lights}"), &["net"]).await;
        assert_eq!(days, [[json!("7.00")]]);
    }

    async fn the_highest_spender_is_who_kept_most(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 3, 500)]), 1).await;
        tell(&app, &placed(2, 8, &[(1, 2, 500)]), 1).await;
        tell(&app, &placed(3, 8, &[(1, 2, 500)]), 1).await;
        let fields = ["client_id", "orders", "net"];
        let (ann, bob) = (json!(id::<kernel::Client>(7)), json!(id::<kernel::Client>(8)));
        let spent = rows(&app, "highest-spenders", &fields).await;
        assert_eq!(spent[0], [bob.clone(), json!(2), json!("20.00")]);
        tell(&app, &returned(2, &[(1, 2, 500)], None), 4).await;
        let spent = rows(&app, "highest-spenders?limit=1", &fields).await;
        assert_eq!(spent, [[ann, json!(1), json!("15.00")]]);
    }

    async fn who_sold_is_who_the_order_names(app: TestApp) {
        tell(&app, &by_employee(placed(1, 7, &[(1, 1, 500)]), 40), 1).await;
        tell(&app, &placed(2, 7, &[(1, 2, 500)]), 1).await;
        let sold = rows(&app, "sales?by=employee", &["key", "net"]).await;
        let employee: EmployeeId = id(40);
        assert_eq!(sold, [[Value::Null, json!("10.00")], [json!(employee), json!("5.00")]]);
    }

    async fn an_average_is_rounded_once_and_half_up(app: TestApp) {
        tell(&app, &placed(1, 7, &[(1, 1, 100)]), 1).await;
        tell(&app, &placed(2, 7, &[(1, 2, 50), (2, 1, 1)]), 1).await;
        let fields = ["orders", "average", "units_per_order_milli"];
        let average = rows(&app, "average-basket", &fields).await;
        assert_eq!(average, [[json!(2), json!("1.01"), json!(2000)]]);
    }

    /// As over a bus that mixes aggregates: each order's own news keep their order, and no more.
    async fn news_may_come_before_their_cause(app: TestApp) {
        let order_id = id(1);
        app.publish(&reserved(1, 20), 1).await;
        app.publish(&StockReleased { order_id }, 2).await;
        app.publish(&reserved(2, 20), 1).await;
        app.settle().await;
        assert_eq!(report(&app, "sales?by=day").await["items"], json!([]));
        assert_eq!(report(&app, "stock-overview").await["items"], json!([]));
        tell(&app, &placed(1, 7, &[(1, 4, 500)]), 1).await;
        tell(&app, &cancelled(1), 2).await;
        tell(&app, &placed(2, 7, &[(1, 2, 500)]), 1).await;
        let stores = rows(&app, "sales?by=store", &["key", "orders", "net"]).await;
        assert_eq!(stores, [[text::<kernel::Store>(20), json!(1), json!("10.00")]]);
        let held = rows(&app, "stock-overview", &["reserved"]).await;
        assert_eq!(held, [[json!(2)]]);
    }

    /// Months that are over are added up; what changes about them later is added to that.
    async fn a_year_reads_the_same_before_and_after_its_months_are_closed(app: TestApp) {
        for (order, month) in (1..=9).zip(1..) {
            let at = format!("2010-{month:02}-15T10:00:00Z");
            let lines = [(1, 2, 100), (2 + order % 2, 1, 50)];
            tell(&app, &imported(order, &at, &lines, "EIRE"), 1).await;
        }
        tell(&app, &placed(20, 7, &[(1, 1, 500)]), 1).await;
        tell(&app, &named(1, 30, "Lamp", 250), 1).await;
        let category = id::<kernel::Category>(30);
        let [by_day, by_month, by_store] = ["day", "month", "store"]
            .map(|by| format!("sales?by={by}&category_id={category}"));
        let read = async || {
            let mut all = Vec::new();
            for path in
                ["best-sellers", "highest-spenders", "sales?by=category", "sales?by=store",
                    &by_day, &by_month, &by_store]
            {
                for days in ["from=2009-01-01", "from=2010-03-02&to=2010-08-14",
                    "from=2010-01-01&to=2010-12-31", "from=2010-02-15&to=2010-02-15"]
                {
                    let sign = if path.contains('?') { '&' } else { '?' };
                    all.push(report(&app, &format!("{path}{sign}{days}")).await["items"].clone());
                }
            }
            all
        };
        let before = read().await;
        reports::close_months(app.host()).await.unwrap();
        assert_eq!(read().await, before);
        assert_eq!(spans(&app).await, [9, 9, 1]);

        tell(&app, &imported(30, "2010-05-20T10:00:00Z", &[(1, 4, 100)], "EIRE"), 1).await;
        tell(&app, &returned(2, &[(1, 1, 100)], Some("2010-06-01T10:00:00Z")), 2).await;
        tell(&app, &imported(31, "2008-02-20T10:00:00Z", &[(1, 8, 100)], "EIRE"), 1).await;
        app.audit().await;
        assert_eq!(spans(&app).await, [9, 7, 0], "months of three new days");
        let changed = read().await;
        let year = "best-sellers?from=2010-01-01&to=2010-12-31&limit=1";
        let best = rows(&app, year, &["units", "returned_units", "net"]).await;
        assert_eq!(best, [[json!(22), json!(1), json!("21.00")]]);
        let old = rows(&app, "best-sellers?from=2008-01-01&to=2008-12-31", &["units"]).await;
        assert_eq!(old, [[json!(8)]]);
        reports::close_months(app.host()).await.unwrap();
        app.audit().await;
        assert_eq!(spans(&app).await, [12, 10, 2]);
        assert_eq!(read().await, changed);
    }

    /// Many years are the difference of two running totals, whatever years sold nothing.
    async fn decades_read_the_same_before_and_after_their_years_are_closed(app: TestApp) {
        for (order, year) in (1..).zip([1995, 1996, 1999, 2000, 2004, 2005, 2006, 2010]) {
            let at = format!("{year}-06-15T10:00:00Z");
            let lines = [(1 + order % 2, 2, 100), (3, order.try_into().unwrap(), 50)];
            tell(&app, &imported(order, &at, &lines, "EIRE"), 1).await;
        }
        let read = async || {
            let mut all = Vec::new();
            let paths = ["best-sellers", "highest-spenders", "sales?by=category", "sales?by=store"];
            for path in paths {
                for (from, to) in [(1990, 2020), (1996, 2005), (1997, 2003), (2001, 2003),
                    (2006, 2010), (1995, 1998), (2011, 2020)]
                {
                    let sign = if path.contains('?') { '&' } else { '?' };
                    let days = format!("from={from}-01-01&to={to}-12-31");
                    all.push(report(&app, &format!("{path}{sign}{days}")).await["items"].clone());
                }
            }
            all
        };
        let before = read().await;
        reports::close_months(app.host()).await.unwrap();
        app.audit().await;
        assert_eq!(running_totals(&app).await, [8, 0]);
        assert_eq!(read().await, before);

        tell(&app, &imported(30, "2002-05-20T10:00:00Z", &[(1, 4, 100)], "EIRE"), 1).await;
        tell(&app, &cancelled(4), 2).await;
        tell(&app, &returned(5, &[(3, 2, 50)], Some("2004-08-01T10:00:00Z")), 2).await;
        app.audit().await;
        assert_eq!(running_totals(&app).await, [3, 6], "what a new year is in");
        let changed = read().await;
        assert_ne!(changed, before);
        reports::close_months(app.host()).await.unwrap();
        app.audit().await;
        assert_eq!(running_totals(&app).await, [9, 0]);
        assert_eq!(read().await, changed);
    }

    async fn every_answer_says_how_far_counting_has_come(app: TestApp) {
        let nothing = report(&app, "best-sellers").await;
        assert_eq!(nothing["as_of"], Value::Null);
        tell(&app, &placed(1, 7, &[(1, 1, 100)]), 1).await;
        let unheard = OrderConfirmed { order_id: id(1), store_id: id(20) };
        tell(&app, &unheard, 2).await;
        app.clock_advance(DAY);
        for path in ["best-sellers", "highest-spenders", "sales?by=day", "average-basket",
            "stock-overview", "low-stock"]
        {
            let answer = report(&app, path).await;
            assert_eq!(answer["as_of"], "2026-03-02T14:00:00Z", "{path}");
            assert_eq!(answer["lag"], json!({"counted": 1, "waiting": 0, "ms": 0}), "{path}");
        }
    }
}
