//! Job: tells of the levels that were there before `stock-moved` was told, once, so that whoever
//! counts stock from events has all of it.

use crate::moving;
use crate::store::untold;
use platform::module::Job;
use platform::{Cause, DbError, Host};
use std::time::Duration;

/// It has work in the first minute of a new version only.
const EVERY: Duration = Duration::from_secs(20);
/// Levels of one transaction.
const MOST: i64 = 500;

pub fn job(host: &Host) -> Job {
    Job::new("inventory-tell-all", EVERY, host, |host| async move {
        tell_all(&host).await
    })
}

/// Tells of every level that nobody has been told of.
pub async fn tell_all(host: &Host) -> Result<(), DbError> {
    while untold::any(&mut host.db.read().await?).await? {
        let mut tx = host.db.begin().await?;
        let levels = untold::take(&mut tx, MOST).await?;
        if levels.is_empty() {
            return Ok(()); // another process is telling of the last ones
        }
        moving::publish_moved(&mut tx, &Cause::system(), &levels)?;
        tx.commit().await?;
    }
    Ok(())
}
