//! Reads back what the shop says of what happened and whom it told, as any client could.

use serde_json::Value;

use super::compare::{Event, Found, Message};
use super::stand_in::Who;
use crate::chaos::readback::{pages, text};
use crate::http::{Call, Caller};
use crate::outcome::Outcome;

/// The outcome of an attempt whose process was killed.
pub const KILLED: &str = "killed";

/// The events of the log after a number, and the number to go on from.
pub async fn events(caller: &mut Caller, mut after: i64) -> Outcome<(Vec<Event>, i64)> {
    let mut events = Vec::new();
    loop {
        let path = format!("/v1/events?limit=100&after={after}");
        let page = caller.need(&Call::get(path)).await?;
        let next = page["next_after"].as_i64().unwrap_or(after);
        let items = page["items"].as_array().cloned().unwrap_or_default();
        events.extend(items.iter().map(event));
        if next == after {
            return Ok((events, after));
        }
        after = next;
    }
}

fn event(event: &Value) -> Event {
    let data = &event["data"];
    Event {
        id: text(event, "id"),
        kind: text(event, "type"),
        order: data["order_id"].as_str().map(str::to_owned),
        reason: text(data, "reason"),
    }
}

/// How many messages wait to be sent, or are being sent.
pub async fn waiting(caller: &mut Caller, endpoint: &str) -> Outcome<i64> {
    let mut sum = 0;
    for path in [
        "/v1/notifications?status=queued".to_owned(),
        "/v1/notifications?status=sending".to_owned(),
        format!("/v1/webhook-endpoints/{endpoint}/deliveries?state=pending"),
    ] {
        let call = Call::get(format!("{path}&limit=1&count=true"));
        sum += caller.need(&call).await?["total"].as_i64().unwrap_or(1);
    }
    Ok(sum)
}

/// Everything: events after a number, notices, deliveries.
pub async fn read(caller: &mut Caller, after: i64, endpoint: &str) -> Outcome<Found> {
    let (events, _) = events(caller, after).await?;
    let mut messages = Vec::new();
    for notice in pages(caller, "/v1/notifications?limit=100").await? {
        messages.push(message_of_notice(caller, &notice).await?);
    }
    let path = format!("/v1/webhook-endpoints/{endpoint}/deliveries?limit=100");
    for delivery in pages(caller, &path).await? {
        messages.push(message_of_delivery(caller, &delivery).await?);
    }
    Ok(Found { events, messages })
}

async fn message_of_notice(caller: &mut Caller, notice: &Value) -> Outcome<Message> {
    let (id, attempts) = (text(notice, "id"), count(&notice["tries"]));
    let mut outcomes = Vec::new();
    if attempts > 1 {
        let path = format!("/v1/notifications/{id}");
        let detail = caller.need(&Call::get(path)).await?;
        for attempt in detail["attempts"].as_array().into_iter().flatten() {
            outcomes.push(match (text(attempt, "outcome"), text(attempt, "reason")) {
                (outcome, _) if outcome == "lost" => KILLED.to_owned(),
                (outcome, reason) if reason.is_empty() => outcome,
                (_, reason) => reason,
            });
        }
    }
    let (is_mail, state) = (notice["channel"] == "email", text(notice, "status"));
    Ok(Message {
        id,
        who: if is_mail { Who::Mail } else { Who::Text },
        about: (text(notice, "kind"), text(notice, "order_id")),
        is_done: state == "sent",
        state,
        attempts,
        outcomes,
    })
}

async fn message_of_delivery(caller: &mut Caller, delivery: &Value) -> Outcome<Message> {
    let attempts = count(&delivery["attempts"]);
    let mut outcomes = Vec::new();
    if attempts > 1 {
        let path = format!("/v1/webhook-endpoints/deliveries/{}", text(delivery, "id"));
        let detail = caller.need(&Call::get(path)).await?;
        let log = detail["log"].as_array().into_iter().flatten();
        outcomes.extend(log.map(|attempt| text(attempt, "outcome")));
        // Counted when they began, and nobody was left to say how they ended.
        let killed = attempts.saturating_sub(outcomes.len() as u64);
        outcomes.extend((0..killed).map(|_| KILLED.to_owned()));
    }
    let state = text(delivery, "state");
    Ok(Message {
        id: text(delivery, "event_id"),
        who: Who::Webhook,
        about: (text(delivery, "event_type"), String::new()),
        is_done: state == "delivered",
        state,
        attempts,
        outcomes,
    })
}

fn count(number: &Value) -> u64 {
    number.as_u64().unwrap_or_default()
}
