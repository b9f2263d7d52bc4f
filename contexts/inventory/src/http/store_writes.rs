//! Opening, changing and archiving stores.

use super::elsewhere;
use super::views::StoreView;
use crate::archive_store::archive_store;
use crate::change_store::change_store;
use crate::moving::Inventory;
use crate::open_store::open_store;
use crate::shop::{Address, Store, StoreCode, StoreFields, StoreKind};
use axum::extract::State;
use kernel::{Name, StoreId};
use platform::http::{
    Created, Errors, IfMatch, Json, NoContent, Patch, Path, Principal, Problem, Tagged,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A store, whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StoreInput {
    code: StoreCode,
    name: Name,
    #[serde(default)]
    kind: StoreKind,
    address: Option<Address>,
}

/// Changes to a store; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StorePatch {
    #[schema(nullable = false)]
    code: Option<StoreCode>,
    #[schema(nullable = false)]
    name: Option<Name>,
    #[schema(nullable = false)]
    kind: Option<StoreKind>,
    #[serde(default)]
    address: Patch<Address>,
}

impl From<StoreInput> for StoreFields {
    fn from(input: StoreInput) -> Self {
        let StoreInput {
            code,
            name,
            kind,
            address,
        } = input;
        Self {
            code,
            name,
            kind,
            address,
        }
    }
}

impl StorePatch {
    fn over(self, old: &StoreFields) -> StoreFields {
        StoreFields {
            code: self.code.unwrap_or_else(|| old.code.clone()),
            name: self.name.unwrap_or_else(|| old.name.clone()),
            kind: self.kind.unwrap_or(old.kind),
            address: self.address.over(old.address.clone()),
        }
    }
}

/// Opens a store.
///
/// Who is limited to stores opens none.
#[utoipa::path(post, path = "/v1/stores", operation_id = "open_store",
    tag = "Stores", request_body = StoreInput,
    responses((status = 201, description = "The new store", body = StoreView), Errors))]
pub async fn open(
    State(inventory): State<Inventory>,
    principal: Principal,
    Json(input): Json<StoreInput>,
) -> Result<Created<StoreView>, Problem> {
    let limited = principal.stores.is_some() && !principal.has(platform::http::Role::Admin);
    if limited {
        return Err(elsewhere());
    }
    let store = open_store(&inventory, input.into()).await?;
    let location = format!("/v1/stores/{}", store.id);
    Ok(Created {
        location,
        version: store.version,
        body: store.into(),
    })
}

/// Replaces a store's fields.
#[utoipa::path(put, path = "/v1/stores/{id}", operation_id = "replace_store",
    tag = "Stores", request_body = StoreInput,
    params(("id" = StoreId, Path, description = "The store"), IfMatch),
    responses((status = 200, description = "The store", body = StoreView), Errors))]
pub async fn replace(
    State(inventory): State<Inventory>,
    Path(id): Path<StoreId>,
    principal: Principal,
    if_match: IfMatch,
    Json(input): Json<StoreInput>,
) -> Result<Tagged<StoreView>, Problem> {
    let fields = StoreFields::from(input);
    change(&inventory, id, &principal, |store| {
        if_match.check(store.version)?;
        Ok(fields)
    })
    .await
}

/// Changes some of a store's fields.
#[utoipa::path(patch, path = "/v1/stores/{id}", operation_id = "change_store",
    tag = "Stores", request_body = StorePatch,
    params(("id" = StoreId, Path, description = "The store"), IfMatch),
    responses((status = 200, description = "The store", body = StoreView), Errors))]
pub async fn patch(
    State(inventory): State<Inventory>,
    Path(id): Path<StoreId>,
    principal: Principal,
    if_match: IfMatch,
    Json(patch): Json<StorePatch>,
) -> Result<Tagged<StoreView>, Problem> {
    change(&inventory, id, &principal, |store| {
        if_match.check(store.version)?;
        Ok(patch.over(&store.fields))
    })
    .await
}

/// Archives a store in which nothing lies.
#[utoipa::path(delete, path = "/v1/stores/{id}", operation_id = "archive_store",
    tag = "Stores",
    params(("id" = StoreId, Path, description = "The store"), IfMatch),
    responses((status = 204, description = "It is archived"), Errors))]
pub async fn archive(
    State(inventory): State<Inventory>,
    Path(id): Path<StoreId>,
    principal: Principal,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    archive_store::<Problem>(&inventory, id, |store| {
        check(&principal, store)?;
        if_match.check(store.version)
    })
    .await?;
    Ok(NoContent)
}

async fn change(
    inventory: &Inventory,
    id: StoreId,
    principal: &Principal,
    fields: impl FnOnce(&Store) -> Result<StoreFields, Problem>,
) -> Result<Tagged<StoreView>, Problem> {
    let store = change_store::<Problem>(inventory, id, |store| {
        check(principal, store)?;
        fields(store)
    })
    .await?;
    Ok(Tagged {
        version: store.version,
        body: store.into(),
    })
}

fn check(principal: &Principal, store: &Store) -> Result<(), Problem> {
    if principal.may_act_in(store.id) {
        Ok(())
    } else {
        Err(elsewhere())
    }
}
