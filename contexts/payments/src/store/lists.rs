//! Reading payments to show them: one with its history, lists, refunds.

use super::cases::payment;
use super::sales::sale;
use super::word;
use crate::case::RefundStatus;
use crate::payment::{Payment, Status};
use crate::sale::Sale;
use kernel::{Currency, Limit, Money, OrderId, PaymentId, RefundId, StoreId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Tx};

const COLUMNS: &str = "select p.id, p.order_id, p.method, p.provider, p.currency, p.amount_minor,
    p.status, p.authorized_minor, p.captured_minor, p.voided_minor, p.refunded_minor,
    p.provider_reference, p.redirect_url, p.reason, p.correlation, p.version, p.created_at,
    p.updated_at
    from payments_payment p join payments_order o on o.id = p.order_id";

/// What a list is narrowed down to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Any of these.
    pub statuses: Vec<Status>,
    pub order_id: Option<OrderId>,
    pub method: Option<String>,
    /// Begun at or after, and before.
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// The stores the caller is limited to.
    pub only_stores: Option<Vec<StoreId>>,
}

/// One more row than `limit`, newest first, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<PaymentId>,
    limit: Limit,
) -> Result<Vec<Payment>, DbError> {
    let rows = filtered(tx.build(COLUMNS), filter)
        .and("and p.id < ?", after)
        .push("order by p.id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(payment).collect()
}

/// How many payments there are under the filter.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = tx.build(
        "select count(*) as total
         from payments_payment p join payments_order o on o.id = p.order_id",
    );
    filtered(query, filter).fetch_one().await?.get("total")
}

fn filtered<'t>(query: Build<'t>, filter: &Filter) -> Build<'t> {
    let query = query.push("where true");
    let query = match filter.statuses.split_first() {
        None => query,
        Some((first, rest)) => {
            let query = query.push("and p.status in (?").bind(first.as_str());
            let each = |query: Build<'t>, one: &Status| query.push(", ?").bind(one.as_str());
            rest.iter().fold(query, each).push(")")
        }
    };
    let query = match &filter.only_stores {
        None => query,
        Some(stores) => {
            let query = query.push("and (o.store_id is null or o.store_id in (null");
            let each = |query: Build<'t>, store: &StoreId| query.push(", ?").bind(*store);
            stores.iter().fold(query, each).push("))")
        }
    };
    query
        .and("and p.order_id = ?", filter.order_id)
        .and("and p.method = ?", filter.method.as_deref())
        .and("and p.created_at >= ?", filter.from)
        .and("and p.created_at < ?", filter.to)
}

/// A payment and its order.
pub async fn find(tx: &mut Tx, id: PaymentId) -> Result<Option<(Payment, Sale)>, DbError> {
    let found = tx
        .build(COLUMNS)
        .push("where p.id = ?")
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(payment) = found.as_ref().map(payment).transpose()? else {
        return Ok(None);
    };
    let sale = tx
        .query(
            "select id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, placed_at
             from payments_order where id = $1",
        )
        .bind(payment.order_id)
        .fetch_one()
        .await?;
    Ok(Some((payment, self::sale(&sale)?)))
}

/// The payments of an order, oldest first.
pub async fn of_order(tx: &mut Tx, order: OrderId) -> Result<Vec<Payment>, DbError> {
    let rows = tx
        .build(COLUMNS)
        .push("where p.order_id = ? order by p.id")
        .bind(order)
        .fetch_all()
        .await?;
    rows.iter().map(payment).collect()
}

/// A step of a payment.
#[derive(Clone, Debug)]
pub struct Step {
    pub at: Timestamp,
    pub what: String,
    pub amount_minor: Option<i64>,
    pub detail: Option<String>,
}

/// What happened to a payment, oldest first: its money, and what else is worth knowing.
pub async fn history(tx: &mut Tx, id: PaymentId) -> Result<Vec<Step>, DbError> {
    let rows = tx
        .query(
            "select occurred_at, id, kind as what, amount_minor, null as detail
             from payments_entry where payment_id = $1
             union all
             select occurred_at, id, what, cast(null as bigint), detail
             from payments_note where payment_id = $1
             order by 1, 2",
        )
        .bind(id)
        .fetch_all()
        .await?;
    let step = |row: &Row| {
        Ok(Step {
            at: row.get("occurred_at")?,
            what: row.get("what")?,
            amount_minor: row.get("amount_minor")?,
            detail: row.get("detail")?,
        })
    };
    rows.iter().map(step).collect()
}

/// A refund as it is shown.
#[derive(Clone, Debug)]
pub struct RefundRow {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub amount: Money,
    pub status: RefundStatus,
    pub reason: Option<String>,
    pub reference: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The refunds of a payment, oldest first.
pub async fn refunds(tx: &mut Tx, payment: PaymentId) -> Result<Vec<RefundRow>, DbError> {
    let rows = tx
        .query(
            "select id, payment_id, amount_minor, currency, status, reason, provider_reference,
                 created_at, updated_at
             from payments_refund where payment_id = $1 order by id",
        )
        .bind(payment)
        .fetch_all()
        .await?;
    rows.iter().map(refund).collect()
}

fn refund(row: &Row) -> Result<RefundRow, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(RefundRow {
        id: row.get("id")?,
        payment_id: row.get("payment_id")?,
        amount: Money::new(row.get("amount_minor")?, currency),
        status: word(row, "status", RefundStatus::parse)?,
        reason: row.get("reason")?,
        reference: row.get("provider_reference")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
