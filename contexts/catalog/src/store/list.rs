//! Lists of products: filters, order, and where a page begins.

use super::products::{Shown, read_shown};
use super::search::{self, STEPS};
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

/// A stretch of a list of products.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    pub filter: &'a Filter,
    pub order: Order,
    pub after: Option<&'a Position>,
    pub rows: i64,
}

pub async fn products(tx: &mut Tx, wanted: Stretch<'_>) -> Result<Vec<Shown>, DbError> {
    if let Some(search) = &wanted.filter.search {
        return matching(tx, wanted, search, STEPS).await;
    }
    let range = range(tx, wanted).await?;
    let query = narrowed(search::all(tx), wanted, range).push(sorted(wanted.order));
    fetch(query.push("limit ?").bind(wanted.rows)).await
}

/// First the next `steps` products, then, if that was not enough, the index of words.
async fn matching(
    tx: &mut Tx,
    wanted: Stretch<'_>,
    search: &Search,
    steps: i64,
) -> Result<Vec<Shown>, DbError> {
    let range = range(tx, wanted).await?;
    let order = sorted(wanted.order);
    let next = narrowed(search::walk(tx), wanted, range).push(order);
    let query = search::looked_at(next, search, steps).push(order);
    let found = fetch(query.push("limit ?").bind(wanted.rows)).await?;
    if found.len() as i64 == wanted.rows {
        return Ok(found);
    }
    let ids = narrowed(search::index(tx, search), wanted, range).push(order);
    let ids = ids.push("limit ?").bind(wanted.rows);
    fetch(ids.push(search::END_OF_INDEX).push(order)).await
}

fn narrowed<'t>(query: Build<'t>, wanted: Stretch<'_>, range: Range) -> Build<'t> {
    let query = filtered(query, wanted.filter, range);
    begun_after(query, wanted.order, wanted.after)
}

async fn fetch(query: Build<'_>) -> Result<Vec<Shown>, DbError> {
    query.fetch_all().await?.iter().map(read_shown).collect()
}

pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = search::count(tx, filter.search.as_ref());
    filtered(query, filter, Range::Free)
        .fetch_one()
        .await?
        .get("total")
}

/// Up to so many products within a range of prices are fetched and sorted without thinking.
const FEW: i64 = 10_000;

/// How a range of prices is looked up: by its index, or while walking in another order. Without
/// statistics SQLite takes every range for narrow and would sort what it finds; a `+` forbids it
/// the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    Free,
    NotByIndex,
}

async fn range(tx: &mut Tx, wanted: Stretch<'_>) -> Result<Range, DbError> {
    let (least, most) = (wanted.filter.min_price_minor, wanted.filter.max_price_minor);
    let unlimited = least.is_none() && most.is_none();
    if tx.engine() == Engine::Postgres || wanted.order.key == Key::Price || unlimited {
        return Ok(Range::Free);
    }
    let row = tx
        .build("select count(*) as found from (select 1 from catalog_product where true")
        .and("and price_minor >= ?", least)
        .and("and price_minor <= ?", most)
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

fn begun_after<'t>(query: Build<'t>, order: Order, after: Option<&Position>) -> Build<'t> {
    let Some(after) = after else { return query };
    let query = query.push(begins(order));
    let query = match &after.value {
        Value::Text(text) => query.bind(text.as_str()),
        Value::Number(number) => query.bind(*number),
    };
    query.bind(after.id)
}

fn begins(order: Order) -> &'static str {
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

fn sorted(order: Order) -> &'static str {
    match (order.key, order.descending) {
        (Key::Name, false) => "order by p.name_key, p.id",
        (Key::Name, true) => "order by p.name_key desc, p.id desc",
        (Key::Price, false) => "order by p.price_minor, p.id",
        (Key::Price, true) => "order by p.price_minor desc, p.id desc",
        (Key::Created, false) => "order by p.created_at, p.id",
        (Key::Created, true) => "order by p.created_at desc, p.id desc",
        // SKUs are unique; the id is only there for the shape.
        (Key::Sku, false) => "order by p.sku, p.id",
        (Key::Sku, true) => "order by p.sku desc, p.id desc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{AvailabilitySlot, Catalog};
    use crate::import_products::import_products;
    use crate::import_report::ImportOptions;
    use platform::{Host, Module};
    use testkit::{TestApp, on_both};

    fn app(host: &Host) -> Vec<Module> {
        vec![crate::module(host, AvailabilitySlot::default())]
    }

    /// All SKUs in pages of seven.
    async fn skus(tx: &mut Tx, filter: &Filter, order: Order, steps: i64) -> Vec<String> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let after_now = after.take();
            let wanted = Stretch {
                filter,
                order,
                after: after_now.as_ref(),
                rows: 7,
            };
            let page = match &filter.search {
                Some(search) => matching(tx, wanted, search, steps).await.unwrap(),
                None => products(tx, wanted).await.unwrap(),
            };
            let sku = |shown: &Shown| shown.product.content.sku.to_string();
            found.extend(page.iter().map(sku));
            match page.last().filter(|_| page.len() == 7) {
                Some(last) => after = Some(Position::of(order, &last.product)),
                None => return found,
            }
        }
    }

    async fn fill(app: &TestApp) {
        let mut sheet = String::from("sku,name,category,price\n");
        for n in 0..120 {
            let (name, price) = (["red", "blue", "green"][n % 3], 1 + n * 7 % 11);
            sheet.push_str(&format!(
                "S{n:03},{name} thing {},C{},{price}\n",
                n % 4,
                n % 2
            ));
        }
        let options = ImportOptions {
            create_categories: true,
            ..ImportOptions::default()
        };
        let catalog = Catalog::without_readers(app.host());
        let sheet = std::io::Cursor::new(sheet.into_bytes());
        let report = import_products(&catalog, sheet, options, |_| {});
        assert_eq!(report.await.unwrap().created, 120);
    }

    on_both! {
        async fn every_way_of_searching_finds_the_same_in_the_same_order(app: TestApp) {
            fill(&app).await;
            let mut tx = app.host().db.read().await.unwrap();
            let all = Filter::default();
            for key in [Key::Name, Key::Price, Key::Created, Key::Sku] {
                for descending in [false, true] {
                    let order = Order { key, descending };
                    let everything = skus(&mut tx, &all, order, 0).await;
                    assert_eq!(everything.len(), 120);
                    let blue = |sku: &&String| sku[1..].parse::<u32>().unwrap() % 3 == 1;
                    let expected: Vec<_> = everything.iter().filter(blue).cloned().collect();
                    let search = Search::of(Some("thing blue"), None);
                    let filter = Filter { search, max_price_minor: Some(99_999), ..all.clone() };
                    for steps in [0, 9, 80] {
                        let found = skus(&mut tx, &filter, order, steps).await;
                        assert_eq!(found, expected, "{order:?} {steps}");
                    }
                }
            }
        }
    }
}
