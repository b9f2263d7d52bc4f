//! Lists of products: filters, order, and where a page begins.

use super::products::{Shown, read_shown};
use super::search::{Ask, FEW, narrowed};
use crate::product::{Product, Status};
use crate::words::{self, Search};
use kernel::{CategoryId, GroupId, ProductId};
use platform::db::Build;
use platform::{DbError, Engine, Tx};
use serde::{Deserialize, Serialize};

/// Which products a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub search: Option<Search>,
    pub category_id: Option<CategoryId>,
    pub group_id: Option<GroupId>,
    pub status: Option<Status>,
    pub min_price_minor: Option<i64>,
    pub max_price_minor: Option<i64>,
    pub in_stock: Option<bool>,
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    Name,
    Price,
    Created,
    Sku,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub key: Key,
    pub descending: bool,
}

/// The sort key of a row. The id makes it unique, so a page begins exactly after a row, wherever
/// other rows come or go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    Text(String),
    Number(i64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub order: Order,
    pub value: Value,
    pub id: ProductId,
}

impl Position {
    pub fn of(order: Order, product: &Product) -> Self {
        let value = match order.key {
            Key::Name => Value::Text(words::key(product.content.name.as_str())),
            Key::Price => Value::Number(product.content.price.minor()),
            Key::Created => Value::Number(product.created_at.unix_micros()),
            Key::Sku => Value::Text(product.content.sku.as_str().to_owned()),
        };
        Self {
            order,
            value,
            id: product.id,
        }
    }

    /// Whether it can be a place in a list of this order.
    pub fn fits(&self, order: Order) -> bool {
        let text = matches!(self.value, Value::Text(_));
        self.order == order && text == matches!(order.key, Key::Name | Key::Sku)
    }
}

pub async fn products(
    tx: &mut Tx,
    filter: &Filter,
    order: Order,
    after: Option<&Position>,
    rows: i64,
) -> Result<Vec<Shown>, DbError> {
    let range = range(tx, filter, order).await?;
    let query = narrowed(tx, filter.search.as_ref(), Ask::Rows).await?;
    let mut query = filtered(query, filter, range);
    if let Some(after) = after {
        query = query.push(begins_after(order));
        query = match &after.value {
            Value::Text(text) => query.bind(text.as_str()),
            Value::Number(number) => query.bind(*number),
        };
        query = query.bind(after.id);
    }
    let rows = query.push(ends(order)).bind(rows).fetch_all().await?;
    rows.iter().map(read_shown).collect()
}

pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = narrowed(tx, filter.search.as_ref(), Ask::Count).await?;
    filtered(query, filter, Range::Free)
        .fetch_one()
        .await?
        .get("total")
}

/// How a range of prices is looked up: by its index, or while walking in another order. Without
/// statistics SQLite takes every range for narrow and would sort what it finds; a `+` forbids it
/// the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Free,
    NotByIndex,
}

async fn range(tx: &mut Tx, filter: &Filter, order: Order) -> Result<Range, DbError> {
    let Filter {
        min_price_minor: least,
        max_price_minor: most,
        ..
    } = filter;
    if tx.engine() == Engine::Postgres || order.key == Key::Price {
        return Ok(Range::Free);
    }
    if least.is_none() && most.is_none() {
        return Ok(Range::Free);
    }
    let row = tx
        .build("select count(*) as found from (select 1 from catalog_product where true")
        .and("and price_minor >= ?", *least)
        .and("and price_minor <= ?", *most)
        .push("limit ?)")
        .bind(FEW + 1)
        .fetch_one()
        .await?;
    let found: i64 = row.get("found")?;
    Ok(if found > FEW {
        Range::NotByIndex
    } else {
        Range::Free
    })
}

fn filtered<'t>(query: Build<'t>, filter: &Filter, range: Range) -> Build<'t> {
    let (least, most) = match range {
        Range::NotByIndex => ("and +p.price_minor >= ?", "and +p.price_minor <= ?"),
        Range::Free => ("and p.price_minor >= ?", "and p.price_minor <= ?"),
    };
    let query = query
        .and("and p.category_id = ?", filter.category_id)
        .and("and p.group_id = ?", filter.group_id)
        .and(least, filter.min_price_minor)
        .and(most, filter.max_price_minor);
    let query = match filter.status {
        None => query,
        Some(Status::Active) => query.push("and p.status = 'active'"),
        // Word for word the condition of the index of those few.
        Some(Status::Draft) => query.push("and p.status <> 'active' and p.status = 'draft'"),
        Some(Status::Archived) => query.push("and p.status <> 'active' and p.status = 'archived'"),
    };
    match filter.in_stock {
        Some(true) => query.push(
            "and exists (select 1 from catalog_stock s where s.product_id = p.id and s.in_stock)",
        ),
        Some(false) => query.push(
            "and not exists
                (select 1 from catalog_stock s where s.product_id = p.id and s.in_stock)",
        ),
        None => query,
    }
}

fn begins_after(order: Order) -> &'static str {
    match (order.key, order.descending) {
        (Key::Name, false) => "and (p.name_key, p.id) > (?, ?)",
        (Key::Name, true) => "and (p.name_key, p.id) < (?, ?)",
        (Key::Price, false) => "and (p.price_minor, p.id) > (?, ?)",
        (Key::Price, true) => "and (p.price_minor, p.id) < (?, ?)",
        (Key::Created, false) => "and (p.created_at, p.id) > (?, ?)",
        (Key::Created, true) => "and (p.created_at, p.id) < (?, ?)",
        (Key::Sku, false) => "and (p.sku, p.id) > (?, ?)",
        (Key::Sku, true) => "and (p.sku, p.id) < (?, ?)",
    }
}

fn ends(order: Order) -> &'static str {
    match (order.key, order.descending) {
        (Key::Name, false) => "order by p.name_key, p.id limit ?",
        (Key::Name, true) => "order by p.name_key desc, p.id desc limit ?",
        (Key::Price, false) => "order by p.price_minor, p.id limit ?",
        (Key::Price, true) => "order by p.price_minor desc, p.id desc limit ?",
        (Key::Created, false) => "order by p.created_at, p.id limit ?",
        (Key::Created, true) => "order by p.created_at desc, p.id desc limit ?",
        // SKUs are unique; the id is only there for the shape.
        (Key::Sku, false) => "order by p.sku, p.id limit ?",
        (Key::Sku, true) => "order by p.sku desc, p.id desc limit ?",
    }
}
