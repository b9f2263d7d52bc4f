//! Search over name, description and SKU: the same on both engines.

use crate::{app, category, column, patch, product, staff, walk};
use platform::http::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

async fn find(app: &TestApp, q: &str) -> Vec<String> {
    let q: String = q.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let page = staff(app, &format!("/v1/products?sort=sku&q={q}"))
        .await
        .expect(200)
        .json();
    column(&page, "sku")
}

async fn fill(app: &TestApp) -> String {
    let kitchen = category(app, "Kitchen").await;
    for (sku, name, description) in [
        ("BRU-1", "Crème brûlée torch", "Burns sugar on a dessert"),
        ("POT-10/A", "Red pot", "For soup and stew"),
        ("POT-10/B", "Blue pot", "For \"soup\" only"),
        ("ŒUF", "Egg cup", "Für das Frühstück"),
    ] {
        product(
            app,
            &kitchen,
            sku,
            json!({ "name": name, "description": description }),
        )
        .await;
    }
    kitchen
}

on_both! {
    async fn words_are_found_wherever_they_stand(app: TestApp) {
        fill(&app).await;
        for (q, skus) in [
            ("creme", vec!["BRU-1"]),
            ("CRÈME torch", vec!["BRU-1"]),
            ("torch cre", vec!["BRU-1"]),
            ("brul dessert", vec![]),
            ("dessert brul", vec!["BRU-1"]),
            ("pot", vec!["POT-10/A", "POT-10/B"]),
            ("pot-10", vec!["POT-10/A", "POT-10/B"]),
            ("pot10b", vec!["POT-10/B"]),
            ("soup red", vec!["POT-10/A"]),
            ("oeuf", vec!["ŒUF"]),
            ("fruh", vec!["ŒUF"]),
            ("ot", vec![]),
        ] {
            assert_eq!(find(&app, q).await, skus, "{q}");
        }
    }

    async fn no_text_is_taken_for_query_syntax(app: TestApp) {
        fill(&app).await;
        for q in [
            "\"soup\"",
            "soup*",
            "soup OR torch",
            "NOT soup",
            "name:soup",
            "soup^2",
            "(soup",
            "soup)",
            "-soup",
            "soup:*",
            "'soup'",
            "soup & !torch",
            "soup <-> stew",
            "{words}: soup",
            "NEAR(soup)",
            "'; drop table catalog_product; --",
            "\\",
            "%",
            "_",
            "#736f7570",
            "a' | 'b",
            "soup\u{1}",
        ] {
            find(&app, q).await;
        }
        assert_eq!(find(&app, "\"soup\"").await.len(), 2);
        assert_eq!(find(&app, "NOT soup").await.len(), 0);
        assert_eq!(find(&app, "***").await.len(), 0);
    }

    async fn the_index_follows_every_change(app: TestApp) {
        let kitchen = fill(&app).await;
        let pan = product(
            &app,
            &kitchen,
            "PAN",
            json!({ "name": "Iron pan", "status": "draft" }),
        )
        .await;
        let path = format!("/v1/products/{}", pan.field("id"));
        patch(
            &app,
            &path,
            json!({ "name": "Steel pan", "tags": ["Heavy duty"] }),
        )
        .await
        .expect(200);
        assert_eq!(find(&app, "iron").await, Vec::<String>::new());
        assert_eq!(find(&app, "steel").await, ["PAN"]);
        let by_tag = staff(&app, "/v1/products?tag=heavy+DUTY").await.json();
        assert_eq!(column(&by_tag, "sku"), ["PAN"]);
        let both = staff(&app, "/v1/products?tag=heavy+duty&q=ste")
            .await
            .json();
        assert_eq!(column(&both, "sku"), ["PAN"]);
        let none = staff(&app, "/v1/products?tag=heavy+duty&q=pot")
            .await
            .json();
        assert!(column(&none, "sku").is_empty());
        app.delete(&path)
            .as_role(Role::Manager)
            .send()
            .await
            .expect(204);
        assert_eq!(find(&app, "steel").await, Vec::<String>::new());
    }

    async fn matches_are_paged_in_the_order_asked_for(app: TestApp) {
        let kitchen = category(&app, "Kitchen").await;
        for number in 0..12 {
            let name = format!("Spoon {:02}", (number * 7) % 12);
            product(
                &app,
                &kitchen,
                &format!("S{number}"),
                json!({ "name": name }),
            )
            .await;
            product(
                &app,
                &kitchen,
                &format!("F{number}"),
                json!({ "name": "Fork" }),
            )
            .await;
        }
        let names = walk(&app, "/v1/products?q=spoon&sort=-name&limit=5", "name").await;
        assert_eq!(names.len(), 12);
        assert!(names.iter().rev().is_sorted());
    }
}
