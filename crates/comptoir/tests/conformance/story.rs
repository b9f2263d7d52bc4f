//! Stories: made from a seed, told through the API, compared by how they end.

mod sales;

use crate::ending::{Ending, Told, ending};
use crate::mood::{Mood, Plan};
use crate::world::World;
use payments::provider::sandbox::Switches;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::Answer;

/// Numbers that a seed decides (a linear congruence; quality does not matter here).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).expect("small")
    }
}

pub struct Story {
    dice: Dice,
    products: Vec<String>,
    stores: Vec<(String, String)>,
    clients: Vec<String>,
    orders: Vec<Told>,
    answers: Vec<u16>,
    /// Of a system that is told of orders; nobody calls it.
    endpoint: String,
    /// How payments went.
    moods: BTreeSet<&'static str>,
}

const STEPS: usize = 20;
const MINUTE: Duration = Duration::from_secs(60);
/// So long a sale waits for its buyer.
const WAIT: Duration = Duration::from_secs(15 * 60);
/// Of the last of them, three pieces are more than the sandbox approves of.
const PRODUCTS: [&str; 4] = ["0.50", "1.50", "2.50", "400.00"];

impl Story {
    pub fn new(seed: u64) -> Self {
        let (products, stores, clients, orders, answers, endpoint) = Default::default();
        let moods = BTreeSet::new();
        Self {
            dice: Dice(seed),
            products,
            stores,
            clients,
            orders,
            answers,
            endpoint,
            moods,
        }
    }

    pub async fn play(mut self, world: &World) -> Ending {
        self.furnish(world).await;
        for _ in 0..STEPS {
            self.step(world).await;
            world.settle().await;
        }
        self.plain_sale(world).await;
        self.regretted_sale(world).await;
        self.forgotten_sale(world).await;
        // Buyers who never came back have had their time.
        world.let_pass(WAIT + MINUTE).await;
        let told = (&self.orders[..], self.answers, self.endpoint.as_str());
        let mut ending = ending(world, &self.stores, &self.clients, told).await;
        let moods = self.moods.into_iter().map(str::to_owned);
        ending.met.0.extend(moods);
        ending
    }

    async fn furnish(&mut self, world: &World) {
        let erp = json!({"url": "https://erp.example/", "event_types": ["comptoir.orders.*"]});
        self.endpoint = make(world, "/v1/webhook-endpoints", erp).await;
        let category = make(world, "/v1/categories", json!({"name": "Goods"})).await;
        for code in ["A", "B"] {
            let store = json!({"code": code, "name": format!("Store {code}"), "kind": "store"});
            self.stores
                .push((make(world, "/v1/stores", store).await, code.to_owned()));
        }
        for (nth, price) in PRODUCTS.into_iter().enumerate() {
            let product = json!({"sku": format!("SKU-{nth}"), "name": format!("Product {nth}"),
                "category_id": category, "price": price, "status": "active"});
            self.products
                .push(make(world, "/v1/products", product).await);
        }
        for nth in 0..3 {
            let client = json!({"name": format!("Demo Client {nth}"),
                "email": format!("client{nth}@example.com")});
            self.clients.push(make(world, "/v1/clients", client).await);
        }
        world.settle().await;
        for product in self.products.clone() {
            for (store, _) in self.stores.clone() {
                let quantity = self.dice.roll(8);
                let level = json!({"product_id": product, "store_id": store,
                    "quantity": quantity, "min_stock": 2});
                self.tell(world, "POST", "/v1/inventory", level).await;
            }
        }
        world.settle().await;
    }

    async fn step(&mut self, world: &World) {
        match self.dice.roll(21) {
            0..=5 => self.place(world).await,
            6 => self.cancel(world).await,
            7 => self.draft(world).await,
            8 => self.reprice(world).await,
            9 => self.transfer(world).await,
            10..=13 => self.ship(world).await,
            14..=15 => self.bring_back(world).await,
            16..=17 => self.refund(world).await,
            18..=19 => self.check_out(world).await,
            _ => self.adjust(world).await,
        }
    }

    fn wish(&mut self) -> Value {
        let lines = 1 + self.dice.roll(3);
        let items: Vec<Value> = (0..lines)
            .map(|_| {
                let product = &self.products[self.dice.roll(4)];
                json!({"product_id": product, "quantity": 1 + self.dice.roll(4)})
            })
            .collect();
        let client = self.clients[self.dice.roll(3)].clone();
        let method = ["invoice", "sandbox", "sandbox"][self.dice.roll(3)];
        let mut wish = json!({"client_id": client, "items": items, "payment": {"method": method}});
        if self.dice.roll(2) == 0 {
            wish["store_id"] = json!(self.stores[self.dice.roll(2)].0);
        }
        wish
    }

