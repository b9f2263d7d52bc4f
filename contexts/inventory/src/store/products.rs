//! The copy of what inventory must know of products.

use kernel::ProductId;
use platform::{DbError, Rows, Tx};
use std::collections::HashSet;

/// A product as the catalogue last told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub archived: bool,
    pub version: i64,
}

/// Takes over newer versions; older ones change nothing.
pub async fn put(tx: &mut Tx, products: &[Product]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", products.iter().map(|one| one.id))
        .text("sku", products.iter().map(|one| one.sku.clone()).collect())
        .text(
            "name",
            products.iter().map(|one| one.name.clone()).collect(),
        )
        .boolean(
            "archived",
            products.iter().map(|one| one.archived).collect(),
        )
        .bigint("version", products.iter().map(|one| one.version).collect());
    tx.bulk(
        "insert into inventory_product (id, sku, name, archived, version)
         select id, sku, name, archived, version from {rows} where true
         on conflict (id) do update set sku = excluded.sku, name = excluded.name,
             archived = excluded.archived, version = excluded.version
         where inventory_product.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Forgets products that were deleted; those with a level stay, archived, for the ledger's sake.
pub async fn forget(tx: &mut Tx, products: Vec<(ProductId, i64)>) -> Result<(), DbError> {
    let rows = || {
        Rows::new()
            .id("id", products.iter().map(|one| one.0))
            .bigint("version", products.iter().map(|one| one.1).collect())
    };
    tx.bulk(
        "update inventory_product set archived = true, version = r.version
         from {rows} where inventory_product.id = r.id and inventory_product.version < r.version",
        rows(),
    )
    .execute()
    .await?;
    tx.bulk(
        "delete from inventory_product where id in (
             select r.id from {rows}
             where not exists (select 1 from inventory_level l where l.product_id = r.id))",
        rows(),
    )
    .execute()
    .await
    .map(drop)
}

/// Those of `products` that the catalogue has told of.
pub async fn known(
    tx: &mut Tx,
    products: impl IntoIterator<Item = ProductId>,
) -> Result<HashSet<ProductId>, DbError> {
    let rows = tx
        .bulk(
            "select p.id from {rows} join inventory_product p on p.id = r.id",
            Rows::new().id("id", products),
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
