//! Products, their stock and alerts: as REST shows them, to whom REST shows them.

use super::{app, ask, code, data, query};
use crate::shop::{furnish, make};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// What three stores hold of so many products.
async fn three_stores(app: &TestApp, products: usize) -> Vec<String> {
    let shop = furnish(app, products, 7).await;
    for code in ["EAST", "WEST"] {
        let store = make(app, "/v1/stores", json!({"code": code, "name": code})).await;
        let level = |product| json!({"product_id": product, "store_id": store, "quantity": 2});
        let levels: Vec<_> = shop.products.iter().map(level).collect();
        let set = app
            .post("/v1/inventory")
            .as_role(Role::Clerk)
            .json(json!(levels));
        set.send().await.expect(200);
    }
    shop.products
}

on_both! {
    async fn a_product_reads_as_in_rest(app: TestApp) {
        let shop = furnish(&app, 1, 7).await;
        let id = &shop.products[0];
        let rest = app.get(&format!("/v1/products/{id}")).send().await.expect(200).json();
        let text = format!("{{ product(id: \"{id}\") {{ id sku name description categoryId groupId
            price {{ amount currency }} tags options gtin status available inStock createdAt
            updatedAt }} }}");
        let seen = data(&app, Role::Supplier, &text).await["product"].clone();
        let expected = json!({"id": id, "sku": rest["sku"], "name": rest["name"],
            "description": null, "categoryId": rest["category_id"], "groupId": null,
            "price": rest["price"], "tags": [], "options": {}, "gtin": null, "status": "ACTIVE",
            "available": 7, "inStock": true, "createdAt": rest["created_at"],
            "updatedAt": rest["updated_at"]});
        assert_eq!(seen, expected);
    }

    /// The promise of the house: a page of 50 products with their stock in three stores.
    async fn a_page_of_fifty_products_with_stock_in_three_stores_is_four_statements(app: TestApp) {
        three_stores(&app, 50).await;
        let text = "{ products(first: 50, sort: SKU_ASC) { totalCount nodes { sku price { amount }
            available stock { onHand available store { code } } } pageInfo { hasNextPage } } }";
        data(&app, Role::Clerk, text).await;
        let before = app.host().db.statements();
        let page = data(&app, Role::Clerk, text).await["products"].clone();
        let statements = app.host().db.statements() - before;
        let nodes = page["nodes"].as_array().unwrap();
        assert_eq!((nodes.len(), &page["totalCount"]), (50, &json!(50)));
        let codes = |node: &Value| {
            let stock = node["stock"].as_array().unwrap().iter();
            stock.map(|level| level["store"]["code"].as_str().unwrap().to_owned()).collect()
        };
        let stores: Vec<Vec<String>> = nodes.iter().map(codes).collect();
        assert!(stores.iter().all(|codes| *codes == ["MAIN", "EAST", "WEST"]), "{stores:?}");
        assert!(nodes.iter().all(|node| node["available"] == 11), "{page:#}");
        assert!(statements <= 4, "{statements} statements");
    }

    async fn pages_follow_each_other_and_miss_nothing(app: TestApp) {
        three_stores(&app, 7).await;
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let text = "query ($sort: ProductSort, $after: String) {
                products(first: 3, sort: $sort, after: $after) { nodes { name }
                pageInfo { hasNextPage endCursor } } }";
            let variables = json!({"sort": "NAME_DESC", "after": after});
            let body = json!({"query": text, "variables": variables});
            let page = app.post("/graphql").as_role(Role::Clerk).json(body).send().await;
            let page = page.expect(200).json()["data"]["products"].clone();
            let names = page["nodes"].as_array().unwrap().iter();
            seen.extend(names.map(|node| node["name"].as_str().unwrap().to_owned()));
            after = page["pageInfo"]["endCursor"].clone();
            assert_eq!(page["pageInfo"]["hasNextPage"], json!(!after.is_null()));
            if after.is_null() {
                break;
            }
        }
        let expected: Vec<_> = (0..7).rev().map(|nth| format!("Product {nth}")).collect();
        assert_eq!(seen, expected);
    }

    async fn products_are_filtered_as_in_rest(app: TestApp) {
        furnish(&app, 3, 0).await;
        let count = async |arguments: &str| {
            let text = format!("{{ products({arguments}) {{ totalCount }} }}");
            data(&app, Role::Clerk, &text).await["products"]["totalCount"].clone()
        };
        assert_eq!(count("q: \"sku-1\"").await, 1);
        assert_eq!(count("inStock: true").await, 0);
        assert_eq!(count("status: ACTIVE, maxPrice: \"9.99\"").await, 3);
        assert_eq!(count("minPrice: \"10.00\"").await, 0);
        for (arguments, field) in [("first: 101", "first"), ("after: \"x\"", "after"),
            ("minPrice: \"cheap\"", "minPrice"), ("categoryId: \"prod_1\"", "categoryId")] {
            let text = format!("{{ products({arguments}) {{ totalCount }} }}");
            let refused = ask(&app, Role::Clerk, &text).await.expect(422).json();
            let error = &refused["errors"][0];
            assert_eq!(error["path"], json!(["products"]), "{refused:#}");
            assert!(error["extensions"]["code"].is_string(), "{refused:#}");
            let told = error["extensions"]["details"][0]["field"].as_str().unwrap_or_default();
            assert_eq!(told, field, "{refused:#}");
        }
    }

    async fn suppliers_see_what_is_on_sale_and_staff_see_drafts_too(app: TestApp) {
        let category = make(&app, "/v1/categories", json!({"name": "Goods"})).await;
        let draft = json!({"sku": "D", "name": "Draft", "category_id": category, "price": "1.00",
            "status": "draft"});
        let draft = make(&app, "/v1/products", draft).await;
        let text = format!("{{ product(id: \"{draft}\") {{ sku }}
            products {{ nodes {{ sku }} }} }}");
        let clerks = data(&app, Role::Clerk, &text).await;
        assert_eq!(clerks["product"]["sku"], "D");
        assert_eq!(clerks["products"]["nodes"][0]["sku"], "D");
        let suppliers = ask(&app, Role::Supplier, &text).await.expect(200);
        assert_eq!(suppliers.json()["data"], json!({"product": null, "products": {"nodes": []}}));
        assert_eq!(code(&suppliers), "RESOURCE_NOT_FOUND");
    }

    async fn who_is_not_there_for_it_is_turned_away_as_everywhere(app: TestApp) {
        let text = "{ products { totalCount } }";
        let nobody = query(&app, text).send().await.expect(401);
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
        for role in [Role::Customer, Role::Service] {
            assert_eq!(ask(&app, role, text).await.expect(403).code(), "FORBIDDEN");
        }
        let known = query(&app, text).as_role(Role::Clerk).header("x-request-id", "mine-42");
        assert_eq!(known.send().await.expect(200).header("x-request-id"), Some("mine-42"));
    }

    async fn a_refusal_bears_the_id_of_its_request(app: TestApp) {
        let absent = "{ product(id: \"prod_01h455vb4pex5vsknk084sn02q\") { sku } }";
        let asked = query(&app, absent).as_role(Role::Clerk).header("x-request-id", "mine-43");
        let answer = asked.send().await.expect(404);
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["extensions"]["request_id"], "mine-43");
        assert_eq!(error["path"], json!(["product"]));
    }

    async fn alerts_tell_of_what_is_low_or_too_much_and_of_its_product(app: TestApp) {
        let shop = furnish(&app, 2, 3).await;
        let low = json!({"product_id": shop.products[0], "store_id": shop.store, "quantity": 3,
            "min_stock": 5});
        app.post("/v1/inventory").as_role(Role::Clerk).json(low).send().await.expect(200);
        let much = json!({"product_id": shop.products[1], "store_id": shop.store, "quantity": 3,
            "max_stock": 2});
        app.post("/v1/inventory").as_role(Role::Clerk).json(much).send().await.expect(200);
        let text = "{ alerts { totalCount nodes { kind level { excess excessSince } } } }";
        let all = data(&app, Role::Supplier, text).await["alerts"].clone();
        assert_eq!((&all["totalCount"], &all["nodes"][0]["kind"]), (&json!(2), &json!("EXCESS")));
        assert_eq!(all["nodes"][0]["level"], json!({"excess": true,
            "excessSince": "2026-03-02T14:00:00Z"}));
        let text = "{ alerts(kind: LOW) { totalCount nodes { since level { low available minStock
            product { sku stock(low: true) { store { code } } } } } } }";
        let alerts = data(&app, Role::Supplier, text).await["alerts"].clone();
        assert_eq!(alerts["totalCount"], 1);
        let level = &alerts["nodes"][0]["level"];
        let expected = json!({"low": true, "available": 3, "minStock": 5,
            "product": {"sku": "SKU-0", "stock": [{"store": {"code": "MAIN"}}]}});
        assert_eq!(*level, expected);
    }
}
