//! Calls that are due, for whoever makes them.

use super::word;
use crate::attempt::{Kind, State};
use kernel::{Currency, Money, OrderId, PaymentId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// A call to make, with what a provider needs to know for it.
#[derive(Clone, Debug)]
pub struct Due {
    pub attempt_id: Uuid,
    pub kind: Kind,
    pub state: State,
    pub key: String,
    /// What the call is about; the payment's own amount may be another.
    pub amount: Money,
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub order_number: String,
    pub provider: String,
    pub total: Money,
    pub reference: Option<String>,
}

/// Calls that are due, the longest waiting first, of each payment the oldest only.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Due>, DbError> {
    let rows = tx
        .query(
            "select a.id, a.kind, a.state, a.idempotency_key, a.amount_minor, p.id as payment_id,
                 p.order_id, p.provider, p.currency, p.amount_minor as total_minor,
                 p.provider_reference, o.number
             from payments_attempt a
             join payments_payment p on p.id = a.payment_id
             join payments_order o on o.id = p.order_id
             where a.open and a.next_at <= $1 and o.number is not null
                 and not exists (select 1 from payments_attempt b
                     where b.payment_id = a.payment_id and b.open and b.id < a.id)
             order by a.next_at, a.id limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Due, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(Due {
        attempt_id: row.get("id")?,
        kind: word(row, "kind", Kind::parse)?,
        state: word(row, "state", State::parse)?,
        key: row.get("idempotency_key")?,
        amount: Money::new(row.get("amount_minor")?, currency),
        payment_id: row.get("payment_id")?,
        order_id: row.get("order_id")?,
        order_number: row.get("number")?,
        provider: row.get("provider")?,
        total: Money::new(row.get("total_minor")?, currency),
        reference: row.get("provider_reference")?,
    })
}

/// Marks calls as made, before they are made; answers those that still are as they were read. The
/// others were withdrawn meanwhile.
pub async fn mark_sent(tx: &mut Tx, calls: &[Due]) -> Result<HashSet<Uuid>, DbError> {
    let rows = Rows::new()
        .uuid("id", calls.iter().map(|one| one.attempt_id).collect())
        .text(
            "state",
            calls
                .iter()
                .map(|one| one.state.as_str().to_owned())
                .collect(),
        )
        .bigint(
            "sent",
            calls
                .iter()
                .map(|one| i64::from(one.state == State::Ready))
                .collect(),
        );
    let rows = tx
        .bulk(
            "update payments_attempt set tries = payments_attempt.tries + 1,
                 sent = payments_attempt.sent + r.sent
             from {rows} where payments_attempt.id = r.id and payments_attempt.state = r.state
             returning payments_attempt.id as id",
            rows,
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Looks at a call again only later.
pub async fn put_off(tx: &mut Tx, attempt: Uuid, until: Timestamp) -> Result<(), DbError> {
    tx.query("update payments_attempt set next_at = $2 where id = $1 and open")
        .bind(attempt)
        .bind(until)
        .execute()
        .await
        .map(drop)
}

/// A payment as a provider needs to know it, outside of any call.
pub async fn of_payment(tx: &mut Tx, payment: PaymentId) -> Result<Option<Due>, DbError> {
    let row = tx
        .query(
            "select p.id, 'authorize' as kind, 'waiting' as state, '' as idempotency_key,
                 p.amount_minor, p.id as payment_id, p.order_id, p.provider, p.currency,
                 p.amount_minor as total_minor, p.provider_reference,
                 coalesce(o.number, '') as number
             from payments_payment p join payments_order o on o.id = p.order_id
             where p.id = $1",
        )
        .bind(payment)
        .fetch_optional()
        .await?;
    row.as_ref().map(read).transpose()
}
