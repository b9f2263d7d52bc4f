//! The shape of every report: its rows and how far counting had come, or the rows as a sheet with
//! that in its head.

use crate::calendar::Day;
use crate::read::{AsOf, Table};
use crate::sheet::{self, Sheet};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use platform::http::{Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// When the latest event that a sheet counts occurred.
const AS_OF: HeaderName = HeaderName::from_static("comptoir-as-of");

/// A report.
#[derive(Debug, Serialize, ToSchema)]
pub struct Report<T> {
    #[serde(flatten)]
    pub as_of: AsOf,
    /// The first and the last day it covers; stock is as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub from: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub to: Option<Day>,
    pub items: Vec<T>,
    /// There are more rows than `limit`.
    pub more: bool,
}

impl<T> Report<T> {
    pub fn of(table: Table<T>, days: Option<(Day, Day)>) -> Self {
        Self {
            as_of: table.as_of,
            from: days.map(|(from, _)| from),
            to: days.map(|(_, to)| to),
            items: table.rows,
            more: table.more,
        }
    }
}

/// Answers as the caller wishes.
pub fn answer<T: Sheet + Serialize>(
    headers: &HeaderMap,
    table: Table<T>,
    days: (Day, Day),
) -> Result<Response, Problem> {
    match wants_csv(headers) {
        true => csv(&table),
        false => Ok(Json(Report::of(table, Some(days))).into_response()),
    }
}

/// The rows as a sheet.
pub fn csv<T: Sheet>(table: &Table<T>) -> Result<Response, Problem> {
    let lines = sheet::lines(&table.rows).map_err(Problem::bug)?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let mut response = ([(header::CONTENT_TYPE, kind)], lines).into_response();
    let as_of = table
        .as_of
        .as_of
        .map(|at| HeaderValue::from_str(&at.to_string()));
    if let Some(as_of) = as_of.transpose().map_err(Problem::bug)? {
        response.headers_mut().insert(AS_OF, as_of);
    }
    Ok(response)
}

/// Whether CSV is named in `Accept`, before JSON.
pub fn wants_csv(headers: &HeaderMap) -> bool {
    let accept = headers.get_all(header::ACCEPT).iter();
    let kinds = accept.filter_map(|value| value.to_str().ok());
    let mut kinds = kinds
        .flat_map(|value| value.split(','))
        .map(|kind| kind.split(';').next().unwrap_or_default().trim());
    let first = kinds.find(|kind| ["text/csv", "application/json"].contains(kind));
    first == Some("text/csv")
}
