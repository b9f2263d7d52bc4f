//! Writing cases and telling of them: the last step of everything that changes payments, inside
//! the transaction of whoever does.

use crate::case::{Case, Moment, News};
use crate::payment::Sums;
use crate::store::writes;
use contracts::payments::{
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded,
    PaymentUncertain, PaymentVoided,
};
use kernel::RefundId;
use platform::{Cause, DbError, Source, Tx};
use std::sync::Arc;
use tokio::sync::Notify;

/// Wakes whoever makes the calls.
pub type Bell = Arc<Notify>;

/// Works on cases with the time and ids of `source`.
pub fn at_once<T>(source: &Source, work: impl FnOnce(&mut Moment<'_>) -> T) -> T {
    let mut ids = || source.uuid();
    let now = source.now();
    let mut moment = Moment { now, ids: &mut ids };
    work(&mut moment)
}

/// Writes what changed, publishes the news under `cause`, and rings once that is durable when
/// there are calls to make.
pub async fn save(
    tx: &mut Tx,
    cases: Vec<Case>,
    bell: &Bell,
    cause: impl Fn(&Case) -> Cause,
) -> Result<(), DbError> {
    let mut changed: Vec<Case> = cases.into_iter().filter(Case::is_changed).collect();
    let Some(first) = changed.first() else {
        return Ok(());
    };
    let actor = cause(first).actor;
    for case in &mut changed {
        let causation = cause(case).causation;
        case.seal(causation);
    }
    let now = tx.db().source().now();
    writes::write(tx, &changed, &actor, now).await?;
    for case in &changed {
        let cause = cause(case);
        for (version, news) in &case.changes.news {
            tell(tx, &cause, case, (*version, news))?;
        }
    }
    if changed.iter().any(|case| case.current().is_some()) {
        let bell = Arc::clone(bell);
        tx.after_commit(move || bell.notify_one());
    }
    Ok(())
}

/// The cause of what a worker does: the story the payment began with, and the event that led to the
/// call it speaks of.
pub fn by_system(case: &Case) -> Cause {
    Cause {
        correlation: case.payment.correlation,
        causation: case.led_to_by(),
        ..Cause::system()
    }
}

fn tell(
    tx: &mut Tx,
    cause: &Cause,
    case: &Case,
    (version, news): (i64, &News),
) -> Result<(), DbError> {
    let (payment_id, order_id) = (case.payment.id, case.payment.order_id);
    match news {
        News::ActionRequired => {
            let event = PaymentActionRequired {
                payment_id,
                order_id,
            };
            tx.publish_as(cause, &event, version)
        }
        News::Uncertain => {
            let event = PaymentUncertain {
                payment_id,
                order_id,
            };
            tx.publish_as(cause, &event, version)
        }
        News::Failed { reason } => {
            let reason = reason.clone();
            let event = PaymentFailed {
                payment_id,
                order_id,
                reason,
            };
            tx.publish_as(cause, &event, version)
        }
        News::Voided => {
            let event = PaymentVoided {
                payment_id,
                order_id,
            };
            tx.publish_as(cause, &event, version)
        }
        News::Authorized => tx.publish_as(cause, &authorized(case), version),
        News::Captured { amount, so_far } => {
            tx.publish_as(cause, &captured(case, *amount, *so_far), version)
        }
        News::Refunded {
            refund,
            amount,
            so_far,
        } => tx.publish_as(cause, &refunded(case, *refund, (*amount, *so_far)), version),
    }
}

fn authorized(case: &Case) -> PaymentAuthorized {
    PaymentAuthorized {
        payment_id: case.payment.id,
        order_id: case.payment.order_id,
        amount_minor: case.payment.amount.minor(),
        currency: case.payment.currency().code().to_owned(),
    }
}

fn captured(case: &Case, amount_minor: i64, captured_minor: i64) -> PaymentCaptured {
    PaymentCaptured {
        payment_id: case.payment.id,
        order_id: case.payment.order_id,
        amount_minor,
        captured_minor,
        currency: case.payment.currency().code().to_owned(),
    }
}

fn refunded(case: &Case, refund_id: RefundId, (amount, sums): (i64, Sums)) -> PaymentRefunded {
    PaymentRefunded {
        payment_id: case.payment.id,
        refund_id,
        order_id: case.payment.order_id,
        amount_minor: amount,
        refunded_minor: sums.refunded,
        captured_minor: sums.captured,
        currency: case.payment.currency().code().to_owned(),
    }
}
