//! Use case: days, months and years that are over are added up, so that reports of long periods
//! read little. What changes about them later takes the sums out again (`store/spans.rs`), and they
//! are made anew.

use crate::calendar::Day;
use crate::store::spans::{self, Length, What, Whole};
use crate::store::{running_totals, sums};
use platform::module::Job;
use platform::{DbError, Host, Tx};
use std::collections::BTreeSet;
use std::time::Duration;

/// A day ends once a day, but after an import there is much to close, and till then reports are
/// slow.
const EVERY: Duration = Duration::from_secs(60);
/// Days after its end before a day is closed: whoever counts has looked at the clock before.
const GRACE: i64 = 1;

pub fn job(host: &Host) -> Job {
    Job::new("reports-close-months", EVERY, host, |host| async move {
        close_months(&host).await
    })
}

/// Closes every day that is over, and the months and years that end with it; then adds up anew what
/// has changed. Each in a transaction of its own, so that nobody waits long.
pub async fn close_months(host: &Host) -> Result<(), DbError> {
    let end = Day::of(host.source.now()).before(GRACE);
    while close_next(host, end).await? {}
    while renew(host).await? {}
    Ok(())
}

async fn close_next(host: &Host, end: Day) -> Result<bool, DbError> {
    let mut tx = host.db.begin().await?;
    let closed = spans::closed_for_now(&mut tx).await?;
    if closed >= end {
        return Ok(false);
    }
    let sold = spans::next_sold(&mut tx, closed).await?;
    let sold = sold.filter(|day| *day < end);
    let until = sold.map_or(end, |day| day.after(1));
    for span in ended(closed, sold, until) {
        add_up(&mut tx, &What::ALL, span).await?;
    }
    spans::close(&mut tx, until).await?;
    tx.commit().await?;
    Ok(true)
}

/// What ends when the days from `closed` to `until` are closed, of which the last, if any, has
/// sales: of others nothing is kept.
fn ended(closed: Day, sold: Option<Day>, until: Day) -> Vec<Whole> {
    let days = [Some(closed.before(1)), sold].into_iter().flatten();
    let longer =
        days.flat_map(|day| [Length::Month, Length::Year].map(|length| Whole::around(day, length)));
    let longer: BTreeSet<Whole> = longer
        .filter(|span| span.end() > closed && span.end() <= until)
        .collect();
    let day = sold.map(|day| Whole::around(day, Length::Day));
    day.into_iter().chain(longer).collect()
}

/// Adds up one span that has changed, or else one running total; whether there was one.
async fn renew(host: &Host) -> Result<bool, DbError> {
    let mut tx = host.db.begin().await?;
    spans::closed_for_now(&mut tx).await?;
    if let Some((what, span)) = spans::changed(&mut tx).await? {
        add_up(&mut tx, &[what], span).await?;
    } else if let Some((what, until)) = running_totals::changed(&mut tx).await? {
        let sums = sums::until(&mut tx, what, until).await?;
        running_totals::keep(&mut tx, what, until, &sums).await?;
    } else {
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

async fn add_up(tx: &mut Tx, what: &[What], span: Whole) -> Result<(), DbError> {
    for &what in what {
        let sums = sums::of_span(tx, what, span).await?;
        spans::keep(tx, what, span, &sums).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn names(closed: &str, sold: Option<&str>, until: &str) -> Vec<String> {
        let spans = ended(day(closed), sold.map(day), day(until)).into_iter();
        spans
            .map(|span| format!("{:?} {}", span.length, span.start))
            .collect()
    }

    #[test]
    fn a_month_and_a_year_end_with_their_last_day() {
        let found = names("2010-12-31", Some("2010-12-31"), "2011-01-01");
        assert_eq!(
            found,
            ["Day 2010-12-31", "Month 2010-12-01", "Year 2010-01-01"]
        );
        assert_eq!(
            names("2010-12-30", Some("2010-12-30"), "2010-12-31"),
            ["Day 2010-12-30"]
        );
    }

    #[test]
    fn what_ended_while_nothing_was_sold_ends_too() {
        let found = names("2010-12-20", Some("2014-03-31"), "2014-04-01");
        assert_eq!(
            found,
            [
                "Day 2014-03-31",
                "Month 2010-12-01",
                "Month 2014-03-01",
                "Year 2010-01-01"
            ]
        );
        assert_eq!(
            names("2011-01-01", None, "2014-04-01"),
            Vec::<String>::new()
        );
    }
}
