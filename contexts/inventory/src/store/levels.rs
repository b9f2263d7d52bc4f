//! Levels: made empty, locked in key order, limited; never changed but by a movement.

use crate::stock::{Level, Place, Stock};
use kernel::{Id, ProductId, StoreId, Timestamp};
use platform::db::{Engine, Row};
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// The levels a batch may touch: of a product in one store, or in all of them.
pub type Need = (ProductId, Option<StoreId>);

/// The lateral keeps PostgreSQL on the index whatever the sizes of table and batch, and takes the
/// locks in the order of the rows.
const LOCK_POSTGRES: &str = "
    select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock, l.max_stock,
        l.version
    from {rows} cross join lateral (
        select * from inventory_level l
        where l.product_id = r.product_id and (r.store_id is null or l.store_id = r.store_id)
        order by l.store_id
        for no key update) l";

/// As [`LOCK_POSTGRES`], taking no lock.
const READ_POSTGRES: &str = "
    select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock, l.max_stock,
        l.version
    from {rows} cross join lateral (
        select * from inventory_level l
        where l.product_id = r.product_id and (r.store_id is null or l.store_id = r.store_id)
        offset 0) l";

/// SQLite has one writer: who may write holds every lock.
const LOCK_SQLITE: &str = "
    select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock, l.max_stock,
        l.version
    from {rows} cross join inventory_level l
    where l.product_id = r.product_id and (r.store_id is null or l.store_id = r.store_id)";

/// Locks what is there of `needs`, in (product, store) order.
pub async fn lock(tx: &mut Tx, needs: Vec<Need>) -> Result<Stock, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => LOCK_SQLITE,
        Engine::Postgres => LOCK_POSTGRES,
    };
    let Some(rows) = rows(needs) else {
        return Ok(Stock::default());
    };
    stock(&tx.bulk(sql, rows).fetch_all().await?)
}

/// Reads what is there of `needs`; on PostgreSQL others may move it at the same time.
pub async fn read(tx: &mut Tx, needs: Vec<Need>) -> Result<Stock, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => LOCK_SQLITE,
        Engine::Postgres => READ_POSTGRES,
    };
    let Some(rows) = rows(needs) else {
        return Ok(Stock::default());
    };
    stock(&tx.bulk(sql, rows).apart().fetch_all().await?)
}

/// Each level once; nothing where nothing is needed.
fn rows(mut needs: Vec<Need>) -> Option<Rows> {
    needs.sort_unstable();
    needs.dedup();
    // `None` sorts first and covers the stores that follow it.
    let mut covered = None;
    needs.retain(|&(product, store)| {
        if store.is_none() {
            covered = Some(product);
        }
        store.is_none() || covered != Some(product)
    });
    let rows = || {
        Rows::new()
            .id("product_id", needs.iter().map(|need| need.0))
            .optional_id("store_id", needs.iter().map(|need| need.1))
    };
    (!needs.is_empty()).then(rows)
}

fn stock(rows: &[Row]) -> Result<Stock, DbError> {
    let levels: Vec<Level> = rows.iter().map(level).collect::<Result<_, _>>()?;
    Ok(Stock::of(levels))
}

/// Locks the levels of `places` and makes those that are missing, empty.
pub async fn lock_or_make(
    tx: &mut Tx,
    places: Vec<Place>,
    now: Timestamp,
) -> Result<Stock, DbError> {
    let mut places = places;
    places.sort_unstable();
    places.dedup();
    make(tx, &places, now).await?;
    let needs = places
        .iter()
        .map(|place| (place.product, Some(place.store)));
    lock(tx, needs.collect()).await
}

async fn make(tx: &mut Tx, places: &[Place], now: Timestamp) -> Result<(), DbError> {
    let source = tx.db().source().clone();
    let rows = Rows::new()
        .uuid("id", places.iter().map(|_| source.uuid()).collect())
        .id("product_id", places.iter().map(|place| place.product))
        .id("store_id", places.iter().map(|place| place.store));
    tx.bulk(
        "insert into inventory_level
             (id, product_id, store_id, on_hand, reserved, version, created_at, updated_at)
         select id, product_id, store_id, 0, 0, 1, {1}, {1} from {rows} where true
         on conflict (product_id, store_id) do nothing",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Writes the thresholds of levels, before their movements are written.
pub async fn limit(tx: &mut Tx, levels: &[Level], now: Timestamp) -> Result<(), DbError> {
    if levels.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("id", levels.iter().map(|level| level.id))
        .optional_bigint(
            "min_stock",
            levels.iter().map(|level| level.min_stock).collect(),
        )
        .optional_bigint(
            "max_stock",
            levels.iter().map(|level| level.max_stock).collect(),
        );
    tx.bulk(
        "update inventory_level set min_stock = r.min_stock, max_stock = r.max_stock,
             low_since = case
                 when r.min_stock is null or on_hand - reserved > r.min_stock then null
                 else coalesce(low_since, {1}) end,
             excess_since = case
                 when r.max_stock is null or on_hand <= r.max_stock then null
                 else coalesce(excess_since, {1}) end,
             version = version + 1, updated_at = {1}
         from {rows} where inventory_level.id = r.id",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The sum of what is free over all stores, one answer per product in the order asked.
pub async fn available(tx: &mut Tx, products: &[ProductId]) -> Result<Vec<i64>, DbError> {
    let rows = Rows::new()
        .bigint("nth", (0_i64..).take(products.len()).collect())
        .id("product_id", products.iter().copied());
    let rows = tx
        .bulk(
            "select r.nth, cast(coalesce(sum(l.on_hand - l.reserved), 0) as bigint) as available
             from {rows} left join inventory_level l on l.product_id = r.product_id
             group by r.nth order by r.nth",
            rows,
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("available")).collect()
}

/// Levels that movements with an id above `after` have touched, at most `most`.
pub async fn touched_since(tx: &mut Tx, after: Uuid, most: i64) -> Result<Vec<Level>, DbError> {
    let rows = tx
        .query(
            "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
                 l.max_stock, l.version
             from (select distinct product_id, store_id from inventory_movement
                   where id > $1 limit $2) m
             join inventory_level l
                 on l.product_id = m.product_id and l.store_id = m.store_id",
        )
        .bind(after)
        .bind(most)
        .fetch_all()
        .await?;
    rows.iter().map(level).collect()
}

/// Levels by their ids.
pub async fn by_ids(tx: &mut Tx, ids: Vec<Uuid>) -> Result<Vec<Level>, DbError> {
    let rows = tx
        .bulk(
            "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
                 l.max_stock, l.version
             from {rows} join inventory_level l on l.id = r.id",
            Rows::new().uuid("id", ids),
        )
        .fetch_all()
        .await?;
    rows.iter().map(level).collect()
}

/// Reads the columns of a level.
pub fn level(row: &Row) -> Result<Level, DbError> {
    let place = Place {
        product: row.get("product_id")?,
        store: row.get("store_id")?,
    };
    Ok(Level {
        id: Id::from_uuid(row.get("id")?),
        place,
        on_hand: row.get("on_hand")?,
        reserved: row.get("reserved")?,
        min_stock: row.get("min_stock")?,
        max_stock: row.get("max_stock")?,
        version: row.get("version")?,
    })
}
