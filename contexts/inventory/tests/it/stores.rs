//! Stores: opened, changed, archived.

use crate::shop::{app, counts, get, place, post, product, stock, store, told};
use kernel::StoreId;
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::json;
use testkit::{TestApp, on_both};

/// A user with one role who is limited to one store.
pub fn limited(app: &TestApp, role: Role, store: StoreId) -> Principal {
    let (subject, roles) = (app.host().source.uuid(), Roles::of(&[role]));
    Principal {
        subject,
        kind: PrincipalKind::User,
        roles,
        client: None,
        stores: Some(vec![store]),
    }
}

on_both! {
    async fn a_store_is_opened_and_read_by_anybody(app: TestApp) {
        let body = json!({"code": "MTL", "name": "Montréal", "address": "1, rue Une"});
        let made = app.post("/v1/stores").as_role(Role::Manager).json(body).send().await;
        let made = made.expect(201);
        let location = made.header("location").expect("it says where").to_owned();
        let read = app.get(&location).send().await.expect(200);
        assert_eq!(read.json(), made.json());
        assert_eq!(read.header("etag"), Some("\"1\""));
        assert_eq!(made.json()["kind"], "store");
        let id: StoreId = made.field("id").parse().expect("a store's id");
        let told = told(&app, "store", id.uuid()).await;
        assert_eq!((told.len(), told[0].2["code"].clone()), (1, json!("MTL")));
    }

    async fn a_code_is_taken_once(app: TestApp) {
        store(&app, "MTL").await;
        let other = store(&app, "QBC").await;
        let body = json!({"code": "MTL", "name": "Another"});
        let again = app.post("/v1/stores").as_role(Role::Manager).json(body).send().await;
        assert_eq!(again.expect(409).code(), "DUPLICATE_CODE");
        let path = format!("/v1/stores/{other}");
        let renamed = app.patch(&path).as_role(Role::Manager).json(json!({"code": "MTL"}));
        assert_eq!(renamed.send().await.expect(409).code(), "DUPLICATE_CODE");
    }

    async fn a_store_is_changed_only_as_it_was_seen(app: TestApp) {
        let path = format!("/v1/stores/{}", store(&app, "MTL").await);
        let named = |name: &str| json!({"name": name});
        let patch = |name| app.patch(&path).as_role(Role::Manager).json(named(name));
        let changed = patch("New").if_match(1).send().await.expect(200);
        assert_eq!((changed.header("etag"), changed.field("name")), (Some("\"2\""), "New".into()));
        patch("Newer").if_match(1).send().await.expect(412);
        let same = patch("New").send().await.expect(200);
        assert_eq!(same.header("etag"), Some("\"2\""));
        let body = json!({"code": "X", "name": "All new", "kind": "warehouse", "address": "Here"});
        let put = app.put(&path).as_role(Role::Manager).json(body).if_match(2).send().await;
        assert_eq!(put.expect(200).json()["kind"], "warehouse");
        let cleared = app.patch(&path).as_role(Role::Manager).json(json!({"address": null}));
        assert!(cleared.send().await.expect(200).json()["address"].is_null());
    }

    async fn a_store_with_stock_is_not_archived(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        stock(&app, product, store, 2).await;
        let path = format!("/v1/stores/{store}");
        let archive = || app.delete(&path).as_role(Role::Manager).send();
        assert_eq!(archive().await.expect(409).code(), "STORE_HAS_STOCK");
        stock(&app, product, store, 0).await;
        archive().await.expect(204);
        archive().await.expect(204);
        let read = app.get(&path).send().await.expect(200);
        assert_eq!(read.json()["archived"], true);
        assert_eq!(get(&app, "/v1/stores").await["items"], json!([]));
        let closed = get(&app, "/v1/stores?archived=true").await;
        assert_eq!(closed["items"].as_array().map(Vec::len), Some(1));
        let patch = app.patch(&path).as_role(Role::Manager).json(json!({"name": "Again"}));
        assert_eq!(patch.send().await.expect(409).code(), "STORE_ARCHIVED");
        let body = json!({"product_id": product, "store_id": store, "quantity": 1});
        let restock = post(&app, "/v1/inventory/restocks", body).await.expect(422);
        assert_eq!(restock.code(), "UNKNOWN_STORE");
    }

    async fn an_archived_store_serves_no_order(app: TestApp) {
        let product = product(&app, "A").await;
        let (first, second) = (store(&app, "A").await, store(&app, "B").await);
        let path = format!("/v1/stores/{first}");
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        stock(&app, product, second, 2).await;
        place(&app, None, &[(product, 2)]).await;
        assert_eq!(counts(&app, product, second).await, (2, 2));
    }

    async fn who_is_limited_to_stores_keeps_only_those(app: TestApp) {
        let (mine, other) = (store(&app, "A").await, store(&app, "B").await);
        let manager = limited(&app, Role::Manager, mine);
        let name = json!({"name": "New"});
        let patch = |id: StoreId| app.patch(&format!("/v1/stores/{id}")).as_principal(&manager);
        patch(mine).json(name.clone()).send().await.expect(200);
        patch(other).json(name).send().await.expect(403);
        let delete = app.delete(&format!("/v1/stores/{other}")).as_principal(&manager);
        delete.send().await.expect(403);
        let body = json!({"code": "C", "name": "C"});
        app.post("/v1/stores").as_principal(&manager).json(body).send().await.expect(403);
    }

    async fn stores_are_listed_by_code_in_pages(app: TestApp) {
        for code in ["b", "A", "c", "B"] {
            store(&app, code).await;
        }
        let first = get(&app, "/v1/stores?limit=3&count=true").await;
        assert_eq!(first["total"], 4);
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let rest = get(&app, &format!("/v1/stores?limit=3&cursor={cursor}")).await;
        let codes: Vec<_> = [&first, &rest]
            .iter()
            .flat_map(|page| page["items"].as_array().expect("a page has items"))
            .map(|store| store["code"].as_str().expect("a store has a code").to_owned())
            .collect();
        assert_eq!(codes, ["A", "B", "b", "c"]);
        assert!(rest["next_cursor"].is_null());
        let warehouses = get(&app, "/v1/stores?kind=warehouse").await;
        assert_eq!(warehouses["items"], json!([]));
    }

    async fn nonsense_is_refused_with_its_field(app: TestApp) {
        let try_one = |body: serde_json::Value| {
            app.post("/v1/stores").as_role(Role::Manager).json(body).send()
        };
        try_one(json!({"code": "", "name": "A"})).await.expect(422);
        try_one(json!({"code": "A"})).await.expect(422);
        try_one(json!({"code": "A", "name": "A", "kind": "kiosk"})).await.expect(422);
        try_one(json!({"code": "A", "name": "A", "archived": true})).await.expect(422);
        app.get("/v1/stores?sorted=yes").send().await.expect(422);
        app.get("/v1/stores/store_none").send().await.expect(404);
        let absent = StoreId::from_uuid(app.host().source.uuid());
        app.get(&format!("/v1/stores/{absent}")).send().await.expect(404);
    }
}
