//! Job, begun by readers: products that are kept and were read lately are looked up again, all of
//! them at once, so that what does not change goes on being served without a question each.

use crate::cache::{Entry, Stamp};
use crate::catalog::Catalog;
use crate::store::products;
use kernel::{ProductId, Timestamp};
use platform::DbError;
use std::collections::HashMap;
use std::sync::Arc;

/// Products of one statement.
const STEP: usize = 2000;

/// Begins, if it is time.
pub fn soon(catalog: &Catalog, now: Timestamp) {
    if !catalog.cache.is_to_be_confirmed(now) {
        return;
    }
    let catalog = catalog.clone();
    tokio::spawn(async move {
        let read = catalog.cache.read_lately(now);
        for some in read.chunks(STEP) {
            // Who is not confirmed is read anew.
            if let Err(error) = confirm(&catalog, some).await {
                tracing::debug!(%error, "products that are kept are not confirmed");
                return;
            }
        }
    });
}

async fn confirm(catalog: &Catalog, kept: &[(ProductId, Arc<Entry>)]) -> Result<(), DbError> {
    let at = catalog.host.source.now();
    let ids: Vec<_> = kept.iter().map(|one| one.0).collect();
    let known: HashMap<ProductId, (i64, bool)> = {
        let mut tx = catalog.host.db.read().await?;
        products::stamps(&mut tx, &ids).await?
    };
    let available = catalog.available(&ids).await;
    for ((id, entry), available) in kept.iter().zip(available) {
        let stamp = known.get(id).map(|&(version, in_stock)| Stamp {
            version,
            available,
            in_stock,
        });
        if stamp == Some(entry.stamp()) {
            entry.confirm(at);
        }
    }
    Ok(())
}
