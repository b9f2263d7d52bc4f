//! `/v1/employees`: staff read, managers write.

use super::employee_shapes::{EmployeeInput, EmployeePatch, EmployeeQuery, EmployeeView};
use super::lists;
use crate::employee::{Card, CardPatch, Employee};
use crate::{
    archive_employee as archive, change_employee as change, create_employee as create,
    read_employees as read,
};
use axum::extract::State;
use kernel::{EmployeeId, Page};
use platform::Host;
use platform::http::{
    Created, Errors, IfMatch, Json, NoContent, Path, Principal, Problem, Query, Tagged,
};

fn tagged(employee: Employee) -> Tagged<EmployeeView> {
    Tagged {
        version: employee.version,
        body: employee.into(),
    }
}

/// List employees
#[utoipa::path(
    get, path = "/v1/employees", tag = "employees", operation_id = "list_employees",
    params(EmployeeQuery),
    responses(
        (status = 200, description = "A page of employees", body = Page<EmployeeView>),
        Errors)
)]
pub(super) async fn list_employees(
    State(host): State<Host>,
    Query(query): Query<EmployeeQuery>,
) -> Result<Json<Page<EmployeeView>>, Problem> {
    let limit = query.limit;
    let part = lists::part(query.sort, limit, query.cursor.as_ref())?;
    let (employees, total) = read::list_employees(&host, query.into(), part).await?;
    let page = Page::cut(employees, limit, |one| {
        lists::place(one.created_at, one.id.uuid())
    });
    Ok(Json(page.with_total(total).map(EmployeeView::from)))
}

/// Enter an employee
///
/// 422 `UNKNOWN_STORE` when there is no such store, 409 `DUPLICATE_USER` when the login is another
/// employee's. Managers limited to stores: only for those (403 `STORE_NOT_ALLOWED`).
#[utoipa::path(
    post, path = "/v1/employees", tag = "employees", operation_id = "create_employee",
    request_body = EmployeeInput,
    responses(
        (status = 201, description = "The new employee", body = EmployeeView),
        Errors)
)]
pub(super) async fn create_employee(
    State(host): State<Host>,
    principal: Principal,
    Json(input): Json<EmployeeInput>,
) -> Result<Created<EmployeeView>, Problem> {
    let employee = create::create_employee(&host, &principal, input.into()).await?;
    let location = format!("/v1/employees/{}", employee.id);
    Ok(Created {
        location,
        version: employee.version,
        body: employee.into(),
    })
}

/// Read an employee
#[utoipa::path(
    get, path = "/v1/employees/{id}", tag = "employees", operation_id = "read_employee",
    params(("id" = EmployeeId, Path, description = "The employee")),
    responses(
        (status = 200, description = "The employee", body = EmployeeView),
        Errors)
)]
pub(super) async fn read_employee(
    State(host): State<Host>,
    Path(id): Path<EmployeeId>,
) -> Result<Tagged<EmployeeView>, Problem> {
    Ok(tagged(read::find_employee(&host, id).await?))
}

/// Replace an employee's fields
///
/// Refusals as for POST, and 409 `EMPLOYEE_ARCHIVED`. A store that stays the same may have been
/// archived meanwhile.
#[utoipa::path(
    put, path = "/v1/employees/{id}", tag = "employees", operation_id = "replace_employee",
    params(("id" = EmployeeId, Path, description = "The employee"), IfMatch),
    request_body = EmployeeInput,
    responses(
        (status = 200, description = "The employee after the change", body = EmployeeView),
        Errors)
)]
pub(super) async fn replace_employee(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<EmployeeId>,
    if_match: IfMatch,
    Json(input): Json<EmployeeInput>,
) -> Result<Tagged<EmployeeView>, Problem> {
    let card = Card::from(input);
    let replace = |_: &Card| Ok(card);
    let employee = change::change_employee(&host, &principal, id, &if_match, replace).await?;
    Ok(tagged(employee))
}

/// Change some of an employee's fields
///
/// A JSON merge patch. The name cannot be taken away. Refusals as for PUT.
#[utoipa::path(
    patch, path = "/v1/employees/{id}", tag = "employees", operation_id = "patch_employee",
    params(("id" = EmployeeId, Path, description = "The employee"), IfMatch),
    request_body = EmployeePatch,
    responses(
        (status = 200, description = "The employee after the change", body = EmployeeView),
        Errors)
)]
pub(super) async fn patch_employee(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<EmployeeId>,
    if_match: IfMatch,
    Json(patch): Json<EmployeePatch>,
) -> Result<Tagged<EmployeeView>, Problem> {
    let patch = CardPatch::from(patch);
    let apply = |old: &Card| patch.apply(old);
    let employee = change::change_employee(&host, &principal, id, &if_match, apply).await?;
    Ok(tagged(employee))
}

/// Archive an employee
///
/// The employee leaves the lists and frees the login; orders keep who served them.
#[utoipa::path(
    delete, path = "/v1/employees/{id}", tag = "employees", operation_id = "archive_employee",
    params(("id" = EmployeeId, Path, description = "The employee"), IfMatch),
    responses((status = 204, description = "The employee is archived"), Errors)
)]
pub(super) async fn archive_employee(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<EmployeeId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    archive::archive_employee(&host, &principal, id, &if_match).await?;
    Ok(NoContent)
}
