//! Lists of products: filters, orders, pages.

use crate::{app, category, column, get, post, product, staff, walk};
use kernel::Timestamp;
use serde_json::json;
use testkit::{TestApp, on_both};

/// Fifteen products of which some share names and prices.
async fn fill(app: &TestApp) -> (String, String) {
    let (lights, chairs) = (category(app, "Lights").await, category(app, "Chairs").await);
    for number in 0..15 {
        let category = if number % 3 == 0 { &chairs } else { &lights };
        let more = json!({
            "name": format!("Thing {}", number % 4), "price": format!("{}.50", 10 + number % 5),
            "tags": if number % 2 == 0 { json!(["even"]) } else { json!(["odd"]) },
        });
        product(app, category, &format!("SKU{number:02}"), more).await;
        app.clock_advance(std::time::Duration::from_millis(number % 2));
    }
    (lights, chairs)
}

on_both! {
    async fn every_order_walks_through_all_products_once(app: TestApp) {
        fill(&app).await;
        let mut all = walk(&app, "/v1/products?limit=100&sort=sku", "sku").await;
        assert_eq!(all.len(), 15);
        assert!(all.is_sorted());
        for sort in ["name", "price", "created_at", "sku"] {
            let path = format!("/v1/products?limit=4&sort={sort}");
            let mut up = walk(&app, &path, "sku").await;
            let mut down = walk(&app, &format!("/v1/products?limit=4&sort=-{sort}"), "sku").await;
            down.reverse();
            assert_eq!(up, down, "{sort}");
            match sort {
                "created_at" => {
                    let times = walk(&app, &path, sort).await;
                    let times = times.iter().map(|time| time.parse::<Timestamp>().unwrap());
                    assert!(times.is_sorted());
                }
                "price" => {
                    let page = staff(&app, "/v1/products?sort=price").await.json();
                    let prices = page["items"].as_array().unwrap().iter();
                    let prices = prices.map(|item| item["price"]["amount"].as_str().unwrap());
                    assert!(prices.is_sorted());
                }
                field => assert!(walk(&app, &path, field).await.is_sorted(), "{sort}"),
            }
            up.sort();
            all.sort();
            assert_eq!(up, all, "{sort}");
        }
    }

    async fn a_page_stays_right_while_products_come(app: TestApp) {
        let (lights, _) = fill(&app).await;
        for sort in [
            "name",
            "-name",
            "price",
            "-price",
            "created_at",
            "-created_at",
            "sku",
            "-sku",
        ] {
            let path = format!("/v1/products?limit=5&sort={sort}");
            let before = walk(&app, &path, "sku").await;
            let page = staff(&app, &path).await.json();
            let mut seen = column(&page, "sku");
            let cursor = page["next_cursor"].as_str().unwrap();
            for extra in ["A", "Z"] {
                let price = if extra == "A" { "1" } else { "99" };
                let more = json!({ "name": extra, "price": price });
                product(&app, &lights, &format!("{extra}{sort}"), more).await;
            }
            let mut next = format!("{path}&cursor={cursor}");
            loop {
                let page = staff(&app, &next).await.expect(200).json();
                seen.extend(column(&page, "sku"));
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                next = format!("{path}&cursor={cursor}");
            }
            seen.retain(|sku| before.contains(sku));
            assert_eq!(seen, before, "{sort}");
        }
    }

    async fn filters_narrow_the_list_and_its_count(app: TestApp) {
        let (lights, chairs) = fill(&app).await;
        let cases = [
            (format!("category_id={lights}"), 10),
            (format!("category_id={chairs}&tag=EVEN"), 3),
            ("tag=odd".to_owned(), 7),
            ("tag=od".to_owned(), 0),
            ("min_price=13.50".to_owned(), 6),
            ("min_price=11&max_price=12.5".to_owned(), 6),
            ("in_stock=true".to_owned(), 0),
            ("in_stock=false".to_owned(), 15),
            ("status=draft".to_owned(), 0),
            ("q=thing".to_owned(), 15),
            ("q=thing%203&tag=odd".to_owned(), 3),
            ("q=&tag=".to_owned(), 15),
        ];
        for (filter, total) in cases {
            for sort in ["name", "-price", "sku", "created_at"] {
                let path = format!("/v1/products?{filter}&sort={sort}&limit=4");
                let page = get(&app, &format!("{path}&count=true"))
                    .await
                    .expect(200)
                    .json();
                assert_eq!(page["total"], total, "{filter}");
                assert_eq!(walk(&app, &path, "sku").await.len(), total, "{path}");
            }
        }
    }

    async fn others_than_staff_list_active_products_only(app: TestApp) {
        let lights = category(&app, "Lights").await;
        for status in ["draft", "active", "archived"] {
            product(&app, &lights, status, json!({ "status": status })).await;
        }
        let list = "/v1/products?sort=sku&count=true";
        let everybody = get(&app, list).await.expect(200);
        assert_eq!(column(&everybody.json(), "sku"), ["active"]);
        assert_eq!(everybody.json()["total"], 1);
        assert_eq!(everybody.header("cache-control"), Some("public, no-cache"));
        let hidden = get(&app, &format!("{list}&status=draft"))
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&hidden["items"], &hidden["total"]),
            (&json!([]), &json!(0))
        );
        let all = staff(&app, list).await.expect(200).json();
        assert_eq!(column(&all, "sku"), ["active", "archived", "draft"]);
        let drafts = staff(&app, &format!("{list}&status=draft")).await.json();
        assert_eq!(column(&drafts, "sku"), ["draft"]);
    }

    async fn what_is_no_parameter_is_refused(app: TestApp) {
        for query in [
            "limit=0",
            "limit=101",
            "limit=x",
            "sort=colour",
            "cursor=!",
            "cursor=e30",
            "colour=red",
            "min_price=abc",
            "max_price=1.999",
            "status=sold",
            "category_id=x",
            "in_stock=maybe",
            "count=2",
            "group_id=prod_00000000000000000000000001",
        ] {
            let answer = get(&app, &format!("/v1/products?{query}")).await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        }
        let long = "x".repeat(201);
        get(&app, &format!("/v1/products?q={long}"))
            .await
            .expect(422);
        let lights = category(&app, "Lights").await;
        for sku in ["A", "B"] {
            product(&app, &lights, sku, json!({})).await;
        }
        let page = get(&app, "/v1/products?sort=price&limit=1").await.json();
        let cursor = page["next_cursor"].as_str().unwrap();
        let other = get(&app, &format!("/v1/products?sort=name&cursor={cursor}")).await;
        assert_eq!(other.expect(422).code(), "INVALID_CURSOR");
        post(&app, "/v1/products?x=1", json!({})).await.expect(422);
    }
}
