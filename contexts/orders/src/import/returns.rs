//! Use case: past credits, booked as returns of the client's earlier purchases. The goods and the
//! money went back long ago: no stock moves and nothing is owed.

use super::matching::{Credit, Purchases, Share, Unmatched};
use super::{HistoryError, check_once, patiently};
use crate::error::OrderError;
use crate::give_back::{book, returned};
use crate::order::{Happening, Order, Outcome, transition};
use crate::store::{self, Return, ReturnLine, ReturnedLine};
use kernel::{ClientId, Money, MoneyError, OrderId, Quantity, Timestamp};
use platform::{DbError, Host, Tx};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Credits in one transaction. Each may touch several orders of many lines.
const BATCH: usize = 100;

/// Between the number of a credit and that of the order it is booked on, where it splits.
const OF: &str = " of ";

/// A credit as the other system recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastReturn {
    /// Its number there.
    pub reference: String,
    pub client_id: ClientId,
    pub returned_at: Timestamp,
    pub lines: Vec<PastReturnLine>,
}

/// One line of it: pieces that came back, and what was paid back for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastReturnLine {
    pub sku: String,
    pub quantity: Quantity,
    pub unit_price: Money,
}

/// What became of a line of a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CreditOutcome {
    Booked,
    /// It was booked before.
    Known,
    Unmatched(Unmatched),
}

/// Books past credits, oldest first, on the purchases they belong to. Answers what became of each
/// line, in the order given.
pub async fn import_returns(
    host: &Host,
    credits: Vec<PastReturn>,
) -> Result<Vec<Vec<CreditOutcome>>, HistoryError> {
    check_once(credits.iter().map(|credit| credit.reference.as_str()))?;
    let mut by_age: Vec<usize> = (0..credits.len()).collect();
    by_age.sort_by_key(|&place| credits[place].returned_at);
    let mut outcomes = vec![Vec::new(); credits.len()];
    for places in by_age.chunks(BATCH) {
        let batch: Vec<&PastReturn> = places.iter().map(|&place| &credits[place]).collect();
        let done = patiently(host, async || take_back(host, &batch).await).await?;
        for (&place, lines) in places.iter().zip(done) {
            outcomes[place] = lines;
        }
    }
    Ok(outcomes)
}

/// The number of the credit in the reference of a return.
pub(super) fn credit_of(reference: &str) -> &str {
    reference
        .split_once(OF)
        .map_or(reference, |(credit, _)| credit)
}

/// Shares of one credit, by the order they are booked on, each with what was paid back apiece.
type Booking = BTreeMap<OrderId, Vec<(Share, Money)>>;

async fn take_back(
    host: &Host,
    credits: &[&PastReturn],
) -> Result<Vec<Vec<CreditOutcome>>, HistoryError> {
    let mut tx = host.db.begin().await?;
    let wanted: HashSet<(ClientId, String)> = credits
        .iter()
        .flat_map(|credit| {
            credit
                .lines
                .iter()
                .map(|line| (credit.client_id, line.sku.clone()))
        })
        .collect();
    let mut purchases = Purchases::new(store::purchases_still_out(&mut tx, wanted).await?);
    // After what is still out: another import that commits in between has then booked the credit,
    // instead of leaving neither the pieces nor the booking to be seen.
    let clients = credits.iter().map(|credit| credit.client_id).collect();
    let mut known = Known::new(store::returned_lines(&mut tx, clients).await?);
    let planned = credits
        .iter()
        .map(|credit| plan(credit, &mut known, &mut purchases));
    let (outcomes, bookings): (Vec<_>, Vec<Booking>) = planned.unzip();
    let touched: HashSet<OrderId> = bookings
        .iter()
        .flat_map(|one| one.keys().copied())
        .collect();
    if touched.is_empty() {
        return Ok(outcomes);
    }
    let mut orders = store::find_all_to_change(&mut tx, touched).await?;
    let mut records = Vec::new();
    for (credit, booking) in credits.iter().zip(&bookings) {
        let bare = booking.len() == 1 && !known.credits.contains(&credit.reference);
        for (id, shares) in booking {
            let order = orders.get_mut(id).ok_or(DbError::Busy)?;
            let mut record = return_of(host, order, credit, shares)?;
            if !bare {
                let of = order.reference.clone().unwrap_or_else(|| order.number());
                record.reference = Some(format!("{}{OF}{of}", credit.reference));
            }
            tx.publish(&returned(order, &record), order.version)?;
            records.push(record);
        }
    }
    write(&mut tx, orders, &records).await?;
    tx.commit().await?;
    Ok(outcomes)
}

