//! Use case: a product goes: for good when it was never on sale, into the archive otherwise.

use crate::catalog::Catalog;
use crate::product::Removal;
use crate::refused::ProductError;
use crate::store::products;
use contracts::catalog::ProductDeleted;
use kernel::ProductId;
use platform::http::IfMatch;

pub async fn delete_product(
    catalog: &Catalog,
    id: ProductId,
    if_match: &IfMatch,
) -> Result<(), ProductError> {
    let mut tx = catalog.host.db.begin().await?;
    let found = products::find_to_change(&mut tx, id)
        .await?
        .ok_or(ProductError::NotFound)?;
    let product = found.product;
    if if_match.check(product.version).is_err() {
        return Err(ProductError::Changed(product.version));
    }
    match product.removed(catalog.host.source.now()) {
        Removal::Nothing => return Ok(()),
        Removal::Archived(archived) => {
            products::update(&mut tx, &archived).await?;
            catalog.publish(&mut tx, &archived)?;
        }
        Removal::Gone => {
            products::delete(&mut tx, id).await?;
            tx.publish(&ProductDeleted { product_id: id }, product.version + 1)?;
            catalog.forget_after_commit(&mut tx, id);
        }
    }
    tx.commit().await?;
    Ok(())
}
