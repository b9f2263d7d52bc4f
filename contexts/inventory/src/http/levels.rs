//! Reading levels: of a store, of a product.

use super::views::LevelView;
use crate::moving::Inventory;
use crate::stock::LevelId;
use crate::store::lists::{self, LevelFilter, LevelRow};
use crate::store::{products, stores};
use axum::extract::State;
use kernel::{Cursor, Limit, Page, ProductId, StoreId};
use platform::Tx;
use platform::http::{Errors, Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LevelParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    /// Only what is low, or only what is not.
    low: Option<bool>,
    /// Only what is available, or only what is not.
    in_stock: Option<bool>,
}

/// What lies in a store, in the order it first came.
#[utoipa::path(get, path = "/v1/stores/{id}/inventory", operation_id = "list_store_inventory",
    tag = "Inventory",
    params(("id" = StoreId, Path, description = "The store"), LevelParams),
    responses((status = 200, description = "A page of levels", body = Page<LevelView>), Errors))]
pub async fn in_store(
    State(inventory): State<Inventory>,
    Path(store): Path<StoreId>,
    Query(params): Query<LevelParams>,
) -> Result<Json<Page<LevelView>>, Problem> {
    let mut tx = inventory.host.db.read().await?;
    stores::find(&mut tx, store)
        .await?
        .ok_or_else(Problem::not_found)?;
    let filter = LevelFilter {
        store: Some(store),
        ..LevelFilter::default()
    };
    page(&mut tx, filter, params).await
}

/// Where a product lies.
#[utoipa::path(get, path = "/v1/products/{id}/inventory", operation_id = "list_product_inventory",
    tag = "Inventory",
    params(("id" = ProductId, Path, description = "The product"), LevelParams),
    responses((status = 200, description = "A page of levels", body = Page<LevelView>), Errors))]
pub async fn of_product(
    State(inventory): State<Inventory>,
    Path(product): Path<ProductId>,
    Query(params): Query<LevelParams>,
) -> Result<Json<Page<LevelView>>, Problem> {
    let mut tx = inventory.host.db.read().await?;
    if products::known(&mut tx, [product]).await?.is_empty() {
        return Err(Problem::not_found());
    }
    let filter = LevelFilter {
        product: Some(product),
        ..LevelFilter::default()
    };
    page(&mut tx, filter, params).await
}

async fn page(
    tx: &mut Tx,
    filter: LevelFilter,
    params: LevelParams,
) -> Result<Json<Page<LevelView>>, Problem> {
    let filter = LevelFilter {
        low: params.low,
        in_stock: params.in_stock,
        ..filter
    };
    let after = params
        .cursor
        .map(|cursor| cursor.read::<Uuid>())
        .transpose()?;
    let after = after.map(LevelId::from_uuid);
    let rows = lists::levels(tx, filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(lists::count_levels(tx, filter).await?),
        false => None,
    };
    let key = |row: &LevelRow| Cursor::of(&row.level.id.uuid());
    Ok(Json(
        Page::cut(rows, params.limit, key)
            .with_total(total)
            .map(LevelView::from),
    ))
}
