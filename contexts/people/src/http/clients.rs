//! `/v1/clients`: staff handle all of them, customers their own; another's is a 404.

use super::client_shapes::{ClientExport, ClientInput, ClientPatch, ClientQuery, ClientView};
use super::lists;
use crate::client::{Client, Profile, ProfilePatch};
use crate::export_client::Sources;
use crate::link_client::Login;
use crate::{
    archive_client as archive, change_client as change, create_client as create,
    erase_client as erase, export_client as export, read_clients as read,
};
use axum::extract::State;
use kernel::{ClientId, Page};
use platform::Host;
use platform::auth::PrincipalKind;
use platform::http::{
    Created, Errors, IfMatch, Json, NoContent, Path, Principal, Problem, Query, Tagged,
};

/// Staff may see everybody, a user the client that the user is.
fn check_own(principal: &Principal, id: ClientId) -> Result<(), Problem> {
    let own = principal.kind == PrincipalKind::User && principal.client_id() == id;
    if own || principal.is_staff() {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

fn tagged(client: Client) -> Tagged<ClientView> {
    Tagged {
        version: client.version,
        body: client.into(),
    }
}

/// List clients
#[utoipa::path(
    get, path = "/v1/clients", tag = "clients", operation_id = "list_clients",
    params(ClientQuery),
    responses((status = 200, description = "A page of clients", body = Page<ClientView>), Errors)
)]
pub(super) async fn list_clients(
    State(host): State<Host>,
    Query(query): Query<ClientQuery>,
) -> Result<Json<Page<ClientView>>, Problem> {
    let limit = query.limit;
    let part = lists::part(query.sort, limit, query.cursor.as_ref())?;
    let (clients, total) = read::list_clients(&host, query.into(), part).await?;
    let page = Page::cut(clients, limit, |one| {
        lists::place(one.created_at, one.id.uuid())
    });
    Ok(Json(page.with_total(total).map(ClientView::from)))
}

/// Enter a client
///
/// Customers become clients by registering. 409 `DUPLICATE_EMAIL` when the address is another's.
///
/// Managers may link the login of a customer with `user_id` (others: 403 `LINK_NOT_ALLOWED`): from
/// the next access token on, the user buys as this client and sees what is this client's, no longer
/// what is the one's that was made when they registered. 422 `UNKNOWN_USER` when no customer has
/// that login, 409 `DUPLICATE_USER` when it is linked to another client already.
#[utoipa::path(
    post, path = "/v1/clients", tag = "clients", operation_id = "create_client",
    request_body = ClientInput,
    responses(
        (status = 201, description = "The new client", body = ClientView),
        Errors)
)]
pub(super) async fn create_client(
    State(host): State<Host>,
    principal: Principal,
    Json(input): Json<ClientInput>,
) -> Result<Created<ClientView>, Problem> {
    let login = Login::of(&principal, input.user_id);
    let client = create::create_client(&host, input.into(), login).await?;
    let location = format!("/v1/clients/{}", client.id);
    Ok(Created {
        location,
        version: client.version,
        body: client.into(),
    })
}

/// Read a client
#[utoipa::path(
    get, path = "/v1/clients/{id}", tag = "clients", operation_id = "read_client",
    params(("id" = ClientId, Path, description = "The client")),
    responses(
        (status = 200, description = "The client", body = ClientView),
        Errors)
)]
pub(super) async fn read_client(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ClientId>,
) -> Result<Tagged<ClientView>, Problem> {
    check_own(&principal, id)?;
    Ok(tagged(read::find_client(&host, id).await?))
}

