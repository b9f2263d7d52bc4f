//! Adjustments.

use super::body::{Change, Done, OneOrMany};
use super::check_stores;
use super::views::RecordedView;
use crate::adjust::{self, Adjustment};
use crate::lines::Lines;
use crate::moving::Inventory;
use crate::stock::Place;
use axum::extract::State;
use kernel::{ProductId, StoreId, Text};
use platform::http::{Errors, Json, Principal, Problem, WithTagAndLocation};
use serde::Deserialize;
use utoipa::ToSchema;

/// A difference to what is on hand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentInput {
    product_id: ProductId,
    store_id: StoreId,
    /// More or less than there was.
    quantity: Change,
    /// Why, for the ledger.
    reason: Text<200>,
    /// Your own reference: a count sheet, an incident.
    reference: Option<Text<100>>,
}

impl From<AdjustmentInput> for Adjustment {
    fn from(input: AdjustmentInput) -> Self {
        Self {
            place: Place {
                product: input.product_id,
                store: input.store_id,
            },
            pieces: input.quantity.get(),
            reason: input.reason.into_string(),
            document: input.reference.map(Text::into_string),
        }
    }
}

/// Corrects what is on hand by a difference.
///
/// One line or several, all or none. What is reserved stays.
#[utoipa::path(post, path = "/v1/inventory/adjustments", operation_id = "adjust_stock",
    tag = "Inventory",
    request_body = OneOrMany<AdjustmentInput>,
    responses(
        (status = 201, description = "The movements, with the levels after all of them",
            body = Done<RecordedView>),
        Errors))]
pub async fn adjust(
    State(inventory): State<Inventory>,
    principal: Principal,
    Json(body): Json<OneOrMany<AdjustmentInput>>,
) -> Result<WithTagAndLocation, Problem> {
    let lines = Lines::from(body).map(Adjustment::from);
    check_stores(&principal, &lines)?;
    let list = lines.is_list();
    let recorded = adjust::adjust(&inventory, &principal.actor(), lines).await?;
    let views = recorded.into_iter().map(RecordedView::from).collect();
    Ok(Done::of(list, views).created(RecordedView::location))
}
