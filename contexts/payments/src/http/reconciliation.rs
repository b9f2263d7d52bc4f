//! The daily comparison with providers.

use crate::day::Day;
use crate::payments::Payments;
use crate::reconcile::Reconciliation;
use axum::extract::State;
use platform::http::{Errors, Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DayParams {
    /// A day in UTC, like `2026-11-20`; left out: yesterday.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-20")]
    pub date: Option<Day>,
}

/// Compare a day with what the providers have, in both directions.
#[utoipa::path(
    get, path = "/v1/payments/reconciliation", tag = "payments", params(DayParams),
    responses((status = 200, description = "Who lacks what", body = Reconciliation), Errors)
)]
pub async fn read_reconciliation(
    State(payments): State<Payments>,
    Query(params): Query<DayParams>,
) -> Result<Json<Reconciliation>, Problem> {
    let yesterday = Day::before(payments.host.source.now());
    let day = params.date.unwrap_or(yesterday);
    let compared = payments.reconcile(day.from(), day.until(), false).await?;
    Ok(Json(compared))
}