/// Replace a client's fields
///
/// 409 `DUPLICATE_EMAIL` when the address is another's, `CLIENT_ARCHIVED` or `CLIENT_ERASED` when
/// the client can no longer be changed.
///
/// `user_id` links a login as for POST, and `null` removes the link: then the user is the client
/// again that was made when they registered. Left out, it stays as it is. A client that came of a
/// registration goes with that login and can be given to no other (409 `OWN_LOGIN`).
#[utoipa::path(
    put, path = "/v1/clients/{id}", tag = "clients", operation_id = "replace_client",
    params(("id" = ClientId, Path, description = "The client"), IfMatch),
    request_body = ClientInput,
    responses(
        (status = 200, description = "The client after the change", body = ClientView),
        Errors)
)]
pub(super) async fn replace_client(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ClientId>,
    if_match: IfMatch,
    Json(input): Json<ClientInput>,
) -> Result<Tagged<ClientView>, Problem> {
    check_own(&principal, id)?;
    let login = Login::of(&principal, input.user_id);
    let replace = |_: &Profile| Ok(input.into());
    let client = change::change_client(&host, id, &if_match, login, replace).await?;
    Ok(tagged(client))
}

/// Change some of a client's fields
///
/// A JSON merge patch. Name and e-mail cannot be taken away. Conflicts as for PUT.
#[utoipa::path(
    patch, path = "/v1/clients/{id}", tag = "clients", operation_id = "patch_client",
    params(("id" = ClientId, Path, description = "The client"), IfMatch),
    request_body = ClientPatch,
    responses(
        (status = 200, description = "The client after the change", body = ClientView),
        Errors)
)]
pub(super) async fn patch_client(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ClientId>,
    if_match: IfMatch,
    Json(patch): Json<ClientPatch>,
) -> Result<Tagged<ClientView>, Problem> {
    check_own(&principal, id)?;
    let login = Login::of(&principal, patch.user_id);
    let patch = ProfilePatch::from(patch);
    let apply = |old: &Profile| patch.apply(old);
    let client = change::change_client(&host, id, &if_match, login, apply).await?;
    Ok(tagged(client))
}

/// Archive a client
///
/// The client leaves the lists and frees the e-mail address, and a login that was linked; history
/// keeps its sense. To destroy the person's data, erase the client.
#[utoipa::path(
    delete, path = "/v1/clients/{id}", tag = "clients", operation_id = "archive_client",
    params(("id" = ClientId, Path, description = "The client"), IfMatch),
    responses((status = 204, description = "The client is archived"), Errors)
)]
pub(super) async fn archive_client(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ClientId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    check_own(&principal, id)?;
    archive::archive_client(&host, id, &if_match).await?;
    Ok(NoContent)
}

/// Export everything held on a person
///
/// With where their orders were to go; the orders themselves are listed by
/// `/v1/orders?client_id=`. 503 when it could not be complete.
#[utoipa::path(
    get, path = "/v1/clients/{id}/export", tag = "clients", operation_id = "export_client",
    params(("id" = ClientId, Path, description = "The client")),
    responses((status = 200, description = "What is held", body = ClientExport), Errors)
)]
pub(super) async fn export_client(
    State(sources): State<Sources>,
    principal: Principal,
    Path(id): Path<ClientId>,
) -> Result<Json<ClientExport>, Problem> {
    check_own(&principal, id)?;
    let held = export::export_client(&sources, id).await?;
    Ok(Json(ClientExport::of(held, sources.host.source.now())))
}

/// Erase a person
///
/// Destroys the key that name, e-mail, phone and address are sealed with, wherever they were
/// written, and archives the client. It cannot be undone; a second time changes nothing. The login
/// goes as well, and so does, where a login was linked to this client, the client that was made
/// when it registered.
#[utoipa::path(
    post, path = "/v1/clients/{id}/erase", tag = "clients", operation_id = "erase_client",
    params(("id" = ClientId, Path, description = "The client"), IfMatch),
    responses(
        (status = 200, description = "What is left of the client", body = ClientView),
        Errors)
)]
pub(super) async fn erase_client(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ClientId>,
    if_match: IfMatch,
) -> Result<Tagged<ClientView>, Problem> {
    check_own(&principal, id)?;
    Ok(tagged(erase::erase_client(&host, id, &if_match).await?))
}
