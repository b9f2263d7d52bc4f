//! The records of sales for those who look after the shop: list them, explain one in words, and
//! try one again.

use crate::cancel::with_record;
use crate::error::OrderError;
use crate::fact::Record;
use crate::hear;
use crate::order::{Order, PaymentStatus, Status};
use crate::saga::{Saga, State, Step};
use crate::store;
use kernel::{Cursor, Limit, OrderId, Page, Timestamp};
use platform::{Cause, DbError, Host};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A sale that waits for something, or has waited.
#[derive(Debug, Serialize, ToSchema)]
pub struct SagaView {
    /// That of the order.
    pub id: OrderId,
    #[schema(example = "ORD-2026-000042")]
    pub number: String,
    pub step: Step,
    pub state: State,
    pub order_status: Status,
    pub payment_status: PaymentStatus,
    pub cancel_requested: bool,
    /// What it waits for, in words.
    pub explanation: String,
    /// Null once it is done.
    pub deadline_at: Option<Timestamp>,
    /// How often it was asked again.
    pub tries: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A sale with its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct SagaDetail {
    #[serde(flatten)]
    pub saga: SagaView,
    /// What was heard of it, oldest first.
    pub history: Vec<Heard>,
}

/// A line of the history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SagaFact)]
pub struct Heard {
    pub at: Timestamp,
    #[schema(example = "payment_authorized")]
    pub fact: String,
    /// The payment or shipment it is about, or the order.
    #[schema(example = "pay_01h455vb4pex5vsknk084sn02q")]
    pub subject: String,
    /// `applied`, `ignored` (twice, or it no longer mattered) or `late` (after its undoing).
    #[schema(example = "applied")]
    pub outcome: String,
    /// More about it, as a reason.
    pub detail: Option<String>,
}

/// A page of sales in a state; without one, of all that are not done. Newest first.
pub async fn list_sagas(
    host: &Host,
    state: Option<State>,
    after: Option<OrderId>,
    limit: Limit,
) -> Result<Page<SagaView>, DbError> {
    let mut tx = host.db.read().await?;
    let rows = store::list_sagas(&mut tx, state, after, limit).await?;
    let now = host.source.now();
    let page = Page::cut(rows, limit, |(order, _)| Cursor::of(&order.id));
    Ok(page.map(|(order, saga)| view(&order, &saga, now)))
}

/// One sale with its history.
pub async fn explain_saga(host: &Host, id: OrderId) -> Result<SagaDetail, OrderError> {
    let mut tx = host.db.read().await?;
    let order = store::find(&mut tx, id)
        .await?
        .ok_or(OrderError::NotFound)?;
    let saga = store::find_saga(&mut tx, id)
        .await?
        .ok_or(OrderError::NotFound)?;
    let history = store::history(&mut tx, id).await?;
    let mut history: Vec<Heard> = history.iter().map(heard).collect();
    let stock_answered = history.iter().any(|one| one.fact.starts_with("stock_"));
    if !stock_answered && saga.step != Step::Stock {
        history.insert(0, held_at_once(&order, &saga));
    }
    Ok(SagaDetail {
        saga: view(&order, &saga, host.source.now()),
        history,
    })
}

/// Gives a sale that waits its whole time again, and asks again for what it waits for.
pub async fn retry_saga(host: &Host, id: OrderId) -> Result<SagaDetail, OrderError> {
    let mut tx = host.db.begin().await?;
    let found = store::find_to_change(&mut tx, id).await?;
    let mut sale = with_record(&mut tx, found.ok_or(OrderError::NotFound)?).await?;
    if sale.saga.is_none() {
        return Err(OrderError::NotFound);
    }
    let now = host.source.now();
    let tell = sale.retry(now).ok_or(OrderError::NothingToRetry)?;
    let tries = sale.saga.as_ref().map_or(0, |saga| saga.tries);
    let record = Record::own(id, "retried", (tries, now));
    hear::write(&mut tx, &[&sale], &[record]).await?;
    if let Some(tell) = tell {
        hear::publish(&mut tx, &Cause::current(), &sale, tell)?;
    }
    tx.commit().await?;
    explain_saga(host, id).await
}

fn view(order: &Order, saga: &Saga, now: Timestamp) -> SagaView {
    SagaView {
        id: order.id,
        number: order.number(),
        step: saga.step,
        state: saga.state,
        order_status: order.status,
        payment_status: order.payment_status,
        cancel_requested: order.cancel_requested.is_some(),
        explanation: crate::explain::explain(order, saga, now),
        deadline_at: saga.deadline_at,
        tries: saga.tries,
        created_at: saga.started_at,
        updated_at: saga.updated_at,
    }
}

/// Inventory at home answers while the order is placed: nobody writes that down.
fn held_at_once(order: &Order, saga: &Saga) -> Heard {
    Heard {
        at: saga.started_at,
        fact: "stock_reserved".to_owned(),
        subject: order.id.to_string(),
        outcome: "applied".to_owned(),
        detail: None,
    }
}

fn heard(record: &Record) -> Heard {
    Heard {
        at: record.at,
        fact: record.fact.clone(),
        subject: subject(&record.fact, record.subject),
        outcome: record.outcome.clone(),
        detail: record.detail.clone(),
    }
}

/// The id as the API writes it.
pub fn subject(fact: &str, id: Uuid) -> String {
    match fact.split('_').next() {
        Some("payment") => kernel::PaymentId::from_uuid(id).to_string(),
        Some("shipment") => kernel::ShipmentId::from_uuid(id).to_string(),
        _ => OrderId::from_uuid(id).to_string(),
    }
}
