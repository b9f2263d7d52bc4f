//! Sales that wait, for administrators: the list, one with its history, another try.

use super::Orders;
use crate::saga::State;
use crate::sagas::{self, SagaDetail, SagaView};
use axum::extract;
use kernel::{Cursor, Limit, OrderId, Page};
use platform::http::{Errors, Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which sales.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SagaParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Left out: all that are not done.
    pub state: Option<State>,
}

/// List sales that wait for something, newest first; `?state=stuck` for those that need help.
#[utoipa::path(
    get, path = "/v1/sagas", tag = "sagas", params(SagaParams),
    responses((status = 200, description = "A page of sales", body = Page<SagaView>), Errors)
)]
pub async fn list_sagas(
    extract::State(orders): extract::State<Orders>,
    Query(params): Query<SagaParams>,
) -> Result<Json<Page<SagaView>>, Problem> {
    let cursor = params.cursor.as_ref();
    let after = cursor.map(Cursor::read::<OrderId>).transpose()?;
    let page = sagas::list_sagas(&orders.host, params.state, after, params.limit).await?;
    Ok(Json(page))
}

/// Explain a sale: what it waits for, and what was heard of it.
#[utoipa::path(
    get, path = "/v1/sagas/{id}", tag = "sagas",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The sale", body = SagaDetail), Errors)
)]
pub async fn read_saga(
    extract::State(orders): extract::State<Orders>,
    Path(id): Path<OrderId>,
) -> Result<Json<SagaDetail>, Problem> {
    Ok(Json(sagas::explain_saga(&orders.host, id).await?))
}

/// Try a sale again: it gets its whole time once more, and what it waits for is asked for anew.
#[utoipa::path(
    post, path = "/v1/sagas/{id}/retry", tag = "sagas",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The sale as it is now", body = SagaDetail), Errors)
)]
pub async fn retry_saga(
    extract::State(orders): extract::State<Orders>,
    Path(id): Path<OrderId>,
) -> Result<Json<SagaDetail>, Problem> {
    Ok(Json(sagas::retry_saga(&orders.host, id).await?))
}
