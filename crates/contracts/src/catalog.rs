//! What the catalogue tells: categories and products, each event with the whole public state.

use crate::event;
use kernel::{CategoryId, GroupId, ProductId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A product was made, changed, priced, published or archived: its state after that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductChanged {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub category_id: CategoryId,
    pub group_id: Option<GroupId>,
    /// The unit price now, in minor units of `currency`.
    pub price_minor: i64,
    pub currency: String,
    /// `draft`, `active` or `archived`; only an active product can be sold.
    pub status: String,
}
event!(
    ProductChanged,
    "catalog.product-changed.v1",
    "product",
    product_id
);

/// A product that nothing refers to was deleted for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProductDeleted {
    pub product_id: ProductId,
}
event!(
    ProductDeleted,
    "catalog.product-deleted.v1",
    "product",
    product_id
);

/// A category was made or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CategoryChanged {
    pub category_id: CategoryId,
    pub name: String,
    pub parent_id: Option<CategoryId>,
}
event!(
    CategoryChanged,
    "catalog.category-changed.v1",
    "category",
    category_id
);

/// A category without products was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CategoryDeleted {
    pub category_id: CategoryId,
}
event!(
    CategoryDeleted,
    "catalog.category-deleted.v1",
    "category",
    category_id
);
