//! `/v1/products/{id}/prices`.

use super::product_shapes::money;
use crate::catalog::Catalog;
use crate::refused::ProductError;
use crate::set_price::{self, PriceSet};
use crate::store::{prices, products};
use axum::extract::State;
use kernel::{Cursor, Limit, Money, MoneyInput, Page, ProductId, Timestamp};
use platform::http::{Created, Errors, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A price of a product: one that was, one that is, or one that is planned.
#[derive(Serialize, ToSchema)]
#[schema(as = Price)]
pub struct PriceView {
    price: Money,
    /// Since when it is in force, or will be.
    effective_at: Timestamp,
    status: PriceStatus,
    created_at: Timestamp,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PriceStatus {
    /// Comes into force at `effective_at`, within a minute.
    Planned,
    /// In force.
    Current,
    /// Was in force, or was overtaken by another before it could be.
    Past,
}

/// A new price.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceInput {
    /// Greater than zero, in the shop's currency.
    price: MoneyInput,
    /// Left out: now. A price that is planned for the same instant is replaced.
    effective_at: Option<Timestamp>,
}

/// Which prices to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PriceParams {
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    #[param(inline)]
    cursor: Option<Cursor>,
    /// Adds `total`, the number of all prices of the product.
    #[serde(default)]
    count: bool,
}

/// List the prices of a product, the latest first.
#[utoipa::path(
    get, path = "/v1/products/{id}/prices", tag = "catalog",
    params(("id" = ProductId, Path), PriceParams),
    responses((status = 200, description = "A page", body = Page<PriceView>), Errors)
)]
pub async fn list_prices(
    State(catalog): State<Catalog>,
    Path(id): Path<ProductId>,
    Query(params): Query<PriceParams>,
) -> Result<Json<Page<PriceView>>, Problem> {
    let before = params
        .cursor
        .map(|cursor| cursor.read::<i64>())
        .transpose()?;
    let before = before.map(Timestamp::from_unix_micros);
    let mut tx = catalog.host.db.read().await?;
    let shown = products::find(&mut tx, id)
        .await?
        .ok_or(ProductError::NotFound)?;
    let rows = prices::history(&mut tx, id, before, params.limit.get() + 1).await?;
    let total = match params.count {
        true => Some(prices::count(&mut tx, id).await?),
        false => None,
    };
    let key = |row: &prices::Price| Cursor::of(&row.effective_at.unix_micros());
    let page = Page::cut(rows, params.limit, key).with_total(total);
    Ok(Json(page.map(|price| view(price, shown.product.priced_at))))
}

/// Set a price, from now on or from a moment in the future on.
#[utoipa::path(
    post, path = "/v1/products/{id}/prices", tag = "catalog",
    params(("id" = ProductId, Path)), request_body = PriceInput,
    responses((status = 201, description = "Set or planned", body = PriceView), Errors)
)]
pub async fn set_price(
    State(catalog): State<Catalog>,
    Path(id): Path<ProductId>,
    Json(input): Json<PriceInput>,
) -> Result<Created<PriceView>, Problem> {
    let money = money(input.price, catalog.host.settings.currency)?;
    let set = set_price::set_price(&catalog, id, money, input.effective_at).await?;
    let PriceSet { price, product } = set;
    let location = format!("/v1/products/{id}/prices");
    let body = view(price, product.priced_at);
    Ok(Created {
        location,
        version: product.version,
        body,
    })
}

fn view(price: prices::Price, priced_at: Timestamp) -> PriceView {
    let status = match price.applied {
        false => PriceStatus::Planned,
        true if price.effective_at == priced_at => PriceStatus::Current,
        true => PriceStatus::Past,
    };
    let prices::Price {
        money,
        effective_at,
        created_at,
        ..
    } = price;
    PriceView {
        price: money,
        effective_at,
        status,
        created_at,
    }
}
