//! How far a context's reactions are behind the log of their database.

use super::{log, runner};
use crate::db::{DbError, Tx};
use kernel::Timestamp;

/// What the runner of a context has not looked at yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Events of the log after its position, whether it wants them or not.
    pub events: i64,
    /// When the first of them occurred.
    pub oldest: Option<Timestamp>,
}

/// Reads it. Events that came over a bus are not in this log and are not counted.
pub async fn lag(tx: &mut Tx, context: &str) -> Result<Lag, DbError> {
    let position = runner::position(tx, context).await?;
    let events = log::last_number(tx).await? - position;
    if events <= 0 {
        return Ok(Lag::default());
    }
    let first = log::read_after(tx, position, 1).await?;
    Ok(Lag {
        events,
        oldest: first.first().map(|event| event.occurred_at),
    })
}
