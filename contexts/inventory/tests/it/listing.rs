//! Reading levels, alerts and the ledger.

use crate::shop::{app, cancel, get, place, post, product, products, stock, store};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Engine, TestApp, on_both};
use uuid::Uuid;

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().expect("a page has items")
}

/// Follows the cursors; `path` ends with a query.
async fn all(app: &TestApp, path: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(app, &format!("{path}&limit=3{cursor}")).await;
        found.extend(items(&page).iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

on_both! {
    async fn a_store_shows_what_lies_in_it(app: TestApp) {
        let (all_products, here) = (products(&app, 7).await, store(&app, "HERE").await);
        for (nth, product) in (0..).zip(&all_products) {
            stock(&app, *product, here, nth % 3).await;
        }
        let path = format!("/v1/stores/{here}/inventory");
        let levels = all(&app, &format!("{path}?count=true")).await;
        let skus: Vec<_> = levels.iter().map(|level| level["product"]["sku"].clone()).collect();
        assert_eq!(skus.len(), 7);
        assert_eq!((&skus[0], &skus[6]), (&json!("SKU-0"), &json!("SKU-6")));
        assert_eq!(all(&app, &format!("{path}?in_stock=false")).await.len(), 3);
        assert_eq!(get(&app, &format!("{path}?in_stock=true&count=true")).await["total"], 4);
        app.get("/v1/stores/store_01h455vb4pex5vsknk084sn02q/inventory")
            .as_role(Role::Clerk).send().await.expect(404);
        app.get(&path).send().await.expect(401);
        app.get(&path).as_customer(app.host().source.uuid()).send().await.expect(403);
    }

    async fn a_product_shows_where_it_lies(app: TestApp) {
        let a = product(&app, "A").await;
        for code in ["A", "B", "C", "D"] {
            let store = store(&app, code).await;
            stock(&app, a, store, 2).await;
        }
        let levels = all(&app, &format!("/v1/products/{a}/inventory?low=false")).await;
        assert_eq!(levels.len(), 4);
        assert_eq!(all(&app, &format!("/v1/products/{a}/inventory?low=true")).await.len(), 0);
        app.get("/v1/products/prod_01h455vb4pex5vsknk084sn02q/inventory")
            .as_role(Role::Supplier).send().await.expect(404);
    }

    async fn what_is_low_is_listed_with_the_moment_it_became_so(app: TestApp) {
        let (all_products, here) = (products(&app, 4).await, store(&app, "HERE").await);
        for product in &all_products {
            let body = json!({"product_id": product, "store_id": here, "quantity": 5,
                "min_stock": 2});
            post(&app, "/v1/inventory", body).await.expect(200);
        }
        assert_eq!(all(&app, "/v1/inventory/alerts?count=true").await, [] as [Value; 0]);
        let mut moments = Vec::new();
        for product in &all_products {
            app.clock_advance(Duration::from_secs(60));
            moments.push(json!(app.host().source.now()));
            place(&app, None, &[(*product, 3)]).await;
        }
        app.clock_advance(Duration::from_secs(60));
        place(&app, None, &[(all_products[0], 1)]).await;
        let alerts = all(&app, &format!("/v1/inventory/alerts?store_id={here}")).await;
        let since: Vec<_> = alerts.iter().map(|alert| alert["since"].clone()).collect();
        moments.reverse();
        assert_eq!(since, moments);
        stock(&app, all_products[3], here, 9).await;
        let page = get(&app, "/v1/inventory/alerts?count=true").await;
        assert_eq!((page["total"].clone(), items(&page).len()), (json!(3), 3));
    }

    async fn what_is_too_much_is_listed_beside_what_is_low(app: TestApp) {
        let (all_products, here) = (products(&app, 3).await, store(&app, "HERE").await);
        for product in &all_products {
            let body = json!({"product_id": product, "store_id": here, "quantity": 8,
                "min_stock": 2, "max_stock": 8});
            post(&app, "/v1/inventory", body).await.expect(200);
        }
        let (low, excess, both) = (all_products[0], all_products[1], all_products[2]);
        app.clock_advance(Duration::from_secs(60));
        place(&app, None, &[(low, 6)]).await;
        app.clock_advance(Duration::from_secs(60));
        stock(&app, excess, here, 9).await;
        app.clock_advance(Duration::from_secs(60));
        stock(&app, both, here, 10).await;
        place(&app, None, &[(both, 8)]).await;
        app.clock_advance(Duration::from_secs(60));
        stock(&app, excess, here, 12).await;

        let mut seen = Vec::new();
        let mut path = "/v1/inventory/alerts?limit=1&count=true".to_owned();
        loop {
            let page = get(&app, &path).await;
            assert_eq!(page["total"], 4);
            seen.extend(items(&page).iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/inventory/alerts?limit=1&count=true&cursor={next}");
        }
        let told = |alert: &Value| {
            (alert["kind"].clone(), alert["level"]["product_id"].clone(), alert["since"].clone())
        };
        let told: Vec<_> = seen.iter().map(told).collect();
        let at = |minute| json!(format!("2026-03-02T14:0{minute}:00Z"));
        assert_eq!(told, [
            (json!("excess"), json!(both), at(3)), (json!("low"), json!(both), at(3)),
            (json!("excess"), json!(excess), at(2)), (json!("low"), json!(low), at(1)),
        ]);
        assert_eq!(seen[2]["level"]["excess_since"], at(2), "since then, whatever comes in");

        for (kind, product) in [("low", low), ("excess", excess)] {
            let query = format!("/v1/inventory/alerts?kind={kind}&count=true&store_id={here}");
            let page = get(&app, &query).await;
            let found = items(&page);
            assert_eq!((found.len(), &page["total"]), (2, &json!(2)));
            assert!(found.iter().all(|alert| alert["kind"] == kind));
            assert_eq!(found[1]["level"]["product_id"], json!(product));
        }
        app.get("/v1/inventory/alerts?kind=odd").as_role(Role::Clerk).send().await.expect(422);
        stock(&app, excess, here, 8).await;
        let fewer = get(&app, "/v1/inventory/alerts?kind=excess").await;
        assert_eq!(items(&fewer).len(), 1);
    }

    async fn the_ledger_is_narrowed_by_each_of_its_fields(app: TestApp) {
        let (all_products, here) = (products(&app, 2).await, store(&app, "HERE").await);
        let there = store(&app, "THERE").await;
        let (a, b) = (all_products[0], all_products[1]);
        stock(&app, a, here, 5).await;
        let body = json!({"product_id": b, "store_id": there, "quantity": 7, "reference": "PO-9"});
        let made = app.post("/v1/inventory/restocks").as_role(Role::Supplier).json(body);
        let made = made.send().await.expect(201).json();
        app.clock_advance(Duration::from_secs(3600));
        let later = app.host().source.now();
        let kept = place(&app, None, &[(a, 2)]).await;
        let cancelled = place(&app, None, &[(a, 1)]).await;
        cancel(&app, cancelled).await;
        let actor = made["movement"]["actor"].as_str().expect("somebody did it");
        let ledger = |query: String| all_of(&app, query);
        assert_eq!(ledger(String::new()).await.len(), 5);
        assert_eq!(ledger(format!("product_id={a}")).await.len(), 4);
        assert_eq!(ledger(format!("store_id={there}")).await.len(), 1);
        assert_eq!(ledger("kind=reserve".into()).await.len(), 2);
        assert_eq!(ledger("kind=release".into()).await.len(), 1);
        assert_eq!(ledger("kind=receive".into()).await.len(), 2);
        assert_eq!(ledger(format!("reference={cancelled}")).await.len(), 2);
        assert_eq!(ledger(format!("reference={kept}")).await.len(), 1);
        assert_eq!(ledger("reference=PO-9".into()).await.len(), 1);
        assert_eq!(ledger(format!("actor={actor}")).await.len(), 1);
        assert_eq!(ledger(format!("from={later}")).await.len(), 3);
        assert_eq!(ledger(format!("to={later}&product_id={a}")).await.len(), 1);
        let path = format!("/v1/inventory/movements?count=true&from={later}&kind=reserve");
        assert_eq!(get(&app, &path).await["total"], 2);
    }

    async fn a_store_alone_shows_all_that_happened_there_in_order(app: TestApp) {
        let all_products = products(&app, 3).await;
        let (shop, shelf) = (store(&app, "A-SHOP").await, store(&app, "B-SHELF").await);
        for product in &all_products {
            stock(&app, *product, shop, 9).await;
            stock(&app, *product, shelf, 5).await;
        }
        let mut placed = Vec::new();
        for nth in 0..6 {
            placed.push(place(&app, None, &[(all_products[nth % 3], 1)]).await);
            if nth % 2 == 0 {
                let pieces = 20 + i64::try_from(nth).expect("small");
                stock(&app, all_products[nth % 3], shop, pieces).await;
            }
        }
        cancel(&app, placed[1]).await;
        let everything = all_of(&app, String::new()).await;
        for (store, movements) in [(shop, 3 + 6 + 3 + 1), (shelf, 3)] {
            let there = everything.iter().filter(|one| one["store_id"] == json!(store));
            let expected: Vec<_> = there.cloned().collect();
            assert_eq!(expected.len(), movements, "the shop sells first");
            assert_eq!(all_of(&app, format!("store_id={store}")).await, expected);
            let whole = get(&app, &format!("/v1/inventory/movements?store_id={store}")).await;
            assert_eq!((items(&whole), &whole["next_cursor"]), (&expected, &Value::Null));
        }
    }

    async fn what_happened_in_a_store_is_found_by_index(app: TestApp) {
        let (a, here) = (product(&app, "A").await, store(&app, "HERE").await);
        stock(&app, a, here, 5).await;
        let mut tx = app.host().db.begin().await.expect("a transaction");
        let (plan, column) = match tx.engine() {
            Engine::Sqlite => ("explain query plan
                select id from inventory_movement
                where kind <> 'reserve' and (store_id, id) < ($1, $2) and (store_id, id) >= ($1, $3)
                order by store_id desc, id desc limit 21", "detail"),
            Engine::Postgres => {
                // A table of one row is read and sorted whole, whatever indexes there are.
                for forbid in [
                    "set local enable_seqscan = off",
                    "set local enable_bitmapscan = off",
                ] {
                    tx.query(forbid).execute().await.expect("a setting");
                }
                ("explain select id from inventory_movement
                where kind <> 'reserve' and (store_id, id) < ($1, $2) and (store_id, id) >= ($1, $3)
                order by store_id desc, id desc limit 21", "QUERY PLAN")
            }
        };
        let query = tx.query(plan).bind(here).bind(Uuid::max()).bind(Uuid::nil());
        let rows = query.fetch_all().await.expect("a plan");
        let lines = rows.iter().map(|row| row.get::<String>(column).expect("a text"));
        let plan = lines.collect::<Vec<_>>().join(" ");
        assert!(plan.contains("inventory_movement_store"), "{plan}");
        assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
    }

    async fn the_ledger_reads_from_the_latest_to_the_first(app: TestApp) {
        let (a, here) = (product(&app, "A").await, store(&app, "HERE").await);
        for pieces in 1..=8 {
            stock(&app, a, here, pieces * 2).await;
        }
        let ids: Vec<_> = all_of(&app, String::new()).await.iter()
            .map(|movement| movement["id"].as_str().expect("an id").to_owned()).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable_by(|one, other| other.cmp(one));
        assert_eq!((ids.len(), &ids), (8, &sorted));
        let path = "/v1/inventory/movements";
        app.get(&format!("{path}?kind=theft")).as_role(Role::Clerk).send().await.expect(422);
        app.get(&format!("{path}?cursor=x")).as_role(Role::Clerk).send().await.expect(422);
        app.get(path).as_role(Role::Supplier).send().await.expect(403);
        app.get(&format!("{path}/mov_01h455vb4pex5vsknk084sn02q"))
            .as_role(Role::Clerk).send().await.expect(404);
    }
}

async fn all_of(app: &TestApp, query: String) -> Vec<Value> {
    all(app, &format!("/v1/inventory/movements?{query}&")).await
}
