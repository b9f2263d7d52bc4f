//! `/v1/categories`.

use super::category_shapes::{CategoryInput, CategoryParams, CategoryPatch, CategoryView};
use super::{Cached, cache_control};
use crate::catalog::Catalog;
use crate::refused::CategoryError;
use crate::store::categories::{self, CategoryList, CategoryPosition};
use crate::{change_category, create_category, delete_category, list_categories};
use axum::extract::State;
use kernel::{BadCursor, CategoryId, Page};
use platform::http::{
    Created, Errors, IfMatch, Json, NoContent, Path, Principal, Problem, Query, Tagged,
};

/// List categories.
#[utoipa::path(
    get, path = "/v1/categories", tag = "catalog", params(CategoryParams),
    responses((status = 200, description = "A page", body = Page<CategoryView>), Errors)
)]
pub async fn list_categories(
    State(catalog): State<Catalog>,
    principal: Option<Principal>,
    Query(params): Query<CategoryParams>,
) -> Result<Cached<Json<Page<CategoryView>>>, Problem> {
    let order = params.sort.into();
    let after = params
        .cursor
        .map(|cursor| cursor.read::<CategoryPosition>())
        .transpose()?;
    if after
        .as_ref()
        .is_some_and(|position| position.order != order)
    {
        return Err(BadCursor.into());
    }
    let wanted = CategoryList {
        parent_id: params.parent_id,
        order,
        after,
        rows: 0,
    };
    let (limit, count) = (params.limit, params.count);
    let page = list_categories::list_categories(&catalog.host, wanted, limit, count).await?;
    Ok((
        [cache_control(principal.as_ref())],
        Json(page.map(CategoryView::from)),
    ))
}

/// Make a category.
#[utoipa::path(
    post, path = "/v1/categories", tag = "catalog", request_body = CategoryInput,
    responses((status = 201, description = "Made", body = CategoryView), Errors)
)]
pub async fn create_category(
    State(catalog): State<Catalog>,
    Json(input): Json<CategoryInput>,
) -> Result<Created<CategoryView>, Problem> {
    let category = create_category::create_category(&catalog.host, input.content()).await?;
    let (location, version) = (format!("/v1/categories/{}", category.id), category.version);
    Ok(Created {
        location,
        version,
        body: category.into(),
    })
}

/// Read a category.
#[utoipa::path(
    get, path = "/v1/categories/{id}", tag = "catalog",
    params(("id" = CategoryId, Path)),
    responses((status = 200, description = "The category", body = CategoryView), Errors)
)]
pub async fn read_category(
    State(catalog): State<Catalog>,
    principal: Option<Principal>,
    Path(id): Path<CategoryId>,
) -> Result<Cached<Tagged<CategoryView>>, Problem> {
    let mut tx = catalog.host.db.read().await?;
    let found = categories::find(&mut tx, id)
        .await?
        .ok_or(CategoryError::NotFound)?;
    let tagged = Tagged {
        version: found.version,
        body: CategoryView::from(found),
    };
    Ok(([cache_control(principal.as_ref())], tagged))
}

/// Replace a category.
#[utoipa::path(
    put, path = "/v1/categories/{id}", tag = "catalog",
    params(("id" = CategoryId, Path), IfMatch), request_body = CategoryInput,
    responses((status = 200, description = "As it is now", body = CategoryView), Errors)
)]
pub async fn replace_category(
    State(catalog): State<Catalog>,
    Path(id): Path<CategoryId>,
    if_match: IfMatch,
    Json(input): Json<CategoryInput>,
) -> Result<Tagged<CategoryView>, Problem> {
    let edit = |_| input.content();
    let changed = change_category::change_category(&catalog.host, id, &if_match, edit).await?;
    Ok(Tagged {
        version: changed.version,
        body: changed.into(),
    })
}

/// Change a category in part (JSON merge patch).
#[utoipa::path(
    patch, path = "/v1/categories/{id}", tag = "catalog",
    params(("id" = CategoryId, Path), IfMatch), request_body = CategoryPatch,
    responses((status = 200, description = "As it is now", body = CategoryView), Errors)
)]
pub async fn patch_category(
    State(catalog): State<Catalog>,
    Path(id): Path<CategoryId>,
    if_match: IfMatch,
    Json(patch): Json<CategoryPatch>,
) -> Result<Tagged<CategoryView>, Problem> {
    let edit = |old| patch.onto(old);
    let changed = change_category::change_category(&catalog.host, id, &if_match, edit).await?;
    Ok(Tagged {
        version: changed.version,
        body: changed.into(),
    })
}

/// Delete a category that no product and no other category is in.
#[utoipa::path(
    delete, path = "/v1/categories/{id}", tag = "catalog",
    params(("id" = CategoryId, Path), IfMatch),
    responses((status = 204, description = "Gone"), Errors)
)]
pub async fn delete_category(
    State(catalog): State<Catalog>,
    Path(id): Path<CategoryId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    delete_category::delete_category(&catalog.host, id, &if_match).await?;
    Ok(NoContent)
}
