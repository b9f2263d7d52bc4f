//! Every call to Stripe, with everything that can go wrong with it: no answer is taken for a no, no
//! repetition moves money twice, and what was really done is found.

mod listing;
mod paying;
mod refused;
mod settling;

use crate::charges::{CAD, charge, money};
use kernel::{Money, Timestamp};
use payments::provider::hosted::Patience;
use payments::provider::stripe::{Stripe, StripeSettings};
use payments::provider::{CallError, Charge, Provider as _, Standing, Told};
use platform::Source;
use std::time::Duration;
use testkit::Fault;
use testkit::stripe::{
    Buyer, Dates, Entry, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeCall, StripeSimulator,
};

/// Shorter than the port's, so that a silent provider does not keep a test waiting.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    total: Duration::from_millis(500),
};

/// Whatever goes wrong so that no answer comes.
const ANSWER_LOST: [Fault; 5] = [
    Fault::Hang,
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::FailBefore,
    Fault::FailAfter,
];

struct Shop {
    simulator: StripeSimulator,
    stripe: Stripe,
}

impl Shop {
    /// One whose buyers pay on Stripe's page.
    async fn open() -> Self {
        Self::with(None, STRIPE_KEY).await
    }

    /// One that rehearses with a card of the test mode.
    async fn rehearsing(card: &str) -> Self {
        Self::with(Some(card), STRIPE_KEY).await
    }

    async fn with(card: Option<&str>, key: &str) -> Self {
        let simulator = StripeSimulator::start(Source::system()).await;
        let stripe = Stripe::new(&StripeSettings {
            url: simulator.url().to_owned(),
            secret_key: key.into(),
            webhook_secrets: vec![STRIPE_WEBHOOK_SECRET.into()],
            rehearsal_card: card.map(str::to_owned),
            patience: PATIENCE,
        });
        let stripe = stripe.expect("an HTTPS client can be made");
        Self { simulator, stripe }
    }

    /// Begins and confirms, as a worker does that stores what it is told in between.
    async fn authorize(&self, charge: &mut Charge) -> Result<Told, CallError> {
        let mut told = self.stripe.authorize(charge).await?;
        if let Told::Begun { reference } = &told {
            charge.reference = Some(reference.clone());
            told = self.stripe.authorize(charge).await?;
        }
        if let Told::Authorized { reference }
        | Told::Captured { reference, .. }
        | Told::ActionRequired { reference, .. } = &told
        {
            charge.reference = Some(reference.clone());
        }
        Ok(told)
    }

    /// Makes a call over and over as a worker does: looks first what was done, then sends the same.
    async fn insist(
        &self,
        charge: &mut Charge,
        done: impl Fn(&payments::provider::Truth) -> bool,
        call: impl AsyncFn(&Charge) -> Result<Told, CallError>,
    ) {
        for _ in 0..10 {
            let truth = self.stripe.find(charge).await.expect("Stripe tells");
            charge.reference = truth.reference.clone();
            if done(&truth) {
                return;
            }
            if let Ok(Told::Begun { reference }) = call(charge).await {
                charge.reference = Some(reference);
            }
        }
        panic!("ten tries were not enough");
    }

    /// A charge that is set aside.
    async fn authorized(&self, minor: i64) -> Charge {
        let mut charge = charge(minor);
        let told = self.authorize(&mut charge).await.expect("Stripe answers");
        assert!(matches!(told, Told::Authorized { .. }), "{told:?}");
        charge
    }

    /// A charge that was taken.
    async fn captured(&self, minor: i64) -> Charge {
        let mut charge = self.authorized(minor).await;
        charge.key = format!("cap:{}:1", charge.payment_id);
        let told = self.stripe.capture(&charge, money(minor)).await;
        let told = told.expect("Stripe answers");
        assert!(matches!(told, Told::Captured { .. }), "{told:?}");
        charge
    }

    /// The one payment that there is.
    fn entry(&self, charge: &Charge) -> Entry {
        let book = self.simulator.book();
        let [entry] = book.of(charge.payment_id)[..] else {
            panic!("not one payment: {book:?}");
        };
        entry.clone()
    }
}

fn not_sent<T: std::fmt::Debug>(answer: &Result<T, CallError>) -> bool {
    matches!(answer, Err(CallError::NotSent { .. }))
}

fn lost<T: std::fmt::Debug>(answer: &Result<T, CallError>) -> bool {
    matches!(answer, Err(CallError::AnswerLost { .. }))
}
