//! Employees: who works where, and who may say so.

use crate::witness::told_of_employee;
use crate::{app, read};
use contracts::inventory::StoreChanged;
use contracts::people::EmployeeChanged;
use kernel::{EmployeeId, StoreId};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::{Value, json};
use testkit::{Answer, TestApp, on_both};
use uuid::Uuid;

/// A store that inventory told of.
async fn open_store(app: &TestApp) -> StoreId {
    let store_id = app.host().source.id();
    tell(app, store_id, false, 1).await;
    store_id
}

async fn tell(app: &TestApp, store_id: StoreId, archived: bool, version: i64) {
    let (code, name, kind) = ("MTL".to_owned(), "Montréal".to_owned(), "store".to_owned());
    let event = StoreChanged {
        store_id,
        code,
        name,
        kind,
        archived,
    };
    app.publish(&event, version).await;
    app.settle().await;
}

async fn hire(app: &TestApp, body: Value) -> Answer {
    app.post("/v1/employees")
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await
}

fn manager_of(store: StoreId) -> Principal {
    Principal {
        subject: Uuid::from_u128(7),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Manager]),
        client: None,
        stores: Some(vec![store]),
    }
}

on_both! {
    async fn an_employee_is_entered_changed_and_archived(app: TestApp) {
        let store = open_store(&app).await;
        let made = hire(&app, json!({"name": "Ben Tremblay", "store_id": store})).await.expect(201);
        let path = format!("/v1/employees/{}", made.field("id"));
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(read(&app, &path).await, made.json());
        let body = json!({"position": "Cashier", "store_id": null});
        let patch = app.patch(&path).as_role(Role::Manager).if_match(1).json(body).send().await;
        let employee = patch.expect(200).json();
        assert_eq!(employee["position"], "Cashier");
        assert_eq!(employee["store_id"], json!(null));
        let body = json!({"name": "Benoît Tremblay", "store_id": store});
        let put = || app.put(&path).as_role(Role::Manager).json(body.clone());
        put().if_match(1).send().await.expect(412);
        let put = put().if_match(2).send().await;
        assert_eq!(put.expect(200).json()["position"], json!(null));
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        let late = app.patch(&path).as_role(Role::Manager).json(json!({"name": "B"})).send().await;
        assert_eq!(late.expect(409).code(), "EMPLOYEE_ARCHIVED");
        app.settle().await;
        let employee_id: EmployeeId = made.field("id").parse().expect("an id");
        let told: Vec<_> = told_of_employee(employee_id.uuid());
        let changed = |store_id, archived| EmployeeChanged {
            employee_id, store_id, user_id: None, archived,
        };
        assert_eq!(told, [
            (1, changed(Some(store), false)),
            (2, changed(None, false)),
            (3, changed(Some(store), false)),
            (4, changed(Some(store), true)),
        ]);
    }

    async fn employees_are_listed_by_store_login_and_name(app: TestApp) {
        let (a, b) = (open_store(&app).await, open_store(&app).await);
        let user = "user_01h2e8kqvbfwea724h75qc655w";
        hire(&app, json!({"name": "Ben Roy", "store_id": a, "user_id": user})).await.expect(201);
        let leaving = hire(&app, json!({"name": "Zoé Roy", "store_id": b})).await.expect(201);
        hire(&app, json!({"name": "Carla Gagnon"})).await.expect(201);
        let found = |query: String| {
            let app = app.clone();
            async move {
                let page = read(&app, &format!("/v1/employees?sort=created_at&{query}")).await;
                let items = page["items"].as_array().expect("items").clone();
                let names = items.iter().filter_map(|item| item["name"].as_str());
                names.map(str::to_owned).collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(found(String::new()).await, "Ben Roy, Zoé Roy, Carla Gagnon");
        assert_eq!(found(format!("store_id={a}")).await, "Ben Roy");
        assert_eq!(found(format!("user_id={user}")).await, "Ben Roy");
        assert_eq!(found("q=ROY".to_owned()).await, "Ben Roy, Zoé Roy");
        assert_eq!(found("q=zo%C3%89".to_owned()).await, "Zoé Roy");
        let path = format!("/v1/employees/{}", leaving.field("id"));
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        assert_eq!(found("q=roy".to_owned()).await, "Ben Roy");
        assert_eq!(found("q=roy&archived=true".to_owned()).await, "Zoé Roy");
        let page = read(&app, "/v1/employees?limit=1&count=true").await;
        assert_eq!((&page["total"], page["next_cursor"].is_string()), (&json!(2), true));
    }

    async fn an_employee_works_in_a_known_store_that_is_open(app: TestApp) {
        let unknown: StoreId = app.host().source.id();
        let refused = hire(&app, json!({"name": "Ben", "store_id": unknown})).await.expect(422);
        assert_eq!(refused.code(), "UNKNOWN_STORE");
        assert_eq!(refused.json()["error"]["details"][0]["field"], "store_id");
        let store = open_store(&app).await;
        let made = hire(&app, json!({"name": "Ben", "store_id": store})).await.expect(201);
        tell(&app, store, true, 3).await;
        tell(&app, store, false, 2).await;
        let refused = hire(&app, json!({"name": "Carla", "store_id": store})).await.expect(422);
        assert_eq!(refused.code(), "UNKNOWN_STORE");
        let path = format!("/v1/employees/{}", made.field("id"));
        let body = json!({"name": "Benoît", "store_id": store});
        app.put(&path).as_role(Role::Manager).json(body).send().await.expect(200);
    }

    async fn a_login_is_one_employees(app: TestApp) {
        let user = "user_01h2e8kqvbfwea724h75qc655w";
        let first = hire(&app, json!({"name": "Ben", "user_id": user})).await.expect(201);
        let again = hire(&app, json!({"name": "Carla", "user_id": user})).await.expect(409);
        assert_eq!(again.code(), "DUPLICATE_USER");
        let other = hire(&app, json!({"name": "Carla"})).await.expect(201);
        let path = format!("/v1/employees/{}", other.field("id"));
        let body = json!({"user_id": user});
        let claim = || app.patch(&path).as_role(Role::Manager).json(body.clone()).send();
        assert_eq!(claim().await.expect(409).code(), "DUPLICATE_USER");
        let path = format!("/v1/employees/{}", first.field("id"));
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        claim().await.expect(200);
    }

    async fn a_manager_of_one_store_keeps_to_it(app: TestApp) {
        let (own, other) = (open_store(&app).await, open_store(&app).await);
        let manager = manager_of(own);
        let hire_at = |body| app.post("/v1/employees").as_principal(&manager).json(body).send();
        let made = hire_at(json!({"name": "Ben", "store_id": own})).await.expect(201);
        let refused = hire_at(json!({"name": "Ben", "store_id": other})).await.expect(403);
        assert_eq!(refused.code(), "STORE_NOT_ALLOWED");
        hire_at(json!({"name": "Ben"})).await.expect(403);
        let path = format!("/v1/employees/{}", made.field("id"));
        let move_to = |store: StoreId| {
            app.patch(&path).as_principal(&manager).json(json!({"store_id": store})).send()
        };
        move_to(other).await.expect(403);
        let body = json!({"store_id": other});
        app.patch(&path).as_role(Role::Admin).json(body).send().await.expect(200);
        move_to(own).await.expect(403);
        app.delete(&path).as_principal(&manager).send().await.expect(403);
        app.get(&path).as_principal(&manager).send().await.expect(200);
    }

    async fn clerks_read_and_managers_write(app: TestApp) {
        let made = hire(&app, json!({"name": "Ben"})).await.expect(201);
        let path = format!("/v1/employees/{}", made.field("id"));
        let body = json!({"name": "Carla"});
        app.get(&path).as_role(Role::Clerk).send().await.expect(200);
        app.post("/v1/employees").as_role(Role::Clerk).json(body.clone()).send().await.expect(403);
        app.put(&path).as_role(Role::Clerk).json(body.clone()).send().await.expect(403);
        app.patch(&path).as_role(Role::Clerk).json(body.clone()).send().await.expect(403);
        app.delete(&path).as_role(Role::Clerk).send().await.expect(403);
        for role in [Role::Customer, Role::Supplier, Role::Service] {
            app.get(&path).as_role(role).send().await.expect(403);
            app.get("/v1/employees").as_role(role).send().await.expect(403);
        }
        app.get(&path).send().await.expect(401);
        let absent = "/v1/employees/emp_01h2e8kqvbfwea724h75qc655w";
        app.get(absent).as_role(Role::Clerk).send().await.expect(404);
        app.put(absent).as_role(Role::Manager).json(body).send().await.expect(404);
        app.delete(absent).as_role(Role::Manager).send().await.expect(404);
    }
}
