//! What a query may not ask for, each with its own words.

use super::{app, ask, code, data, query};
use crate::shop::furnish;
use platform::auth::Role;
use platform::config::Environment;
use serde_json::json;
use testkit::{Engine, Setup, TestApp, on_both};

/// `depth` levels of products and their levels.
fn nested(depth: usize) -> String {
    let mut text = "sku".to_owned();
    for level in 0..depth {
        text = match level % 2 {
            0 => format!("product {{ {text} }}"),
            _ => format!("stock(first: 1) {{ {text} }}"),
        };
    }
    format!("{{ alerts(first: 1) {{ nodes {{ level {{ {text} }} }} }} }}")
}

async fn refused(app: &TestApp, text: &str) -> String {
    let answer = ask(app, Role::Admin, text).await.expect(422);
    assert!(
        answer.json().get("data").is_none(),
        "nothing was begun: {}",
        answer.text()
    );
    code(&answer)
}

on_both! {
    async fn what_asks_for_too_much_is_refused_before_anything_is_done(app: TestApp) {
        let before = app.host().db.statements();
        let long = format!("{{ products {{ totalCount }} }} # {}", "x".repeat(10_000));
        assert_eq!(refused(&app, &long).await, "QUERY_TOO_LONG");
        assert_eq!(refused(&app, &nested(9)).await, "QUERY_TOO_DEEP");
        let dear = "{ products(first: 100) { nodes {
            stock(first: 100) { onHand reserved low } } } }";
        assert_eq!(refused(&app, dear).await, "QUERY_TOO_COSTLY");
        let roots = (0..11).map(|nth| format!("p{nth}: products {{ totalCount }}"));
        let roots = format!("{{ {} }}", roots.collect::<Vec<_>>().join(" "));
        assert_eq!(refused(&app, &roots).await, "TOO_MANY_ROOT_FIELDS");
        let aliases = (0..31).map(|nth| format!("a{nth}: sku")).collect::<Vec<_>>().join(" ");
        let aliases = format!("{{ products(first: 1) {{ nodes {{ {aliases} }} }} }}");
        assert_eq!(refused(&app, &aliases).await, "TOO_MANY_ALIASES");
        let circle = "{ products { ...A } } fragment A on ProductConnection { ...B }
            fragment B on ProductConnection { ...A }";
        assert_eq!(refused(&app, circle).await, "FRAGMENT_IN_ITSELF");
        assert_eq!(app.host().db.statements(), before, "no statement was made");
    }

    /// Fragments that each name the one before twice would be two to the twentieth fields.
    async fn a_short_text_of_many_fragments_is_not_many_fields(app: TestApp) {
        let doubling = (1..20).map(|nth| {
            let before = nth - 1;
            format!("fragment F{nth} on Product {{ ...F{before} ...F{before} }}")
        });
        let doubling: String = doubling.collect();
        let text = format!("{{ products(first: 1) {{ nodes {{ ...F19 }} }} }} {doubling}
            fragment F0 on Product {{ sku }}");
        assert_eq!(refused(&app, &text).await, "TOO_MANY_FIELDS");
    }

    /// The page size counts wherever it stands: in the text, in a variable, in its default.
    async fn a_page_size_counts_wherever_it_stands(app: TestApp) {
        let text = "query ($n: Int = 100) { products(first: $n) { nodes { stock(first: $n) {
            onHand reserved low } } } }";
        assert_eq!(refused(&app, text).await, "QUERY_TOO_COSTLY");
        let sized = |n: u32| json!({"query": text, "variables": {"n": n}});
        let ask = |n| app.post("/graphql").as_role(Role::Admin).json(sized(n)).send();
        assert_eq!(code(&ask(99).await.expect(422)), "QUERY_TOO_COSTLY");
        ask(20).await.expect(200);
    }

    async fn what_is_usual_is_allowed(app: TestApp) {
        furnish(&app, 1, 1).await;
        data(&app, Role::Clerk, &nested(5)).await;
        let wide = "{ products(first: 100) { nodes { id sku name price { amount currency } available
            stock(first: 20) { store { code name } onHand reserved available minStock maxStock low }
            } pageInfo { hasNextPage endCursor } } }";
        data(&app, Role::Clerk, wide).await;
    }

    async fn a_list_of_queries_is_refused(app: TestApp) {
        let list = json!([{"query": "{ products { totalCount } }"}]);
        let answer = app.post("/graphql").as_role(Role::Admin).json(list).send().await.expect(422);
        assert!(answer.text().contains("one query a request"), "{}", answer.text());
    }

    async fn what_is_no_query_is_told_apart(app: TestApp) {
        let answer = ask(&app, Role::Admin, "{ products {").await.expect(400);
        assert_eq!(code(&answer), "MALFORMED_QUERY");
        let answer = ask(&app, Role::Admin, "{ goods { sku } }").await.expect(422);
        assert_eq!(code(&answer), "INVALID_QUERY");
        assert!(answer.text().contains("Unknown field"), "{}", answer.text());
        let answer = ask(&app, Role::Admin, "subscription { products { totalCount } }").await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let without = app.post("/graphql").as_role(Role::Admin).json(json!({"text": "x"}));
        assert_eq!(without.send().await.expect(422).code(), "VALIDATION_FAILED");
    }

    async fn the_schema_tells_of_itself_to_whoever_has_a_token(app: TestApp) {
        let text = "{ __schema { queryType { name } types { name fields { name } } } }";
        query(&app, text).send().await.expect(401);
        let schema = data(&app, Role::Supplier, text).await["__schema"].clone();
        assert_eq!(schema["queryType"]["name"], "Query");
        // What GraphiQL asks when it is opened.
        let tools = data(&app, Role::Supplier, include_str!("introspection.graphql")).await;
        assert!(tools["__schema"]["types"].as_array().unwrap().len() > 20);
        let endless = "{ __schema { types { fields { type { fields { type { fields { type {
            fields { name } } } } } } } } } }";
        assert_eq!(refused(&app, endless).await, "QUERY_TOO_DEEP");
    }
}

#[test]
fn in_production_the_schema_does_not_tell_of_itself() {
    let production = Setup::new(Engine::Sqlite, app)
        .settings(|settings| settings.environment = Environment::Production);
    testkit::run(production, |app: TestApp| async move {
        for text in [
            "{ __schema { types { name } } }",
            "{ ...A } fragment A on Query { __type(name: \"Product\") { name } }",
        ] {
            let answer = ask(&app, Role::Admin, text).await.expect(403);
            assert_eq!(code(&answer), "INTROSPECTION_OFF");
        }
        data(&app, Role::Admin, "{ __typename products { totalCount } }").await;
        app.get("/graphql").send().await.expect(405);
    });
}
