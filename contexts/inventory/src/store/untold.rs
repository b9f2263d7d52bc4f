//! Levels that no event has told of; see the migration.

use super::levels;
use crate::stock::Level;
use platform::{DbError, Tx};

/// Takes some of them for this transaction, as they are now. Several processes may do that at
/// once.
pub async fn take(tx: &mut Tx, most: i64) -> Result<Vec<Level>, DbError> {
    let taken = tx
        .query_for(
            "delete from inventory_untold where level_id in (
                 select level_id from inventory_untold order by level_id limit $1)
             returning level_id",
            "delete from inventory_untold where level_id in (
                 select level_id from inventory_untold order by level_id limit $1
                 for update skip locked)
             returning level_id",
        )
        .bind(most)
        .fetch_all()
        .await?;
    let ids: Vec<_> = taken
        .iter()
        .map(|row| row.get("level_id"))
        .collect::<Result<_, _>>()?;
    levels::by_ids(tx, ids).await
}

/// Whether there is something to [`take`]: a look that takes no lock.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let found = tx.query("select 1 as one from inventory_untold limit 1");
    Ok(found.fetch_optional().await?.is_some())
}
