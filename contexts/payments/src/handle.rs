//! Use cases of staff on one payment: take what is set aside, let go of it, give back.

use crate::attempt::Kind;
use crate::case::{Case, Moment};
use crate::payments::Payments;
use crate::provider::routing::is_by_hand;
use crate::refusal::PaymentError;
use crate::save::{at_once, save};
use crate::store::{cases, sales};
use kernel::{Money, PaymentId, RefundId};
use platform::Cause;

/// What is to be given back.
pub(crate) struct Refunding {
    /// `None`: all that is left.
    pub amount: Option<Money>,
    pub reason: Option<String>,
    /// It was given back on the provider's own pages.
    pub recorded: bool,
}

impl Payments {
    /// Takes what is set aside, or a part of it; what is left over is let go of.
    pub(crate) async fn capture<E: From<PaymentError>>(
        &self,
        payment: PaymentId,
        amount: Option<Money>,
        check: impl FnOnce(&Case) -> Result<(), E>,
    ) -> Result<Case, E> {
        let act = |case: &mut Case, moment: &mut Moment<'_>| {
            let rest = idle_rest(case, "captured")?;
            let wanted = amount.map_or(rest, Money::minor);
            let due = case.payment.money(rest);
            match wanted {
                ..=0 => Err(PaymentError::NoAmount),
                _ if wanted > rest => Err(PaymentError::TooMuch { due }),
                _ => {
                    case.start(Kind::Capture, wanted, None, moment);
                    Ok(())
                }
            }
        };
        self.change(payment, check, act)
            .await
            .map(|(case, ())| case)
    }

    /// Lets go of what is set aside.
    pub(crate) async fn void<E: From<PaymentError>>(
        &self,
        payment: PaymentId,
        check: impl FnOnce(&Case) -> Result<(), E>,
    ) -> Result<Case, E> {
        let act = |case: &mut Case, moment: &mut Moment<'_>| {
            let rest = idle_rest(case, "voided")?;
            case.start(Kind::Void, rest, None, moment);
            Ok(())
        };
        self.change(payment, check, act)
            .await
            .map(|(case, ())| case)
    }

    /// Gives back a part or all of what was taken: never more, however many ask at once.
    pub(crate) async fn refund<E: From<PaymentError>>(
        &self,
        payment: PaymentId,
        refunding: Refunding,
        check: impl FnOnce(&Case) -> Result<(), E>,
    ) -> Result<(Case, RefundId), E> {
        let Refunding {
            amount,
            reason,
            recorded,
        } = refunding;
        let act = |case: &mut Case, moment: &mut Moment<'_>| {
            let by_hand = self.is_given_back_by_hand(&case.payment.provider, recorded)?;
            let left = case.refundable();
            if left <= 0 {
                return Err(match case.payment.sums.captured {
                    0 => PaymentError::illegal(case.payment.status, "refunded"),
                    _ => PaymentError::RefundTooLarge {
                        left: case.payment.money(0),
                    },
                });
            }
            let wanted = amount.map_or(left, Money::minor);
            if wanted <= 0 {
                return Err(PaymentError::NoAmount);
            }
            if wanted > left {
                let left = case.payment.money(left);
                return Err(PaymentError::RefundTooLarge { left });
            }
            Ok(match by_hand {
                true => case.gave_back(wanted, reason, moment),
                false => case.give_back(wanted, reason, moment),
            })
        };
        self.change(payment, check, act).await
    }

    /// Whether a refund is only written down: people gave it back, at the counter or on the pages
    /// of a provider that knows no other way.
    fn is_given_back_by_hand(&self, name: &str, recorded: bool) -> Result<bool, PaymentError> {
        let at_provider = self.providers.named(name).map(|one| one.refunds_by_hand());
        match (is_by_hand(name), at_provider, recorded) {
            (true, ..) | (false, Some(true), true) => Ok(true),
            (false, Some(true), false) => Err(PaymentError::RefundInDashboard(name.to_owned())),
            (false, _, true) => Err(PaymentError::RefundThroughUs(name.to_owned())),
            (false, _, false) => Ok(false),
        }
    }

    /// Finds the payment under a lock, changes it and saves it.
    async fn change<T, E: From<PaymentError>>(
        &self,
        payment: PaymentId,
        check: impl FnOnce(&Case) -> Result<(), E>,
        act: impl FnOnce(&mut Case, &mut Moment<'_>) -> Result<T, PaymentError>,
    ) -> Result<(Case, T), E> {
        let failed = |error| E::from(PaymentError::Db(error));
        let mut tx = self.host.db.begin().await.map_err(failed)?;
        let order = cases::order_of(&mut tx, payment).await.map_err(failed)?;
        let order = order.ok_or(PaymentError::NotFound)?;
        let sales = sales::lock(&mut tx, vec![order]).await.map_err(failed)?;
        let known = cases::of_sales(&mut tx, &sales).await.map_err(failed)?;
        let found = known.into_iter().find(|case| case.payment.id == payment);
        let mut case = found.ok_or(PaymentError::NotFound)?;
        check(&case)?;
        let done = at_once(&self.host.source, |moment| act(&mut case, moment))?;
        let cause = Cause::current();
        let saved = save(&mut tx, vec![case.clone()], &self.bell, |_| cause.clone()).await;
        saved.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok((case, done))
    }
}

/// What is set aside in a payment that nobody is working on.
fn idle_rest(case: &Case, to: &'static str) -> Result<i64, PaymentError> {
    if case.current().is_some() {
        return Err(PaymentError::PaymentBusy);
    }
    match case.payment.sums.set_aside() {
        0 => Err(PaymentError::illegal(case.payment.status, to)),
        rest => Ok(rest),
    }
}
