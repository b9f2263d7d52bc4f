//! Running totals: everything before a day on which a year begins, packed. Any number of years is
//! so read as the difference of two rows.

use super::spans::What;
use crate::calendar::Day;
use crate::pack::{Sums, pack, total};
use platform::{DbError, Rows, Tx};
use std::collections::BTreeSet;

/// What was sold before a day.
pub struct RunningTotal {
    pub until: Day,
    /// Nothing when something has changed since.
    pub packed: Option<Vec<u8>>,
}

/// Takes out what holds these years, given by the first days after them. Each has a row from now
/// on.
pub async fn take_out(tx: &mut Tx, what: What, ends: &BTreeSet<Day>) -> Result<(), DbError> {
    let Some(first) = ends.first() else {
        return Ok(());
    };
    let rows = Rows::new()
        .text("what", vec![what.name().to_owned(); ends.len()])
        .bigint("until_day", ends.iter().map(|end| end.number()).collect());
    tx.bulk(ADD, rows).execute().await?;
    tx.query(
        "update reports_running_total set packed = null
         where what = $1 and until_day >= $2 and packed is not null",
    )
    .bind(what.name())
    .bind(first.number())
    .execute()
    .await
    .map(drop)
}

const ADD: &str = "
    insert into reports_running_total (what, until_day)
    select what, until_day from {rows} where true
    on conflict (what, until_day) do nothing";

/// The last one that ends on this day or before it; years after its end have sold nothing, up to
/// the day.
pub async fn last(tx: &mut Tx, what: What, until: Day) -> Result<Option<RunningTotal>, DbError> {
    let row = tx
        .query(
            "select until_day, packed from reports_running_total
             where what = $1 and until_day <= $2 order by until_day desc limit 1",
        )
        .bind(what.name())
        .bind(until.number())
        .fetch_optional()
        .await?;
    row.map(|row| {
        Ok(RunningTotal {
            until: Day::from_number(row.get("until_day")?),
            packed: row.get("packed")?,
        })
    })
    .transpose()
}

/// The first one that was taken out: the others are made of it.
pub async fn changed(tx: &mut Tx) -> Result<Option<(What, Day)>, DbError> {
    let row = tx
        .query(
            "select what, until_day from reports_running_total where packed is null
             order by until_day, what limit 1",
        )
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let what = What::named(row.get("what")?)?;
    Ok(Some((what, Day::from_number(row.get("until_day")?))))
}

/// Keeps one that was added up anew.
pub async fn keep(tx: &mut Tx, what: What, until: Day, sums: &Sums) -> Result<(), DbError> {
    let total = total(sums);
    tx.query(
        "update reports_running_total set units = $3, gross_minor = $4, returned_minor = $5,
             packed = $6
         where what = $1 and until_day = $2",
    )
    .bind(what.name())
    .bind(until.number())
    .bind(total.units)
    .bind(total.gross_minor)
    .bind(total.returned_minor)
    .bind(pack(sums))
    .execute()
    .await
    .map(drop)
}
