//! What is read to be shown: levels with their product and store, the ledger.

use crate::movement::{Kind, Movement};
use crate::stock::{Level, LevelId, Place};
use crate::store::levels::level;
use crate::store::movements::movement;
use kernel::{Limit, MovementId, OrderId, ProductId, StoreId, Timestamp, TransferId};
use platform::db::{Build, Row};
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// A level as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRow {
    pub level: Level,
    pub low_since: Option<Timestamp>,
    pub excess_since: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// SKU and name, as far as the catalogue has told.
    pub product: Option<(String, String)>,
    pub store_code: String,
    pub store_name: String,
}

/// A movement as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRow {
    pub movement: Movement,
    pub sku: Option<String>,
    pub store_code: String,
}

/// A movement that was just made, and the level after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub movement: MovementRow,
    pub level: LevelRow,
}

/// What levels can be narrowed by.
#[derive(Clone, Copy, Debug, Default)]
pub struct LevelFilter {
    pub store: Option<StoreId>,
    pub product: Option<ProductId>,
    pub low: Option<bool>,
    pub in_stock: Option<bool>,
}

const LEVELS: &str = "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
    l.max_stock, l.version, l.low_since, l.excess_since, l.created_at, l.updated_at, p.sku,
    p.name as product_name, s.code as store_code, s.name as store_name
    from inventory_level l join inventory_store s on s.id = l.store_id
    left join inventory_product p on p.id = l.product_id where true";

const LEVELS_COUNT: &str = "select count(*) as total from inventory_level l where true";

fn narrowed<'t>(build: Build<'t>, filter: LevelFilter) -> Build<'t> {
    build
        .and("and l.store_id = ?", filter.store)
        .and("and l.product_id = ?", filter.product)
        .push_if(filter.low == Some(true), "and l.low_since is not null")
        .push_if(filter.low == Some(false), "and l.low_since is null")
        .push_if(filter.in_stock == Some(true), "and l.on_hand > l.reserved")
        .push_if(filter.in_stock == Some(false), "and l.on_hand = l.reserved")
}

/// Levels in the order they were made, beginning after `after`.
pub async fn levels(
    tx: &mut Tx,
    filter: LevelFilter,
    after: Option<LevelId>,
    limit: Limit,
) -> Result<Vec<LevelRow>, DbError> {
    let rows = narrowed(tx.build(LEVELS), filter)
        .and("and l.id > ?", after.map(LevelId::uuid))
        .push("order by l.id limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(level_row).collect()
}

pub async fn count_levels(tx: &mut Tx, filter: LevelFilter) -> Result<i64, DbError> {
    let row = narrowed(tx.build(LEVELS_COUNT), filter).fetch_one().await?;
    row.get("total")
}

/// The levels of these places, one each, in the order of `places`.
pub async fn levels_at(tx: &mut Tx, places: &[Place]) -> Result<Vec<LevelRow>, DbError> {
    let rows = Rows::new()
        .bigint("nth", (0_i64..).take(places.len()).collect())
        .id("product_id", places.iter().map(|place| place.product))
        .id("store_id", places.iter().map(|place| place.store));
    let rows = tx
        .bulk(
            "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
                 l.max_stock, l.version, l.low_since, l.excess_since, l.created_at, l.updated_at,
                 p.sku, p.name as product_name, s.code as store_code, s.name as store_name
             from {rows} join inventory_level l
                 on l.product_id = r.product_id and l.store_id = r.store_id
             join inventory_store s on s.id = l.store_id
             left join inventory_product p on p.id = l.product_id
             order by r.nth",
            rows,
        )
        .fetch_all()
        .await?;
    rows.iter().map(level_row).collect()
}

/// Movements that were just made, each with the level after all of them.
pub async fn recorded(tx: &mut Tx, made: Vec<Movement>) -> Result<Vec<Recorded>, DbError> {
    let mut places: Vec<Place> = made.iter().map(|one| one.place).collect();
    places.sort_unstable();
    places.dedup();
    let rows = levels_at(tx, &places).await?;
    let rows: HashMap<Place, LevelRow> =
        rows.into_iter().map(|row| (row.level.place, row)).collect();
    let recorded = made.into_iter().map(|movement| {
        let level = rows.get(&movement.place).cloned();
        let level = level.ok_or_else(|| DbError::Bug("a movement without a level".to_owned()))?;
        let movement = MovementRow {
            movement,
            sku: level.product.as_ref().map(|(sku, _)| sku.clone()),
            store_code: level.store_code.clone(),
        };
        Ok(Recorded { movement, level })
    });
    recorded.collect()
}

pub(super) fn level_row(row: &Row) -> Result<LevelRow, DbError> {
    let (sku, name): (Option<String>, Option<String>) = (row.get("sku")?, row.get("product_name")?);
    Ok(LevelRow {
        level: level(row)?,
        low_since: row.get("low_since")?,
        excess_since: row.get("excess_since")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        product: sku.zip(name),
        store_code: row.get("store_code")?,
        store_name: row.get("store_name")?,
    })
}

/// What a movement refers to, as it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Order(OrderId),
    Transfer(TransferId),
    Document(String),
}

/// What movements can be narrowed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovementFilter {
    pub id: Option<MovementId>,
    pub kind: Option<Kind>,
    pub store: Option<StoreId>,
    pub product: Option<ProductId>,
    pub reference: Option<Reference>,
    pub actor: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

const MOVEMENTS: &str = "select m.id, m.product_id, m.store_id, m.kind, m.d_on_hand, m.d_reserved,
    m.order_id, m.shipment_id, m.transfer_id, m.document, m.reason, m.actor, m.unit_cost_minor,
    m.currency, m.occurred_at, p.sku, s.code as store_code
    from inventory_movement m join inventory_store s on s.id = m.store_id
    left join inventory_product p on p.id = m.product_id where true";

