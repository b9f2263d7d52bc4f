//! Products: what they must be, who sees them, how they change and go.

use crate::witness::{CatalogFact, told_of};
use crate::{app, category, fields, get, patch, post, product, staff};
use kernel::ProductId;
use platform::http::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn a_product_is_made_and_read(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let made = product(
            &app,
            &lights,
            "LAMP-1",
            json!({
                "name": "Desk lamp", "description": "Bends.\nGlows.", "tags": ["new", "New", "red"],
                "gtin": "4006381333931", "price": 19.9,
            }),
        )
        .await;
        let lamp = made.json();
        assert_eq!(
            lamp["price"],
            json!({ "amount": "19.90", "currency": "CAD" })
        );
        assert_eq!(lamp["tags"], json!(["new", "red"]));
        assert_eq!(lamp["status"], "active");
        assert_eq!(
            (&lamp["available"], &lamp["in_stock"]),
            (&json!(null), &json!(false))
        );
        assert_eq!(lamp["group_id"], json!(null));
        let path = made.header("location").unwrap();
        let read = get(&app, path).await.expect(200);
        assert_eq!(read.json(), lamp);
        assert_eq!(
            read.header("content-type"),
            Some("application/json; charset=utf-8")
        );
        assert_eq!(read.header("etag"), made.header("etag"));
        assert_eq!(
            (read.header("age"), read.header("cache-control")),
            (Some("0"), Some("public, no-cache"))
        );
        let tag = read.header("etag").unwrap().to_owned();
        assert_eq!(
            app.get(path)
                .header("if-none-match", &tag)
                .send()
                .await
                .status,
            304
        );
        let kept = staff(&app, path).await.expect(200);
        assert_eq!(kept.header("cache-control"), Some("private, no-cache"));
    }

    async fn a_product_that_breaks_a_rule_is_refused_with_its_field(app: TestApp) {
        let lights = category(&app, "Lights").await;
        product(&app, &lights, "TAKEN", json!({})).await;
        let cases = [
            (json!({ "sku": "TAKEN" }), 409, "DUPLICATE_SKU", "sku"),
            (
                json!({ "category_id": "cat_00000000000000000000000001" }),
                422,
                "UNKNOWN_CATEGORY",
                "category_id",
            ),
            (json!({ "price": 0 }), 422, "INVALID_PRICE", "price"),
            (json!({ "price": "-1" }), 422, "INVALID_PRICE", "price"),
            (
                json!({ "price": { "amount": "1.00", "currency": "EUR" } }),
                422,
                "WRONG_CURRENCY",
                "price",
            ),
            (json!({ "price": "1.999" }), 422, "INVALID_AMOUNT", "price"),
            (
                json!({ "gtin": "4006381333932" }),
                422,
                "VALIDATION_FAILED",
                "gtin",
            ),
            (json!({ "name": "" }), 422, "VALIDATION_FAILED", "name"),
            (
                json!({ "name": "x".repeat(256) }),
                422,
                "VALIDATION_FAILED",
                "name",
            ),
            (
                json!({ "sku": "x".repeat(65) }),
                422,
                "VALIDATION_FAILED",
                "sku",
            ),
            (json!({ "tags": ["a|b"] }), 422, "VALIDATION_FAILED", "tags"),
            (
                json!({ "options": { "": "x" } }),
                422,
                "VALIDATION_FAILED",
                "options",
            ),
            (
                json!({ "status": "sold" }),
                422,
                "VALIDATION_FAILED",
                "status",
            ),
            (
                json!({ "status": null }),
                422,
                "VALIDATION_FAILED",
                "status",
            ),
            (
                json!({ "available": 9 }),
                422,
                "VALIDATION_FAILED",
                "available",
            ),
        ];
        for (more, status, code, field) in cases {
            let answer = post(&app, "/v1/products", fields(&lights, "NEW", more.clone())).await;
            let error = answer.expect(status).json()["error"].clone();
            assert_eq!(error["code"], code, "{more}");
            assert_eq!(error["details"][0]["field"], field, "{more}");
        }
        let list = staff(&app, "/v1/products").await.expect(200).json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    async fn what_is_not_active_does_not_exist_for_others_than_staff(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let id = product(&app, &lights, "LAMP", json!({ "status": "draft" }))
            .await
            .field("id");
        let path = format!("/v1/products/{id}");
        staff(&app, &path).await.expect(200);
        get(&app, &path).await.expect(404);
        for role in [Role::Customer, Role::Supplier, Role::Service] {
            app.get(&path).as_role(role).send().await.expect(404);
        }
        patch(&app, &path, json!({ "status": "active" }))
            .await
            .expect(200);
        get(&app, &path).await.expect(200);
        patch(&app, &path, json!({ "status": "archived" }))
            .await
            .expect(200);
        get(&app, &path).await.expect(404);
        get(&app, "/v1/products/prod_00000000000000000000000001")
            .await
            .expect(404);
        get(&app, "/v1/products/nonsense").await.expect(404);
    }

    async fn a_write_is_read_back_at_once(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let id = product(&app, &lights, "LAMP", json!({})).await.field("id");
        let path = format!("/v1/products/{id}");
        for number in 0..20 {
            get(&app, &path).await.expect(200);
            let name = format!("Lamp {number}");
            patch(&app, &path, json!({ "name": name }))
                .await
                .expect(200);
            assert_eq!(get(&app, &path).await.json()["name"], name);
        }
    }

    async fn a_change_by_another_process_is_seen_after_a_second(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let id = product(&app, &lights, "LAMP", json!({})).await.field("id");
        let path = format!("/v1/products/{id}");
        get(&app, &path).await.expect(200);
        let sheet = std::io::Cursor::new("sku,name\nLAMP,New name\n");
        let options = catalog::ImportOptions::default();
        let report = catalog::import_products(app.host(), sheet, options, |_| {})
            .await
            .unwrap();
        assert_eq!(report.updated, 1);
        app.clock_advance(std::time::Duration::from_millis(1100));
        assert_eq!(get(&app, &path).await.json()["name"], "New name");
    }

    async fn a_merge_patch_changes_what_it_names(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let made = product(
            &app,
            &lights,
            "LAMP",
            json!({
                "description": "old", "tags": ["a"], "gtin": "96385074",
                "options": { "size": "M", "colour": "red" },
            }),
        )
        .await
        .json();
        let path = format!("/v1/products/{}", made["id"].as_str().unwrap());
        let changed = patch(
            &app,
            &path,
            json!({
                "description": null, "gtin": null, "price": "25",
                "options": { "size": "L", "colour": null },
            }),
        )
        .await
        .expect(200);
        assert!(changed.header("etag").unwrap().starts_with("\"2."));
        let lamp = changed.json();
        assert_eq!(
            (&lamp["description"], &lamp["gtin"]),
            (&json!(null), &json!(null))
        );
        assert_eq!(lamp["options"], json!({ "size": "L" }));
        assert_eq!(
            (&lamp["tags"], &lamp["price"]["amount"]),
            (&json!(["a"]), &json!("25.00"))
        );
        assert_eq!(lamp["group_id"], made["group_id"]);
        for required in ["sku", "name", "category_id", "price", "status"] {
            patch(&app, &path, json!({ required: null }))
                .await
                .expect(422);
        }
        let options = json!({ "options": { "a=b": "c" } });
        assert_eq!(
            patch(&app, &path, options).await.expect(422).code(),
            "INVALID_OPTIONS"
        );
    }

    async fn a_put_replaces_all_but_the_status(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let more = json!({ "status": "draft", "description": "x", "tags": ["a"] });
        let id = product(&app, &lights, "LAMP", more).await.field("id");
        let path = format!("/v1/products/{id}");
        let put = app
            .put(&path)
            .as_role(Role::Manager)
            .json(fields(&lights, "LAMP-2", json!({})));
        let lamp = put.send().await.expect(200).json();
        assert_eq!(
            (&lamp["sku"], &lamp["status"]),
            (&json!("LAMP-2"), &json!("draft"))
        );
        assert_eq!(
            (&lamp["description"], &lamp["tags"]),
            (&json!(null), &json!([]))
        );
    }

    async fn a_change_is_made_only_to_what_was_seen(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let made = product(&app, &lights, "LAMP", json!({})).await;
        let path = format!("/v1/products/{}", made.field("id"));
        let seen = made.header("etag").unwrap().to_owned();
        let change = || {
            app.patch(&path)
                .as_role(Role::Manager)
                .header("if-match", &seen)
        };
        change()
            .json(json!({ "name": "First" }))
            .send()
            .await
            .expect(200);
        change()
            .json(json!({ "name": "Second" }))
            .send()
            .await
            .expect(412);
        let delete = app
            .delete(&path)
            .as_role(Role::Manager)
            .header("if-match", &seen);
        delete.send().await.expect(412);
        assert_eq!(get(&app, &path).await.json()["name"], "First");
    }

    async fn a_change_that_changes_nothing_publishes_nothing(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let made = product(&app, &lights, "LAMP", json!({})).await;
        let id: ProductId = made.field("id").parse().unwrap();
        let same = patch(
            &app,
            &format!("/v1/products/{id}"),
            json!({ "name": "LAMP" }),
        )
        .await;
        assert_eq!(same.expect(200).header("etag"), made.header("etag"));
        app.settle().await;
        assert_eq!(told_of(id.uuid()).len(), 1);
    }

    async fn two_products_cannot_take_one_sku(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let (one, two) = tokio::join!(
            post(&app, "/v1/products", fields(&lights, "SAME", json!({}))),
            post(&app, "/v1/products", fields(&lights, "SAME", json!({}))),
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let id = product(&app, &lights, "OTHER", json!({})).await.field("id");
        let taken = patch(
            &app,
            &format!("/v1/products/{id}"),
            json!({ "sku": "SAME" }),
        )
        .await;
        assert_eq!(taken.expect(409).code(), "DUPLICATE_SKU");
    }

    async fn a_product_once_on_sale_is_archived_and_a_draft_deleted(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let sold = product(&app, &lights, "SOLD", json!({})).await.field("id");
        let draft = product(&app, &lights, "DRAFT", json!({ "status": "draft" }))
            .await
            .field("id");
        for id in [&sold, &draft, &sold] {
            let path = format!("/v1/products/{id}");
            app.delete(&path)
                .as_role(Role::Manager)
                .send()
                .await
                .expect(204);
            get(&app, &path).await.expect(404);
        }
        let sold_now = staff(&app, &format!("/v1/products/{sold}"))
            .await
            .expect(200);
        assert_eq!(sold_now.json()["status"], "archived");
        staff(&app, &format!("/v1/products/{draft}"))
            .await
            .expect(404);
        app.settle().await;
        let told = told_of(draft.parse::<ProductId>().unwrap().uuid());
        assert!(matches!(
            told[..],
            [(1, CatalogFact::Changed(_)), (2, CatalogFact::Deleted(_))]
        ));
        let told = told_of(sold.parse::<ProductId>().unwrap().uuid());
        let [
            (1, CatalogFact::Changed(_)),
            (2, CatalogFact::Changed(last)),
        ] = &told[..]
        else {
            panic!("{told:?}");
        };
        assert_eq!((last.status.as_str(), last.price_minor), ("archived", 1999));
    }

    async fn variants_share_a_group(app: TestApp) {
        let shirts = category(&app, "Shirts").await;
        let medium = product(&app, &shirts, "M", json!({ "options": { "size": "M" } })).await;
        let group = medium.field("group_id");
        let large = json!({ "options": { "size": "L" }, "group_id": group });
        product(&app, &shirts, "L", large).await;
        product(&app, &shirts, "CAP", json!({})).await;
        let list = get(&app, &format!("/v1/products?group_id={group}&sort=sku"))
            .await
            .expect(200);
        assert_eq!(crate::column(&list.json(), "sku"), ["L", "M"]);
    }

    async fn a_repeated_request_makes_one_product(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let send = || {
            let request = app.post("/v1/products").as_role(Role::Manager).key("once");
            request.json(fields(&lights, "LAMP", json!({}))).send()
        };
        let (first, second) = (send().await.expect(201), send().await.expect(201));
        assert_eq!(first.body, second.body);
        assert_eq!(second.header("idempotency-replayed"), Some("true"));
        assert_eq!(first.header("etag"), second.header("etag"));
    }

    async fn only_managers_change_products(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let new = fields(&lights, "LAMP", json!({}));
        app.post("/v1/products")
            .json(new.clone())
            .send()
            .await
            .expect(401);
        for role in [Role::Customer, Role::Clerk, Role::Supplier, Role::Service] {
            app.post("/v1/products")
                .as_role(role)
                .json(new.clone())
                .send()
                .await
                .expect(403);
        }
        app.post("/v1/products")
            .as_role(Role::Admin)
            .json(new)
            .send()
            .await
            .expect(201);
    }
}
