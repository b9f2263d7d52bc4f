//! Clients are listed, searched and paged.

use crate::{app, enter, read};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().expect("items");
    items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect()
}

on_both! {
    async fn pages_show_every_client_once(app: TestApp) {
        for nth in 0..7 {
            enter(&app, &format!("Client {nth}"), &format!("c{nth}@example.com")).await;
            // Some share an instant, so that the id has to decide.
            app.clock_advance(Duration::from_secs(nth % 2));
        }
        for (sort, reversed) in [("created_at", false), ("-created_at", true)] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/clients?limit=3&sort={sort}&count=true{cursor}");
                let page = read(&app, &path).await;
                assert_eq!(page["total"], 7);
                seen.extend(names(&page).into_iter().map(str::to_owned));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            let mut wanted: Vec<_> = (0..7).map(|nth| format!("Client {nth}")).collect();
            if reversed {
                wanted.reverse();
            }
            assert_eq!(seen, wanted, "{sort}");
        }
    }

    async fn a_client_is_found_by_whole_words_of_the_name(app: TestApp) {
        enter(&app, "Anna-Maria Smith", "a@example.com").await;
        enter(&app, "Maria Tremblay", "b@example.com").await;
        let found = async |q: &str| {
            let page = read(&app, &format!("/v1/clients?sort=created_at&q={q}")).await;
            names(&page).join(", ")
        };
        assert_eq!(found("MARIA").await, "Anna-Maria Smith, Maria Tremblay");
        assert_eq!(found("smith%20maria").await, "Anna-Maria Smith");
        assert_eq!(found("mar").await, "");
        assert_eq!(found("--").await, "");
        assert_eq!(found("smith%20tremblay").await, "");
    }

    async fn a_renamed_client_is_found_by_the_new_name_only(app: TestApp) {
        let id = enter(&app, "Anna Smith", "a@example.com").await.field("id");
        let patch = app.patch(&format!("/v1/clients/{id}")).as_role(Role::Clerk);
        patch.json(json!({"name": "Anna Tremblay"})).send().await.expect(200);
        assert_eq!(names(&read(&app, "/v1/clients?q=smith").await).len(), 0);
        assert_eq!(names(&read(&app, "/v1/clients?q=anna%20tremblay").await).len(), 1);
    }

    async fn a_parameter_that_is_unknown_or_wrong_is_refused(app: TestApp) {
        for query in [
            "limit=0", "limit=101", "limit=x", "sort=name", "cursor=Mg", "cursor=%3F", "email=anna",
            "q=", "count=maybe", "archived=1", "name=Anna", "page=2",
        ] {
            let path = format!("/v1/clients?{query}");
            let answer = app.get(&path).as_role(Role::Clerk).send().await;
            assert_eq!(answer.status, 422, "{query}: {}", answer.text());
        }
    }
}
