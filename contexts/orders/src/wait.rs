//! Waiting for an outcome that comes from elsewhere: inventory in another database, or a provider
//! of payments. A request waits a little before it is told that the order is pending.

use crate::answers::Answers;
use crate::error::{OrderError, Short};
use crate::order::{Order, Status};
use crate::place;
use crate::sale::{INSUFFICIENT_STOCK, PAYMENT_FAILED};
use crate::waiting::Waiter;
use axum::response::{IntoResponse as _, Response};
use platform::http::{Problem, RetryKey, StoredAnswer};
use std::time::Duration;

/// How long a buyer waits before the answer is 202.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers with the outcome, or with `pending` (202) when none comes in time. The answer takes the
/// place of the one stored with the key; where it cannot, the stored one is given.
pub async fn for_outcome(
    answers: &Answers,
    mut waiter: Waiter,
    key: Option<RetryKey>,
    pending: StoredAnswer,
) -> Result<Response, Problem> {
    let Ok(order) = tokio::time::timeout(PATIENCE, waiter.outcome()).await else {
        return Ok(pending.into_response());
    };
    let answer = outcome(&order).await?;
    if let Some(key) = key
        && !answers.replace(key, answer.clone()).await
    {
        return Ok(pending.into_response());
    }
    Ok(answer.into_response())
}

async fn outcome(order: &Order) -> Result<StoredAnswer, Problem> {
    if order.status != Status::Cancelled {
        return Ok(place::placed_answer(order).await?);
    }
    let detail = order.end_detail.as_deref();
    let error = match order.end_reason.as_deref() {
        Some(INSUFFICIENT_STOCK) => {
            let short: Result<Vec<Short>, _> = serde_json::from_str(detail.unwrap_or("[]"));
            OrderError::InsufficientStock(short.map_err(Problem::bug)?)
        }
        Some(PAYMENT_FAILED) => {
            let reason: Result<Option<String>, _> = serde_json::from_str(detail.unwrap_or("null"));
            OrderError::PaymentFailed(reason.map_err(Problem::bug)?)
        }
        _ => OrderError::CancelledMeanwhile,
    };
    StoredAnswer::of(Problem::from(error).into_response()).await
}
