//! How the money of orders stands: what payments tells moves them on, ends them, or is kept.

use crate::fact::Fact;
use crate::hear::{News, hear_all};
use crate::payment::Told;
use crate::waiting::Waiting;
use contracts::payments::{
    PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentFailed, PaymentRefunded,
    PaymentUncertain, PaymentVoided,
};
use kernel::{OrderId, PaymentId, event_set};
use platform::{DbError, Delivered, Holds, Reaction, Tx};

event_set! {
    /// What payments says of the money of an order.
    pub enum PaymentFact {
        ActionRequired(PaymentActionRequired),
        Uncertain(PaymentUncertain),
        Authorized(PaymentAuthorized),
        Failed(PaymentFailed),
        Voided(PaymentVoided),
        Captured(PaymentCaptured),
        Refunded(PaymentRefunded),
    }
}

/// Keeps the payment of orders, and confirms or cancels them by it.
pub struct OnPayment {
    pub waiting: Waiting,
}

impl Reaction for OnPayment {
    type Event = PaymentFact;
    const NAME: &'static str = "orders.on-payment";
    const HOLDS: Holds<PaymentFact> = Some(|fact| read(fact).0.uuid());

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<PaymentFact>]) -> Result<(), DbError> {
        let news = |one: &Delivered<PaymentFact>| {
            let (order, payment, told, reason) = read(&one.event);
            News::of(one, order, Fact::Payment(payment, told, reason))
        };
        hear_all(tx, &self.waiting, batch.iter().map(news).collect()).await
    }
}

fn read(event: &PaymentFact) -> (OrderId, PaymentId, Told, Option<String>) {
    use PaymentFact as P;
    match event {
        P::ActionRequired(e) => (e.order_id, e.payment_id, Told::ActionRequired, None),
        P::Uncertain(e) => (e.order_id, e.payment_id, Told::Uncertain, None),
        P::Authorized(e) => (e.order_id, e.payment_id, Told::Authorized, None),
        P::Failed(e) => (
            e.order_id,
            e.payment_id,
            Told::Failed,
            Some(e.reason.clone()),
        ),
        P::Voided(e) => (e.order_id, e.payment_id, Told::Voided, None),
        P::Captured(e) => {
            let captured = e.captured_minor;
            (e.order_id, e.payment_id, Told::Captured { captured }, None)
        }
        P::Refunded(e) => {
            let (refunded, captured) = (e.refunded_minor, e.captured_minor);
            let told = Told::Refunded { refunded, captured };
            (e.order_id, e.payment_id, told, None)
        }
    }
}
