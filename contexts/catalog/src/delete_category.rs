//! Use case: a category that nothing is in goes.

use crate::refused::CategoryError;
use crate::store::categories;
use contracts::catalog::CategoryDeleted;
use kernel::CategoryId;
use platform::http::IfMatch;
use platform::{DbError, Host};

pub async fn delete_category(
    host: &Host,
    id: CategoryId,
    if_match: &IfMatch,
) -> Result<(), CategoryError> {
    let mut tx = host.db.begin().await?;
    let category = categories::find_to_change(&mut tx, id)
        .await?
        .ok_or(CategoryError::NotFound)?;
    if if_match.check(category.version).is_err() {
        return Err(CategoryError::Changed(category.version));
    }
    if categories::is_in_use(&mut tx, id).await? {
        return Err(CategoryError::InUse);
    }
    match categories::delete(&mut tx, id).await {
        Ok(()) => {}
        // Somebody put a product into it a moment ago.
        Err(DbError::ForeignKey) => return Err(CategoryError::InUse),
        Err(error) => return Err(error.into()),
    }
    tx.publish(&CategoryDeleted { category_id: id }, category.version + 1)?;
    tx.commit().await?;
    Ok(())
}
