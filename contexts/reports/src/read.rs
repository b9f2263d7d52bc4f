//! Use cases: reading a report. Each answer says how far counting had come.

use crate::ask::{Asked, By};
use crate::sheet::Sheet;
use crate::store::{clock, rankings, sales, stock};
use crate::views::{AverageBasket, BestSeller, HighestSpender, SalesGroup, StockLevel, StoreStock};
use kernel::Timestamp;
use platform::events::lag;
use platform::{DbError, Host, Tx};
use serde::Serialize;
use utoipa::ToSchema;

/// How far the counting had come when a report was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct AsOf {
    /// When the latest event that was counted occurred; `null` before the first.
    pub as_of: Option<Timestamp>,
    /// How far behind the counting is.
    pub lag: Behind,
}

/// How far behind the counting is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Behind {
    /// Events that have been counted so far.
    pub counted: i64,
    /// Events of the log after those, when any of them is to be counted.
    pub waiting: i64,
    /// How long the first of them has been waiting, in milliseconds.
    pub ms: i64,
}

/// Rows, and whether there are more of them than were asked for.
#[derive(Clone, Debug)]
pub struct Table<T> {
    pub as_of: AsOf,
    pub rows: Vec<T>,
    pub more: bool,
}

/// The products that sold best.
pub async fn best_sellers(host: &Host, asked: &Asked) -> Result<Table<BestSeller>, DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let rows = rankings::products(&mut tx, asked).await?;
    let rows = rows.into_iter().map(BestSeller::try_from);
    Ok(Table::cut(
        as_of,
        rows.collect::<Result<_, _>>()?,
        asked.limit,
    ))
}

/// The clients who bought most, currency by currency.
pub async fn highest_spenders(
    host: &Host,
    asked: &Asked,
) -> Result<Table<HighestSpender>, DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let rows = rankings::clients(&mut tx, asked).await?;
    let rows = rows.into_iter().map(HighestSpender::try_from);
    Ok(Table::cut(
        as_of,
        rows.collect::<Result<_, _>>()?,
        asked.limit,
    ))
}

/// Sales by what they have in common.
pub async fn sales_by(host: &Host, by: By, asked: &Asked) -> Result<Table<SalesGroup>, DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let of_lines = by == By::Category || asked.category.is_some();
    let rows = sales::grouped(&mut tx, by, asked).await?;
    let rows = rows.into_iter().map(|row| SalesGroup::of(row, of_lines));
    Ok(Table::cut(
        as_of,
        rows.collect::<Result<_, _>>()?,
        asked.limit,
    ))
}

/// What an order is worth, a row a currency.
pub async fn average_basket(host: &Host, asked: &Asked) -> Result<Table<AverageBasket>, DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let rows = sales::totals(&mut tx, asked).await?;
    let rows = rows.into_iter().map(AverageBasket::of);
    Ok(Table::cut(
        as_of,
        rows.collect::<Result<_, _>>()?,
        asked.limit,
    ))
}

/// What lies in the stores, and what each holds in all.
pub async fn stock_overview(
    host: &Host,
    asked: &Asked,
) -> Result<(Table<StockLevel>, Vec<StoreStock>), DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let stores = stock::in_stores(&mut tx, asked).await?;
    let stores = stores.into_iter().map(StoreStock::try_from);
    let stores = stores.collect::<Result<_, _>>()?;
    let rows = stock::levels(&mut tx, asked).await?;
    let rows = rows.into_iter().map(StockLevel::try_from);
    let table = Table::cut(as_of, rows.collect::<Result<_, _>>()?, asked.limit);
    Ok((table, stores))
}

/// What is at or below its threshold.
pub async fn low_stock(host: &Host, asked: &Asked) -> Result<Table<StockLevel>, DbError> {
    let mut tx = host.db.snapshot().await?;
    let as_of = as_of(&mut tx).await?;
    let rows = stock::low(&mut tx, asked).await?;
    let rows = rows.into_iter().map(StockLevel::try_from);
    Ok(Table::cut(
        as_of,
        rows.collect::<Result<_, _>>()?,
        asked.limit,
    ))
}

impl<T> Table<T> {
    fn cut(as_of: AsOf, mut rows: Vec<T>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { as_of, rows, more }
    }
}

async fn as_of(tx: &mut Tx) -> Result<AsOf, DbError> {
    let now = tx.db().source().now();
    let behind = lag(tx, "reports").await?;
    let waits = behind
        .oldest
        .map_or(0, |oldest| now.since(oldest).as_millis());
    let clock = clock::read(tx).await?;
    Ok(AsOf {
        as_of: clock.map(|(_, latest)| latest),
        lag: Behind {
            counted: clock.map_or(0, |(events, _)| events),
            waiting: behind.events,
            ms: i64::try_from(waits).unwrap_or(i64::MAX),
        },
    })
}

/// A report by the name it has on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    BestSellers,
    HighestSpenders,
    Sales(By),
    AverageBasket,
    StockOverview,
    LowStock,
}

/// A report as texts.
#[derive(Clone, Debug)]
pub struct Shown {
    pub as_of: Option<Timestamp>,
    pub waiting: i64,
    pub columns: &'static [&'static str],
    pub rows: Vec<Vec<String>>,
    pub more: bool,
}

/// Reads any report as texts, for a terminal.
pub async fn show(host: &Host, kind: Kind, asked: &Asked) -> Result<Shown, DbError> {
    Ok(match kind {
        Kind::BestSellers => shown(best_sellers(host, asked).await?),
        Kind::HighestSpenders => shown(highest_spenders(host, asked).await?),
        Kind::Sales(by) => shown(sales_by(host, by, asked).await?),
        Kind::AverageBasket => shown(average_basket(host, asked).await?),
        Kind::StockOverview => shown(stock_overview(host, asked).await?.0),
        Kind::LowStock => shown(low_stock(host, asked).await?),
    })
}

fn shown<T: Sheet>(table: Table<T>) -> Shown {
    Shown {
        as_of: table.as_of.as_of,
        waiting: table.as_of.lag.waiting,
        columns: T::COLUMNS,
        rows: table.rows.iter().map(Sheet::cells).collect(),
        more: table.more,
    }
}
