//! Use case: show several products at once, by id.

use crate::catalog::Catalog;
use crate::store::products;
use crate::view::ProductView;
use kernel::ProductId;
use platform::DbError;

/// Those of `ids` that are there and that `staff` or anybody else may see, in no order.
pub async fn read_products(
    catalog: &Catalog,
    ids: &[ProductId],
    staff: bool,
) -> Result<Vec<ProductView>, DbError> {
    let mut shown = {
        let mut tx = catalog.host.db.read().await?;
        products::find_all(&mut tx, ids).await?
    };
    shown.retain(|shown| shown.product.is_visible_to(staff));
    let ids: Vec<_> = shown.iter().map(|shown| shown.product.id).collect();
    let available = catalog.available(&ids).await;
    let views = shown.into_iter().zip(available);
    Ok(views
        .map(|(shown, available)| ProductView::new(shown, available))
        .collect())
}
