//! The shop the rig plays in: a few products, two stores, some stock, one client.

use std::collections::{BTreeMap, HashMap};

use rand::RngExt as _;
use rand::rngs::SmallRng;
use serde_json::json;

use super::model::{Level, Place};
use crate::http::{Call, Caller};
use crate::outcome::Outcome;

pub const PRODUCTS: usize = 12;
pub const STORES: usize = 2;
/// Scarce enough that some orders are refused, ample enough that most are not.
pub const SCARCE: i64 = 25;

/// Ids by position; everything else in the rig speaks of positions.
pub struct Stage {
    pub products: Vec<String>,
    pub stores: Vec<String>,
    pub client: String,
}

impl Stage {
    /// Fills an empty shop with `stock` everywhere; answers also the levels it began with.
    pub async fn set(caller: &mut Caller, stock: i64) -> Outcome<(Self, BTreeMap<Place, Level>)> {
        let category = make(caller, "categories", json!({ "name": "Rig" })).await?;
        let mut products = Vec::new();
        for number in 0..PRODUCTS {
            let product = json!({
                "sku": format!("RIG-{number}"), "name": format!("Part {number}"),
                "category_id": category, "price": "12.50", "status": "active",
            });
            products.push(make(caller, "products", product).await?);
        }
        let mut stores = Vec::new();
        for number in 0..STORES {
            let store = json!({
                "code": format!("R{number}"), "name": format!("Store {number}"), "kind": "store",
            });
            stores.push(make(caller, "stores", store).await?);
        }
        let client = json!({ "name": "Rig", "email": "rig@example.com" });
        let client = make(caller, "clients", client).await?;
        let stage = Self {
            products,
            stores,
            client,
        };
        let levels = stage.fill(caller, stock).await?;
        Ok((stage, levels))
    }

    async fn fill(&self, caller: &mut Caller, stock: i64) -> Outcome<BTreeMap<Place, Level>> {
        let mut levels = BTreeMap::new();
        for place in places() {
            let (product, store) = (&self.products[place.0], &self.stores[place.1]);
            let level = json!({ "product_id": product, "store_id": store, "quantity": stock });
            caller.need(&Call::post("/v1/inventory", &level)).await?;
            levels.insert(
                place,
                Level {
                    on_hand: stock,
                    reserved: 0,
                },
            );
        }
        Ok(levels)
    }

    /// The request for a few pieces of something, paid by a method. It is known by its mark.
    pub fn order(&self, client: &str, (method, mark): (&str, &str), random: &mut SmallRng) -> Call {
        let product = &self.products[random.random_range(0..PRODUCTS)];
        let store = &self.stores[random.random_range(0..STORES)];
        let item = json!({"product_id": product, "quantity": random.random_range(1..4)});
        let body = json!({"client_id": client, "store_id": store, "items": [item],
            "payment": {"method": method}, "note": mark});
        Call::post("/v1/orders", &body).key(mark)
    }

    /// Positions by id.
    pub fn product_positions(&self) -> HashMap<&str, usize> {
        self.products
            .iter()
            .enumerate()
            .map(|(at, id)| (id.as_str(), at))
            .collect()
    }

    pub fn store_positions(&self) -> HashMap<&str, usize> {
        self.stores
            .iter()
            .enumerate()
            .map(|(at, id)| (id.as_str(), at))
            .collect()
    }
}

/// Every product in every store.
pub fn places() -> impl Iterator<Item = Place> {
    (0..PRODUCTS).flat_map(|product| (0..STORES).map(move |store| (product, store)))
}

/// Posts what is to be there; answers its id.
pub async fn make(caller: &mut Caller, what: &str, body: serde_json::Value) -> Outcome<String> {
    let made = caller
        .need(&Call::post(format!("/v1/{what}"), &body))
        .await?;
    let id = made["id"]
        .as_str()
        .ok_or_else(|| format!("no id in the new {what}: {made}"))?;
    Ok(id.to_owned())
}
