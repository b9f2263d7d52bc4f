//! Use case: a page of categories.

use crate::category::Category;
use crate::store::categories::{self, CategoryList, CategoryPosition};
use kernel::{Cursor, Limit, Page};
use platform::{DbError, Host};

/// `wanted.rows` is set here, from `limit`.
pub async fn list_categories(
    host: &Host,
    wanted: CategoryList,
    limit: Limit,
    count: bool,
) -> Result<Page<Category>, DbError> {
    let wanted = CategoryList {
        rows: limit.get() + 1,
        ..wanted
    };
    let mut tx = host.db.read().await?;
    let rows = categories::list(&mut tx, &wanted).await?;
    let total = match count {
        true => Some(categories::count(&mut tx, &wanted).await?),
        false => None,
    };
    let key = |row: &Category| Cursor::of(&CategoryPosition::of(wanted.order, row));
    Ok(Page::cut(rows, limit, key).with_total(total))
}
