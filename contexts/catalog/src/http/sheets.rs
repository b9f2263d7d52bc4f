//! `/v1/products/import` and `/v1/products/export`: the catalogue as CSV, streamed both ways.

use super::body_reader::{BodyReader, forward};
use crate::catalog::Catalog;
use crate::export_products::Export;
use crate::import_products::import_products as import;
use crate::import_report::{ImportError, ImportOptions, ImportReport};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::ErrorKind;
use platform::http::{Errors, Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

/// How to import.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportParams {
    /// All lines or none: when one fails, the answer is 422 and nothing has changed.
    #[serde(default)]
    atomic: bool,
    /// Make categories that are not there, instead of refusing their lines.
    #[serde(default)]
    create_categories: bool,
}

/// Import products from CSV.
///
/// UTF-8 with a header line; separated by commas, semicolons or tabs. Columns: `sku`, `name`,
/// `description`, `category` (a name), `price`, `currency`, `tags` (`a|b`), `gtin`, `status`,
/// `group_id`, `options` (`size=M|colour=red`), in any order. Only `sku` must be there; a new
/// product needs `name`, `category` and `price`. A known SKU is updated: cells of columns that are
/// there replace what it has, an empty cell empties it. The report says which lines failed and why.
#[utoipa::path(
    post, path = "/v1/products/import", tag = "catalog", params(ImportParams),
    request_body(content = String, content_type = "text/csv",
        example = "sku,name,category,price\nLAMP-1,Lamp,Lights,19.99\n"),
    responses((status = 200, description = "What became of the lines", body = ImportReport), Errors)
)]
pub async fn import_products(
    State(catalog): State<Catalog>,
    Query(params): Query<ImportParams>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ImportReport>, Problem> {
    if !is_csv(&headers) {
        let message = "send the sheet as text/csv";
        return Err(Problem::new(
            ErrorKind::Unsupported,
            "UNSUPPORTED_MEDIA_TYPE",
            message,
        ));
    }
    let ImportParams {
        atomic,
        create_categories,
    } = params;
    let options = ImportOptions {
        atomic,
        create_categories,
    };
    let (sender, reader) = BodyReader::pair();
    let importing = import(&catalog, reader, options, |_| {});
    let (forwarded, imported) = tokio::join!(forward(body, sender), importing);
    match (forwarded, imported) {
        (_, Ok(report)) => Ok(Json(report)),
        // The body says better why it could not be read.
        (Err(problem), Err(ImportError::Sheet(_))) => Err(problem),
        (_, Err(error)) => Err(error.into()),
    }
}

fn is_csv(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/csv")
}

/// Export all products as CSV.
///
/// In the columns of the import, in the order of SKUs. Cells that a spreadsheet would take for a
/// formula begin with `'`, which the import takes off again.
#[utoipa::path(
    get, path = "/v1/products/export", tag = "catalog",
    responses(
        (status = 200, description = "The sheet", body = String, content_type = "text/csv"),
        Errors
    )
)]
pub async fn export_products(State(catalog): State<Catalog>) -> Result<Response, Problem> {
    let mut export = Export::new(&catalog);
    // The first portion is made before the answer begins: until then a failure can be told.
    let first = export.next().await?.unwrap_or_default();
    let rest = futures::stream::try_unfold(export, |mut export| async move {
        Ok(export.next().await?.map(|bytes| (bytes, export)))
    });
    let first = futures::stream::once(async { Ok::<_, platform::DbError>(first) });
    let body = Body::from_stream(futures::StreamExt::chain(first, rest));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"products.csv\""),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}
