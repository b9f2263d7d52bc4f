//! Sales told from their begin to their end: every story has one of each.

use super::*;

impl Story {
    /// An order as most are: paid by card, sent, delivered; now and then it comes back, or its
    /// money does.
    pub(super) async fn plain_sale(&mut self, world: &World) {
        let (product, store) = self.find_more(world, 3).await;
        let wish = json!({"client_id": self.clients[0], "store_id": store,
            "items": [{"product_id": product, "quantity": 2}], "payment": {"method": "sandbox"}});
        let answer = world.ask("POST", "/v1/orders", Some(wish)).await;
        let usual = Plan {
            hasty: false,
            mood: 7,
            approves: false,
        };
        self.go_on(world, &answer, (Mood::Usual, usual, false))
            .await;
        let order = format!("/v1/orders/{}", answer.field("id"));
        let path = format!("{order}/shipments");
        let packed = world.ask("POST", &path, Some(json!({}))).await.expect(201);
        let shipment = format!("/v1/shipments/{}", packed.field("id"));
        for status in ["in_transit", "delivered"] {
            let step = json!({"status": status});
            world.ask("PATCH", &shipment, Some(step)).await.expect(200);
            world.settle().await;
        }
        match self.dice.roll(3) {
            0 => {}
            1 => {
                let path = format!("{order}/return");
                self.attempt(world, &path, json!({"restock": true})).await;
            }
            _ => self.refund_all(world, &order, json!({})).await,
        }
        world.settle().await;
    }

    /// The provider sets money aside and its answer is lost; before it is known what came of that,
    /// the buyer thinks better of it.
    pub(super) async fn regretted_sale(&mut self, world: &World) {
        let (product, store) = self.find_more(world, 1).await;
        let wish = json!({"client_id": self.clients[2], "store_id": store,
            "items": [{"product_id": product, "quantity": 1}], "payment": {"method": "sandbox"}});
        world.switch(Mood::Lost.switches());
        let placed = world.ask("POST", "/v1/orders", Some(wish)).await;
        let id = placed.expect(202).field("id");
        world.call().await;
        let cancel = format!("/v1/orders/{id}/cancel");
        let wished = world.ask("POST", &cancel, Some(json!({}))).await;
        assert_eq!(wished.status, 202, "it waits: {}", wished.text());
        self.orders.push(Told::Placed {
            id,
            hasty: false,
            cart: false,
        });
        world.settle().await;
        world.switch(Switches::default());
    }

    /// The buyer is sent to a page, and never comes back.
    pub(super) async fn forgotten_sale(&mut self, world: &World) {
        let (product, store) = (&self.products[1], &self.stores[0].0);
        let wish = json!({"client_id": self.clients[1], "store_id": store,
            "items": [{"product_id": product, "quantity": 1}], "payment": {"method": "sandbox"}});
        let plan = Plan {
            hasty: false,
            mood: 2,
            approves: false,
        };
        world.switch(Mood::OnPage.switches());
        let answer = world.ask("POST", "/v1/orders", Some(wish)).await;
        self.go_on(world, &answer, (Mood::OnPage, plan, false))
            .await;
        world.switch(Switches::default());
    }

    /// More pieces of a product than were thought to be in a store.
    async fn find_more(&mut self, world: &World, pieces: i64) -> (String, String) {
        let (product, store) = (self.products[1].clone(), self.stores[0].0.clone());
        let more = json!({"product_id": product, "store_id": store, "quantity": pieces,
            "reason": "count"});
        self.tell(world, "POST", "/v1/inventory/adjustments", more)
            .await;
        world.settle().await;
        (product, store)
    }
}
