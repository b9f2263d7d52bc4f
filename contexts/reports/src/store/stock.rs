//! What lies in the stores.

use super::in_scope;
use super::rankings::of_category;
use crate::ask::Asked;
use crate::shelf::worth;
use kernel::{ProductId, StoreId};
use platform::db::{Build, Row};
use platform::{DbError, Tx};
use std::cmp::Reverse;
use uuid::Uuid;

/// The stock of one product in one store.
#[derive(Clone, Debug)]
pub struct Level {
    pub product: ProductId,
    pub sku: Option<String>,
    pub name: Option<String>,
    pub store: StoreId,
    pub store_name: Option<String>,
    pub on_hand: i64,
    pub reserved: i64,
    pub min_stock: Option<i64>,
    pub value_minor: i64,
    /// Of the price; not there before catalog has told of the product.
    pub currency: Option<String>,
}

/// What is worth most comes first.
type Rank = (Reverse<i64>, Uuid, Uuid);

impl Level {
    fn rank(&self) -> Rank {
        let (product, store) = (self.product.uuid(), self.store.uuid());
        (Reverse(self.value_minor), product, store)
    }
}

/// What a store holds in all, per currency of its products' prices.
#[derive(Clone, Debug)]
pub struct InStore {
    pub store: StoreId,
    pub name: Option<String>,
    pub currency: Option<String>,
    pub products: i64,
    pub on_hand: i64,
    pub reserved: i64,
    pub low: i64,
    pub value_minor: i64,
}

const LEVELS: &str = "select f.product_id, p.sku, p.name, f.store_id, s.name as store_name,
        f.on_hand, f.reserved, f.min_stock, f.worth_at_most, p.currency,
        coalesce(p.price_minor, 0) as price_minor
    from reports_level f left join reports_product p on p.id = f.product_id
    left join reports_store s on s.id = f.store_id
    where (f.on_hand <> 0 or f.reserved <> 0 or f.min_stock is not null)";

const IN_STORES: &str = "select t.*, s.name from (
    select f.store_id, nullif(f.currency, '') as currency,
        cast(sum(f.products) as bigint) as products, cast(sum(f.on_hand) as bigint) as on_hand,
        cast(sum(f.reserved) as bigint) as reserved, cast(sum(f.low) as bigint) as low,
        cast(sum(f.value_minor) as bigint) as value_minor
    from reports_stock f where f.products <> 0";

/// Levels read at once, at least, while what is worth most is looked for.
const STEP: usize = 16;

/// What is worth most first; one more row than asked for. Levels come by what they are worth at
/// most, until none of the rest can be worth more than what was found.
pub async fn levels(tx: &mut Tx, asked: &Asked) -> Result<Vec<Level>, DbError> {
    let wanted = asked.limit.saturating_add(1);
    let step = wanted.saturating_mul(2).max(STEP);
    let mut found: Vec<Level> = Vec::new();
    let mut reached = (Reverse(i64::MAX), Uuid::nil(), Uuid::nil());
    loop {
        let rows = levels_from(tx, asked, reached, step).await?;
        let is_last = rows.len() < step;
        for row in &rows {
            let level = level(row)?;
            let at_most = row.get("worth_at_most")?;
            reached = (Reverse(at_most), level.product.uuid(), level.store.uuid());
            found.push(level);
        }
        found.sort_by_key(Level::rank);
        found.truncate(wanted);
        let is_full = found.len() == wanted;
        if is_last || (is_full && found.last().is_some_and(|last| last.rank() <= reached)) {
            return Ok(found);
        }
    }
}

async fn levels_from(
    tx: &mut Tx,
    asked: &Asked,
    (Reverse(at_most), product, store): Rank,
    step: usize,
) -> Result<Vec<Row>, DbError> {
    let build = tx
        .build(LEVELS)
        .push("and f.worth_at_most <= ?")
        .bind(at_most)
        .push("and (f.worth_at_most < ? or (f.product_id, f.store_id) > (?, ?))")
        .bind(at_most)
        .bind(product)
        .bind(store);
    narrowed(build, asked)
        .push("order by f.worth_at_most desc, f.product_id, f.store_id limit ?")
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .fetch_all()
        .await
}

/// At or below the threshold; what lacks most first; one more row than asked for.
pub async fn low(tx: &mut Tx, asked: &Asked) -> Result<Vec<Level>, DbError> {
    let build = narrowed(tx.build(LEVELS), asked);
    let order = "and f.min_stock is not null and f.on_hand - f.reserved <= f.min_stock
        order by f.on_hand - f.reserved - f.min_stock, f.product_id, f.store_id limit ?";
    read(build.push(order), asked).await
}

/// What each store holds in all.
pub async fn in_stores(tx: &mut Tx, asked: &Asked) -> Result<Vec<InStore>, DbError> {
    let rows = in_scope(tx.build(IN_STORES), &asked.scope)
        .and("and f.category_id = ?", asked.category)
        .push(
            "group by f.store_id, f.currency) t
             left join reports_store s on s.id = t.store_id order by t.store_id, t.currency",
        )
        .fetch_all()
        .await?;
    rows.iter().map(in_store).collect()
}

fn narrowed<'t>(build: Build<'t>, asked: &Asked) -> Build<'t> {
    of_category(in_scope(build, &asked.scope), asked.category)
}

async fn read(build: Build<'_>, asked: &Asked) -> Result<Vec<Level>, DbError> {
    let most = i64::try_from(asked.limit)
        .unwrap_or(i64::MAX)
        .saturating_add(1);
    let rows = build.bind(most).fetch_all().await?;
    rows.iter().map(level).collect()
}

fn level(row: &Row) -> Result<Level, DbError> {
    let on_hand = row.get("on_hand")?;
    Ok(Level {
        product: row.get("product_id")?,
        sku: row.get("sku")?,
        name: row.get("name")?,
        store: row.get("store_id")?,
        store_name: row.get("store_name")?,
        on_hand,
        reserved: row.get("reserved")?,
        min_stock: row.get("min_stock")?,
        value_minor: worth(on_hand, row.get("price_minor")?),
        currency: row.get("currency")?,
    })
}

fn in_store(row: &Row) -> Result<InStore, DbError> {
    Ok(InStore {
        store: row.get("store_id")?,
        name: row.get("name")?,
        currency: row.get("currency")?,
        products: row.get("products")?,
        on_hand: row.get("on_hand")?,
        reserved: row.get("reserved")?,
        low: row.get("low")?,
        value_minor: row.get("value_minor")?,
    })
}
