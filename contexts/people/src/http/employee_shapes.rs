//! Requests and answers about employees, as they look on the wire.

use crate::employee::{Card, CardPatch, Employee};
use crate::http::lists::Sort;
use crate::read_employees::EmployeeSearch;
use kernel::{Cursor, EmployeeId, Limit, Name, StoreId, Timestamp, UserId};
use platform::http::Patch;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// An employee.
#[derive(Serialize, ToSchema)]
pub(super) struct EmployeeView {
    pub id: EmployeeId,
    #[schema(required, example = "Ben Tremblay")]
    pub name: Option<String>,
    #[schema(required, example = "Store manager")]
    pub position: Option<String>,
    /// The home store.
    #[schema(required)]
    pub store_id: Option<StoreId>,
    /// The login.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// Has left: out of lists, cannot be changed.
    pub archived: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Employee> for EmployeeView {
    fn from(employee: Employee) -> Self {
        let Card {
            name,
            position,
            store_id,
            user_id,
        } = employee.card;
        Self {
            id: employee.id,
            name,
            position,
            store_id,
            user_id,
            archived: employee.archived,
            created_at: employee.created_at,
            updated_at: employee.updated_at,
        }
    }
}

/// A new employee, or all of an employee's fields anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmployeeInput {
    #[schema(example = "Ben Tremblay")]
    name: Name,
    #[schema(example = "Store manager")]
    position: Option<Name>,
    /// The home store: known and not archived.
    store_id: Option<StoreId>,
    /// The login: of no other employee who is not archived.
    user_id: Option<UserId>,
}

impl From<EmployeeInput> for Card {
    fn from(input: EmployeeInput) -> Self {
        Self {
            name: Some(input.name.into_string()),
            position: input.position.map(Name::into_string),
            store_id: input.store_id,
            user_id: input.user_id,
        }
    }
}

/// Those of an employee's fields that change; `null` takes away all but the name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmployeePatch {
    #[serde(default)]
    #[schema(value_type = Name, required = false)]
    name: Patch<Name>,
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    position: Patch<Name>,
    #[serde(default)]
    #[schema(value_type = Option<StoreId>)]
    store_id: Patch<StoreId>,
    #[serde(default)]
    #[schema(value_type = Option<UserId>)]
    user_id: Patch<UserId>,
}

impl From<EmployeePatch> for CardPatch {
    fn from(patch: EmployeePatch) -> Self {
        let EmployeePatch {
            name,
            position,
            store_id,
            user_id,
        } = patch;
        Self {
            name,
            position,
            store_id,
            user_id,
        }
    }
}

/// Which employees to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EmployeeQuery {
    /// How many at most.
    #[serde(default)]
    pub limit: Limit,
    /// `next_cursor` of the page before.
    pub cursor: Option<Cursor>,
    /// Whether to count all pages' employees in `total`.
    #[serde(default)]
    count: bool,
    /// The order.
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
    /// Those whose home is this store.
    store_id: Option<StoreId>,
    /// The one with this login.
    user_id: Option<UserId>,
    /// Whole words of the name, all of them, in any case and order. Names are sealed, so that parts
    /// of words find nothing.
    q: Option<Name>,
    /// The archived employees instead of the others.
    #[serde(default)]
    archived: bool,
}

impl From<EmployeeQuery> for EmployeeSearch {
    fn from(query: EmployeeQuery) -> Self {
        Self {
            archived: query.archived,
            store_id: query.store_id,
            user_id: query.user_id,
            name: query.q.map(Name::into_string),
            count: query.count,
        }
    }
}
