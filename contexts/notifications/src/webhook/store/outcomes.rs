//! Writing down what came of attempts.

use crate::webhook::record::End;
use crate::webhook::verdict::Verdict;
use kernel::{Timestamp, WebhookId};
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// The log of attempts; of deliveries that are forgotten meanwhile nothing is kept.
pub async fn insert_attempts(tx: &mut Tx, ends: &[End<'_>]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("delivery_id", ends.iter().map(|end| end.claimed.id))
        .bigint("nth", ends.iter().map(|end| end.claimed.attempts).collect())
        .time("at", ends.iter().map(|end| end.attempted.at))
        .text("outcome", ends.iter().map(outcome).collect())
        .optional_bigint("status", ends.iter().map(status).collect())
        .bigint("duration_ms", ends.iter().map(duration_ms).collect())
        .optional_text(
            "answer",
            ends.iter()
                .map(|end| end.attempted.answer.clone())
                .collect(),
        );
    tx.bulk(
        "insert into notifications_webhook_attempt (delivery_id, nth, at, outcome, status,
             duration_ms, answer)
         select delivery_id, nth, at, outcome, status, duration_ms, answer from {rows}
         where exists (select 1 from notifications_webhook_delivery d where d.id = r.delivery_id)
         on conflict (delivery_id, nth) do nothing",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

fn outcome(end: &End<'_>) -> String {
    end.attempted.outcome.as_str().to_owned()
}

fn status(end: &End<'_>) -> Option<i64> {
    end.attempted.status.map(i64::from)
}

fn duration_ms(end: &End<'_>) -> i64 {
    i64::try_from(end.attempted.took.as_millis()).unwrap_or(i64::MAX)
}

/// Ends the claim. What somebody else has claimed since is theirs.
pub async fn settle(
    tx: &mut Tx,
    claim: Uuid,
    ends: &[End<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let delivered = |end: &End<'_>| match end.verdict {
        Verdict::Delivered => Some(now.unix_micros()),
        Verdict::Again { .. } | Verdict::Dead => None,
    };
    let since = |end: &End<'_>| match end.verdict {
        Verdict::Again { since, .. } => Some(since.unix_micros()),
        Verdict::Dead => end.claimed.first_failed_at.map(Timestamp::unix_micros),
        Verdict::Delivered => None,
    };
    let rows = Rows::new()
        .id("id", ends.iter().map(|end| end.claimed.id))
        .text("state", ends.iter().map(state).collect())
        .time("next_at", ends.iter().map(|end| next_at(end, now)))
        .optional_bigint("first_failed_at", ends.iter().map(since).collect())
        .text("outcome", ends.iter().map(outcome).collect())
        .optional_bigint("status", ends.iter().map(status).collect())
        .bigint("duration_ms", ends.iter().map(duration_ms).collect())
        .optional_bigint("delivered_at", ends.iter().map(delivered).collect());
    tx.bulk(
        "update notifications_webhook_delivery
         set state = r.state, next_at = r.next_at, first_failed_at = r.first_failed_at,
             last_outcome = r.outcome, last_status = r.status, last_duration_ms = r.duration_ms,
             delivered_at = r.delivered_at, claim = null, claimed_until = null, updated_at = {1}
         from {rows} where notifications_webhook_delivery.id = r.id
             and notifications_webhook_delivery.claim = {2}",
        rows,
    )
    .bind(now)
    .bind(claim)
    .execute()
    .await
    .map(drop)
}

fn state(end: &End<'_>) -> String {
    let state = match end.verdict {
        Verdict::Delivered => "delivered",
        Verdict::Again { .. } => "pending",
        Verdict::Dead => "dead",
    };
    state.to_owned()
}

fn next_at(end: &End<'_>, now: Timestamp) -> Timestamp {
    match end.verdict {
        Verdict::Again { at, .. } => at,
        Verdict::Delivered | Verdict::Dead => now,
    }
}

/// What waits behind a delivery that failed waits as long, so that nobody looks at it in vain;
/// what waited behind one that is done with is due.
pub async fn move_followers(
    tx: &mut Tx,
    endpoint: WebhookId,
    ends: &[End<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let moves = |end: &&End<'_>| {
        let at_first_try = end.verdict == Verdict::Delivered && end.claimed.attempts == 1;
        !at_first_try
    };
    let heads: Vec<_> = ends.iter().filter(moves).collect();
    if heads.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .text(
            "aggregate",
            heads
                .iter()
                .map(|end| end.claimed.aggregate.clone())
                .collect(),
        )
        .uuid(
            "aggregate_id",
            heads.iter().map(|end| end.claimed.aggregate_id).collect(),
        )
        .bigint(
            "version",
            heads.iter().map(|end| end.claimed.version).collect(),
        )
        .time("next_at", heads.iter().map(|end| next_at(end, now)));
    tx.bulk(
        "update notifications_webhook_delivery set next_at = r.next_at
         from {rows} where notifications_webhook_delivery.endpoint_id = {1}
             and notifications_webhook_delivery.state = 'pending'
             and notifications_webhook_delivery.aggregate_id = r.aggregate_id
             and notifications_webhook_delivery.aggregate = r.aggregate
             and notifications_webhook_delivery.version > r.version",
        rows,
    )
    .bind(endpoint)
    .execute()
    .await
    .map(drop)
}
