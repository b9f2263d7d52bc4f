//! What was sold, and to whom.

use super::answer::{Report, answer};
use super::params::{PeriodParams, SalesParams};
use crate::read;
use crate::views::{AverageBasket, BestSeller, HighestSpender, SalesGroup};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use platform::Host;
use platform::auth::Principal;
use platform::http::{Errors, Problem, Query};

/// Read which products sold best: most pieces first, less those that came back.
///
/// An order counts from the moment it is placed, on that day; one that is cancelled counts nowhere.
/// Goods that come back count on the day they did. `Accept: text/csv` answers a sheet, with `as_of`
/// in the header `Comptoir-As-Of`.
#[utoipa::path(
    get, path = "/v1/reports/best-sellers", tag = "reports", params(PeriodParams),
    responses(
        (status = 200, description = "The best first", content(
            (Report<BestSeller> = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_best_sellers(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<PeriodParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.asked(&host, &principal)?;
    let table = read::best_sellers(&host, &asked).await?;
    answer(&headers, table, (asked.from, asked.to))
}

/// Read which clients spent most, less what came back; currency by currency.
#[utoipa::path(
    get, path = "/v1/reports/highest-spenders", tag = "reports", params(PeriodParams),
    responses(
        (status = 200, description = "The highest first", content(
            (Report<HighestSpender> = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_highest_spenders(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<PeriodParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.asked_of_orders(&host, &principal)?;
    let table = read::highest_spenders(&host, &asked).await?;
    answer(&headers, table, (asked.from, asked.to))
}

/// Read sales by day, month, store, category, employee or country.
#[utoipa::path(
    get, path = "/v1/reports/sales", tag = "reports", params(SalesParams),
    responses(
        (status = 200, description = "In the order of their keys", content(
            (Report<SalesGroup> = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_sales(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<SalesParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (by, asked) = params.asked(&host, &principal)?;
    let table = read::sales_by(&host, by, &asked).await?;
    answer(&headers, table, (asked.from, asked.to))
}

/// Read what an order is worth on average.
#[utoipa::path(
    get, path = "/v1/reports/average-basket", tag = "reports", params(PeriodParams),
    responses(
        (status = 200, description = "A row a currency", content(
            (Report<AverageBasket> = "application/json"), (String = "text/csv"))),
        Errors,
    )
)]
pub async fn read_average_basket(
    State(host): State<Host>,
    principal: Principal,
    Query(params): Query<PeriodParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = params.asked_of_orders(&host, &principal)?;
    let table = read::average_basket(&host, &asked).await?;
    answer(&headers, table, (asked.from, asked.to))
}
