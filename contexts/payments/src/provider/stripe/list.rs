//! What Stripe has booked within a span of time: the movements of our balance, one entry a payment.
//! Stripe lists by date. A stand-in that knows no dates is asked for everything, newest first, and
//! read until the span is behind; whatever else is refused stays refused.

use super::amount;
use super::client::{Client, Failure, Form};
use super::wire::{BalanceTransaction, Moved, Page};
use crate::provider::Booked;
use crate::provider::hosted::{lost, rejected};
use kernel::{Currency, Money, Timestamp};
use std::collections::BTreeMap;
use std::ops::Range;

/// The parameter by which lists are narrowed to a span of time.
const BY_DATE: &str = "created";
/// A hundred a page: ten million movements a day are more than any shop here has.
const MOST_PAGES: usize = 100_000;

/// What was taken and given back of one payment, in Stripe's units.
struct Sums {
    currency: Currency,
    captured: i64,
    refunded: i64,
}

pub(super) async fn booked(
    client: &Client,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Booked>, Failure> {
    let span = from.unix_seconds()..until.unix_seconds();
    match read(client, &span, by_date(&span)).await {
        Err(Failure::UnknownParameter(name)) if name == BY_DATE => {
            tracing::warn!("no list by date: all of it is read");
            read(client, &span, Form::new()).await
        }
        booked => booked,
    }
}

/// Reads a list page by page, and counts what of it is within the span.
async fn read(client: &Client, span: &Range<i64>, filter: Form) -> Result<Vec<Booked>, Failure> {
    let mut payments: BTreeMap<String, Sums> = BTreeMap::new();
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let query = page_of(filter.clone(), after.as_deref());
        let page: Page<BalanceTransaction> = client.get("balance_transactions", query).await?;
        let within = |movement: &&BalanceTransaction| span.contains(&movement.created);
        for movement in page.data.iter().filter(within) {
            add(&mut payments, movement)?;
        }
        let last = page.data.last().filter(|last| last.created >= span.start);
        after = last.map(|last| last.id.clone());
        if !page.has_more || after.is_none() {
            let entries = payments
                .into_iter()
                .map(|(reference, sums)| sums.entry(reference));
            return entries.collect();
        }
    }
    Err(lost("a list without end").into())
}

fn by_date(span: &Range<i64>) -> Form {
    let bounds = [("gte", span.start), ("lt", span.end)];
    let pair = |(name, bound): (&str, i64)| (format!("{BY_DATE}[{name}]"), bound.to_string());
    bounds.map(pair).into()
}

fn page_of(filter: Form, after: Option<&str>) -> Form {
    let pairs = [("limit", "100"), ("expand[]", "data.source")];
    let after = after.map(|id| ("starting_after", id));
    let pairs = pairs.into_iter().chain(after);
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    filter.into_iter().chain(pairs).collect()
}

/// Adds a movement to its payment. Fees, payouts and payments made elsewhere are not ours.
fn add(
    payments: &mut BTreeMap<String, Sums>,
    movement: &BalanceTransaction,
) -> Result<(), Failure> {
    let Some(Moved {
        amount,
        amount_captured,
        currency,
        payment_intent: Some(payment),
    }) = &movement.source
    else {
        return Ok(());
    };
    let Some(currency) = amount::currency(currency) else {
        return Err(rejected("unknown_currency").into());
    };
    let sums = payments.entry(payment.clone()).or_insert(Sums {
        currency,
        captured: 0,
        refunded: 0,
    });
    match movement.kind.as_str() {
        "charge" | "payment" => sums.captured += amount_captured.unwrap_or(*amount),
        "refund" | "payment_refund" => sums.refunded += amount,
        "refund_failure" | "payment_refund_failure" => sums.refunded -= amount,
        _ => {}
    }
    Ok(())
}

impl Sums {
    fn entry(self, reference: String) -> Result<Booked, Failure> {
        let money = |sum: i64| -> Result<Money, Failure> {
            let money = amount::from_stripe(sum, self.currency);
            Ok(money.ok_or_else(|| rejected("amount_differs"))?)
        };
        Ok(Booked {
            captured: money(self.captured)?,
            refunded: money(self.refunded)?,
            reference,
        })
    }
}