const MOVEMENTS_COUNT: &str = "select count(*) as total from inventory_movement m where true";

/// Movements, the latest first, beginning after `after`.
pub async fn movements(
    tx: &mut Tx,
    filter: &MovementFilter,
    after: Option<MovementId>,
    limit: Limit,
) -> Result<Vec<MovementRow>, DbError> {
    let wanted = limit.get() + 1;
    let mut build = filtered(tx.build(MOVEMENTS), filter).and("and m.id < ?", after);
    if let Some(store) = filter.store_alone() {
        build = latest_of_store(build, store, after, wanted);
    }
    let build = build.push("order by m.id desc limit ?").bind(wanted);
    build.fetch_all().await?.iter().map(movement_row).collect()
}

impl MovementFilter {
    /// The store, when nothing else narrows the ledger.
    fn store_alone(&self) -> Option<StoreId> {
        let alone = Self {
            store: self.store,
            ..Self::default()
        };
        self.store.filter(|_| *self == alone)
    }
}

/// No index has the reservations of a store: it would cost every order. So a page is put together
/// from what else happened there, by index, and from the reservations, which are looked for down
/// the whole ledger, but no further than the page reaches with the others alone, and not at all in
/// a store that has never sold: nothing is reserved, nothing was released or shipped. Comparing
/// rows, and not the store alone, keeps PostgreSQL from walking down the primary key instead.
fn latest_of_store(
    build: Build<'_>,
    store: StoreId,
    after: Option<MovementId>,
    wanted: i64,
) -> Build<'_> {
    let (first, last) = (Uuid::nil(), Uuid::max());
    let before = after.map_or(last, MovementId::uuid);
    let build = build.push(
        "and m.id in (
             select id from (select id from inventory_movement
                 where kind <> 'reserve' and (store_id, id) < (?, ?) and (store_id, id) >= (?, ?)
                 order by store_id desc, id desc limit ?) others
             union all
             select id from (select id from inventory_movement
                 where store_id = ? and kind = 'reserve' and id < ?
                     and id >= case
                         when exists (select 1 from inventory_level
                                 where store_id = ? and reserved > 0)
                             or (select min(d_reserved) from inventory_movement
                                 where kind <> 'reserve' and (store_id, id) >= (?, ?)
                                     and (store_id, id) <= (?, ?)) < 0
                         then coalesce((select id from inventory_movement
                                 where kind <> 'reserve' and (store_id, id) < (?, ?)
                                     and (store_id, id) >= (?, ?)
                                 order by store_id desc, id desc limit 1 offset ?), ?)
                         else ? end
                 order by id desc limit ?) reservations)",
    );
    let others = build
        .bind(store)
        .bind(before)
        .bind(store)
        .bind(first)
        .bind(wanted);
    let reservations = others.bind(store).bind(before);
    let sold = reservations
        .bind(store)
        .bind(store)
        .bind(first)
        .bind(store)
        .bind(last);
    let reach = sold
        .bind(store)
        .bind(before)
        .bind(store)
        .bind(first)
        .bind(wanted - 1);
    reach.bind(first).bind(before).bind(wanted)
}

pub async fn count_movements(tx: &mut Tx, filter: &MovementFilter) -> Result<i64, DbError> {
    let row = filtered(tx.build(MOVEMENTS_COUNT), filter)
        .fetch_one()
        .await?;
    row.get("total")
}

fn filtered<'t>(build: Build<'t>, filter: &MovementFilter) -> Build<'t> {
    // What the partial indexes leave out is said once more, for the planner.
    let build = build
        .and("and m.id = ?", filter.id)
        .and("and m.kind = ?", filter.kind.map(Kind::as_str))
        .push_if(
            filter.kind.is_some_and(|kind| kind != Kind::Reserve),
            "and m.kind <> 'reserve'",
        )
        .and("and m.store_id = ?", filter.store)
        .and("and m.product_id = ?", filter.product)
        .and("and m.actor = ?", filter.actor.as_deref())
        .and("and m.occurred_at >= ?", filter.from)
        .and(
            "and m.id >= ?",
            filter.from.map(|from| first_id_at(from.minus(SLACK))),
        )
        .and("and m.occurred_at < ?", filter.to)
        .and(
            "and m.id < ?",
            filter.to.map(|to| first_id_at(to.plus(SLACK))),
        );
    match &filter.reference {
        None => build,
        Some(Reference::Transfer(transfer)) => build.and("and m.transfer_id = ?", Some(*transfer)),
        Some(Reference::Document(text)) => build.and("and m.document = ?", Some(text.as_str())),
        Some(Reference::Order(order)) => build
            .push(
                "and m.id in (
                     select id from inventory_movement where order_id = ? and kind = 'reserve'
                     union all select id from inventory_movement
                         where order_id = ? and d_reserved < 0
                     union all select id from inventory_movement
                         where order_id = ? and kind in ('return', 'adjust'))",
            )
            .bind(*order)
            .bind(*order)
            .bind(*order),
    }
}

/// Ids carry the moment they were made, so a range of time is a range of the primary key. They are
/// made within the request that writes them; processes' clocks may differ by this much.
const SLACK: Duration = Duration::from_secs(60);

/// The smallest UUIDv7 that can have been made at `moment`.
pub fn first_id_at(moment: Timestamp) -> Uuid {
    let millis = moment.unix_micros().max(0).unsigned_abs() / 1000;
    Uuid::from_u128(u128::from(millis & 0xffff_ffff_ffff) << 80)
}

fn movement_row(row: &Row) -> Result<MovementRow, DbError> {
    Ok(MovementRow {
        movement: movement(row)?,
        sku: row.get("sku")?,
        store_code: row.get("store_code")?,
    })
}
