//! Job: planned prices come into force when their time has come.

use crate::catalog::Catalog;
use crate::store::prices::{self, Price};
use crate::store::products;
use kernel::Timestamp;
use platform::{DbError, Tx};

/// How many are applied in one transaction.
const BATCH: i64 = 200;

/// Applies all prices that are due. Several processes may do so at once: what one
/// has applied, the others leave alone.
pub async fn apply_prices(catalog: &Catalog) -> Result<u64, DbError> {
    let mut applied = 0;
    loop {
        let now = catalog.host.source.now();
        let mut tx = catalog.host.db.begin().await?;
        let due = prices::due(&mut tx, now, BATCH).await?;
        if due.is_empty() {
            return Ok(applied);
        }
        for price in &due {
            apply(catalog, &mut tx, *price, now).await?;
            applied += 1;
        }
        tx.commit().await?;
    }
}

async fn apply(
    catalog: &Catalog,
    tx: &mut Tx,
    price: Price,
    now: Timestamp,
) -> Result<(), DbError> {
    let Some(found) = products::find_to_change(tx, price.product_id).await? else {
        return Ok(());
    };
    // Whoever held the product until now may have applied or replaced it.
    let Some(price) = prices::planned(tx, price.product_id, price.effective_at).await? else {
        return Ok(());
    };
    // Where a newer price is in force already, the planned one is history at once.
    if let Some(product) = found.product.repriced(price.money, price.effective_at, now) {
        products::update(tx, &product).await?;
        catalog.publish(tx, &product)?;
    }
    prices::put(
        tx,
        &[Price {
            applied: true,
            ..price
        }],
    )
    .await
}
