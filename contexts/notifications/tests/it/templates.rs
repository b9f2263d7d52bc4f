//! Texts of the shop's own.

use crate::shop::*;
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::smtp::SmtpServer;
use testkit::{Answer, TestApp, on_both};

const PATH: &str = "/v1/notification-templates/order_placed/email/en";

async fn put(app: &TestApp, path: &str, body: Value) -> Answer {
    app.put(path).as_role(Role::Manager).json(body).send().await
}

on_both! {
    async fn a_shop_writes_its_own_text_and_goes_back_to_the_built_in_one(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let anna = anna(&app).await;
        let own = json!({"subject": "{{ number }}!", "body": "Dear {{ name }}, {{ total }}."});
        let written = put(&app, PATH, own).await.expect(200).json();
        assert_eq!(written["built_in"], false);
        let first = order(&app, anna).await;
        post.deliver_due().await.unwrap();
        let mail = &server.mails()[0];
        assert_eq!(mail.header("subject").unwrap(), format!("{}!", placed(first, anna).number));
        assert_eq!(mail.body().trim(), "Dear Anna, 1,234.50\u{a0}CAD.");

        app.delete(PATH).as_role(Role::Manager).send().await.expect(204);
        app.delete(PATH).as_role(Role::Manager).send().await.expect(204);
        order(&app, anna).await;
        post.deliver_due().await.unwrap();
        assert!(server.mails()[1].body().contains("thank you for your order"));
        let back = app.get(PATH).as_role(Role::Clerk).send().await.expect(200).json();
        assert_eq!((&back["built_in"], &back["updated_at"]), (&json!(true), &Value::Null));
    }

    async fn a_text_that_cannot_be_filled_in_is_refused_with_its_field(app: TestApp) {
        for (body, code, field) in [
            (json!({"subject": "{{ parcel }}", "body": "x"}), "UNKNOWN_VARIABLE", "subject"),
            (json!({"subject": "x", "body": "{{ tracking_url }}"}), "UNKNOWN_VARIABLE", "body"),
            (json!({"subject": "x", "body": "{% include 'x' %}"}), "INVALID_TEMPLATE", "body"),
            (json!({"subject": "x", "body": "{{ name"}), "INVALID_TEMPLATE", "body"),
            (json!({"body": "x"}), "VALIDATION_FAILED", "subject"),
        ] {
            let refused = put(&app, PATH, body.clone()).await.expect(422);
            assert_eq!(refused.code(), code, "{body}");
            assert_eq!(refused.json()["error"]["details"][0]["field"], field, "{body}");
        }
        put(&app, PATH, json!({"subject": "x", "body": "x", "html": "x"})).await.expect(422);
        put(&app, PATH, json!({"subject": "x", "body": "x".repeat(5001)})).await.expect(422);
        let sms = "/v1/notification-templates/order_shipped/sms/fr";
        put(&app, sms, json!({"subject": "x", "body": "x"})).await.expect(422);
        put(&app, sms, json!({"body": "{{ number }}"})).await.expect(200);
    }

    async fn what_a_text_looks_like_is_seen_before_it_is_used(app: TestApp) {
        let preview = |body: Value| {
            let path = format!("{PATH}/preview");
            app.post(&path).as_role(Role::Manager).json(body).send()
        };
        let built_in = preview(json!({})).await.expect(200).json();
        assert_eq!(built_in["subject"], "Thank you for your order ORD-2026-000042");
        let tried = preview(json!({"body": "{{ name }}: {{ total }}"})).await.expect(200).json();
        assert_eq!(tried["body"], "Anna Tremblay: 1,234.50\u{a0}CAD");
        preview(json!({"body": "{{ nonsense }}"})).await.expect(422);
        let stored = app.get(PATH).as_role(Role::Clerk).send().await.expect(200).json();
        assert_eq!(stored["built_in"], true);
    }

    async fn all_texts_are_listed_and_there_are_no_others(app: TestApp) {
        let list = app.get("/v1/notification-templates").as_role(Role::Clerk);
        let list = list.send().await.expect(200).json();
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 28);
        for item in items {
            let path = format!("/v1/notification-templates/{}/{}/{}", text(&item["kind"]),
                text(&item["channel"]), text(&item["language"]));
            let one = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
            assert_eq!(&one, item);
        }
        for path in [
            "/v1/notification-templates/welcome/sms/en",
            "/v1/notification-templates/welcome/email/de",
            "/v1/notification-templates/farewell/email/en",
        ] {
            app.get(path).as_role(Role::Clerk).send().await.expect(404);
            put(&app, path, json!({"body": "x"})).await.expect(404);
        }
    }

    async fn who_has_not_seen_the_last_change_does_not_write_over_it(app: TestApp) {
        let own = json!({"subject": "x", "body": "x"});
        put(&app, PATH, own.clone()).await.expect(200);
        let late = app.put(PATH).as_role(Role::Manager).if_match(1).json(own.clone());
        late.send().await.expect(412);
        let seen = app.put(PATH).as_role(Role::Manager).if_match(2).json(own);
        seen.send().await.expect(200);
        app.delete(PATH).as_role(Role::Manager).if_match(2).send().await.expect(412);
    }
}
