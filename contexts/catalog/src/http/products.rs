//! `/v1/products`.

use super::product_shapes::{ProductInput, ProductParams, ProductPatch};
use super::{Cached, cache_control, is_staff};
use crate::cache::Rendered;
use crate::catalog::Catalog;
use crate::product::Status;
use crate::read_product::render;
use crate::store::products::Shown;
use crate::view::ProductView;
use crate::{change_product, create_product, delete_product, list_products, read_product};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use kernel::{Page, ProductId};
use platform::http::{
    Errors, IfMatch, Json, NoContent, Path, Principal, Problem, Query, WithTag, WithTagAndLocation,
};

/// List products.
///
/// Others than staff see active products only. `in_stock` follows the stores' levels at once in
/// one process and within moments between processes.
#[utoipa::path(
    get, path = "/v1/products", tag = "catalog", params(ProductParams),
    responses((status = 200, description = "A page", body = Page<ProductView>), Errors)
)]
pub async fn list_products(
    State(catalog): State<Catalog>,
    principal: Option<Principal>,
    Query(params): Query<ProductParams>,
) -> Result<Cached<Json<Page<ProductView>>>, Problem> {
    let principal = principal.as_ref();
    let wanted = params.wanted(catalog.host.settings.currency)?;
    let page = list_products::list_products(&catalog, wanted, is_staff(principal)).await?;
    Ok(([cache_control(principal)], Json(page)))
}

/// Make a product.
#[utoipa::path(
    post, path = "/v1/products", tag = "catalog", request_body = ProductInput,
    responses((status = 201, description = "Made", body = ProductView), Errors)
)]
pub async fn create_product(
    State(catalog): State<Catalog>,
    Json(input): Json<ProductInput>,
) -> Result<WithTagAndLocation, Problem> {
    let content = input.content(catalog.host.settings.currency, Status::Active)?;
    let product = create_product::create_product(&catalog, content).await?;
    let location = format!("/v1/products/{}", product.id);
    let location = HeaderValue::try_from(location).map_err(Problem::bug)?;
    let mut response = answer(
        &catalog,
        Shown {
            product,
            in_stock: false,
        },
    )
    .await?;
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response.into())
}

/// Read a product.
///
/// The answer may be a second old, as its `Age` says, when another process made a change.
#[utoipa::path(
    get, path = "/v1/products/{id}", tag = "catalog",
    params(("id" = ProductId, Path)),
    responses((status = 200, description = "The product", body = ProductView), Errors)
)]
pub async fn read_product(
    State(catalog): State<Catalog>,
    principal: Option<Principal>,
    Path(id): Path<ProductId>,
) -> Result<WithTag, Problem> {
    let principal = principal.as_ref();
    let (rendered, age) = read_product::read_product(&catalog, id, is_staff(principal)).await?;
    let mut response = respond(&rendered);
    let (name, value) = cache_control(principal);
    response.headers_mut().insert(name, value);
    response
        .headers_mut()
        .insert(header::AGE, HeaderValue::from(age.as_secs()));
    Ok(response.into())
}

/// Replace a product. A `status` that is left out stays.
#[utoipa::path(
    put, path = "/v1/products/{id}", tag = "catalog",
    params(("id" = ProductId, Path), IfMatch), request_body = ProductInput,
    responses((status = 200, description = "As it is now", body = ProductView), Errors)
)]
pub async fn replace_product(
    State(catalog): State<Catalog>,
    Path(id): Path<ProductId>,
    if_match: IfMatch,
    Json(input): Json<ProductInput>,
) -> Result<WithTag, Problem> {
    let shop = catalog.host.settings.currency;
    let edit = |old: crate::product::Content| input.content(shop, old.status);
    let shown = change_product::change_product(&catalog, id, &if_match, edit).await?;
    Ok(answer(&catalog, shown).await?.into())
}

/// Change a product in part (JSON merge patch).
#[utoipa::path(
    patch, path = "/v1/products/{id}", tag = "catalog",
    params(("id" = ProductId, Path), IfMatch), request_body = ProductPatch,
    responses((status = 200, description = "As it is now", body = ProductView), Errors)
)]
pub async fn patch_product(
    State(catalog): State<Catalog>,
    Path(id): Path<ProductId>,
    if_match: IfMatch,
    Json(patch): Json<ProductPatch>,
) -> Result<WithTag, Problem> {
    let shop = catalog.host.settings.currency;
    let edit = |old| patch.onto(old, shop);
    let shown = change_product::change_product(&catalog, id, &if_match, edit).await?;
    Ok(answer(&catalog, shown).await?.into())
}

/// Delete a product.
///
/// A draft that was never active is deleted for good. A product that was ever active is archived
/// instead, because orders may refer to it.
#[utoipa::path(
    delete, path = "/v1/products/{id}", tag = "catalog",
    params(("id" = ProductId, Path), IfMatch),
    responses((status = 204, description = "Deleted or archived"), Errors)
)]
pub async fn delete_product(
    State(catalog): State<Catalog>,
    Path(id): Path<ProductId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    delete_product::delete_product(&catalog, id, &if_match).await?;
    Ok(NoContent)
}

/// What a write answers: the product as it is now, never from the cache.
async fn answer(catalog: &Catalog, shown: Shown) -> Result<Response, Problem> {
    let available = catalog
        .available(&[shown.product.id])
        .await
        .first()
        .copied()
        .flatten();
    let rendered = render(shown, available)?;
    Ok(respond(&rendered))
}

fn respond(rendered: &Rendered) -> Response {
    let mut response = Response::new(Body::from(rendered.json.clone()));
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
        .headers_mut()
        .insert(header::ETAG, rendered.etag.clone());
    response
}
