//! What lies in the stores.

use super::answer::{Report, csv, wants_csv};
use super::params::StockParams;
use crate::read;
use crate::views::{StockLevel, StoreStock};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use platform::Host;
use platform::auth::Principal;
use platform::http::{Errors, Json, Problem, Query};
use serde::Serialize;
use utoipa::ToSchema;

/// What lies in the stores: in all, and product by product.
#[derive(Debug, Serialize, ToSchema)]
pub struct StockOverview {
    #[serde(flatten)]
    pub report: Report<StockLevel>,
    pub stores: Vec<StoreStock>,
}

/// Read what lies in the stores, what is worth most first.
///
/// The value is that of what is on hand, at today's prices. A sheet has the products only.
#[utoipa::path(
    get, path = "/v1/reports/stock-overview", tag = "reports", params(StockParams),
    responses(
        (status = 200, description = "Levels, and sums of stores", content(
            (StockOverview = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_stock_overview(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<StockParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.asked(&host, &principal)?;
    let (table, stores) = read::stock_overview(&host, &asked).await?;
    if wants_csv(&headers) {
        return csv(&table);
    }
    let report = Report::of(table, None);
    Ok(Json(StockOverview { report, stores }).into_response())
}

/// Read what is at or below its threshold, what lacks most first.
#[utoipa::path(
    get, path = "/v1/reports/low-stock", tag = "reports", params(StockParams),
    responses(
        (status = 200, description = "Levels", content(
            (Report<StockLevel> = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_low_stock(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<StockParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.asked(&host, &principal)?;
    let table = read::low_stock(&host, &asked).await?;
    match wants_csv(&headers) {
        true => csv(&table),
        false => Ok(Json(Report::of(table, None)).into_response()),
    }
}
