//! Job: carts that nobody touched for 30 days go. In portions, so that nobody waits long for the
//! writer; several processes may do so at once.

use super::store;
use platform::{DbError, Host, Job};
use std::time::Duration;

/// An expired cart shows as none at once; when its rows go does not matter much.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// Carts in one transaction; each has few lines.
const PORTION: u16 = 500;

pub fn job(host: &Host) -> Job {
    Job::new("orders.expire-carts", EVERY, host, |host| async move {
        expire(&host, PORTION).await.map(drop)
    })
}

/// Removes every cart that has expired by now; answers how many.
async fn expire(host: &Host, portion: u16) -> Result<u64, DbError> {
    let mut total = 0;
    loop {
        let mut tx = host.db.begin().await?;
        let now = host.source.now();
        let gone = store::delete_expired(&mut tx, now, i64::from(portion)).await?;
        tx.commit().await?;
        total += gone;
        if gone < u64::from(portion) {
            return Ok(total);
        }
    }
}
