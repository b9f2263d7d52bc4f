//! Deliveries are kept for a month. What is older and still waits (its endpoint was paused all the
//! time) is given up first, so that nothing vanishes while it is on its way.

use super::Webhooks;
use super::store::forget;
use platform::DbError;
use std::time::Duration;

const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

impl Webhooks {
    /// Forgets what is old and what belongs to nobody any more, in portions.
    pub async fn forget(&self) -> Result<(), DbError> {
        let old = self.host.source.now().minus(KEPT);
        loop {
            // One portion of each kind.
            let mut tx = self.host.db.begin().await?;
            let mut gone = forget::give_up(&mut tx, old, self.host.source.now()).await?;
            gone += forget::deliveries(&mut tx, old).await?;
            gone += forget::orphans(&mut tx).await?;
            gone += forget::events(&mut tx, old).await?;
            tx.commit().await?;
            if gone == 0 {
                return Ok(());
            }
        }
    }
}
