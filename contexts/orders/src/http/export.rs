//! `GET /v1/orders/export`: orders as CSV, streamed.

use super::Orders;
use super::read::ListParams;
use crate::export::Export;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use platform::auth::Principal;
use platform::http::{Errors, Problem, Query};

/// Export orders as CSV, a row a line; takes the filters of the list.
#[utoipa::path(
    get, path = "/v1/orders/export", tag = "orders", params(ListParams),
    responses(
        (status = 200, description = "The sheet", body = String, content_type = "text/csv"),
        Errors,
    )
)]
pub async fn export_orders(
    State(orders): State<Orders>,
    principal: Principal,
    Query(params): Query<ListParams>,
) -> Result<Response, Problem> {
    let filter = super::read::filter(&params, &principal)?;
    let export = Export::new(&orders.host, filter);
    let portions = futures::stream::try_unfold(export, |mut export| async move {
        let portion = export.next().await?;
        Ok::<_, platform::DbError>(portion.map(|bytes| (Bytes::from(bytes), export)))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"orders.csv\"",
        ),
    ];
    Ok((headers, Body::from_stream(portions)).into_response())
}
