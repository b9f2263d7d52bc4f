//! Use case: a product changes, in whole (PUT) or in part (PATCH).

use crate::catalog::Catalog;
use crate::create_product::{category_is_gone, check_category, record_price};
use crate::product::{Content, Product};
use crate::refused::ProductError;
use crate::store::products::{self, Shown};
use kernel::ProductId;
use platform::http::IfMatch;
use platform::{DbError, Tx};

/// `edit` makes the new content of the old.
pub async fn change_product(
    catalog: &Catalog,
    id: ProductId,
    if_match: &IfMatch,
    edit: impl FnOnce(Content) -> Result<Content, ProductError>,
) -> Result<Shown, ProductError> {
    let source = &catalog.host.source;
    let mut tx = catalog.host.db.begin().await?;
    let old = products::find_to_change(&mut tx, id)
        .await?
        .ok_or(ProductError::NotFound)?;
    if if_match.check(old.product.version).is_err() {
        return Err(ProductError::Changed(old.product.version));
    }
    let current_group = old.product.content.group_id;
    let content = edit(old.product.content.clone())?.grouped(current_group, || source.id());
    let Some(new) = old.product.changed(content, source.now()) else {
        return Ok(old);
    };
    write(catalog, &mut tx, &old.product, &new).await?;
    tx.commit().await?;
    Ok(Shown {
        product: new,
        ..old
    })
}

async fn write(
    catalog: &Catalog,
    tx: &mut Tx,
    old: &Product,
    new: &Product,
) -> Result<(), ProductError> {
    if new.content.category_id != old.content.category_id {
        check_category(tx, &new.content).await?;
    }
    if new.content.sku != old.content.sku
        && products::is_sku_taken(tx, &new.content.sku, new.id).await?
    {
        return Err(ProductError::DuplicateSku);
    }
    match products::update(tx, new).await {
        Ok(()) => {}
        Err(DbError::Unique(_)) => return Err(ProductError::DuplicateSku),
        Err(error) => return Err(category_is_gone(error, &new.content)),
    }
    if new.content.price != old.content.price {
        record_price(tx, new, new.updated_at).await?;
    }
    Ok(catalog.publish(tx, new)?)
}
