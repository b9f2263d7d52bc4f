//! The records of sales that wait, and what was heard of them.

use super::order::{order, word};
use crate::fact::Record;
use crate::order::Order;
use crate::payment::{Payments, Told};
use crate::saga::{Saga, State, Step};
use crate::sale::Sale;
use kernel::{Limit, OrderId, PaymentId, Timestamp};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use std::collections::{BTreeSet, HashMap};

/// Reads sales without their lines, and keeps others from changing them until this transaction
/// ends. Two statements, so that the second sees what whoever held the lock has written.
pub async fn sales(
    tx: &mut Tx,
    ids: &BTreeSet<OrderId>,
) -> Result<HashMap<OrderId, Sale>, DbError> {
    tx.hold(ids.iter().copied()).await?;
    let sql = match tx.engine() {
        Engine::Sqlite => "select o.* from {rows} cross join orders_order o where o.id = r.id",
        // The lateral keeps a plan made while the table was small on the index, and locks in order.
        Engine::Postgres => {
            "select o.* from {rows} cross join lateral (
                 select * from orders_order o where o.id = r.id for no key update) o"
        }
    };
    let rows = Rows::new().id("id", ids.iter().copied());
    let rows = tx.bulk(sql, rows).fetch_all().await?;
    let orders = rows.iter().map(order).collect::<Result<Vec<_>, _>>()?;
    with_records(tx, orders).await
}

const RECORDS_SQLITE: &str = "
    select r.id as order_id, s.step, s.state, s.deadline_at, s.tries, s.started_at, s.updated_at,
        f.subject, f.fact, f.version, f.captured_minor, f.refunded_minor
    from {rows} left join orders_saga s on s.order_id = r.id
        left join orders_saga_fact f on f.order_id = r.id and f.fact like 'payment%'";

const RECORDS_POSTGRES: &str = "
    select r.id as order_id, s.step, s.state, s.deadline_at, s.tries, s.started_at, s.updated_at,
        f.subject, f.fact, f.version, f.captured_minor, f.refunded_minor
    from {rows} left join lateral (
            select * from orders_saga s where s.order_id = r.id offset 0) s on true
        left join lateral (
            select * from orders_saga_fact f
            where f.order_id = r.id and f.fact like 'payment%' offset 0) f on true";

/// Adds what is recorded of orders that the caller holds locked.
pub async fn with_records(
    tx: &mut Tx,
    orders: Vec<Order>,
) -> Result<HashMap<OrderId, Sale>, DbError> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = match tx.engine() {
        Engine::Sqlite => RECORDS_SQLITE,
        Engine::Postgres => RECORDS_POSTGRES,
    };
    let ids = Rows::new().id("id", orders.iter().map(|order| order.id));
    let rows = tx.bulk(sql, ids).fetch_all().await?;
    let mut records: HashMap<OrderId, (Option<Saga>, Payments)> = HashMap::new();
    for row in &rows {
        let (known, payments) = records.entry(row.get("order_id")?).or_default();
        if row.get::<Option<String>>("step")?.is_some() {
            *known = Some(saga(row)?);
        }
        hear(row, payments)?;
    }
    let sale = |order: Order| {
        let (saga, payments) = records.remove(&order.id).unwrap_or_default();
        (order.id, Sale::new(order, saga, payments))
    };
    Ok(orders.into_iter().map(sale).collect())
}

fn hear(row: &Row, payments: &mut Payments) -> Result<(), DbError> {
    let Some(fact) = row.get::<Option<String>>("fact")? else {
        return Ok(());
    };
    let captured: Option<i64> = row.get("captured_minor")?;
    let refunded: Option<i64> = row.get("refunded_minor")?;
    let told = Told::read(&fact, captured.unwrap_or(0), refunded.unwrap_or(0));
    if let Some(told) = told {
        let id: PaymentId = row.get("subject")?;
        payments.hear(id, row.get("version")?, told);
    }
    Ok(())
}

