//! Makers of what a shop holds, each as fresh as an operation that uses it up wants it.

use super::*;

impl World {
    pub fn new_product(&self, number: u64) -> Value {
        json!({"sku": format!("P-{number}"), "name": "Product", "category_id": self.category,
            "price": "1.23", "status": "active"})
    }

    pub async fn store(&self) -> String {
        let code = format!("X{}", self.next());
        make(
            &self.app,
            "/v1/stores",
            json!({"code": code, "name": "Store"}),
        )
        .await
    }

    /// Puts pieces into a store.
    pub async fn fill(&self, store: &str) {
        self.movement(store).await;
    }

    pub(super) async fn movement(&self, store: &str) -> String {
        let restock = json!({"product_id": self.product, "store_id": store, "quantity": 100});
        let restock = self.app.post("/v1/inventory/restocks").json(restock);
        let made = restock.as_role(Role::Admin).send().await.expect(201).json();
        made["movement"]["id"].as_str().unwrap().to_owned()
    }

    pub async fn employee(&self, store: Option<&str>) -> String {
        make(
            &self.app,
            "/v1/employees",
            json!({"name": "Employee", "store_id": store}),
        )
        .await
    }

    /// The token of a guest who has put something into a cart.
    pub async fn guest(&self) -> String {
        let put = self.app.post("/v1/cart/items");
        let put = put.json(json!({"product_id": self.product}));
        put.send().await.expect(200).field("token")
    }

    pub fn new_order(&self, somebody: &Customer) -> Value {
        json!({"client_id": somebody.client, "payment": {"method": "invoice"},
            "items": [{"product_id": self.product, "quantity": 1}]})
    }

    pub async fn order(&self, somebody: &Customer, store: Option<&str>) -> String {
        let mut order = self.new_order(somebody);
        if let Some(store) = store {
            self.fill(store).await;
            order["store_id"] = json!(store);
        }
        make(&self.app, "/v1/orders", order).await
    }

    /// What somebody is to be told of a fresh order.
    pub(super) async fn notification(&self, somebody: &Customer, store: &str) -> String {
        let order = self.order(somebody, Some(store)).await;
        self.app.settle().await;
        let list = format!("/v1/notifications?order_id={order}");
        let list = self.app.get(&list).as_role(Role::Admin).send().await.json();
        list["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// An endpoint that is told of everything; nobody calls it here.
    pub(super) async fn webhook(&self) -> String {
        let new = json!({"url": "https://erp.example/", "event_types": ["comptoir.*"]});
        make(&self.app, "/v1/webhook-endpoints", new).await
    }

    /// An order that waits for its payment.
    pub(super) async fn saga(&self, somebody: &Customer, store: &str) -> String {
        let draft = self.draft(somebody, store).await;
        let path = format!("/v1/orders/{draft}");
        let method = json!({"payment": {"method": "sandbox"}});
        let by_card = self.app.patch(&path).as_role(Role::Admin).json(method);
        by_card.send().await.expect(200);
        let place = self.app.post(&format!("{path}/place"));
        place
            .as_role(Role::Admin)
            .json(json!({}))
            .send()
            .await
            .expect(200);
        draft
    }

    /// A shipment with a tracking number, of a fresh order.
    pub(super) async fn shipment(&self, somebody: &Customer, store: &str) -> Answer {
        let order = self.order(somebody, Some(store)).await;
        let pack = self.app.post(&format!("/v1/orders/{order}/shipments"));
        let packed = pack
            .as_role(Role::Admin)
            .json(json!({"carrier": "sandbox"}));
        packed.send().await.expect(201)
    }

    /// A payment of a fresh order.
    pub(super) async fn pay(&self, somebody: &Customer, store: &str, method: &str) -> String {
        let order = self.order(somebody, Some(store)).await;
        let path = format!("/v1/orders/{order}/payments");
        make(&self.app, &path, json!({"method": method})).await
    }

    /// A payment of an order that is not confirmed yet: its money is set aside.
    pub(super) async fn set_aside(&self, somebody: &Customer, store: &str) -> String {
        self.fill(store).await;
        let order: OrderId = self.app.host().source.id();
        let item = PlacedItem {
            product_id: self.product.parse().unwrap(),
            quantity: 1,
            unit_price_minor: 999,
        };
        let placed = OrderPlaced {
            order_id: order,
            number: format!("ORD-2026-9{:05}", self.next()),
            client_id: somebody.client,
            store_id: Some(store.parse().unwrap()),
            items: vec![item],
            total_minor: 999,
            currency: "CAD".to_owned(),
            payment_method: "sandbox".to_owned(),
            employee_id: None,
            country: None,
        };
        self.app.publish(&placed, 1).await;
        payments(&self.app).make_calls().await.unwrap();
        let list = format!("/v1/payments?order_id={order}&status=authorized");
        let list = self.app.get(&list).as_role(Role::Admin).send().await.json();
        list["items"][0]["id"].as_str().unwrap().to_owned()
    }

    /// The token of a page that a buyer was sent to.
    pub(super) async fn sandbox_page(&self, somebody: &Customer, store: &str) -> String {
        let payments = payments(&self.app);
        let redirect = true;
        let sandbox = payments.sandbox().unwrap();
        sandbox.switch(Switches {
            redirect,
            ..Switches::default()
        });
        let payment = self.pay(somebody, store, "sandbox").await;
        payments.make_calls().await.unwrap();
        sandbox.switch(Switches::default());
        let path = format!("/v1/payments/{payment}");
        let payment = self.app.get(&path).as_role(Role::Admin).send().await.json();
        let url = payment["redirect_url"].as_str().unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    }

    pub(super) async fn draft(&self, somebody: &Customer, store: &str) -> String {
        self.fill(store).await;
        let mut draft = self.new_order(somebody);
        draft["draft"] = json!(true);
        draft["store_id"] = json!(store);
        make(&self.app, "/v1/orders", draft).await
    }
}
