//! Use case: a category gets another name or another place in the tree.

use crate::category::{Category, CategoryContent, would_circle};
use crate::create_category::{parent_is_gone, publish};
use crate::refused::CategoryError;
use crate::store::categories;
use kernel::CategoryId;
use platform::http::IfMatch;
use platform::{DbError, Host, Tx};

/// `edit` makes the new content of the old.
pub async fn change_category(
    host: &Host,
    id: CategoryId,
    if_match: &IfMatch,
    edit: impl FnOnce(CategoryContent) -> CategoryContent,
) -> Result<Category, CategoryError> {
    let mut tx = host.db.begin().await?;
    let old = categories::find_to_change(&mut tx, id)
        .await?
        .ok_or(CategoryError::NotFound)?;
    if if_match.check(old.version).is_err() {
        return Err(CategoryError::Changed(old.version));
    }
    let Some(new) = old.changed(edit(old.content.clone()), host.source.now()) else {
        return Ok(old);
    };
    if new.content.parent_id != old.content.parent_id {
        check_place(&mut tx, &new).await?;
    }
    if categories::is_name_taken(&mut tx, new.content.name.as_str(), id).await? {
        return Err(CategoryError::DuplicateName);
    }
    match categories::update(&mut tx, &new).await {
        Ok(()) => {}
        Err(DbError::Unique(_)) => return Err(CategoryError::DuplicateName),
        Err(error) => return Err(parent_is_gone(error, &new.content)),
    }
    publish(&mut tx, &new)?;
    tx.commit().await?;
    Ok(new)
}

async fn check_place(tx: &mut Tx, category: &Category) -> Result<(), CategoryError> {
    let Some(parent) = category.content.parent_id else {
        return Ok(());
    };
    let parents = categories::lock_tree(tx).await?;
    if would_circle(&parents, category.id, parent) {
        return Err(CategoryError::Circle);
    }
    match categories::exists(tx, parent).await? {
        true => Ok(()),
        false => Err(CategoryError::UnknownParent(parent)),
    }
}
