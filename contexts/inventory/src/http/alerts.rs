//! Alerts: what is low or too much, and since when.

use super::views::AlertView;
use crate::alert::AlertKind;
use crate::moving::Inventory;
use crate::store::alerts::{self as store, AlertFilter, AlertRow, Mark};
use axum::extract::State;
use kernel::{Cursor, Limit, Page, StoreId};
use platform::http::{Errors, Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AlertParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    /// Of this store only.
    store_id: Option<StoreId>,
    /// Of this kind only.
    #[param(inline)]
    kind: Option<AlertKind>,
}

/// Levels that are low or hold too much, the latest first.
///
/// A level that is both is there twice.
#[utoipa::path(get, path = "/v1/inventory/alerts", tag = "Inventory", params(AlertParams),
    responses((status = 200, description = "A page of alerts", body = Page<AlertView>), Errors))]
pub async fn list_alerts(
    State(inventory): State<Inventory>,
    Query(params): Query<AlertParams>,
) -> Result<Json<Page<AlertView>>, Problem> {
    alerts(&inventory, params).await.map(Json)
}

/// A page of alerts, for every way of asking.
pub async fn alerts(
    inventory: &Inventory,
    params: AlertParams,
) -> Result<Page<AlertView>, Problem> {
    let after = params
        .cursor
        .map(|cursor| cursor.read::<Mark>())
        .transpose()?;
    let filter = AlertFilter {
        store: params.store_id,
        kind: params.kind,
    };
    let mut tx = inventory.host.db.read().await?;
    let rows = store::alerts(&mut tx, filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(store::count(&mut tx, filter).await?),
        false => None,
    };
    let page = Page::cut(rows, params.limit, |row: &AlertRow| Cursor::of(&row.mark()));
    Ok(page.with_total(total).map(AlertView::from))
}
