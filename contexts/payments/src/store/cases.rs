//! Reading payments with everything that bears on them, many at once.

use super::word;
use crate::attempt::{Attempt, Kind, State};
use crate::case::Case;
use crate::payment::{Payment, Status, Sums};
use crate::sale::Sale;
use kernel::{Currency, Money, OrderId, PaymentId};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

/// The payments of orders, oldest first. Two statements, however many orders.
pub async fn of_sales(tx: &mut Tx, sales: &[Sale]) -> Result<Vec<Case>, DbError> {
    let rows = tx
        .bulk(
            "select p.id, p.order_id, p.method, p.provider, p.currency, p.amount_minor, p.status,
                 p.authorized_minor, p.captured_minor, p.voided_minor, p.refunded_minor,
                 p.provider_reference, p.redirect_url, p.reason, p.correlation, p.version,
                 p.created_at, p.updated_at
             from {rows} join payments_payment p on p.order_id = r.id order by p.id",
            Rows::new().id("id", sales.iter().map(|sale| sale.id)),
        )
        .fetch_all()
        .await?;
    let payments = rows.iter().map(payment).collect::<Result<Vec<_>, _>>()?;
    if payments.is_empty() {
        return Ok(Vec::new());
    }
    let mut attempts = attempts(tx, payments.iter().map(|one| one.id).collect()).await?;
    let sales: HashMap<OrderId, &Sale> = sales.iter().map(|sale| (sale.id, sale)).collect();
    let case = |payment: Payment| {
        let sale = sales.get(&payment.order_id)?;
        let attempts = attempts.remove(&payment.id).unwrap_or_default();
        Some(Case::open((*sale).clone(), payment, attempts))
    };
    Ok(payments.into_iter().filter_map(case).collect())
}

async fn attempts(
    tx: &mut Tx,
    payments: Vec<PaymentId>,
) -> Result<HashMap<PaymentId, Vec<Attempt>>, DbError> {
    let rows = tx
        .bulk(
            "select a.id, a.payment_id, a.refund_id, a.kind, a.idempotency_key, a.amount_minor,
                 a.state, a.tries, a.sent, a.next_at, a.deadline_at, a.provider_reference,
                 a.reason, a.causation, a.created_at
             from {rows} join payments_attempt a on a.payment_id = r.id order by a.id",
            Rows::new().id("id", payments),
        )
        .fetch_all()
        .await?;
    let mut found: HashMap<PaymentId, Vec<Attempt>> = HashMap::new();
    for row in &rows {
        let attempt = attempt(row)?;
        found.entry(attempt.payment_id).or_default().push(attempt);
    }
    Ok(found)
}

/// The order a payment belongs to.
pub async fn order_of(tx: &mut Tx, payment: PaymentId) -> Result<Option<OrderId>, DbError> {
    let row = tx
        .query("select order_id from payments_payment where id = $1")
        .bind(payment)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("order_id")).transpose()
}

/// The payment that a provider knows by this name.
pub async fn by_reference(
    tx: &mut Tx,
    provider: &str,
    reference: &str,
) -> Result<Option<PaymentId>, DbError> {
    let row = tx
        .query(
            "select id from payments_payment where provider = $1 and provider_reference = $2
             order by id limit 1",
        )
        .bind(provider)
        .bind(reference)
        .fetch_optional()
        .await?;
    row.map(|row| row.get("id")).transpose()
}

pub(super) fn payment(row: &Row) -> Result<Payment, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(Payment {
        id: row.get("id")?,
        order_id: row.get("order_id")?,
        method: row.get("method")?,
        provider: row.get("provider")?,
        amount: Money::new(row.get("amount_minor")?, currency),
        status: word(row, "status", Status::parse)?,
        sums: Sums {
            authorized: row.get("authorized_minor")?,
            captured: row.get("captured_minor")?,
            voided: row.get("voided_minor")?,
            refunded: row.get("refunded_minor")?,
        },
        reference: row.get("provider_reference")?,
        redirect_url: row.get("redirect_url")?,
        reason: row.get("reason")?,
        correlation: row.get("correlation")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn attempt(row: &Row) -> Result<Attempt, DbError> {
    Ok(Attempt {
        id: row.get("id")?,
        payment_id: row.get("payment_id")?,
        refund_id: row.get("refund_id")?,
        kind: word(row, "kind", Kind::parse)?,
        key: row.get("idempotency_key")?,
        amount: row.get("amount_minor")?,
        state: word(row, "state", State::parse)?,
        tries: row.get("tries")?,
        sent: row.get("sent")?,
        next_at: row.get("next_at")?,
        deadline_at: row.get("deadline_at")?,
        reference: row.get("provider_reference")?,
        reason: row.get("reason")?,
        causation: row.get("causation")?,
        created_at: row.get("created_at")?,
    })
}
