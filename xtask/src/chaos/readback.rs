//! Reads the whole shop back through its API, as any client could.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::{Found, Level, Order, Place};
use super::stage::Stage;
use crate::http::{Call, Caller};
use crate::outcome::Outcome;

pub async fn read(caller: &mut Caller, stage: &Stage) -> Outcome<Found> {
    let mut found = Found::default();
    read_orders(caller, stage, &mut found).await?;
    found.levels = levels(caller, stage).await?;
    read_moves(caller, &mut found).await?;
    Ok(found)
}

async fn read_orders(caller: &mut Caller, stage: &Stage, found: &mut Found) -> Outcome<()> {
    let (products, stores) = (stage.product_positions(), stage.store_positions());
    for order in pages(caller, "/v1/orders?limit=100").await? {
        let items = order["items"].as_array().cloned().unwrap_or_default();
        let item = |item: &Value| {
            let product = *products.get(item["product_id"].as_str()?)?;
            Some((product, item["quantity"].as_i64()?))
        };
        let read = Order {
            mark: text(&order, "note"),
            store: stores
                .get(text(&order, "store_id").as_str())
                .copied()
                .unwrap_or(usize::MAX),
            items: items.iter().filter_map(item).collect(),
            cancelled: order["status"] == "cancelled",
        };
        found.orders.insert(text(&order, "id"), read);
    }
    Ok(())
}

/// Every level of the stage's stores.
pub async fn levels(caller: &mut Caller, stage: &Stage) -> Outcome<BTreeMap<Place, Level>> {
    let mut found = BTreeMap::new();
    let products = stage.product_positions();
    for (store, id) in stage.stores.iter().enumerate() {
        for level in pages(caller, &format!("/v1/stores/{id}/inventory?limit=100")).await? {
            let Some(product) = products.get(product_of(&level).as_str()) else {
                continue;
            };
            let number = |name: &str| level[name].as_i64().unwrap_or(i64::MIN);
            let read = Level {
                on_hand: number("on_hand"),
                reserved: number("reserved"),
            };
            found.insert((*product, store), read);
        }
    }
    Ok(found)
}

/// A level names its product by id, alone or in a summary.
fn product_of(level: &Value) -> String {
    let id = level["product_id"]
        .as_str()
        .or_else(|| level["product"]["id"].as_str());
    id.unwrap_or_default().to_owned()
}

async fn read_moves(caller: &mut Caller, found: &mut Found) -> Outcome<()> {
    for movement in pages(caller, "/v1/inventory/movements?limit=100").await? {
        let reference = text(&movement, "document");
        if reference.starts_with("chaos-") {
            *found.moves.entry(reference).or_default() += 1;
        }
    }
    Ok(())
}

/// All items of a list; its path has a query.
pub async fn pages(caller: &mut Caller, path: &str) -> Outcome<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = caller.need(&Call::get(format!("{path}{cursor}"))).await?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(items),
        }
    }
}

pub fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
