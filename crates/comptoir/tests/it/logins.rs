//! Somebody who was a client at the counter registers, and a manager links the two.

pub use crate::shop::app;

use crate::shop::{Furnished, furnish, make, order};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, on_both};

const PASSWORD: &str = "correct horse battery staple";

struct Story {
    app: TestApp,
    shop: Furnished,
    user: String,
    /// The client made when the user registered.
    own: String,
}

impl Story {
    async fn begin(app: &TestApp) -> Self {
        let shop = furnish(app, 1, 20).await;
        let zoe = json!({"name": "Zoe", "email": "zoe@example.com", "password": PASSWORD});
        let user = app
            .post("/v1/auth/register")
            .json(zoe)
            .send()
            .await
            .expect(201);
        app.settle().await;
        let own = user.field("client_id");
        Self {
            app: app.clone(),
            shop,
            user: user.field("id"),
            own,
        }
    }

    async fn log_in(&self) -> String {
        let login = json!({"email": "zoe@example.com", "password": PASSWORD});
        let tokens = self.app.post("/v1/auth/login").json(login).send().await;
        tokens.expect(200).field("access_token")
    }

    async fn link(&self, user_id: Value) {
        let path = format!("/v1/clients/{}", self.shop.client);
        let patch = self.app.patch(&path).as_role(Role::Manager);
        let changed = patch
            .json(json!({"user_id": user_id}))
            .send()
            .await
            .expect(200);
        assert_eq!(changed.json()["user_id"], user_id);
        self.app.settle().await;
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.app.get(path).bearer(token).send().await
    }

    /// Buys a piece without saying as whom; answers the order.
    async fn buy(&self, token: &str) -> Answer {
        let items = json!([{"product_id": self.shop.products[0], "quantity": 1}]);
        let body = json!({"items": items, "payment": {"method": "invoice"}});
        let placed = self
            .app
            .post("/v1/orders")
            .bearer(token)
            .json(body)
            .send()
            .await;
        assert!(placed.status < 300, "{}", placed.text());
        placed
    }

    /// Everything that tells who somebody is: this client, and not that one.
    async fn is(&self, token: &str, client: &str, order: &str, not: (&str, &str)) {
        for path in [
            format!("/v1/clients/{client}"),
            format!("/v1/orders/{order}"),
            format!("/v1/orders/{order}/tracking"),
            format!("/v1/clients/{client}/export"),
            format!("/v1/clients/{client}/notification-preferences"),
        ] {
            self.get(token, &path).await.expect(200);
        }
        let (other, others_order) = not;
        for path in [
            format!("/v1/clients/{other}"),
            format!("/v1/orders/{others_order}"),
            format!("/v1/orders/{others_order}/tracking"),
            format!("/v1/clients/{other}/export"),
            format!("/v1/clients/{other}/notification-preferences"),
        ] {
            self.get(token, &path).await.expect(404);
        }
        let me = self.get(token, "/v1/users/me").await.expect(200);
        assert_eq!(
            (me.field("client_id"), me.field("id")),
            (client.to_owned(), self.user.clone())
        );
        let mine = self
            .get(token, "/v1/orders?limit=100")
            .await
            .expect(200)
            .json();
        let mine = mine["items"].as_array().unwrap();
        assert!(!mine.is_empty() && mine.iter().all(|order| order["client_id"] == client));
    }
}

async fn cart_of(story: &Story, token: &str) -> usize {
    let cart = story.get(token, "/v1/cart").await.expect(200).json();
    cart["items"].as_array().unwrap().len()
}

on_both! {
    async fn a_linked_login_is_that_client_and_no_longer_its_own(app: TestApp) {
        let story = Story::begin(&app).await;
        let (client, own) = (story.shop.client.clone(), story.own.clone());
        let product = story.shop.products[0].as_str();
        let at_the_counter = make(&app, "/v1/orders", order(&client, &[product])).await;
        let before = story.log_in().await;
        let online = story.buy(&before).await.field("id");
        story.is(&before, &own, &online, (&client, &at_the_counter)).await;
        let item = json!({"product_id": product, "quantity": 2});
        let added = app.post("/v1/cart/items").bearer(&before).json(item).send().await;
        assert!(added.status < 300, "{}", added.text());
        assert_eq!(cart_of(&story, &before).await, 1);

        story.link(json!(story.user)).await;
        let after = story.log_in().await;
        story.is(&after, &client, &at_the_counter, (&own, &online)).await;
        assert_eq!(story.buy(&after).await.field("client_id"), client);
        assert_eq!(cart_of(&story, &after).await, 0, "the cart stays with the client");
        let named = json!({"client_id": own, "items": [{"product_id": product, "quantity": 1}],
            "payment": {"method": "invoice"}});
        let refused = app.post("/v1/orders").bearer(&after).json(named).send().await;
        assert!((400..500).contains(&refused.status), "{}", refused.text());

        story.link(Value::Null).await;
        let again = story.log_in().await;
        story.is(&again, &own, &online, (&client, &at_the_counter)).await;
        assert_eq!(cart_of(&story, &again).await, 1);
    }

    async fn who_is_erased_as_the_linked_client_signs_in_no_more(app: TestApp) {
        let story = Story::begin(&app).await;
        story.link(json!(story.user)).await;
        let token = story.log_in().await;
        let path = format!("/v1/clients/{}/erase", story.shop.client);
        app.post(&path).bearer(&token).send().await.expect(200);
        app.settle().await;
        let login = json!({"email": "zoe@example.com", "password": PASSWORD});
        app.post("/v1/auth/login").json(login).send().await.expect(401);
        let user = app.get(&format!("/v1/users/{}", story.user)).as_role(Role::Admin).send().await;
        let user = user.expect(200).json();
        assert_eq!((&user["email"], &user["disabled"]), (&Value::Null, &json!(true)));
        assert_eq!(user["client_id"], json!(story.own));
    }

    async fn the_trail_says_who_linked_a_login(app: TestApp) {
        let story = Story::begin(&app).await;
        story.link(json!(story.user)).await;
        let path = "/v1/events?type=comptoir.people.login-linked.v1";
        let page = app.get(path).as_role(Role::Service).send().await.expect(200).json();
        let event = &page["items"][0];
        assert_eq!(event["data"], json!({"user_id": story.user, "client_id": story.shop.client}));
        let actor = event["actorid"].as_str().unwrap();
        assert!(actor.starts_with("user/user_"), "{event:#}");
    }
}
