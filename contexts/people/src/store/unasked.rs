//! Clients of whom it is not known whether they registered; see the migration.

use kernel::ClientId;
use platform::{DbError, Tx};

/// Takes some of them for this transaction. Several processes may do that at once.
pub(crate) async fn take(tx: &mut Tx, most: i64) -> Result<Vec<ClientId>, DbError> {
    let taken = tx
        .query_for(
            "delete from people_unasked where client_id in (
                 select client_id from people_unasked order by client_id limit $1)
             returning client_id",
            "delete from people_unasked where client_id in (
                 select client_id from people_unasked order by client_id limit $1
                 for update skip locked)
             returning client_id",
        )
        .bind(most)
        .fetch_all()
        .await?;
    taken.iter().map(|row| row.get("client_id")).collect()
}

/// Whether there is something to [`take`]: a look that takes no lock.
pub(crate) async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let found = tx.query("select 1 as one from people_unasked limit 1");
    Ok(found.fetch_optional().await?.is_some())
}
