//! Use case: a new category.

use crate::category::{Category, CategoryContent};
use crate::refused::CategoryError;
use crate::store::categories;
use contracts::catalog::CategoryChanged;
use platform::{DbError, Host, Tx};

pub async fn create_category(
    host: &Host,
    content: CategoryContent,
) -> Result<Category, CategoryError> {
    let category = Category::new(host.source.id(), content, host.source.now());
    let mut tx = host.db.begin().await?;
    if let Some(parent) = category.content.parent_id
        && !categories::exists(&mut tx, parent).await?
    {
        return Err(CategoryError::UnknownParent(parent));
    }
    match categories::insert(&mut tx, &category).await {
        Ok(true) => {}
        Ok(false) => return Err(CategoryError::DuplicateName),
        Err(error) => return Err(parent_is_gone(error, &category.content)),
    }
    publish(&mut tx, &category)?;
    tx.commit().await?;
    Ok(category)
}

/// A parent that was deleted a moment ago.
pub(crate) fn parent_is_gone(error: DbError, content: &CategoryContent) -> CategoryError {
    match (error, content.parent_id) {
        (DbError::ForeignKey, Some(parent)) => CategoryError::UnknownParent(parent),
        (error, _) => error.into(),
    }
}

pub(crate) fn publish(tx: &mut Tx, category: &Category) -> Result<(), DbError> {
    let event = CategoryChanged {
        category_id: category.id,
        name: category.content.name.to_string(),
        parent_id: category.content.parent_id,
    };
    tx.publish(&event, category.version)
}
