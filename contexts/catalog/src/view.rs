//! A product as the API shows it.

use crate::attributes::{Gtin, Options, Tags};
use crate::product::{Description, ProductName, Status};
use crate::store::products::Shown;
use kernel::{CategoryId, GroupId, Money, ProductId, Sku, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// Something the shop sells, or a variant of it.
#[derive(Serialize, ToSchema)]
#[schema(as = Product)]
pub struct ProductView {
    pub id: ProductId,
    pub sku: Sku,
    pub name: ProductName,
    #[schema(required)]
    pub description: Option<Description>,
    pub category_id: CategoryId,
    /// Variants of one thing share a group.
    #[schema(required)]
    pub group_id: Option<GroupId>,
    /// The unit price in force now.
    pub price: Money,
    pub tags: Tags,
    pub options: Options,
    #[schema(required)]
    pub gtin: Option<Gtin>,
    pub status: Status,
    /// Units free to sell over all stores; null where stock is not kept or cannot be asked.
    #[schema(required, minimum = 0)]
    pub available: Option<i64>,
    /// Whether any store has it to sell.
    pub in_stock: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ProductView {
    pub fn new(shown: Shown, available: Option<i64>) -> Self {
        let Shown { product, in_stock } = shown;
        let content = product.content;
        Self {
            id: product.id,
            sku: content.sku,
            name: content.name,
            description: content.description,
            category_id: content.category_id,
            group_id: content.group_id,
            price: content.price,
            tags: content.tags,
            options: content.options,
            gtin: content.gtin,
            status: content.status,
            available,
            in_stock: available.map_or(in_stock, |units| units > 0),
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}