    /// Orders; now and then the buyer thinks better of it before anything else could happen.
    async fn place(&mut self, world: &World) {
        let (wish, plan) = (self.wish(), self.plan());
        let mood = plan.mood_of(&wish, &self.products);
        world.switch(mood.switches());
        let answer = world.ask("POST", "/v1/orders", Some(wish)).await;
        self.go_on(world, &answer, (mood, plan, false)).await;
        world.switch(Switches::default());
    }

    /// Puts something into a cart and orders what is in it; also what a refusal has left there.
    async fn check_out(&mut self, world: &World) {
        let (wish, plan) = (self.wish(), self.plan());
        let client = wish["client_id"].as_str().expect("a client").to_owned();
        for item in wish["items"].as_array().expect("items") {
            let put = world.ask_as(&client, "POST", "/v1/cart/items", Some(item.clone()));
            put.await.expect(200);
        }
        let mut order = json!({"payment": wish["payment"]});
        if !wish["store_id"].is_null() {
            order["store_id"] = wish["store_id"].clone();
        }
        // What is in the cart may be too dear by now for a card: its payment goes as usual.
        let checkout = world.ask_as(&client, "POST", "/v1/cart/checkout", Some(order));
        let answer = checkout.await;
        self.go_on(world, &answer, (Mood::Usual, plan, true)).await;
    }

    /// What the dice say about the payment and the buyer, whatever comes of the order.
    fn plan(&mut self) -> Plan {
        Plan {
            hasty: self.dice.roll(5) == 0,
            mood: self.dice.roll(8),
            approves: self.dice.roll(2) == 0,
        }
    }

    async fn go_on(
        &mut self,
        world: &World,
        answer: &Answer,
        (mood, plan, cart): (Mood, Plan, bool),
    ) {
        let hasty = plan.hasty && !mood.is_on_page();
        self.moods.insert(mood.word());
        self.orders.push(match answer.status {
            201 | 202 => Told::Placed {
                id: answer.field("id"),
                hasty,
                cart,
            },
            409 => Told::Refused(answer.code()),
            other => panic!("{other}: {}", answer.text()),
        });
        if answer.status == 409 {
            return;
        }
        let path = format!("/v1/orders/{}", answer.field("id"));
        // Whether its payment is uncertain is known here, or not yet.
        if answer.status == 202 && mood != Mood::Lost {
            world.settle().await;
        }
        if hasty {
            let path = format!("{path}/cancel");
            let cancelled = world.ask("POST", &path, Some(json!({}))).await;
            let known = [200, 202, 409].contains(&cancelled.status);
            assert!(known, "{}", cancelled.text());
        }
        world.settle().await;
        if mood.is_approved(plan) {
            approve(world, &path).await;
        }
    }

    async fn draft(&mut self, world: &World) {
        let mut wish = self.wish();
        wish["draft"] = json!(true);
        let id = world
            .ask("POST", "/v1/orders", Some(wish))
            .await
            .expect(201)
            .field("id");
        let placed = world
            .ask("POST", &format!("/v1/orders/{id}/place"), Some(json!({})))
            .await;
        match placed.status {
            200 => self.orders.push(Told::Placed {
                id,
                hasty: false,
                cart: false,
            }),
            409 => {
                world
                    .ask("DELETE", &format!("/v1/orders/{id}"), None)
                    .await
                    .expect(204);
                self.orders.push(Told::Refused(placed.code()));
            }
            other => panic!("{other}: {}", placed.text()),
        }
    }

    async fn cancel(&mut self, world: &World) {
        // One that was refused is not there, or was cancelled from afar: nothing changes.
        if let Some(id) = self.pick() {
            let path = format!("/v1/orders/{id}/cancel");
            world.ask("POST", &path, Some(json!({}))).await;
        }
    }

    /// Packs one piece of an order or all that is left, and perhaps sends it.
    async fn ship(&mut self, world: &World) {
        let picked = self.pick();
        let whole = self.dice.roll(3) > 0;
        let steps = [0, 1, 2, 2][self.dice.roll(4)];
        let Some(id) = picked else {
            return;
        };
        let order = world.ask("GET", &format!("/v1/orders/{id}"), None).await;
        let piece = json!({"product_id": order.expect(200).json()["items"][0]["product_id"],
            "quantity": 1});
        let packing = if whole {
            json!({})
        } else {
            json!({"items": [piece]})
        };
        let path = format!("/v1/orders/{id}/shipments");
        let packed = world.ask("POST", &path, Some(packing)).await;
        // One that was cancelled or has left whole: nothing changes.
        if packed.status != 201 {
            assert_eq!(packed.status, 409, "{}", packed.text());
            return;
        }
        let shipment = format!("/v1/shipments/{}", packed.field("id"));
        for status in ["in_transit", "delivered"].into_iter().take(steps) {
            let step = json!({"status": status});
            world.ask("PATCH", &shipment, Some(step)).await.expect(200);
            world.settle().await;
        }
    }

