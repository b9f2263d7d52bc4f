//! Categories: names, places in the tree, and when they may go.

use crate::witness::{CatalogFact, told_of};
use crate::{app, category, column, fields, get, patch, post, product, walk};
use kernel::CategoryId;
use platform::http::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn a_category_is_made_read_changed_and_deleted(app: TestApp) {
        let made = post(&app, "/v1/categories", json!({ "name": " Lights " }))
            .await
            .expect(201);
        assert_eq!(made.json()["name"], "Lights");
        assert_eq!(made.header("etag"), Some("\"1\""));
        let path = made.header("location").unwrap().to_owned();
        let read = get(&app, &path).await.expect(200);
        assert_eq!(read.json(), made.json());
        assert_eq!(read.header("cache-control"), Some("public, no-cache"));
        let same = app.get(&path).header("if-none-match", "\"1\"").send().await;
        assert_eq!(same.status, 304);

        let put = app.put(&path).as_role(Role::Manager).if_match(1);
        let put = put
            .json(json!({ "name": "Lamps" }))
            .send()
            .await
            .expect(200);
        assert_eq!(put.header("etag"), Some("\"2\""));
        let late = app.patch(&path).as_role(Role::Manager).if_match(1);
        assert_eq!(
            late.json(json!({ "name": "x" }))
                .send()
                .await
                .expect(412)
                .code(),
            "PRECONDITION_FAILED"
        );

        app.delete(&path)
            .as_role(Role::Manager)
            .send()
            .await
            .expect(204);
        get(&app, &path).await.expect(404);
        app.delete(&path)
            .as_role(Role::Manager)
            .send()
            .await
            .expect(404);
        app.settle().await;
        let id: CategoryId = made.field("id").parse().unwrap();
        let told = told_of(id.uuid());
        assert_eq!(
            told.iter().map(|(version, _)| *version).collect::<Vec<_>>(),
            [1, 2, 3]
        );
        assert!(matches!(told[2].1, CatalogFact::CategoryDeleted(_)));
    }

    async fn a_name_is_unique_without_regard_to_case(app: TestApp) {
        category(&app, "Écrans").await;
        let double = post(&app, "/v1/categories", json!({ "name": "éCRANS" }))
            .await
            .expect(409);
        assert_eq!(double.code(), "DUPLICATE_NAME");
        let other = category(&app, "Other").await;
        let path = format!("/v1/categories/{other}");
        assert_eq!(
            patch(&app, &path, json!({ "name": "ÉCRANS" }))
                .await
                .expect(409)
                .code(),
            "DUPLICATE_NAME"
        );
        patch(&app, &path, json!({ "name": "OTHER" }))
            .await
            .expect(200);
    }

    async fn a_category_in_use_stays(app: TestApp) {
        let parent = category(&app, "Parent").await;
        let child = post(
            &app,
            "/v1/categories",
            json!({ "name": "Child", "parent_id": parent }),
        )
        .await;
        let child = child.expect(201).field("id");
        let lamp = product(&app, &child, "LAMP", json!({ "status": "draft" }))
            .await
            .field("id");
        for id in [&parent, &child] {
            let answer = app
                .delete(&format!("/v1/categories/{id}"))
                .as_role(Role::Manager)
                .send();
            assert_eq!(answer.await.expect(409).code(), "CATEGORY_IN_USE");
        }
        app.delete(&format!("/v1/products/{lamp}"))
            .as_role(Role::Manager)
            .send()
            .await
            .expect(204);
        app.delete(&format!("/v1/categories/{child}"))
            .as_role(Role::Manager)
            .send()
            .await
            .expect(204);
        app.delete(&format!("/v1/categories/{parent}"))
            .as_role(Role::Manager)
            .send()
            .await
            .expect(204);
    }

    async fn categories_form_no_circle(app: TestApp) {
        let a = category(&app, "A").await;
        let b = post(
            &app,
            "/v1/categories",
            json!({ "name": "B", "parent_id": a }),
        )
        .await;
        let b = b.expect(201).field("id");
        for parent in [&a, &b] {
            let answer = patch(
                &app,
                &format!("/v1/categories/{a}"),
                json!({ "parent_id": parent }),
            )
            .await;
            assert_eq!(answer.expect(422).code(), "CATEGORY_CIRCLE");
        }
        patch(
            &app,
            &format!("/v1/categories/{b}"),
            json!({ "parent_id": null }),
        )
        .await
        .expect(200);
        patch(
            &app,
            &format!("/v1/categories/{a}"),
            json!({ "parent_id": b }),
        )
        .await
        .expect(200);
        let unknown = "cat_00000000000000000000000001";
        let answer = post(
            &app,
            "/v1/categories",
            json!({ "name": "C", "parent_id": unknown }),
        )
        .await;
        assert_eq!(answer.expect(422).code(), "UNKNOWN_CATEGORY");
    }

    async fn two_moves_at_once_make_no_circle(app: TestApp) {
        for round in 0..5 {
            let a = category(&app, &format!("A{round}")).await;
            let b = category(&app, &format!("B{round}")).await;
            let (path_a, path_b) = (format!("/v1/categories/{a}"), format!("/v1/categories/{b}"));
            let (first, second) = tokio::join!(
                patch(&app, &path_a, json!({ "parent_id": b })),
                patch(&app, &path_b, json!({ "parent_id": a })),
            );
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 422]);
        }
    }

    async fn categories_are_listed_in_pages(app: TestApp) {
        let parent = category(&app, "Parent").await;
        for name in ["b", "A", "c", "É"] {
            let body = json!({ "name": name, "parent_id": parent });
            post(&app, "/v1/categories", body).await.expect(201);
        }
        let path = format!("/v1/categories?parent_id={parent}&limit=2");
        assert_eq!(walk(&app, &path, "name").await, ["A", "b", "c", "É"]);
        let down = format!("{path}&sort=-created_at");
        assert_eq!(walk(&app, &down, "name").await, ["É", "c", "A", "b"]);
        let page = get(&app, &format!("{path}&count=true"))
            .await
            .expect(200)
            .json();
        assert_eq!(page["total"], 4);
        let cursor = page["next_cursor"].as_str().unwrap();
        let other_order = get(&app, &format!("{path}&sort=-name&cursor={cursor}")).await;
        assert_eq!(other_order.expect(422).code(), "INVALID_CURSOR");
        assert_eq!(
            column(&get(&app, "/v1/categories").await.json(), "name").len(),
            5
        );
        get(&app, "/v1/categories?nonsense=1").await.expect(422);
    }

    async fn only_managers_change_categories(app: TestApp) {
        let body = json!({ "name": "Lights" });
        app.post("/v1/categories")
            .json(body.clone())
            .send()
            .await
            .expect(401);
        for role in [Role::Customer, Role::Clerk, Role::Supplier] {
            app.post("/v1/categories")
                .as_role(role)
                .json(body.clone())
                .send()
                .await
                .expect(403);
        }
    }

    async fn a_category_that_goes_while_a_product_comes_is_never_left_dangling(app: TestApp) {
        for round in 0..5 {
            let id = category(&app, &format!("Lights {round}")).await;
            let path = format!("/v1/categories/{id}");
            let delete = app.delete(&path).as_role(Role::Manager).send();
            let make = post(
                &app,
                "/v1/products",
                fields(&id, &format!("SKU{round}"), json!({})),
            );
            let (deleted, made) = tokio::join!(delete, make);
            assert!(
                matches!((deleted.status, made.status), (204, 422) | (409, 201)),
                "{} {}",
                deleted.status,
                made.status
            );
        }
    }
}
