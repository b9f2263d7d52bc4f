//! Reading the ledger.

use super::views::MovementView;
use crate::movement::Kind;
use crate::moving::Inventory;
use crate::store::lists::{self, MovementFilter, MovementRow, Reference};
use axum::extract::State;
use kernel::{Cursor, Limit, MovementId, Page, ProductId, StoreId, Text, Timestamp};
use platform::http::{Errors, Json, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MovementParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    #[param(inline)]
    kind: Option<Kind>,
    store_id: Option<StoreId>,
    product_id: Option<ProductId>,
    /// An order, a transfer, or the reference a movement was made with.
    #[param(inline, example = "ord_01h455vb4pex5vsknk084sn02q")]
    reference: Option<Text<100>>,
    /// Who did it.
    #[param(inline, example = "user/user_01h455vb4pex5vsknk084sn02q")]
    actor: Option<Text<100>>,
    /// Not before this moment.
    from: Option<Timestamp>,
    /// Before this moment.
    to: Option<Timestamp>,
}

impl MovementParams {
    fn filter(&self) -> MovementFilter {
        MovementFilter {
            id: None,
            kind: self.kind,
            store: self.store_id,
            product: self.product_id,
            reference: self.reference.as_ref().map(|text| reference(text.as_str())),
            actor: self.actor.as_ref().map(|text| text.as_str().to_owned()),
            from: self.from,
            to: self.to,
        }
    }
}

fn reference(text: &str) -> Reference {
    let order = text.parse().map(Reference::Order);
    let transfer = || text.parse().map(Reference::Transfer);
    order
        .or_else(|_| transfer())
        .unwrap_or_else(|_| Reference::Document(text.to_owned()))
}

/// The ledger, the latest movement first.
#[utoipa::path(get, path = "/v1/inventory/movements", tag = "Inventory", params(MovementParams),
    responses(
        (status = 200, description = "A page of movements", body = Page<MovementView>), Errors))]
pub async fn list_movements(
    State(inventory): State<Inventory>,
    Query(params): Query<MovementParams>,
) -> Result<Json<Page<MovementView>>, Problem> {
    let filter = params.filter();
    let after = params
        .cursor
        .map(|cursor| cursor.read::<Uuid>())
        .transpose()?;
    let after = after.map(MovementId::from_uuid);
    let mut tx = inventory.host.db.read().await?;
    let rows = lists::movements(&mut tx, &filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(lists::count_movements(&mut tx, &filter).await?),
        false => None,
    };
    let key = |row: &MovementRow| Cursor::of(&row.movement.id.uuid());
    Ok(Json(
        Page::cut(rows, params.limit, key)
            .with_total(total)
            .map(MovementView::from),
    ))
}

/// One movement.
#[utoipa::path(get, path = "/v1/inventory/movements/{id}", tag = "Inventory",
    params(("id" = MovementId, Path, description = "The movement")),
    responses((status = 200, description = "The movement", body = MovementView), Errors))]
pub async fn read_movement(
    State(inventory): State<Inventory>,
    Path(id): Path<MovementId>,
) -> Result<Tagged<MovementView>, Problem> {
    let filter = MovementFilter {
        id: Some(id),
        ..MovementFilter::default()
    };
    let mut tx = inventory.host.db.read().await?;
    let rows = lists::movements(&mut tx, &filter, None, Limit::default()).await?;
    let row = rows.into_iter().next().ok_or_else(Problem::not_found)?;
    Ok(Tagged {
        version: 1,
        body: row.into(),
    })
}
