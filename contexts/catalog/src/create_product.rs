//! Use case: a new product.

use crate::catalog::Catalog;
use crate::product::{Content, Product};
use crate::refused::ProductError;
use crate::store::{categories, prices, products};
use kernel::Timestamp;
use platform::{DbError, Tx};

pub async fn create_product(catalog: &Catalog, content: Content) -> Result<Product, ProductError> {
    let source = &catalog.host.source;
    let content = content.grouped(None, || source.id());
    let product = Product::new(source.id(), content, source.now());
    let mut tx = catalog.host.db.begin().await?;
    check_category(&mut tx, &product.content).await?;
    match products::insert(&mut tx, &product).await {
        Ok(true) => {}
        Ok(false) => return Err(ProductError::DuplicateSku),
        Err(error) => return Err(category_is_gone(error, &product.content)),
    }
    record_price(&mut tx, &product, product.created_at).await?;
    catalog.publish(&mut tx, &product)?;
    tx.commit().await?;
    Ok(product)
}

pub(crate) async fn check_category(tx: &mut Tx, content: &Content) -> Result<(), ProductError> {
    match categories::exists(tx, content.category_id).await? {
        true => Ok(()),
        false => Err(ProductError::UnknownCategory(content.category_id)),
    }
}

/// A category that was deleted a moment ago.
pub(crate) fn category_is_gone(error: DbError, content: &Content) -> ProductError {
    match error {
        DbError::ForeignKey => ProductError::UnknownCategory(content.category_id),
        error => error.into(),
    }
}

/// Writes the price that is in force into the history.
pub(crate) async fn record_price(
    tx: &mut Tx,
    product: &Product,
    now: Timestamp,
) -> Result<(), DbError> {
    prices::put(tx, &[price_in_force(product, now)]).await
}

pub(crate) fn price_in_force(product: &Product, now: Timestamp) -> prices::Price {
    prices::Price {
        product_id: product.id,
        money: product.content.price,
        effective_at: product.priced_at,
        applied: true,
        created_at: now,
    }
}
