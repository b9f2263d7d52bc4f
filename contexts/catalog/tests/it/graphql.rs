//! The catalogue's part of the GraphQL schema, in a process where no other context is at home.

use crate::app;
use platform::http::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn what_others_would_add_is_left_out(app: TestApp) {
        let ask = |text: &str| {
            let query = app.post("/graphql").json(json!({"query": text}));
            query.as_role(Role::Clerk).send()
        };
        let answer = ask("{ products { totalCount nodes { sku available } } }").await.expect(200);
        assert_eq!(answer.json()["data"]["products"], json!({"totalCount": 0, "nodes": []}));
        let text = "{ products { nodes { stock { onHand } } } }";
        assert!(ask(text).await.expect(422).text().contains("INVALID_QUERY"));
        ask("mutation { restock(lines: []) { level { onHand } } }").await.expect(422);
    }
}
