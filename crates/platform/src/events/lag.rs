//! How far a context's reactions are behind the log of their database.

use super::{log, runner};
use crate::db::{DbError, Tx};
use kernel::Timestamp;

/// What of the log waits for the runner of a context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Events after its position, whether it wants them or not; 0 when it wants none of them.
    pub events: i64,
    /// When the first that it wants occurred.
    pub oldest: Option<Timestamp>,
}

/// Reads it. Events that came over a bus are not in this log and are not counted.
pub async fn lag(tx: &mut Tx, context: &str) -> Result<Lag, DbError> {
    let position = runner::position(tx, context).await?;
    let events = log::last_number(tx).await? - position;
    let Some(subscriptions) = tx.db().subscriptions().filter(|_| events > 0) else {
        return Ok(Lag::default());
    };
    let kinds = subscriptions.asked_for(tx, context).await?;
    let first = log::read_open(tx, (context, &kinds), position, 1).await?;
    let first = first.first();
    Ok(Lag {
        events: first.map_or(0, |_| events),
        oldest: first.map(|event| event.occurred_at),
    })
}
