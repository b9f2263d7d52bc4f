//! `GET /v1/orders/export`: orders as CSV or JSON, streamed.

use super::Orders;
use super::read::ListParams;
use crate::export::{Export, Form};
use crate::view::OrderView;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use futures::stream::{self, StreamExt as _};
use platform::auth::Principal;
use platform::http::{Errors, Problem, Query};

/// Export orders, the oldest first; takes the filters of the list.
///
/// As CSV, a row a line of an order, whose cells a spreadsheet never takes for a formula. With
/// `Accept: application/json` as one array, written an order a line, however long it gets.
#[utoipa::path(
    get, path = "/v1/orders/export", tag = "orders", params(ListParams),
    responses(
        (status = 200, description = "The sheet, or the list", content(
            (String = "text/csv"), (Vec<OrderView> = "application/json"))),
        Errors,
    )
)]
pub async fn export_orders(
    State(orders): State<Orders>,
    principal: Principal,
    Query(params): Query<ListParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = super::read::filter(&params, &principal)?;
    let (form, kind, disposition) = match wants_json(&headers) {
        true => (
            Form::List,
            "application/json",
            "attachment; filename=\"orders.json\"",
        ),
        false => (
            Form::Sheet,
            "text/csv; charset=utf-8",
            "attachment; filename=\"orders.csv\"",
        ),
    };
    let mut export = Export::new(&orders.host, filter, form);
    // The first portion is made before the answer begins: until then a failure can be told.
    let first = export.next().await?.unwrap_or_default();
    let rest = stream::try_unfold(export, |mut export| async move {
        Ok(export.next().await?.map(|bytes| (bytes, export)))
    });
    let first = stream::once(async { Ok::<_, platform::DbError>(first) });
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(first.chain(rest))).into_response())
}

/// Whether JSON is named in `Accept`, before CSV.
fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter();
    let kinds = accept.filter_map(|value| value.to_str().ok());
    let mut kinds = kinds
        .flat_map(|value| value.split(','))
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let first = kinds.find(|kind| ["text/csv", "application/json"].contains(kind));
    first == Some("application/json")
}
