//! Use case: a price from now on, or from a moment in the future on.

use crate::catalog::Catalog;
use crate::product::Product;
use crate::refused::ProductError;
use crate::store::prices::{self, Price};
use crate::store::products;
use kernel::{Money, ProductId, Timestamp};
use platform::Tx;

/// The price that was written, and the product it belongs to.
#[derive(Clone, Debug)]
pub struct PriceSet {
    pub price: Price,
    pub product: Product,
}

/// There is one price per product and instant: a planned one is replaced by a later word on the
/// same instant.
pub async fn set_price(
    catalog: &Catalog,
    id: ProductId,
    money: Money,
    effective_at: Option<Timestamp>,
) -> Result<PriceSet, ProductError> {
    let now = catalog.host.source.now();
    let effective_at = effective_at.unwrap_or(now);
    if effective_at < now {
        return Err(ProductError::InThePast);
    }
    let mut tx = catalog.host.db.begin().await?;
    let found = products::find_to_change(&mut tx, id)
        .await?
        .ok_or(ProductError::NotFound)?;
    let old = found.product;
    let written = match effective_at > now {
        true => plan(&mut tx, old, money, (effective_at, now)).await?,
        false => apply(catalog, &mut tx, old, (money, now)).await?,
    };
    tx.commit().await?;
    Ok(written)
}

async fn plan(
    tx: &mut Tx,
    product: Product,
    money: Money,
    (effective_at, created_at): (Timestamp, Timestamp),
) -> Result<PriceSet, ProductError> {
    let product_id = product.id;
    let price = Price {
        product_id,
        money,
        effective_at,
        applied: false,
        created_at,
    };
    prices::put(tx, &[price]).await?;
    Ok(PriceSet { price, product })
}

async fn apply(
    catalog: &Catalog,
    tx: &mut Tx,
    old: Product,
    (money, now): (Money, Timestamp),
) -> Result<PriceSet, ProductError> {
    let content = crate::product::Content {
        price: money,
        ..old.content.clone()
    };
    let product = match old.changed(content, now) {
        Some(product) => {
            products::update(tx, &product).await?;
            catalog.publish(tx, &product)?;
            product
        }
        None => old,
    };
    let price = crate::create_product::price_in_force(&product, now);
    prices::put(tx, &[price]).await?;
    Ok(PriceSet { price, product })
}
