//! One call to a provider, with its time limit.

use crate::attempt::{Kind, State};
use crate::payments::Payments;
use crate::provider::{CallError, Calling, Charge, Provider, TOTAL, Told, Truth};
use crate::store::due::Due;
use std::sync::Arc;

/// What came of a call.
pub struct Answer {
    pub due: Due,
    pub heard: Heard,
}

/// What was asked decides what may be answered.
pub enum Heard {
    /// Of a call that moves money.
    Told(Result<Told, CallError>),
    /// Of the question how the payment stands.
    Truth(Result<Truth, CallError>),
}

/// What a provider needs to know of a call.
pub fn charge(payments: &Payments, due: &Due) -> Charge {
    Charge {
        payment_id: due.payment_id,
        order_id: due.order_id,
        order_number: due.order_number.clone(),
        amount: due.total,
        reference: due.reference.clone(),
        key: due.key.clone(),
        automatic_capture: payments.settings.capture_at_once,
        urls: payments.urls(),
    }
}

/// Makes the call. Where an answer is missing or has to be waited for, the provider is asked how
/// things stand instead of being told again.
pub async fn call(payments: Payments, due: Due) -> Answer {
    let Some(provider) = payments.providers.named(&due.provider).map(Arc::clone) else {
        let reason = format!("provider {} is not configured", due.provider);
        let missing = CallError::NotSent {
            reason,
            after: None,
        };
        let heard = match due.state {
            State::Ready => Heard::Told(Err(missing)),
            _ => Heard::Truth(Err(missing)),
        };
        return Answer { due, heard };
    };
    let charge = charge(&payments, &due);
    let heard = match due.state {
        State::Ready => Heard::Told(within_time(tell(provider.as_ref(), &charge, &due)).await),
        _ => Heard::Truth(within_time(provider.find(&charge)).await),
    };
    Answer { due, heard }
}

fn tell<'a>(provider: &'a dyn Provider, charge: &'a Charge, due: &'a Due) -> Calling<'a, Told> {
    match due.kind {
        Kind::Authorize => provider.authorize(charge),
        Kind::Capture => provider.capture(charge, due.amount),
        Kind::Void => provider.void(charge),
        Kind::Refund => provider.refund(charge, due.amount),
    }
}

/// Waits no longer than a call may take.
pub async fn within_time<T>(call: Calling<'_, T>) -> Result<T, CallError> {
    let lost = |_| CallError::AnswerLost {
        reason: format!("no answer within {} s", TOTAL.as_secs()),
    };
    tokio::time::timeout(TOTAL, call).await.map_err(lost)?
}