async fn write(
    tx: &mut Tx,
    orders: HashMap<OrderId, Order>,
    records: &[Return],
) -> Result<(), DbError> {
    let orders: Vec<Order> = orders.into_values().collect();
    store::update_returned(tx, &orders).await?;
    store::insert_returns(tx, records).await
}

/// What earlier runs booked.
struct Known {
    credits: HashSet<String>,
    /// Pieces by credit, product and price.
    pieces: HashMap<(String, String, i64), i64>,
}

impl Known {
    fn new(lines: Vec<ReturnedLine>) -> Self {
        let (mut credits, mut pieces) = (HashSet::new(), HashMap::new());
        for line in lines {
            let credit = credit_of(&line.reference).to_owned();
            credits.insert(credit.clone());
            let key = (credit, line.sku, line.unit_price_minor);
            *pieces.entry(key).or_default() += line.quantity;
        }
        Self { credits, pieces }
    }

    /// Whether a line was booked; each booked piece stands for one line only.
    fn take(&mut self, credit: &PastReturn, line: &PastReturnLine) -> bool {
        let price = line.unit_price.minor();
        let key = (credit.reference.clone(), line.sku.clone(), price);
        let wanted = line.quantity.get();
        match self.pieces.get_mut(&key) {
            Some(booked) if *booked >= wanted => {
                *booked -= wanted;
                true
            }
            _ => false,
        }
    }
}

/// Decides line by line what becomes of a credit.
fn plan(
    credit: &PastReturn,
    known: &mut Known,
    purchases: &mut Purchases,
) -> (Vec<CreditOutcome>, Booking) {
    let (mut outcomes, mut booking) = (Vec::new(), Booking::new());
    for line in &credit.lines {
        if known.take(credit, line) {
            outcomes.push(CreditOutcome::Known);
            continue;
        }
        let wanted = Credit {
            client_id: credit.client_id,
            sku: &line.sku,
            at: credit.returned_at,
            quantity: line.quantity.get(),
            unit_price: line.unit_price,
        };
        match purchases.take(&wanted) {
            Err(why) => outcomes.push(CreditOutcome::Unmatched(why)),
            Ok(shares) => {
                outcomes.push(CreditOutcome::Booked);
                for share in shares {
                    booking
                        .entry(share.order_id)
                        .or_default()
                        .push((share, line.unit_price));
                }
            }
        }
    }
    (outcomes, booking)
}

/// Books the shares of a credit on one order, at the prices of the credit.
fn return_of(
    host: &Host,
    order: &mut Order,
    credit: &PastReturn,
    shares: &[(Share, Money)],
) -> Result<Return, HistoryError> {
    let too_late = |share: &Share| {
        let line = usize::try_from(share.line)
            .ok()
            .and_then(|place| order.lines.get(place));
        line.is_none_or(|line| line.quantity.get() - line.returned < share.quantity)
    };
    let may = matches!(
        transition(order.status, Happening::ReturnPart),
        Outcome::To(_)
    );
    if !may || shares.iter().any(|(share, _)| too_late(share)) {
        // Somebody returned goods of this order since it was read: look again.
        return Err(DbError::Busy.into());
    }
    let lines = shares.iter().map(|(share, price)| ReturnLine {
        line: share.line,
        product_id: order.lines[share.line as usize].product_id,
        quantity: share.quantity,
        unit_price_minor: price.minor(),
    });
    let lines: Vec<ReturnLine> = lines.collect();
    let amount = |fault| HistoryError::Amount {
        reference: credit.reference.clone(),
        fault,
    };
    let total = paid_back(order.total.currency(), shares).map_err(amount)?;
    let payment_status = order.payment_status;
    let booked = book(order, lines, credit.returned_at).map_err(|error| match error {
        OrderError::Amount(fault) => amount(fault),
        other => DbError::Bug(other.to_string()).into(),
    })?;
    order.payment_status = payment_status;
    order.updated_at = host.source.now();
    Ok(Return {
        id: host.source.uuid(),
        reference: Some(credit.reference.clone()),
        total,
        ..booked
    })
}

fn paid_back(currency: kernel::Currency, shares: &[(Share, Money)]) -> Result<Money, MoneyError> {
    let zero = Money::zero(currency);
    shares.iter().try_fold(zero, |sum, (share, price)| {
        sum.plus(price.times(share.quantity)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_tells_the_credit_it_belongs_to() {
        assert_eq!(credit_of("C536379"), "C536379");
        assert_eq!(credit_of("C536379 of 536370"), "C536379");
    }
}
