//! Inventory in GraphQL: where products lie, alerts, and goods that come in.

use crate::http::WATCHERS;
use crate::http::alerts::{AlertParams, alerts};
use crate::http::body::OneOrMany;
use crate::http::moving::{RestockInput, receive};
use crate::http::views::{AlertView, LevelView, RecordedView};
use crate::moving::Inventory;
use crate::store::each::levels_of_each;
use crate::store::lists::LevelFilter;
use kernel::{Limit, ProductId, StoreId};
use platform::http::graphql::{Asked, Connection, Part};
use platform::http::{Allow, Problem};
use serde::Deserialize;
use std::collections::HashMap;

pub fn part(inventory: &Inventory) -> Part<Inventory> {
    let watchers = Allow::only(WATCHERS);
    Part::new(include_str!("inventory.graphql"), inventory.clone())
        .field_of_each("Product.stock", watchers, stock)
        .field("Query.alerts", watchers, list_alerts)
        .field("Mutation.restock", watchers, restock)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StockArguments {
    store_id: Option<StoreId>,
    low: Option<bool>,
    in_stock: Option<bool>,
    #[serde(default)]
    limit: Limit,
}

async fn stock(
    inventory: Inventory,
    products: Vec<ProductId>,
    asked: Asked,
) -> Result<Vec<(ProductId, Vec<LevelView>)>, Problem> {
    let arguments: StockArguments = asked.arguments()?;
    let filter = LevelFilter {
        store: arguments.store_id,
        product: None,
        low: arguments.low,
        in_stock: arguments.in_stock,
    };
    let mut tx = inventory.host.db.read().await?;
    let rows = levels_of_each(&mut tx, &products, filter, arguments.limit).await?;
    let mut levels: HashMap<ProductId, Vec<LevelView>> = HashMap::new();
    for level in rows.into_iter().map(LevelView::from) {
        levels.entry(level.product_id).or_default().push(level);
    }
    let of = |product: ProductId| (product, levels.remove(&product).unwrap_or_default());
    Ok(products.into_iter().map(of).collect())
}

async fn list_alerts(inventory: Inventory, asked: Asked) -> Result<Connection<AlertView>, Problem> {
    let params: AlertParams = asked.arguments()?;
    Ok(alerts(&inventory, params).await?.into())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RestockArguments {
    lines: OneOrMany<RestockInput>,
}

async fn restock(inventory: Inventory, asked: Asked) -> Result<Vec<RecordedView>, Problem> {
    let principal = asked.principal.clone();
    let RestockArguments { lines } = asked.arguments()?;
    let received = receive(&inventory, &principal, lines).await;
    received.map_err(|problem| problem.within("lines"))
}
