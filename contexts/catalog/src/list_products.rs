//! Use case: a page of products.

use crate::catalog::Catalog;
use crate::product::Status;
use crate::store::list::{self, Filter, Order, Position, Stretch};
use crate::view::ProductView;
use crate::words::Search;
use kernel::{Cursor, Limit, Page};
use platform::DbError;

/// Which page of which list.
#[derive(Clone, Debug)]
pub struct ListProducts {
    pub filter: Filter,
    pub order: Order,
    pub after: Option<Position>,
    pub limit: Limit,
    pub count: bool,
}

/// Others than staff see active products only.
pub async fn list_products(
    catalog: &Catalog,
    mut wanted: ListProducts,
    staff: bool,
) -> Result<Page<ProductView>, DbError> {
    let hidden = !staff
        && wanted
            .filter
            .status
            .is_some_and(|status| status != Status::Active);
    if hidden || wanted.filter.search.as_ref().is_some_and(Search::is_empty) {
        return Ok(empty(wanted.count));
    }
    if !staff {
        wanted.filter.status = Some(Status::Active);
    }
    let (page, total) = {
        let mut tx = catalog.host.db.read().await?;
        let ListProducts {
            filter,
            order,
            after,
            limit,
            ..
        } = &wanted;
        let stretch = Stretch {
            filter,
            order: *order,
            after: after.as_ref(),
            rows: limit.get() + 1,
        };
        let rows = list::products(&mut tx, stretch).await?;
        let page = Page::cut(rows, *limit, |row| {
            Cursor::of(&Position::of(*order, &row.product))
        });
        let total = match wanted.count {
            true => Some(list::count(&mut tx, filter).await?),
            false => None,
        };
        (page, total)
    };
    let ids: Vec<_> = page.items.iter().map(|shown| shown.product.id).collect();
    let mut available = catalog.available(&ids).await.into_iter();
    let page = page.map(|shown| ProductView::new(shown, available.next().flatten()));
    Ok(page.with_total(total))
}

fn empty(count: bool) -> Page<ProductView> {
    Page {
        items: Vec::new(),
        next_cursor: None,
        total: count.then_some(0),
    }
}
