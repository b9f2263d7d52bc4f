//! Restocks and transfers.

use super::body::{Done, OneOrMany};
use super::check_stores;
use super::views::RecordedView;
use crate::lines::{Lines, path};
use crate::moving::Inventory;
use crate::restock::{self, Restock};
use crate::stock::Place;
use crate::transfer::{self, Transfer, Transferred};
use axum::extract::State;
use kernel::{Currency, Fault as _, MoneyInput, ProductId, Quantity, StoreId, Text, TransferId};
use platform::http::{Errors, Json, Principal, Problem, WithTagAndLocation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Goods that came in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestockInput {
    product_id: ProductId,
    store_id: StoreId,
    quantity: Quantity,
    /// Why, for the ledger.
    reason: Option<Text<200>>,
    /// Your own reference: a delivery note, a purchase order.
    reference: Option<Text<100>>,
    /// What one piece cost.
    unit_cost: Option<MoneyInput>,
}

/// Pieces that change stores.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferInput {
    product_id: ProductId,
    source_store_id: StoreId,
    target_store_id: StoreId,
    quantity: Quantity,
    /// Why, for the ledger.
    reason: Option<Text<200>>,
    /// Your own reference.
    reference: Option<Text<100>>,
}

/// A transfer that was made, with both its sides.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TransferView {
    id: TransferId,
    product_id: ProductId,
    source_store_id: StoreId,
    target_store_id: StoreId,
    quantity: i64,
    source: RecordedView,
    target: RecordedView,
}

impl From<TransferInput> for Transfer {
    fn from(input: TransferInput) -> Self {
        Self {
            product: input.product_id,
            source: input.source_store_id,
            target: input.target_store_id,
            quantity: input.quantity,
            reason: input.reason.map(Text::into_string),
            document: input.reference.map(Text::into_string),
        }
    }
}

impl From<Transferred> for TransferView {
    fn from(made: Transferred) -> Self {
        let (source, target) = (RecordedView::from(made.out), RecordedView::from(made.into));
        Self {
            id: made.id,
            product_id: source.movement.product_id,
            source_store_id: source.movement.store_id,
            target_store_id: target.movement.store_id,
            quantity: source.movement.quantity,
            source,
            target,
        }
    }
}

/// Receives goods.
///
/// One line or several, all or none.
#[utoipa::path(post, path = "/v1/inventory/restocks", operation_id = "restock",
    tag = "Inventory",
    request_body = OneOrMany<RestockInput>,
    responses(
        (status = 201, description = "The movements, with the levels after all of them",
            body = Done<RecordedView>),
        Errors))]
pub async fn restock(
    State(inventory): State<Inventory>,
    principal: Principal,
    Json(body): Json<OneOrMany<RestockInput>>,
) -> Result<WithTagAndLocation, Problem> {
    let list = matches!(body, OneOrMany::Many(_));
    let views = receive(&inventory, &principal, body).await?;
    Ok(Done::of(list, views).created(RecordedView::location))
}

/// Receives goods, whichever way the caller says so.
pub async fn receive(
    inventory: &Inventory,
    principal: &Principal,
    body: OneOrMany<RestockInput>,
) -> Result<Vec<RecordedView>, Problem> {
    let body = Lines::from(body);
    let (shop, list) = (inventory.host.settings.currency, body.is_list());
    let lines = body.try_map(|nth, input| {
        let refused = |(code, message)| bad_cost(path(list, nth, "unit_cost"), code, message);
        priced(input, shop).map_err(refused)
    })?;
    check_stores(principal, &lines)?;
    let recorded = restock::restock(inventory, &principal.actor(), lines).await?;
    Ok(recorded.into_iter().map(RecordedView::from).collect())
}

fn priced(input: RestockInput, shop: Currency) -> Result<Restock, (&'static str, String)> {
    let unit_cost = input
        .unit_cost
        .map(|cost| cost.in_currency(shop))
        .transpose();
    let unit_cost = unit_cost.map_err(|error| (error.code(), error.to_string()))?;
    if unit_cost.is_some_and(|cost| cost.minor() < 0) {
        return Err(("NEGATIVE_AMOUNT", "a cost is not negative".to_owned()));
    }
    Ok(Restock {
        place: Place {
            product: input.product_id,
            store: input.store_id,
        },
        quantity: input.quantity,
        reason: input.reason.map(Text::into_string),
        document: input.reference.map(Text::into_string),
        unit_cost,
    })
}

fn bad_cost(path: String, code: &'static str, message: String) -> Problem {
    Problem::invalid("unit_cost is not a cost").detail(path, code, message)
}

/// Moves pieces from one store to another.
///
/// One line or several, all or none. What is reserved in the source stays.
#[utoipa::path(post, path = "/v1/inventory/transfers", operation_id = "transfer_stock",
    tag = "Inventory",
    request_body = OneOrMany<TransferInput>,
    responses(
        (status = 201, description = "The transfers, with the levels after all of them",
            body = Done<TransferView>),
        Errors))]
pub async fn transfer(
    State(inventory): State<Inventory>,
    principal: Principal,
    Json(body): Json<OneOrMany<TransferInput>>,
) -> Result<WithTagAndLocation, Problem> {
    let lines = Lines::from(body).map(Transfer::from);
    check_stores(&principal, &lines)?;
    let list = lines.is_list();
    let made = transfer::transfer(&inventory, &principal.actor(), lines).await?;
    let views = made.into_iter().map(TransferView::from).collect();
    let location = |made: &TransferView| format!("/v1/inventory/movements?reference={}", made.id);
    Ok(Done::of(list, views).created(location))
}
