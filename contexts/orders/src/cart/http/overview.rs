//! Carts as the shop's people see them: by id, added up.

use crate::cart::Carts;
use crate::cart::overview::{Asked, list, summary};
use crate::cart::view::{CartEntryView, CartSummaryView};
use axum::extract::State;
use kernel::{CartId, Cursor, Limit, Page, ProductId};
use platform::http::{Errors, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which carts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CartParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    pub count: bool,
    /// Only those that hold this product.
    pub product_id: Option<ProductId>,
}

/// Where a page ended.
#[derive(Serialize, Deserialize)]
struct After {
    id: CartId,
}

/// List carts that hold something, the newest first
#[utoipa::path(
    get, path = "/v1/carts", tag = "carts", params(CartParams),
    responses((status = 200, description = "A page of carts", body = Page<CartEntryView>), Errors)
)]
pub async fn list_carts(
    State(carts): State<Carts>,
    Query(params): Query<CartParams>,
) -> Result<Json<Page<CartEntryView>>, Problem> {
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<After>)
        .transpose()?;
    let asked = Asked {
        product: params.product_id,
        after: after.map(|after| after.id),
        limit: params.limit,
        count: params.count,
    };
    let (entries, total) = list(&carts, asked).await?;
    let key = |entry: &crate::cart::overview::Entry| Cursor::of(&After { id: entry.cart.id });
    let page = Page::cut(entries, params.limit, key).with_total(total);
    let (shop, by_product) = (carts.host.settings.currency, params.product_id.is_some());
    Ok(Json(
        page.map(|entry| CartEntryView::of(&entry, by_product, shop)),
    ))
}

/// Add all carts up
#[utoipa::path(
    get, path = "/v1/carts/summary", tag = "carts",
    responses((status = 200, description = "What is in them", body = CartSummaryView), Errors)
)]
pub async fn summarize_carts(State(carts): State<Carts>) -> Result<Json<CartSummaryView>, Problem> {
    let summary = summary(&carts).await?;
    Ok(Json(CartSummaryView::of(
        &summary,
        carts.host.settings.currency,
    )))
}
