//! Use case: show one product. The most frequent request of a shop, so its answer is kept for a
//! moment as the bytes that go out.

use crate::cache::{Rendered, Stamp};
use crate::catalog::Catalog;
use crate::confirm;
use crate::refused::ProductError;
use crate::store::products::{self, Shown};
use crate::view::ProductView;
use axum::body::Bytes;
use axum::http::HeaderValue;
use kernel::{ProductId, Timestamp};
use platform::DbError;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// What `staff` or anybody else sees of a product, and how old that may be; what they may not see
/// does not exist.
pub async fn read_product(
    catalog: &Catalog,
    id: ProductId,
    staff: bool,
) -> Result<(Arc<Rendered>, Duration), ProductError> {
    let now = catalog.host.source.now();
    confirm::soon(catalog, now);
    let (rendered, age) = match catalog.cache.get(id, now) {
        Some(kept) => kept,
        None => (load(catalog, id, now).await?, Duration::ZERO),
    };
    if staff || rendered.public {
        Ok((rendered, age))
    } else {
        Err(ProductError::NotFound)
    }
}

async fn load(
    catalog: &Catalog,
    id: ProductId,
    now: Timestamp,
) -> Result<Arc<Rendered>, ProductError> {
    // Follow the levels before reading any, so that no change falls between.
    catalog.port();
    let before = catalog.cache.before_reading(id, now);
    let shown = {
        let mut tx = catalog.host.db.read().await?;
        products::find(&mut tx, id)
            .await?
            .ok_or(ProductError::NotFound)?
    };
    let available = catalog.available(&[id]).await.first().copied().flatten();
    let rendered = Arc::new(render(shown, available)?);
    catalog.cache.put(id, before, rendered.clone());
    Ok(rendered)
}

/// A product as bytes, with an entity tag that changes with the version and with what is
/// available: `"<version>.<hash>"`, of which `If-Match` looks at the version only.
pub fn render(shown: Shown, available: Option<i64>) -> Result<Rendered, ProductError> {
    let (version, public) = (shown.product.version, shown.product.is_visible_to(false));
    let stamp = Stamp {
        version,
        available,
        in_stock: shown.in_stock,
    };
    let bug = |error: &dyn std::fmt::Display| DbError::Bug(error.to_string());
    let json = serde_json::to_vec(&ProductView::new(shown, available)).map_err(|e| bug(&e))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&json);
    let tag = format!("\"{version}.{:016x}\"", hasher.finish());
    let etag = HeaderValue::try_from(tag).map_err(|e| bug(&e))?;
    Ok(Rendered {
        json: Bytes::from(json),
        etag,
        public,
        stamp,
    })
}
