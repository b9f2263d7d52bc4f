//! Forgetting, in portions, so that no transaction is long.

use kernel::Timestamp;
use platform::{DbError, Tx};

/// What has waited since before `old` is given up.
pub async fn give_up(tx: &mut Tx, old: Timestamp, now: Timestamp) -> Result<u64, DbError> {
    tx.query(
        "update notifications_webhook_delivery set state = 'dead', last_outcome = 'expired',
             updated_at = $2
         where id in (select id from notifications_webhook_delivery
             where state = 'pending' and created_at < $1 and claim is null limit 2000)",
    )
    .bind(old)
    .bind(now)
    .execute()
    .await
}

/// Deliveries that have been done with since before `old`, with their attempts.
pub async fn deliveries(tx: &mut Tx, old: Timestamp) -> Result<u64, DbError> {
    tx.query(
        "delete from notifications_webhook_delivery
         where id in (select id from notifications_webhook_delivery
             where state <> 'pending' and updated_at < $1 limit 2000)",
    )
    .bind(old)
    .execute()
    .await
}

/// Deliveries to endpoints that are not there any more.
pub async fn orphans(tx: &mut Tx) -> Result<u64, DbError> {
    tx.query(
        "delete from notifications_webhook_delivery
         where id in (select d.id from notifications_webhook_delivery d
             where not exists (select 1 from notifications_webhook_endpoint e
                 where e.id = d.endpoint_id) limit 2000)",
    )
    .execute()
    .await
}

/// Old events that nobody is sent any more.
pub async fn events(tx: &mut Tx, old: Timestamp) -> Result<u64, DbError> {
    tx.query(
        "delete from notifications_webhook_event
         where kept_at < $1 and id in (select e.id from notifications_webhook_event e
             where e.kept_at < $1 and not exists (select 1 from notifications_webhook_delivery d
                 where d.event_id = e.id) limit 2000)",
    )
    .bind(old)
    .execute()
    .await
}
