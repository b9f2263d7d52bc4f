//! Sums of any days, of products or clients: from spans where those are kept, from the rows of days
//! where not.

use super::rankings::of_category;
use super::running_totals;
use super::spans::{self, Length, What, Whole};
use super::{SUMS, figures, in_scope};
use crate::ask::{Asked, Scope};
use crate::calendar::Day;
use crate::cover::{Span, cover};
use crate::pack::{Group, Sums, unpack};
use kernel::CategoryId;
use platform::db::Row;
use platform::{DbError, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// So many years are read one by one: running totals hold everything that was sold before, too.
const FEW_YEARS: usize = 2;

/// What is told apart in the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    /// Nothing shorter than this is taken together; without it, days are not told apart.
    pub days: Option<Length>,
    pub stores: bool,
}

impl Apart {
    pub const NOTHING: Self = Self {
        days: None,
        stores: false,
    };
    pub const STORES: Self = Self {
        days: None,
        stores: true,
    };

    pub fn days(shortest: Length) -> Self {
        Self {
            days: Some(shortest),
            stores: false,
        }
    }
}

/// A wish for sums.
#[derive(Clone, Copy)]
struct Wish<'a> {
    what: What,
    apart: Apart,
    scope: &'a Scope,
    category: Option<CategoryId>,
}

impl<'a> Wish<'a> {
    /// All there is, by store.
    fn whole(what: What, scope: &'a Scope) -> Self {
        Self {
            what,
            apart: Apart::STORES,
            scope,
            category: None,
        }
    }
}

/// Sums on their way.
struct Gathering<'a> {
    wish: Wish<'a>,
    /// The products of the category that was asked for.
    only: Option<HashSet<Uuid>>,
    sums: Sums,
    /// Days that are in no span, or in one that has changed.
    days: Vec<Day>,
}

/// The sums of what was asked for.
pub async fn read(tx: &mut Tx, what: What, asked: &Asked, apart: Apart) -> Result<Sums, DbError> {
    let closed = spans::closed(tx).await?;
    let wish = Wish {
        what,
        apart,
        scope: &asked.scope,
        category: asked.category,
    };
    let mut gathering = Gathering::new(tx, wish).await?;
    let (mut wanted, years) = wanted(asked, closed, apart);
    wanted.extend(gathering.take_years(tx, years).await?);
    while let Some((length, span)) = wanted.pop() {
        wanted.extend(gathering.take_spans(tx, length, span).await?);
    }
    let open = (asked.from.max(closed), asked.to);
    gathering.take_days(tx, open).await?;
    Ok(gathering.sums)
}

/// The sums of a whole span, by store, made of shorter ones.
pub async fn of_span(tx: &mut Tx, what: What, span: Whole) -> Result<Sums, DbError> {
    let scope = Scope::default();
    let mut gathering = Gathering::new(tx, Wish::whole(what, &scope)).await?;
    let mut wanted: Vec<_> = gathering.parts(span).into_iter().collect();
    while let Some((length, span)) = wanted.pop() {
        wanted.extend(gathering.take_spans(tx, length, span).await?);
    }
    let nothing = (span.start, span.start.before(1));
    gathering.take_days(tx, nothing).await?;
    Ok(gathering.sums)
}

/// Everything that was sold until the end of a year: what was before it, and the year itself.
pub async fn until(tx: &mut Tx, what: What, end: Day) -> Result<Sums, DbError> {
    let scope = Scope::default();
    let mut gathering = Gathering::new(tx, Wish::whole(what, &scope)).await?;
    let year = Whole::around(end.before(1), Length::Year);
    let missing = || DbError::Bug(format!("no sums until {}", year.start));
    if let Some(before) = running_totals::last(tx, what, year.start).await? {
        let packed = before.packed.ok_or_else(missing)?;
        gathering.add(before.until, &packed, 1)?;
    }
    let changed = gathering.take_spans(tx, Length::Year, (year.start, year.start));
    if !changed.await?.is_empty() {
        return Err(missing());
    }
    Ok(gathering.sums)
}

/// Spans to be read, as the days they start on; and years, as the days from the first to the last
/// of them.
fn wanted(asked: &Asked, closed: Day, apart: Apart) -> (Vec<(Length, Span)>, Span) {
    let last = asked.to.min(closed.before(1));
    let nothing = (last, last.before(1));
    if apart.days == Some(Length::Day) {
        return (in_bites(Length::Day, (asked.from, last)), nothing);
    }
    let cover = cover(asked.from, asked.to, closed);
    let (years_by_month, years) = match apart.days {
        Some(_) => (cover.years, nothing),
        None => (nothing, cover.years),
    };
    let days = cover
        .days
        .map(|(from, to)| (Length::Day, (from, to.min(last))));
    let months = cover.months.into_iter().chain([years_by_month]);
    let months = months.map(|span| (Length::Month, span));
    let spans = days.into_iter().chain(months);
    let bites = spans.flat_map(|(length, span)| in_bites(length, span));
    (bites.collect(), years)
}

/// Cut into pieces that are read at once: all years of a large shop may not fit into memory.
fn in_bites(length: Length, (from, to): Span) -> Vec<(Length, Span)> {
    let end = |day: Day| match length {
        Length::Day => Whole::around(day, Length::Month).end(),
        Length::Month | Length::Year => Whole::around(day, Length::Year).end(),
    };
    let mut bites = Vec::new();
    let mut next = from;
    while next <= to {
        let last = end(next).before(1).min(to);
        bites.push((length, (next, last)));
        next = last.after(1);
    }
    bites
}

