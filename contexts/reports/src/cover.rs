//! Days that were asked for, as whole years and months where those are closed, and days where not:
//! a report of a year so reads a row a product instead of hundreds. Pure.

use crate::calendar::Day;

/// Days that follow each other, both ends of them; empty when it ends before it begins.
pub type Span = (Day, Day);

/// What to add up. Spans of months and years are given by their days, from the first of one to the
/// last of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    pub days: [Span; 2],
    pub months: [Span; 2],
    pub years: Span,
}

/// Covers the days from `from` to `to`; those before `closed` are in months and years, too.
pub fn cover(from: Day, to: Day, closed: Day) -> Cover {
    let nothing = (from, from.before(1));
    let mut cover = Cover {
        days: [(from, to), nothing],
        months: [nothing; 2],
        years: nothing,
    };
    let first = begin(from, Day::month_start, Day::next_month);
    let end = closed.min(to.after(1)).month_start();
    if first >= end {
        return cover;
    }
    cover.days = [(from, first.before(1)), (end, to)];
    cover.months = [(first, end.before(1)), nothing];
    let (first_year, end_year) = (
        begin(first, Day::year_start, Day::next_year),
        end.year_start(),
    );
    if first_year < end_year {
        cover.months = [(first, first_year.before(1)), (end_year, end.before(1))];
        cover.years = (first_year, end_year.before(1));
    }
    cover
}

/// The day itself where something begins, else where the next begins.
fn begin(day: Day, start: fn(Day) -> Day, next: fn(Day) -> Day) -> Day {
    if start(day) == day { day } else { next(day) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn years_and_months_are_taken_whole() {
        let found = cover(day("2003-11-20"), day("2006-02-10"), day("2010-01-01"));
        let span = |from, to| (day(from), day(to));
        assert_eq!(found.days[0], span("2003-11-20", "2003-11-30"));
        assert_eq!(found.months[0], span("2003-12-01", "2003-12-31"));
        assert_eq!(found.years, span("2004-01-01", "2005-12-31"));
        assert_eq!(found.months[1], span("2006-01-01", "2006-01-31"));
        assert_eq!(found.days[1], span("2006-02-01", "2006-02-10"));
    }

    #[test]
    fn what_is_not_closed_is_taken_day_by_day() {
        let (from, to) = (day("2005-01-01"), day("2005-12-31"));
        for closed in [day("1970-01-01"), day("2004-06-01"), day("2005-01-01")] {
            assert_eq!(cover(from, to, closed).days[0], (from, to));
        }
        let half = cover(from, to, day("2005-07-01"));
        assert_eq!(half.months[0], (from, day("2005-06-30")));
        assert_eq!(half.days[1], (day("2005-07-01"), to));
    }

    proptest! {
        #[test]
        fn every_day_is_covered_once(from in -9000_i64..20_000, days in 0_i64..3000,
            closed in -9000_i64..23_000)
        {
            let (from, to) = (Day::from_number(from), Day::from_number(from + days));
            let closed = Day::from_number(closed).month_start();
            let found = cover(from, to, closed);
            let mut spans = vec![found.days[0], found.days[1], found.years];
            spans.extend(found.months);
            spans.retain(|span| span.0 <= span.1);
            spans.sort();
            prop_assert_eq!(spans.first().map(|span| span.0), Some(from));
            prop_assert_eq!(spans.last().map(|span| span.1), Some(to));
            prop_assert!(spans.windows(2).all(|two| two[0].1.after(1) == two[1].0));
            for span in found.months.into_iter().filter(|span| span.0 <= span.1) {
                prop_assert_eq!(span.0, span.0.month_start());
                prop_assert_eq!(span.1.after(1), span.1.next_month());
                prop_assert!(span.1 < closed);
            }
            let years = found.years;
            if years.0 <= years.1 {
                prop_assert_eq!((years.0, years.1.after(1)),
                    (years.0.year_start(), years.1.next_year()));
            }
        }
    }
}
