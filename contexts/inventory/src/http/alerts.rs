//! Alerts: what is low, and since when.

use super::views::AlertView;
use crate::moving::Inventory;
use crate::stock::LevelId;
use crate::store::lists::{self, LevelFilter, LevelRow};
use axum::extract::State;
use kernel::{Cursor, Limit, Page, StoreId, Timestamp};
use platform::http::{Errors, Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

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
}

/// Levels that are low, the latest first.
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
        .map(|cursor| cursor.read::<(i64, Uuid)>())
        .transpose()?;
    let after = after.map(|(since, id)| (since, LevelId::from_uuid(id)));
    let mut tx = inventory.host.db.read().await?;
    let rows = lists::alerts(&mut tx, params.store_id, after, params.limit).await?;
    let low = Some(true);
    let filter = LevelFilter {
        store: params.store_id,
        low,
        ..LevelFilter::default()
    };
    let total = match params.count {
        true => Some(lists::count_levels(&mut tx, filter).await?),
        false => None,
    };
    let since = |row: &LevelRow| row.low_since.map_or(0, Timestamp::unix_micros);
    let key = |row: &LevelRow| Cursor::of(&(since(row), row.level.id.uuid()));
    let Page {
        items, next_cursor, ..
    } = Page::cut(rows, params.limit, key);
    let items = items.into_iter().filter_map(AlertView::of).collect();
    Ok(Page {
        items,
        next_cursor,
        total,
    })
}
