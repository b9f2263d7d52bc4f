//! The ledger: rows are added, never changed.

use crate::movement::{Because, Kind, Movement};
use crate::stock::{Delta, Place};
use kernel::{Currency, Money, OrderId, StoreId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// A product held for an order in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    pub order: OrderId,
    pub place: Place,
    pub pieces: i64,
}

const RESERVE: &str = "
    insert into inventory_movement
        (id, product_id, store_id, kind, d_on_hand, d_reserved, order_id, occurred_at)
    select id, product_id, store_id, 'reserve', 0, pieces, order_id, occurred_at from {rows}";

/// The trigger of the ledger refuses a crossing that nobody has told of, where it is asked to.
const RESERVE_UNSEEN: &str = "
    with asked as (select set_config('inventory.optimistic', 'on', true))
    insert into inventory_movement
        (id, product_id, store_id, kind, d_on_hand, d_reserved, order_id, occurred_at)
    select id, product_id, store_id, 'reserve', 0, pieces, order_id, occurred_at
    from {rows}, asked";

/// Holds stock for orders: the statement that placing orders stands and falls with, so it carries
/// no column it does not need. The caller holds the levels locked.
pub async fn reserve(tx: &mut Tx, held: &[Reserved], now: Timestamp) -> Result<(), DbError> {
    insert_reserved(tx, RESERVE, held, now).await
}

/// As [`reserve`], for a caller who has read the levels without a lock (PostgreSQL only): refused
/// when there is not enough any more, or when a level crosses zero or its threshold.
pub async fn reserve_unseen(tx: &mut Tx, held: &[Reserved], now: Timestamp) -> Result<(), DbError> {
    insert_reserved(tx, RESERVE_UNSEEN, held, now).await
}

async fn insert_reserved(
    tx: &mut Tx,
    sql: &'static str,
    held: &[Reserved],
    now: Timestamp,
) -> Result<(), DbError> {
    if held.is_empty() {
        return Ok(());
    }
    let source = tx.db().source().clone();
    let rows = Rows::new()
        .uuid("id", held.iter().map(|_| source.uuid()).collect())
        .id("product_id", held.iter().map(|one| one.place.product))
        .id("store_id", held.iter().map(|one| one.place.store))
        .bigint("pieces", held.iter().map(|one| one.pieces).collect())
        .id("order_id", held.iter().map(|one| one.order))
        .time("occurred_at", held.iter().map(|_| now));
    tx.write(sql, rows).await
}

/// Writes movements of any kind; their levels change with it.
pub async fn append(tx: &mut Tx, movements: &[Movement]) -> Result<(), DbError> {
    if movements.is_empty() {
        return Ok(());
    }
    tx.bulk(
        "insert into inventory_movement
             (id, product_id, store_id, kind, d_on_hand, d_reserved, order_id, shipment_id,
              transfer_id, document, reason, actor, unit_cost_minor, currency, occurred_at)
         select id, product_id, store_id, kind, d_on_hand, d_reserved, order_id, shipment_id,
              transfer_id, document, reason, actor, unit_cost_minor, currency, occurred_at
         from {rows}",
        rows_of(movements),
    )
    .execute()
    .await
    .map(drop)
}

fn rows_of(all: &[Movement]) -> Rows {
    let kind = |one: &Movement| one.kind.as_str().to_owned();
    let actor = |one: &Movement| one.cause.actor().map(str::to_owned);
    let cost = |one: &Movement| one.unit_cost.map(Money::minor);
    let currency = |one: &Movement| one.unit_cost.map(|cost| cost.currency().to_string());
    Rows::new()
        .id("id", all.iter().map(|one| one.id))
        .id("product_id", all.iter().map(|one| one.place.product))
        .id("store_id", all.iter().map(|one| one.place.store))
        .text("kind", all.iter().map(kind).collect())
        .bigint(
            "d_on_hand",
            all.iter().map(|one| one.delta.on_hand).collect(),
        )
        .bigint(
            "d_reserved",
            all.iter().map(|one| one.delta.reserved).collect(),
        )
        .optional_id("order_id", all.iter().map(|one| one.cause.order()))
        .optional_id("shipment_id", all.iter().map(|one| one.cause.shipment()))
        .optional_id("transfer_id", all.iter().map(|one| one.cause.transfer()))
        .optional_text(
            "document",
            all.iter().map(|one| one.document.clone()).collect(),
        )
        .optional_text("reason", all.iter().map(|one| one.reason.clone()).collect())
        .optional_text("actor", all.iter().map(actor).collect())
        .optional_bigint("unit_cost_minor", all.iter().map(cost).collect())
        .optional_text("currency", all.iter().map(currency).collect())
        .time("occurred_at", all.iter().map(|one| one.occurred_at))
}