    /// One of the orders; none when nothing was ordered yet, or the one was refused.
    fn pick(&mut self) -> Option<String> {
        let all = self.orders.len() as u64;
        match &self.orders[(all > 0).then(|| self.dice.roll(all))?] {
            Told::Placed { id, .. } => Some(id.clone()),
            Told::Refused(_) => None,
        }
    }

    /// What has left comes back, into stock again or not. Nothing has: nothing changes.
    async fn bring_back(&mut self, world: &World) {
        let (picked, restock) = (self.pick(), self.dice.roll(2) == 0);
        if let Some(id) = picked {
            let path = format!("/v1/orders/{id}/return");
            self.attempt(world, &path, json!({"restock": restock}))
                .await;
        }
    }

    /// Gives back what an order's payments have taken, or 0.25 of it.
    async fn refund(&mut self, world: &World) {
        let (picked, whole) = (self.pick(), self.dice.roll(2) == 0);
        let Some(id) = picked else { return };
        let body = if whole {
            json!({})
        } else {
            json!({"amount": "0.25"})
        };
        self.refund_all(world, &format!("/v1/orders/{id}"), body)
            .await;
    }

    async fn refund_all(&mut self, world: &World, order: &str, body: Value) {
        let path = format!("{order}/payments");
        let payments = world.ask("GET", &path, None).await.expect(200).json();
        for payment in payments["items"].as_array().expect("items") {
            let id = payment["id"].as_str().expect("an id");
            let path = format!("/v1/payments/{id}/refunds");
            self.attempt(world, &path, body.clone()).await;
        }
    }

    /// Does what may be refused; an order refused from afar answers otherwise than one that is not
    /// there, so that what is answered is no part of the ending.
    async fn attempt(&mut self, world: &World, path: &str, body: Value) {
        let answer = world.ask("POST", path, Some(body)).await;
        let known = [200, 201, 409, 422];
        assert!(known.contains(&answer.status), "{path}: {}", answer.text());
    }

    async fn reprice(&mut self, world: &World) {
        let product = self.products[self.dice.roll(3)].clone();
        let price = json!({"price": format!("{}.25", 1 + self.dice.roll(9))});
        self.tell(world, "PATCH", &format!("/v1/products/{product}"), price)
            .await;
    }

    async fn transfer(&mut self, world: &World) {
        let (from, to) = if self.dice.roll(2) == 0 {
            (0, 1)
        } else {
            (1, 0)
        };
        let body = json!({"product_id": self.products[self.dice.roll(3)],
            "source_store_id": self.stores[from].0, "target_store_id": self.stores[to].0,
            "quantity": 1 + self.dice.roll(4), "reason": "balance"});
        self.tell(world, "POST", "/v1/inventory/transfers", body)
            .await;
    }

    async fn adjust(&mut self, world: &World) {
        let quantity = self.dice.roll(7) as i64 - 3;
        let quantity = if quantity == 0 { 1 } else { quantity };
        let body = json!({"product_id": self.products[self.dice.roll(3)],
            "store_id": self.stores[self.dice.roll(2)].0, "quantity": quantity,
            "reason": "count"});
        self.tell(world, "POST", "/v1/inventory/adjustments", body)
            .await;
    }

    async fn tell(&mut self, world: &World, method: &str, path: &str, body: Value) {
        let answer = world.ask(method, path, Some(body)).await;
        assert!(
            answer.status < 300 || answer.status == 409,
            "{}",
            answer.text()
        );
        self.answers.push(answer.status);
    }
}

/// The buyer approves of the payment of an order on its page, if it came as far as that.
async fn approve(world: &World, order: &str) {
    let path = format!("{order}/payments");
    let payments = world.ask("GET", &path, None).await.expect(200).json();
    if let Some(page) = payments["items"][0]["redirect_url"].as_str() {
        let approve = page.trim_start_matches("http://shop.test").to_owned() + "/approve";
        world.ask("POST", &approve, None).await.expect(303);
        world.settle().await;
    }
}

async fn make(world: &World, path: &str, body: Value) -> String {
    world
        .ask("POST", path, Some(body))
        .await
        .expect(201)
        .field("id")
}
