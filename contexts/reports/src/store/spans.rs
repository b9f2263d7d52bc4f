//! Spans that are over: whole days, months and years, each kept as one packed value.

use super::running_totals;
use crate::calendar::Day;
use crate::effect::Effect;
use crate::pack::{Sums, pack, total};
use platform::{DbError, Rows, Tx};
use std::collections::BTreeSet;

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Products,
    Clients,
}

/// How long a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Length {
    Day,
    Month,
    Year,
}

/// A whole day, month or year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole {
    pub length: Length,
    pub start: Day,
}

/// A span as it is kept; nothing is packed when it has changed since.
pub struct Kept {
    pub start: Day,
    pub packed: Option<Vec<u8>>,
}

impl What {
    pub const ALL: [Self; 2] = [Self::Products, Self::Clients];

    pub fn name(self) -> &'static str {
        match self {
            Self::Products => "products",
            Self::Clients => "clients",
        }
    }

    pub fn named(name: String) -> Result<Self, DbError> {
        let what = Self::ALL.into_iter().find(|one| one.name() == name);
        what.ok_or_else(|| DbError::Bug(format!("sums of {name}")))
    }
}

impl Length {
    fn months(self) -> i64 {
        match self {
            Self::Day => 0,
            Self::Month => 1,
            Self::Year => 12,
        }
    }

    fn of_months(months: i64) -> Self {
        match months {
            0 => Self::Day,
            1 => Self::Month,
            _ => Self::Year,
        }
    }
}

impl Whole {
    /// The span of that length in which a day lies.
    pub fn around(day: Day, length: Length) -> Self {
        let start = match length {
            Length::Day => day,
            Length::Month => day.month_start(),
            Length::Year => day.year_start(),
        };
        Self { length, start }
    }

    /// The first day after it.
    pub fn end(self) -> Day {
        match self.length {
            Length::Day => self.start.after(1),
            Length::Month => self.start.next_month(),
            Length::Year => self.start.next_year(),
        }
    }
}

/// Days before it are in spans.
pub async fn closed(tx: &mut Tx) -> Result<Day, DbError> {
    let row = tx.query("select until_day from reports_closed where id = 1");
    let day = row.fetch_one().await?.get("until_day")?;
    Ok(Day::from_number(day))
}

/// As [`closed`], and until the end of this transaction nobody closes a day or counts late.
pub async fn closed_for_now(tx: &mut Tx) -> Result<Day, DbError> {
    let row = tx.query_for(
        "select until_day from reports_closed where id = 1",
        "select until_day from reports_closed where id = 1 for update",
    );
    let day = row.fetch_one().await?.get("until_day")?;
    Ok(Day::from_number(day))
}

/// Says that days before `until` are in spans.
pub async fn close(tx: &mut Tx, until: Day) -> Result<(), DbError> {
    tx.query("update reports_closed set until_day = $1 where id = 1")
        .bind(until.number())
        .execute()
        .await
        .map(drop)
}

/// The first day from this one on of which something is counted.
pub async fn next_sold(tx: &mut Tx, from: Day) -> Result<Option<Day>, DbError> {
    let row = tx
        .query("select min(day) as day from reports_sale_day where day >= $1")
        .bind(from.number());
    let day: Option<i64> = row.fetch_one().await?.get("day")?;
    Ok(day.map(Day::from_number))
}

/// Spans of one length that start on these days, as far as they are kept.
pub async fn read(
    tx: &mut Tx,
    what: What,
    length: Length,
    (from, to): (Day, Day),
) -> Result<Vec<Kept>, DbError> {
    let rows = tx
        .query(
            "select start_day, packed from reports_span
             where what = $1 and months = $2 and start_day between $3 and $4",
        )
        .bind(what.name())
        .bind(length.months())
        .bind(from.number())
        .bind(to.number())
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                start: Day::from_number(row.get("start_day")?),
                packed: row.get("packed")?,
            })
        })
        .collect()
}

/// Keeps the sums of a span. A year changes the running totals after it.
pub async fn keep(tx: &mut Tx, what: What, span: Whole, sums: &Sums) -> Result<(), DbError> {
    let total = total(sums);
    tx.query(
        "insert into reports_span (what, months, start_day, last_day, units, gross_minor,
             returned_units, returned_minor, packed)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (what, months, start_day) do update set units = excluded.units,
             gross_minor = excluded.gross_minor, returned_units = excluded.returned_units,
             returned_minor = excluded.returned_minor, packed = excluded.packed",
    )
    .bind(what.name())
    .bind(span.length.months())
    .bind(span.start.number())
    .bind(span.end().before(1).number())
    .bind(total.units)
    .bind(total.gross_minor)
    .bind(total.returned_units)
    .bind(total.returned_minor)
    .bind(pack(sums))
    .execute()
    .await?;
    running_totals::take_out(tx, what, &ends_of_years([span])).await
}

fn ends_of_years(spans: impl IntoIterator<Item = Whole>) -> BTreeSet<Day> {
    let years = spans.into_iter().filter(|span| span.length == Length::Year);
    years.map(Whole::end).collect()
}

/// A span that has changed since it was kept; the shortest first, since longer ones are made of
/// them.
pub async fn changed(tx: &mut Tx) -> Result<Option<(What, Whole)>, DbError> {
    let row = tx
        .query(
            "select what, months, start_day from reports_span where packed is null
             order by months, start_day, what limit 1",
        )
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let what = What::named(row.get("what")?)?;
    let span = Whole {
        length: Length::of_months(row.get("months")?),
        start: Day::from_number(row.get("start_day")?),
    };
    Ok(Some((what, span)))
}

/// Takes out the spans that this changes. Most batches are about today, and pay nothing for it.
pub async fn add_late(tx: &mut Tx, effect: &Effect, this_month: Day) -> Result<(), DbError> {
    let today = Day::of(tx.db().source().now()).max(this_month);
    let days = effect.products.keys().map(|cell| cell.day);
    let days = days.chain(effect.clients.keys().map(|cell| cell.day));
    let days: BTreeSet<Day> = days.collect();
    if days.iter().all(|day| *day >= today) {
        return Ok(());
    }
    let closed = closed_for_now(tx).await?;
    let spans: BTreeSet<Whole> = days
        .into_iter()
        .flat_map(|day| LENGTHS.map(|length| Whole::around(day, length)))
        .filter(|span| span.end() <= closed)
        .collect();
    if spans.is_empty() {
        return Ok(());
    }
    let ends = ends_of_years(spans.iter().copied());
    for what in What::ALL {
        tx.bulk(TAKE_OUT, rows_of(what, &spans)).execute().await?;
        running_totals::take_out(tx, what, &ends).await?;
    }
    Ok(())
}

const LENGTHS: [Length; 3] = [Length::Day, Length::Month, Length::Year];

const TAKE_OUT: &str = "
    insert into reports_span (what, months, start_day, last_day)
    select what, months, start_day, last_day from {rows} where true
    on conflict (what, months, start_day) do update set packed = null";

fn rows_of(what: What, spans: &BTreeSet<Whole>) -> Rows {
    let column = |of: fn(&Whole) -> i64| spans.iter().map(of).collect::<Vec<i64>>();
    Rows::new()
        .text("what", vec![what.name().to_owned(); spans.len()])
        .bigint("months", column(|span| span.length.months()))
        .bigint("start_day", column(|span| span.start.number()))
        .bigint("last_day", column(|span| span.end().before(1).number()))
}
