//! What Stripe has booked within a span of time: the movements of our balance, one entry a payment.

use super::amount;
use super::client::{Client, Failure, Form};
use super::wire::{BalanceTransaction, Moved, Page};
use crate::provider::Booked;
use crate::provider::hosted::{lost, rejected};
use kernel::{Currency, Money, Timestamp};
use std::collections::BTreeMap;

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
    let mut payments: BTreeMap<String, Sums> = BTreeMap::new();
    let mut after = None;
    for _ in 0..MOST_PAGES {
        let page: Page<BalanceTransaction> = client
            .get("balance_transactions", query(from, until, after.as_deref()))
            .await?;
        for movement in &page.data {
            add(&mut payments, movement)?;
        }
        after = page.data.last().map(|movement| movement.id.clone());
        if !page.has_more || after.is_none() {
            let entries = payments
                .into_iter()
                .map(|(reference, sums)| sums.entry(reference));
            return entries.collect();
        }
    }
    Err(lost("a list without end").into())
}

fn query(from: Timestamp, until: Timestamp, after: Option<&str>) -> Form {
    let pairs = [
        ("created[gte]", from.unix_seconds().to_string()),
        ("created[lt]", until.unix_seconds().to_string()),
        ("limit", "100".to_owned()),
        ("expand[]", "data.source".to_owned()),
    ];
    let after = after.map(|id| ("starting_after", id.to_owned()));
    let pairs = pairs.into_iter().chain(after);
    pairs
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
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
