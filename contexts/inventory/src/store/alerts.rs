//! Levels that are low or hold too much, and since when: the latest first.

use crate::alert::AlertKind;
use crate::stock::LevelId;
use crate::store::lists::{LevelRow, level_row};
use kernel::{Limit, StoreId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Tx};
use uuid::Uuid;

/// An alert as it is shown.
pub struct AlertRow {
    pub kind: AlertKind,
    pub since: Timestamp,
    pub level: LevelRow,
}

/// What alerts can be narrowed by.
#[derive(Clone, Copy)]
pub struct AlertFilter {
    pub store: Option<StoreId>,
    pub kind: Option<AlertKind>,
}

/// Where an alert stands among the others.
pub type Mark = (i64, Uuid, AlertKind);

impl AlertRow {
    pub fn mark(&self) -> Mark {
        let id: LevelId = self.level.level.id;
        (self.since.unix_micros(), id.uuid(), self.kind)
    }
}

/// Each kind by its own index, no further than the page reaches.
const ALERTS: &str = "select l.id, l.product_id, l.store_id, l.on_hand, l.reserved, l.min_stock,
    l.max_stock, l.version, l.low_since, l.excess_since, l.created_at, l.updated_at, p.sku,
    p.name as product_name, s.code as store_code, s.name as store_name, a.kind, a.since from (";

const OF_ALERTS: &str = ") a join inventory_level l on l.id = a.id
    join inventory_store s on s.id = l.store_id
    left join inventory_product p on p.id = l.product_id
    order by a.since desc, a.id desc, a.kind limit ?";

/// Alerts, the latest first, beginning after `after`.
pub async fn alerts(
    tx: &mut Tx,
    filter: AlertFilter,
    after: Option<Mark>,
    limit: Limit,
) -> Result<Vec<AlertRow>, DbError> {
    let most = limit.get() + 1;
    let some = |build, kind| of_kind(build, kind, (filter.store, after, most));
    let build = tx.build(ALERTS);
    let build = match filter.kind {
        Some(kind) => some(build, kind),
        None => {
            let low = some(build, AlertKind::Low).push("union all");
            some(low, AlertKind::Excess)
        }
    };
    let rows = build.push(OF_ALERTS).bind(most).fetch_all().await?;
    rows.iter().map(alert_row).collect()
}

/// The levels of one kind, of a store, after a mark, and how many at most.
fn of_kind(
    build: Build<'_>,
    kind: AlertKind,
    (store, after, most): (Option<StoreId>, Option<Mark>, i64),
) -> Build<'_> {
    let (all, beyond, at_or_beyond, order) = match kind {
        AlertKind::Low => (
            "select id, kind, since from (
                 select l.id, 'low' as kind, l.low_since as since from inventory_level l
                 where l.low_since is not null",
            "and (l.low_since, l.id) < (?, ?)",
            "and (l.low_since, l.id) <= (?, ?)",
            "order by l.low_since desc, l.id desc limit ?) low",
        ),
        AlertKind::Excess => (
            "select id, kind, since from (
                 select l.id, 'excess' as kind, l.excess_since as since from inventory_level l
                 where l.excess_since is not null",
            "and (l.excess_since, l.id) < (?, ?)",
            "and (l.excess_since, l.id) <= (?, ?)",
            "order by l.excess_since desc, l.id desc limit ?) excess",
        ),
    };
    let build = build.push(all).and("and l.store_id = ?", store);
    let build = match after {
        None => build,
        Some((since, id, last)) => {
            let piece = if kind > last { at_or_beyond } else { beyond };
            build.push(piece).bind(since).bind(id)
        }
    };
    build.push(order).bind(most)
}

/// How many there are on all pages.
pub async fn count(tx: &mut Tx, filter: AlertFilter) -> Result<i64, DbError> {
    let build = tx.build(
        "select count(l.low_since) as low, count(l.excess_since) as excess from inventory_level l
         where (l.low_since is not null or l.excess_since is not null)",
    );
    let row = build
        .and("and l.store_id = ?", filter.store)
        .fetch_one()
        .await?;
    let (low, excess): (i64, i64) = (row.get("low")?, row.get("excess")?);
    Ok(match filter.kind {
        Some(AlertKind::Low) => low,
        Some(AlertKind::Excess) => excess,
        None => low + excess,
    })
}

fn alert_row(row: &Row) -> Result<AlertRow, DbError> {
    let kind: String = row.get("kind")?;
    let unknown = || DbError::Bug(format!("an alert of the kind {kind}"));
    Ok(AlertRow {
        kind: AlertKind::read(&kind).ok_or_else(unknown)?,
        since: row.get("since")?,
        level: level_row(row)?,
    })
}
