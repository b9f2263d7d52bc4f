//! Who reads what, and what a wrong question is answered.

use crate::shop::{app, id, moved, placed, reserved, store, tell};
use kernel::StoreId;
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// Somebody who is limited to these stores.
fn of_stores(app: &TestApp, role: Role, stores: &[StoreId]) -> Principal {
    Principal {
        subject: app.host().source.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[role]),
        client: None,
        stores: Some(stores.to_vec()),
    }
}

async fn items(app: &TestApp, who: &Principal, path: &str) -> Vec<Value> {
    let path = format!("/v1/reports/{path}");
    let answer = app
        .get(&path)
        .as_principal(who)
        .send()
        .await
        .expect(200)
        .json();
    answer["items"].as_array().unwrap().clone()
}

on_both! {
    async fn a_manager_of_one_store_sees_no_other(app: TestApp) {
        for (order, of) in [(1, 20), (2, 21)] {
            tell(&app, &placed(order, 7, &[(1, 1, 500)]), 1).await;
            tell(&app, &reserved(order, of), 1).await;
        }
        tell(&app, &placed(3, 7, &[(1, 1, 500)]), 1).await;
        let levels = [(1, 20, 5, Some(9), 2), (1, 21, 5, Some(9), 2)];
        tell(&app, &moved(&app, &levels), 1).await;
        let limited = of_stores(&app, Role::Manager, &[store(20)]);
        for path in ["sales?by=day", "best-sellers", "highest-spenders", "average-basket"] {
            let mine = items(&app, &limited, path).await;
            assert_eq!(mine.len(), 1, "{path}");
            assert_eq!(mine[0]["net"]["amount"], "5.00", "{path}");
        }
        for path in ["stock-overview", "low-stock"] {
            assert_eq!(items(&app, &limited, path).await.len(), 1, "{path}");
        }
        let other: StoreId = store(21);
        let other = format!("sales?by=day&store_id={other}");
        assert_eq!(items(&app, &limited, &other).await, Vec::<Value>::new());
        let nowhere = of_stores(&app, Role::Manager, &[]);
        assert_eq!(items(&app, &nowhere, "best-sellers").await, Vec::<Value>::new());
        let admin = of_stores(&app, Role::Admin, &[store(20)]);
        let all = items(&app, &admin, "sales?by=day").await;
        assert_eq!(all[0]["net"]["amount"], "15.00");
    }

    async fn a_wrong_question_names_the_field(app: TestApp) {
        let category = id::<kernel::Category>(3);
        let category = format!("category_id={category}");
        for (query, field) in [
            ("best-sellers?from=2026-02-30".to_owned(), "from"),
            ("best-sellers?from=2026-03-02&to=2026-03-01".to_owned(), "from"),
            ("best-sellers?limit=0".to_owned(), "limit"),
            ("best-sellers?limit=10001".to_owned(), "limit"),
            ("best-sellers?store_id=main".to_owned(), "store_id"),
            ("sales?by=weather".to_owned(), "by"),
            (format!("sales?by=country&{category}"), "category_id"),
            (format!("highest-spenders?{category}"), "category_id"),
            (format!("average-basket?{category}"), "category_id"),
            ("stock-overview?from=2026-03-02".to_owned(), "from"),
        ] {
            let path = format!("/v1/reports/{query}");
            let answer = app.get(&path).as_role(Role::Manager).send().await.expect(422);
            let details = answer.json()["error"]["details"].clone();
            assert_eq!(details[0]["field"], json!(field), "{query}: {}", answer.text());
        }
    }
}
