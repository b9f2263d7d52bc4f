//! Use case: months that are over are added up, so that reports of long periods read little. What
//! changes about them later is added to both (`store/spans.rs`).

use crate::calendar::Day;
use crate::store::spans;
use platform::module::Job;
use platform::{DbError, Host};
use std::time::Duration;

/// A month ends twelve times a year; after an import there may be many to close.
const EVERY: Duration = Duration::from_secs(600);
/// Days after its end before a month is closed: whoever counts has looked at the clock before.
const GRACE: i64 = 1;

pub fn job(host: &Host) -> Job {
    Job::new("reports-close-months", EVERY, host, |host| async move {
        close_months(&host).await
    })
}

/// Closes every month that is over, one a transaction.
pub async fn close_months(host: &Host) -> Result<(), DbError> {
    let end = Day::of(host.source.now()).before(GRACE).month_start();
    loop {
        let mut tx = host.db.begin().await?;
        let Some(first) = spans::next_to_close(&mut tx).await? else {
            return Ok(());
        };
        if first.next_month() > end {
            return Ok(());
        }
        spans::close(&mut tx, first).await?;
        tx.commit().await?;
    }
}