impl<'a> Gathering<'a> {
    async fn new(tx: &mut Tx, wish: Wish<'a>) -> Result<Self, DbError> {
        let only = match wish.category {
            Some(category) => Some(products_of(tx, category).await?),
            None => None,
        };
        Ok(Self {
            wish,
            only,
            sums: Sums::new(),
            days: Vec::new(),
        })
    }

    /// Adds these years where running totals have them; else answers them, to be read one by one.
    async fn take_years(
        &mut self,
        tx: &mut Tx,
        (from, to): Span,
    ) -> Result<Vec<(Length, Span)>, DbError> {
        let years = in_bites(Length::Year, (from, to));
        if years.len() <= FEW_YEARS {
            return Ok(years);
        }
        let mut totals = Vec::new();
        for (end, sign) in [(to.after(1), 1), (from, -1)] {
            let total = running_totals::last(tx, self.wish.what, end).await?;
            totals.extend(total.map(|total| (total, sign)));
        }
        if totals.iter().any(|one| one.0.packed.is_none()) {
            return Ok(years);
        }
        for (total, sign) in totals {
            let packed = total.packed.unwrap_or_default();
            self.add(total.until, &packed, sign)?;
        }
        Ok(Vec::new())
    }

    /// Adds the spans of a length that start on these days; answers what is to be read in place of
    /// those that have changed.
    async fn take_spans(
        &mut self,
        tx: &mut Tx,
        length: Length,
        span: Span,
    ) -> Result<Vec<(Length, Span)>, DbError> {
        let mut instead = Vec::new();
        for kept in spans::read(tx, self.wish.what, length, span).await? {
            let start = kept.start;
            match kept.packed {
                Some(packed) => self.add(start, &packed, 1)?,
                None => instead.extend(self.parts(Whole { length, start })),
            }
        }
        Ok(instead)
    }

    /// The shorter spans of one; a day is noted, to be read row by row.
    fn parts(&mut self, span: Whole) -> Option<(Length, Span)> {
        let days = (span.start, span.end().before(1));
        match span.length {
            Length::Year => Some((Length::Month, days)),
            Length::Month => Some((Length::Day, days)),
            Length::Day => {
                self.days.push(span.start);
                None
            }
        }
    }

    fn add(&mut self, start: Day, packed: &[u8], sign: i64) -> Result<(), DbError> {
        let broken = |error| DbError::Bug(format!("the span from {start}: {error}"));
        for packed in unpack(packed).map_err(broken)? {
            if !self.wish.scope.has(packed.store) {
                continue;
            }
            let group = self.group(start.number(), packed.store, packed.currency);
            let (into, only) = (self.sums.entry(group).or_default(), &self.only);
            let each = packed.each(|id, figures| {
                if only.as_ref().is_none_or(|only| only.contains(&id)) {
                    into.entry(id).or_default().add(figures, sign);
                }
            });
            each.map_err(broken)?;
        }
        Ok(())
    }

    fn group(&self, day: i64, store: Uuid, currency: &str) -> Group {
        let apart = self.wish.apart;
        Group {
            day: apart.days.map_or(0, |_| day),
            store: if apart.stores { store } else { Uuid::nil() },
            currency: currency.to_owned(),
        }
    }

    /// Adds these days and those that were noted, from their rows.
    async fn take_days(&mut self, tx: &mut Tx, (from, to): Span) -> Result<(), DbError> {
        if from > to && self.days.is_empty() {
            return Ok(());
        }
        let by_day = self.wish.apart.days.is_some();
        let build = match self.wish.what {
            What::Products => tx.build("select f.product_id as id,"),
            What::Clients => tx.build("select f.client_id as id,"),
        };
        let build = match by_day {
            true => build.push("f.day,"),
            false => build.push("cast(0 as bigint) as day,"),
        };
        let build = build.push("f.store_id, f.currency,").push(SUMS);
        let build = match self.wish.what {
            What::Products => build.push("from reports_product_day f"),
            What::Clients => build.push("from reports_client_day f"),
        };
        let build = build
            .push("where (f.day between ? and ? or f.day in (null")
            .bind(from.number())
            .bind(to.number());
        let noted = self.days.iter();
        let build = noted.fold(build, |build, day| build.push(", ?").bind(day.number()));
        let build = in_scope(build.push("))"), self.wish.scope);
        let build = of_category(build, self.wish.category);
        let build = match self.wish.what {
            What::Products => build.push("group by f.product_id, f.store_id, f.currency"),
            What::Clients => build.push("group by f.client_id, f.store_id, f.currency"),
        };
        let rows = build.push_if(by_day, ", f.day").fetch_all().await?;
        rows.iter().try_for_each(|row| self.add_row(row))
    }

    fn add_row(&mut self, row: &Row) -> Result<(), DbError> {
        let currency: String = row.get("currency")?;
        let group = self.group(row.get("day")?, row.get("store_id")?, &currency);
        let by_id = self.sums.entry(group).or_default();
        by_id
            .entry(row.get("id")?)
            .or_default()
            .add(figures(row)?, 1);
        Ok(())
    }
}

async fn products_of(tx: &mut Tx, category: CategoryId) -> Result<HashSet<Uuid>, DbError> {
    let rows = tx
        .query("select id from reports_product where category_id = $1")
        .bind(category)
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