fn saga(row: &Row) -> Result<Saga, DbError> {
    Ok(Saga {
        step: word(row, "step", Step::parse)?,
        state: word(row, "state", State::parse)?,
        deadline_at: row.get("deadline_at")?,
        tries: row.get("tries")?,
        started_at: row.get("started_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Writes records, new ones and changed ones.
pub async fn keep_sagas(tx: &mut Tx, sagas: &[(OrderId, Saga)]) -> Result<(), DbError> {
    if sagas.is_empty() {
        return Ok(());
    }
    let column = |pick: fn(&Saga) -> i64| sagas.iter().map(|(_, saga)| pick(saga)).collect();
    let text = |pick: fn(&Saga) -> &str| sagas.iter().map(|(_, s)| pick(s).to_owned()).collect();
    let deadline = |(_, saga): &(OrderId, Saga)| saga.deadline_at.map(Timestamp::unix_micros);
    let rows = Rows::new()
        .id("order_id", sagas.iter().map(|(id, _)| *id))
        .text("step", text(|saga| saga.step.as_str()))
        .text("state", text(|saga| saga.state.as_str()))
        .optional_bigint("deadline_at", sagas.iter().map(deadline).collect())
        .bigint("tries", column(|saga| saga.tries))
        .bigint("started_at", column(|saga| saga.started_at.unix_micros()))
        .bigint("updated_at", column(|saga| saga.updated_at.unix_micros()));
    tx.write(
        "insert into orders_saga (order_id, step, state, deadline_at, tries, started_at, updated_at)
         select order_id, step, state, deadline_at, tries, started_at, updated_at
         from {rows} where true
         on conflict (order_id) do update set step = excluded.step, state = excluded.state,
             deadline_at = excluded.deadline_at, tries = excluded.tries,
             updated_at = excluded.updated_at",
        rows,
    )
    .await
}

/// Adds to the history; what is in it already stays as it is.
pub async fn keep_records(tx: &mut Tx, records: &[Record]) -> Result<(), DbError> {
    if records.is_empty() {
        return Ok(());
    }
    let text = |pick: fn(&Record) -> &str| records.iter().map(|r| pick(r).to_owned()).collect();
    let number = |pick: fn(&Record) -> Option<i64>| records.iter().map(pick).collect();
    let rows = Rows::new()
        .id("order_id", records.iter().map(|one| one.order_id))
        .uuid("subject", records.iter().map(|one| one.subject).collect())
        .text("fact", text(|one| &one.fact))
        .bigint("version", records.iter().map(|one| one.version).collect())
        .time("at", records.iter().map(|one| one.at))
        .optional_bigint("captured", number(|one| one.captured))
        .optional_bigint("refunded", number(|one| one.refunded))
        .optional_text(
            "detail",
            records.iter().map(|one| one.detail.clone()).collect(),
        )
        .text("outcome", text(|one| &one.outcome));
    tx.write(
        "insert into orders_saga_fact (order_id, subject, fact, version, at, captured_minor,
             refunded_minor, detail, outcome)
         select order_id, subject, fact, version, at, captured, refunded, detail, outcome
         from {rows} where true on conflict do nothing",
        rows,
    )
    .await
}

/// The history of an order, oldest first.
pub async fn history(tx: &mut Tx, id: OrderId) -> Result<Vec<Record>, DbError> {
    let rows = tx
        .query(
            "select order_id, subject, fact, version, at, captured_minor, refunded_minor, detail,
                 outcome
             from orders_saga_fact where order_id = $1 order by at, subject, version",
        )
        .bind(id)
        .fetch_all()
        .await?;
    let record = |row: &Row| {
        Ok(Record {
            order_id: row.get("order_id")?,
            fact: row.get("fact")?,
            subject: row.get("subject")?,
            version: row.get("version")?,
            at: row.get("at")?,
            captured: row.get("captured_minor")?,
            refunded: row.get("refunded_minor")?,
            detail: row.get("detail")?,
            outcome: row.get("outcome")?,
        })
    };
    rows.iter().map(record).collect()
}

/// Sales past their deadline that have something coming: a first look, or no more hope.
pub async fn overdue(
    tx: &mut Tx,
    (now, hopeless): (Timestamp, Timestamp),
    limit: i64,
) -> Result<BTreeSet<OrderId>, DbError> {
    let rows = tx
        .query(
            "select order_id from orders_saga
             where state <> 'done' and state <> 'stuck' and deadline_at <= $1
                 and (tries = 0 or deadline_at <= $2)
             order by deadline_at limit $3",
        )
        .bind(now)
        .bind(hopeless)
        .bind(limit)
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("order_id")).collect()
}

/// How many sales are stuck.
pub async fn count_stuck(tx: &mut Tx) -> Result<i64, DbError> {
    tx.query("select count(*) as stuck from orders_saga where state <> 'done' and state = 'stuck'")
        .fetch_one()
        .await?
        .get("stuck")
}

/// A page of sales in a state, or of all that are not done; newest first, one more than `limit`.
pub async fn list_sagas(
    tx: &mut Tx,
    state: Option<State>,
    after: Option<OrderId>,
    limit: Limit,
) -> Result<Vec<(Order, Saga)>, DbError> {
    let rows = tx
        .build(
            "select o.*, s.step as saga_step, s.state as saga_state, s.deadline_at, s.tries,
                 s.started_at, s.updated_at as saga_updated_at
             from orders_saga s join orders_order o on o.id = s.order_id where true",
        )
        .push_if(state.is_none(), "and s.state <> 'done'")
        .and("and s.state = ?", state.map(State::as_str))
        .and("and s.order_id < ?", after)
        .push("order by s.order_id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    let both = |row: &Row| {
        let saga = Saga {
            step: word(row, "saga_step", Step::parse)?,
            state: word(row, "saga_state", State::parse)?,
            deadline_at: row.get("deadline_at")?,
            tries: row.get("tries")?,
            started_at: row.get("started_at")?,
            updated_at: row.get("saga_updated_at")?,
        };
        Ok((order(row)?, saga))
    };
    rows.iter().map(both).collect()
}

/// The record of one sale.
pub async fn find_saga(tx: &mut Tx, id: OrderId) -> Result<Option<Saga>, DbError> {
    let row = tx
        .query(
            "select step, state, deadline_at, tries, started_at, updated_at
             from orders_saga where order_id = $1",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(saga).transpose()
}

/// Writes what facts change about orders; their lines stay.
pub async fn update_heads(tx: &mut Tx, orders: &[&Order]) -> Result<(), DbError> {
    if orders.is_empty() {
        return Ok(());
    }
    let text = |pick: fn(&Order) -> &str| orders.iter().map(|o| pick(o).to_owned()).collect();
    let optional = |pick: fn(&Order) -> &Option<String>| {
        orders.iter().map(|order| pick(order).clone()).collect()
    };
    let rows = Rows::new()
        .id("id", orders.iter().map(|order| order.id))
        .text("status", text(|order| order.status.as_str()))
        .text("payment", text(|order| order.payment_status.as_str()))
        .text("fulfilment", text(|order| order.fulfilment_status.as_str()))
        .optional_id("store_id", orders.iter().map(|order| order.store_id))
        .optional_text("end_reason", optional(|order| &order.end_reason))
        .optional_text("end_detail", optional(|order| &order.end_detail))
        .optional_text("wish", optional(|order| &order.cancel_requested))
        .time("updated_at", orders.iter().map(|order| order.updated_at))
        .bigint(
            "version",
            orders.iter().map(|order| order.version).collect(),
        );
    tx.bulk(
        "update orders_order set status = r.status, payment_status = r.payment,
             fulfilment_status = r.fulfilment, store_id = r.store_id, end_reason = r.end_reason,
             end_detail = r.end_detail, cancel_requested = r.wish, updated_at = r.updated_at,
             version = r.version
         from {rows} where orders_order.id = r.id",
        rows,
    )
    .execute()
    .await
    .map(drop)
}
