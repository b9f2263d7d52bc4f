//! Use case: count everything anew, from the log of this database. The shop may stay open: its
//! reports show what has been counted so far, and say so.

use crate::store::clear;
use platform::events::Rebuild;
use platform::{DbError, Host};

/// Forgets everything that was counted; the answer counts it again, step by step.
pub async fn begin_rebuild(host: &Host) -> Result<Rebuild, DbError> {
    Rebuild::begin(&host.db, "reports", async |tx| clear::everything(tx).await).await
}
