//! Reading stores.

use super::views::StoreView;
use crate::moving::Inventory;
use crate::shop::StoreKind;
use crate::store::stores::{self, StoreFilter};
use axum::extract::State;
use kernel::{Cursor, Limit, Page, StoreId};
use platform::http::{Errors, Json, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StoreParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    /// Stores that were closed, instead of those that are open.
    #[serde(default)]
    archived: bool,
    #[param(inline)]
    kind: Option<StoreKind>,
}

/// Stores, by code.
#[utoipa::path(get, path = "/v1/stores", tag = "Stores", params(StoreParams),
    responses((status = 200, description = "A page of stores", body = Page<StoreView>), Errors))]
pub async fn list_stores(
    State(inventory): State<Inventory>,
    Query(params): Query<StoreParams>,
) -> Result<Json<Page<StoreView>>, Problem> {
    let filter = StoreFilter {
        archived: params.archived,
        kind: params.kind,
    };
    let after = params
        .cursor
        .map(|cursor| cursor.read::<String>())
        .transpose()?;
    let mut tx = inventory.host.db.read().await?;
    let rows = stores::list(&mut tx, filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(stores::count(&mut tx, filter).await?),
        false => None,
    };
    let page = Page::cut(rows, params.limit, |store| Cursor::of(&store.fields.code));
    Ok(Json(page.with_total(total).map(StoreView::from)))
}

/// One store, also when it is archived.
#[utoipa::path(get, path = "/v1/stores/{id}", tag = "Stores",
    params(("id" = StoreId, Path, description = "The store")),
    responses((status = 200, description = "The store", body = StoreView), Errors))]
pub async fn read_store(
    State(inventory): State<Inventory>,
    Path(id): Path<StoreId>,
) -> Result<Tagged<StoreView>, Problem> {
    let mut tx = inventory.host.db.read().await?;
    let store = stores::find(&mut tx, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Tagged {
        version: store.version,
        body: store.into(),
    })
}
