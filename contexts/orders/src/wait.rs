//! Waiting for an outcome that comes from another database: where inventory lives elsewhere, a
//! request waits a little for its answer before it is told that the order is pending.

use crate::error::{OrderError, Short};
use crate::order::{Order, Status};
use crate::{place, store};
use axum::response::{IntoResponse as _, Response};
use kernel::OrderId;
use platform::http::{Problem, RetryKey, StoredAnswer, retry};
use platform::{DbError, Host};
use std::time::Duration;

/// How long a buyer waits before the answer is 202.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often to look; short against what a buyer notices.
const LOOK: Duration = Duration::from_millis(20);

/// Answers with the outcome, or with `pending` (202) when none comes in time. The answer takes the
/// place of the one stored with the key.
pub async fn for_outcome(
    host: &Host,
    id: OrderId,
    key: Option<RetryKey>,
    pending: StoredAnswer,
) -> Result<Response, Problem> {
    let Ok(order) = tokio::time::timeout(PATIENCE, settled(host, id)).await else {
        return Ok(pending.into_response());
    };
    let answer = outcome(&order?).await?;
    if let Some(key) = key {
        let mut tx = host.db.begin().await?;
        retry::replace(&mut tx, &host.source, &key, &answer).await?;
        tx.commit().await?;
    }
    Ok(answer.into_response())
}

async fn settled(host: &Host, id: OrderId) -> Result<Order, DbError> {
    loop {
        let order = store::find(&mut host.db.read().await?, id).await?;
        match order {
            Some(order) if order.status != Status::Pending => return Ok(order),
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

async fn outcome(order: &Order) -> Result<StoredAnswer, Problem> {
    if order.status != Status::Cancelled {
        return Ok(place::placed_answer(order).await?);
    }
    let detail = order.end_detail.as_deref().unwrap_or("[]");
    let short: Vec<Short> = serde_json::from_str(detail).map_err(Problem::bug)?;
    let problem = Problem::from(OrderError::InsufficientStock(short));
    StoredAnswer::of(problem.into_response()).await
}
