//! Stories: made from a seed, told through the API, compared by how they end.

use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is left when a story is over, in words that do not depend on ids.
#[derive(Debug, PartialEq)]
pub struct Ending {
    /// Every attempt to order, in turn.
    pub orders: Vec<OrderEnding>,
    /// (sku, store code) → (on hand, reserved).
    pub levels: BTreeMap<(String, String), (i64, i64)>,
    /// Answers to what was done beside orders.
    pub answers: Vec<u16>,
}

/// How an order ended. Refused at once and cancelled from afar are the same to the buyer.
#[derive(Debug, PartialEq)]
pub enum OrderEnding {
    Refused,
    /// Status, total, store code, events of its trail, and its shipments.
    Stands {
        status: String,
        total: String,
        store: String,
        trail: Vec<String>,
        shipments: Vec<String>,
    },
}

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
    orders: Vec<Option<String>>,
    answers: Vec<u16>,
}

const STEPS: usize = 14;

impl Story {
    pub fn new(seed: u64) -> Self {
        let (products, stores, clients, orders, answers) = Default::default();
        Self {
            dice: Dice(seed),
            products,
            stores,
            clients,
            orders,
            answers,
        }
    }

    pub async fn play(mut self, world: &World) -> Ending {
        self.furnish(world).await;
        for _ in 0..STEPS {
            self.step(world).await;
            world.settle().await;
        }
        self.end(world).await
    }

    async fn furnish(&mut self, world: &World) {
        let category = make(world, "/v1/categories", json!({"name": "Goods"})).await;
        for code in ["A", "B"] {
            let store = json!({"code": code, "name": format!("Store {code}"), "kind": "store"});
            self.stores
                .push((make(world, "/v1/stores", store).await, code.to_owned()));
        }
        for nth in 0..3 {
            let product = json!({"sku": format!("SKU-{nth}"), "name": format!("Product {nth}"),
                "category_id": category, "price": format!("{nth}.50"), "status": "active"});
            self.products
                .push(make(world, "/v1/products", product).await);
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
        match self.dice.roll(12) {
            0..=4 => self.place(world).await,
            5 => self.cancel(world).await,
            6 => self.draft(world).await,
            7 => self.reprice(world).await,
            8 => self.transfer(world).await,
            9..=10 => self.ship(world).await,
            _ => self.adjust(world).await,
        }
    }

    fn wish(&mut self) -> Value {
        let lines = 1 + self.dice.roll(3);
        let items: Vec<Value> = (0..lines)
            .map(|_| {
                let product = &self.products[self.dice.roll(3)];
                json!({"product_id": product, "quantity": 1 + self.dice.roll(4)})
            })
            .collect();
        let client = self.clients[self.dice.roll(3)].clone();
        let mut wish =
            json!({"client_id": client, "items": items, "payment": {"method": "invoice"}});
        if self.dice.roll(2) == 0 {
            wish["store_id"] = json!(self.stores[self.dice.roll(2)].0);
        }
        wish
    }

    async fn place(&mut self, world: &World) {
        let wish = self.wish();
        let answer = world.ask("POST", "/v1/orders", Some(wish)).await;
        self.orders.push(match answer.status {
            201 | 202 => Some(answer.field("id")),
            409 => None,
            other => panic!("{other}: {}", answer.text()),
        });
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
            200 => self.orders.push(Some(id)),
            409 => {
                world
                    .ask("DELETE", &format!("/v1/orders/{id}"), None)
                    .await
                    .expect(204);
                self.orders.push(None);
            }
            other => panic!("{other}: {}", placed.text()),
        }
    }

    async fn cancel(&mut self, world: &World) {
        if self.orders.is_empty() {
            return;
        }
        let picked = self.dice.roll(self.orders.len() as u64);
        // One that was refused is not there, or was cancelled from afar: nothing changes.
        if let Some(id) = &self.orders[picked] {
            let path = format!("/v1/orders/{id}/cancel");
            world.ask("POST", &path, Some(json!({}))).await;
        }
    }

    /// Packs one piece of an order or all that is left, and perhaps sends it.
    async fn ship(&mut self, world: &World) {
        if self.orders.is_empty() {
            return;
        }
        let picked = self.dice.roll(self.orders.len() as u64);
        let (whole, steps) = (self.dice.roll(2) == 0, self.dice.roll(3));
        let Some(id) = &self.orders[picked] else {
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

    async fn end(self, world: &World) -> Ending {
        let mut orders = Vec::new();
        for id in &self.orders {
            orders.push(match id {
                Some(id) => self.order_ending(world, id).await,
                None => OrderEnding::Refused,
            });
        }
        let mut levels = BTreeMap::new();
        for (store, code) in &self.stores {
            let path = format!("/v1/stores/{store}/inventory?limit=100");
            let page = world.ask("GET", &path, None).await.expect(200).json();
            for item in page["items"].as_array().expect("items") {
                let sku = item["product"]["sku"].as_str().expect("sku").to_owned();
                let number = |name: &str| item[name].as_i64().expect("a number");
                levels.insert((sku, code.clone()), (number("on_hand"), number("reserved")));
            }
        }
        Ending {
            orders,
            levels,
            answers: self.answers,
        }
    }

    async fn order_ending(&self, world: &World, id: &str) -> OrderEnding {
        let order = world
            .ask("GET", &format!("/v1/orders/{id}"), None)
            .await
            .expect(200)
            .json();
        if order["cancel_reason"] == "insufficient_stock" {
            return OrderEnding::Refused;
        }
        let trail = world
            .ask("GET", &format!("/v1/orders/{id}/events"), None)
            .await
            .expect(200);
        let trail = trail.json()["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|event| event["type"].as_str().expect("type").to_owned())
            .collect();
        let code = |id: &Value| {
            let found = self.stores.iter().find(|(store, _)| id == store);
            found.map_or_else(String::new, |(_, code)| code.clone())
        };
        OrderEnding::Stands {
            status: order["status"].as_str().expect("status").to_owned(),
            total: order["total"]["amount"]
                .as_str()
                .expect("amount")
                .to_owned(),
            store: code(&order["store_id"]),
            trail,
            shipments: shipments(world, id).await,
        }
    }
}

/// Status, whether it is recalled, and the pieces in it.
async fn shipments(world: &World, id: &str) -> Vec<String> {
    let path = format!("/v1/orders/{id}/shipments?limit=100");
    let page = world.ask("GET", &path, None).await.expect(200).json();
    let one = |shipment: &Value| {
        let pieces = shipment["items"].as_array().expect("items").iter();
        let pieces: Vec<_> = pieces.map(|item| item["quantity"].to_string()).collect();
        let (status, recalled) = (&shipment["status"], &shipment["recalled"]);
        format!("{status} recalled {recalled}: {}", pieces.join(", "))
    };
    page["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(one)
        .collect()
}

async fn make(world: &World, path: &str, body: Value) -> String {
    world
        .ask("POST", path, Some(body))
        .await
        .expect(201)
        .field("id")
}
