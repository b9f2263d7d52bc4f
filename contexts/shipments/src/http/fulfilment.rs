//! The queue of a store: orders that wait to be sent.

use crate::fault::ShipmentError;
use crate::packing::Line;
use crate::shipment::Item;
use crate::store::fulfilment::{self, After, Filter, Waiting};
use crate::store::lines;
use axum::extract::State;
use kernel::{Cursor, Limit, OrderId, Page, ProductId, StoreId, Timestamp};
use platform::Host;
use platform::auth::Principal;
use platform::http::{Errors, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

/// Which part of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FulfilmentParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    /// The store that sends them; left out: all stores the caller may act in.
    store_id: Option<StoreId>,
}

/// An order that waits to be sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct FulfilmentView {
    pub order_id: OrderId,
    #[schema(example = "ORD-2026-000042")]
    pub number: String,
    pub store_id: StoreId,
    /// Since when it waits.
    pub confirmed_at: Timestamp,
    /// One entry a product.
    pub items: Vec<FulfilmentItem>,
}

/// How far one product of an order is.
#[derive(Debug, Serialize, ToSchema)]
pub struct FulfilmentItem {
    pub product_id: ProductId,
    /// Ordered.
    pub quantity: i64,
    /// In shipments, whether they have left or not.
    pub packed: i64,
    /// In no shipment yet.
    pub to_ship: i64,
}

/// List confirmed orders of which something has not left, whoever waits longest first
#[utoipa::path(
    get, path = "/v1/fulfilment", tag = "shipments", params(FulfilmentParams),
    responses(
        (status = 200, description = "A page of the queue", body = Page<FulfilmentView>), Errors)
)]
pub async fn list_fulfilment(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<FulfilmentParams>,
) -> Result<Json<Page<FulfilmentView>>, Problem> {
    let elsewhere = |store: StoreId| !principal.may_act_in(store);
    if params.store_id.is_some_and(elsewhere) {
        return Err(ShipmentError::NotYourStore.into());
    }
    let filter = Filter {
        store: params.store_id,
        only_stores: principal.only_stores().map(<[_]>::to_vec),
    };
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<After>)
        .transpose()?;
    let mut tx = host.db.read().await?;
    let rows = fulfilment::queue(&mut tx, &filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(fulfilment::count(&mut tx, &filter).await?),
        false => None,
    };
    let page = Page::cut(rows, params.limit, key).with_total(total);
    let orders = page.items.iter().map(|one| one.confirmed.order_id);
    let lines = lines::of(&mut tx, orders.collect::<Vec<_>>()).await?;
    Ok(Json(page.map(|waiting| view(waiting, &lines))))
}

fn key(waiting: &Waiting) -> Cursor {
    Cursor::of(&After {
        confirmed_at: waiting.confirmed.confirmed_at.unix_micros(),
        order_id: waiting.confirmed.order_id,
    })
}

fn view(waiting: Waiting, lines: &HashMap<OrderId, Vec<Line>>) -> FulfilmentView {
    let confirmed = waiting.confirmed;
    let lines = lines
        .get(&confirmed.order_id)
        .map_or(&[][..], Vec::as_slice);
    let item = |item: &Item| {
        let line = lines.iter().find(|line| line.product_id == item.product_id);
        let packed = line.map_or(0, |line| line.packed);
        FulfilmentItem {
            product_id: item.product_id,
            quantity: item.quantity,
            packed,
            to_ship: item.quantity - packed,
        }
    };
    FulfilmentView {
        order_id: confirmed.order_id,
        number: waiting.number,
        store_id: confirmed.store_id,
        confirmed_at: confirmed.confirmed_at,
        items: waiting.items.iter().map(item).collect(),
    }
}
