//! Use case: somebody pays for an order beside its placing: staff write down money that came, or a
//! buyer tries again.

use crate::case::{Beginning, Case};
use crate::payments::Payments;
use crate::provider::routing::is_by_hand;
use crate::refusal::PaymentError;
use crate::sale::{Placed, Sale};
use crate::save::{at_once, save};
use crate::store::{cases, sales};
use kernel::{Money, OrderId, PaymentId};
use platform::Cause;

/// How an order is to be paid.
pub struct Paying {
    pub method: String,
    /// `None`: all that is due.
    pub amount: Option<Money>,
}

impl Payments {
    /// Begins a payment, or books it where people took the money. `check` says whether the caller
    /// may.
    pub(crate) async fn pay<E: From<PaymentError>>(
        &self,
        order: OrderId,
        paying: Paying,
        check: impl FnOnce(&Sale) -> Result<(), E>,
    ) -> Result<Case, E> {
        let failed = |error| E::from(PaymentError::Db(error));
        let mut tx = self.host.db.begin().await.map_err(failed)?;
        let sales = sales::lock(&mut tx, vec![order]).await.map_err(failed)?;
        let sale = sales.into_iter().find(|sale| sale.placed.is_some());
        let sale = sale.ok_or(PaymentError::NotFound)?;
        check(&sale)?;
        let known = cases::of_sales(&mut tx, std::slice::from_ref(&sale)).await;
        let case = self.begin(sale, &known.map_err(failed)?, paying)?;
        let cause = Cause::current();
        let saved = save(&mut tx, vec![case.clone()], &self.bell, |_| cause.clone()).await;
        saved.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(case)
    }

    fn begin(&self, sale: Sale, known: &[Case], paying: Paying) -> Result<Case, PaymentError> {
        let Paying { method, amount } = paying;
        let placed = sale.placed.clone().ok_or(PaymentError::NotFound)?;
        let by_hand = is_by_hand(&method);
        if sale.cancelled {
            return Err(PaymentError::OrderCancelled);
        }
        if !by_hand && !sale.stock_reserved && !sale.stands() {
            return Err(PaymentError::StockNotHeld);
        }
        let amount = wanted(&placed, known, amount)?;
        let currency = amount.currency();
        let provider = self.providers.of_method(&method, currency);
        let provider = provider.ok_or_else(|| PaymentError::UnknownMethod(method.clone()))?;
        Ok(at_once(&self.host.source, |moment| {
            let how = Beginning {
                id: PaymentId::from_uuid(moment.id()),
                method,
                provider: provider.name().to_owned(),
                amount,
                correlation: Cause::current().correlation,
            };
            match by_hand {
                true => Case::take(sale, &placed, how, moment),
                false => Case::begin(sale, &placed, how, moment),
            }
        }))
    }
}

/// The amount of a new payment: what is wanted, and no more than what is due.
fn wanted(placed: &Placed, known: &[Case], amount: Option<Money>) -> Result<Money, PaymentError> {
    if known.iter().any(|case| case.payment.is_open()) {
        return Err(PaymentError::PaymentOpen);
    }
    let kept: i64 = known.iter().map(|case| case.payment.sums.kept()).sum();
    let taken = placed.taken_by.is_some() && known.is_empty();
    let due = match taken {
        // Booked in a moment.
        true => 0,
        false => placed.total.minor() - kept,
    };
    let due = Money::new(due, placed.total.currency());
    match amount {
        _ if due.minor() <= 0 => Err(PaymentError::NothingDue),
        Some(amount) if amount.minor() <= 0 => Err(PaymentError::NoAmount),
        Some(amount) if amount.minor() > due.minor() => Err(PaymentError::TooMuch { due }),
        amount => Ok(amount.unwrap_or(due)),
    }
}
