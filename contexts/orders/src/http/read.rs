//! Reading orders: one, and lists.

use super::{Orders, may_see};
use crate::cart::checkout::shipping_address;
use crate::error::OrderError;
use crate::order::{Status, parse_number};
use crate::store::{self, After, Filter, Sort};
use crate::view::{OrderDetail, OrderView};
use axum::extract::State;
use kernel::{ClientId, Cursor, EmployeeId, Limit, OrderId, Page, StoreId, Timestamp};
use platform::Host;
use platform::auth::Principal;
use platform::http::{Errors, Json, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// Which orders, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    pub count: bool,
    pub sort: Option<SortParam>,
    pub status: Option<Status>,
    pub client_id: Option<ClientId>,
    pub employee_id: Option<EmployeeId>,
    pub store_id: Option<StoreId>,
    /// Placed at or after.
    pub placed_from: Option<Timestamp>,
    /// Placed before.
    pub placed_to: Option<Timestamp>,
    /// `ORD-2026-000042`, or `42`.
    pub number: Option<String>,
}

/// How a list is sorted; `-` is descending.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub enum SortParam {
    #[serde(rename = "-created_at")]
    Newest,
    #[serde(rename = "created_at")]
    Oldest,
    /// Placed orders only.
    #[serde(rename = "-placed_at")]
    LastPlaced,
    /// Placed orders only.
    #[serde(rename = "placed_at")]
    FirstPlaced,
}

/// List orders: staff see all (of their stores), customers their own.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders", params(ListParams),
    responses((status = 200, description = "A page of orders", body = Page<OrderView>), Errors)
)]
pub async fn list_orders(
    State(orders): State<Orders>,
    principal: Principal,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<OrderView>>, Problem> {
    page(&orders.host, &principal, &params).await.map(Json)
}

/// A page of what this caller may see, for every way of asking.
pub async fn page(
    host: &Host,
    principal: &Principal,
    params: &ListParams,
) -> Result<Page<OrderView>, Problem> {
    let filter = filter(params, principal)?;
    let sort = params.sort.map_or(Sort::Newest, Sort::from);
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<After>)
        .transpose()?;
    let mut tx = host.db.read().await?;
    let total = match params.count {
        true => Some(store::count(&mut tx, &filter).await?),
        false => None,
    };
    let rows = store::list(&mut tx, &filter, sort, after, params.limit).await?;
    let key = |order: &crate::order::Order| {
        Cursor::of(&After {
            id: order.id,
            placed_at: order.placed_at,
        })
    };
    let page = Page::cut(rows, params.limit, key).with_total(total);
    Ok(page.map(|order| OrderView::from(&order)))
}

/// Read an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "orders",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The order", body = OrderDetail), Errors)
)]
pub async fn read_order(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
) -> Result<Tagged<OrderDetail>, Problem> {
    let mut tx = orders.host.db.read().await?;
    let order = store::find(&mut tx, id)
        .await?
        .ok_or(OrderError::NotFound)?;
    may_see(&principal, &order)?;
    let shipping_address = shipping_address(&mut tx, &orders.host, &order).await?;
    Ok(Tagged {
        version: order.version,
        body: OrderDetail {
            order: OrderView::from(&order),
            shipping_address,
        },
    })
}

pub fn filter(params: &ListParams, principal: &Principal) -> Result<Filter, Problem> {
    let serial = params.number.as_deref().map(|text| {
        let message = "a number looks like ORD-2026-000042";
        let wrong = || Problem::invalid(message).detail("number", "INVALID_NUMBER", message);
        parse_number(text).ok_or_else(wrong)
    });
    let client_id = match principal.is_staff() {
        true => params.client_id,
        false
            if params
                .client_id
                .is_some_and(|id| id != principal.client_id()) =>
        {
            return Err(Problem::forbidden());
        }
        false => Some(principal.client_id()),
    };
    Ok(Filter {
        status: params.status,
        client_id,
        employee_id: params.employee_id,
        store_id: params.store_id,
        only_stores: principal
            .only_stores()
            .filter(|_| principal.is_staff())
            .map(<[_]>::to_vec),
        placed_from: params.placed_from,
        placed_to: params.placed_to,
        serial: serial.transpose()?,
    })
}

impl From<SortParam> for Sort {
    fn from(param: SortParam) -> Self {
        match param {
            SortParam::Newest => Self::Newest,
            SortParam::Oldest => Self::Oldest,
            SortParam::LastPlaced => Self::LastPlaced,
            SortParam::FirstPlaced => Self::FirstPlaced,
        }
    }
}