/// What these orders still hold: what was reserved less what has been shipped and released.
pub async fn still_held(tx: &mut Tx, orders: Vec<OrderId>) -> Result<Vec<Reserved>, DbError> {
    let rows = tx
        .bulk(
            "select m.order_id, m.product_id, m.store_id, m.d_reserved
                 + coalesce((select cast(sum(x.d_reserved) as bigint) from inventory_movement x
                     where x.order_id = m.order_id and x.product_id = m.product_id
                         and x.store_id = m.store_id and x.d_reserved < 0), 0) as pieces
             from {rows} join inventory_movement m
                 on m.order_id = r.order_id and m.kind = 'reserve'",
            Rows::new().id("order_id", orders),
        )
        .fetch_all()
        .await?;
    let held: Vec<Reserved> = rows.iter().map(reserved).collect::<Result<_, _>>()?;
    Ok(held.into_iter().filter(|one| one.pieces > 0).collect())
}

/// The stores these orders were served from.
pub async fn served_from(
    tx: &mut Tx,
    orders: Vec<OrderId>,
) -> Result<Vec<(OrderId, StoreId)>, DbError> {
    let rows = tx
        .bulk(
            "select distinct m.order_id, m.store_id
             from {rows} join inventory_movement m
                 on m.order_id = r.order_id and m.kind = 'reserve'",
            Rows::new().id("order_id", orders),
        )
        .fetch_all()
        .await?;
    let pair = |row: &Row| Ok((row.get("order_id")?, row.get("store_id")?));
    rows.iter().map(pair).collect()
}

fn reserved(row: &Row) -> Result<Reserved, DbError> {
    let place = Place {
        product: row.get("product_id")?,
        store: row.get("store_id")?,
    };
    Ok(Reserved {
        order: row.get("order_id")?,
        place,
        pieces: row.get("pieces")?,
    })
}

/// Reads a row that has all columns of the ledger.
pub fn movement(row: &Row) -> Result<Movement, DbError> {
    let kind: String = row.get("kind")?;
    let kind = Kind::read(&kind).ok_or_else(|| DbError::Bug(format!("movement kind {kind}")))?;
    Ok(Movement {
        id: row.get("id")?,
        place: Place {
            product: row.get("product_id")?,
            store: row.get("store_id")?,
        },
        kind,
        delta: Delta {
            on_hand: row.get("d_on_hand")?,
            reserved: row.get("d_reserved")?,
        },
        cause: because(row)?,
        document: row.get("document")?,
        reason: row.get("reason")?,
        unit_cost: unit_cost(row)?,
        occurred_at: row.get("occurred_at")?,
    })
}

fn because(row: &Row) -> Result<Because, DbError> {
    if let Some(order) = row.get("order_id")? {
        return Ok(match row.get("shipment_id")? {
            Some(shipment) => Because::Shipment(order, shipment),
            None => Because::Order(order),
        });
    }
    let actor = row.get::<Option<String>>("actor")?.unwrap_or_default();
    Ok(match row.get("transfer_id")? {
        Some(transfer) => Because::Transfer(transfer, actor),
        None => Because::Actor(actor),
    })
}

fn unit_cost(row: &Row) -> Result<Option<Money>, DbError> {
    let Some(minor) = row.get("unit_cost_minor")? else {
        return Ok(None);
    };
    let currency: String = row.get("currency")?;
    let currency: Currency = currency
        .parse()
        .map_err(|error| DbError::Bug(format!("currency of a movement: {error}")))?;
    Ok(Some(Money::new(minor, currency)))
}
