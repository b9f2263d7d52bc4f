//! Setting levels: what is on hand, and when it is low or too much.

use super::body::{Done, OneOrMany, Pieces};
use super::check_stores;
use super::views::LevelView;
use crate::lines::Lines;
use crate::moving::Inventory;
use crate::set_level::{self, SetLevel};
use crate::stock::Place;
use axum::extract::State;
use kernel::{ProductId, StoreId, Text};
use platform::http::{Errors, Json, Patch, Principal, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// What one level should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LevelInput {
    product_id: ProductId,
    store_id: StoreId,
    /// What is on hand.
    quantity: Pieces,
    /// Compare and set: 409 `LEVEL_CHANGED` unless this is on hand now.
    expected_on_hand: Option<Pieces>,
    /// The level is low when no more than this is available; null for never, left out to keep.
    #[serde(default)]
    min_stock: Patch<Pieces>,
    /// More than this on hand is too much; null for never, left out to keep.
    #[serde(default)]
    max_stock: Patch<Pieces>,
    /// Why, for the ledger.
    reason: Option<Text<200>>,
}

impl From<LevelInput> for SetLevel {
    fn from(input: LevelInput) -> Self {
        Self {
            place: Place {
                product: input.product_id,
                store: input.store_id,
            },
            on_hand: input.quantity.get(),
            expected_on_hand: input.expected_on_hand.map(Pieces::get),
            min_stock: limit(input.min_stock),
            max_stock: limit(input.max_stock),
            reason: input.reason.map(Text::into_string),
        }
    }
}

fn limit(patch: Patch<Pieces>) -> Patch<i64> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(pieces) => Patch::Set(pieces.get()),
    }
}

/// Sets levels.
///
/// One or several, all or none; those that are missing are made. The difference to what was on
/// hand becomes a movement.
#[utoipa::path(post, path = "/v1/inventory", tag = "Inventory",
    request_body = OneOrMany<LevelInput>,
    responses((status = 200, description = "The levels", body = Done<LevelView>), Errors))]
pub async fn set_levels(
    State(inventory): State<Inventory>,
    principal: Principal,
    Json(body): Json<OneOrMany<LevelInput>>,
) -> Result<Json<Done<LevelView>>, Problem> {
    let lines = Lines::from(body).map(SetLevel::from);
    check_stores(&principal, &lines)?;
    let list = lines.is_list();
    let rows = set_level::set_levels(&inventory, &principal.actor(), lines).await?;
    Ok(Json(Done::of(
        list,
        rows.into_iter().map(LevelView::from).collect(),
    )))
}
