//! Every call to Stripe, with everything that can go wrong with it: no answer is taken for a no, no
//! repetition moves money twice, and what was really done is found.

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

#[tokio::test]
async fn a_buyer_pays_on_the_page_and_the_money_is_taken_later() {
    let shop = Shop::open().await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    let waiting = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(
        waiting.standing,
        Standing::ActionRequired {
            redirect_url: redirect_url.clone()
        }
    );
    shop.simulator.buyer(&redirect_url, Buyer::IsRefused);
    let again = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(again, waiting, "with another card they may try again");
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    let held = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(held.standing, Standing::Open);
    assert_eq!((held.authorized, held.captured), (money(4_200), money(0)));
    charge.key = "cap:1".to_owned();
    let told = shop.stripe.capture(&charge, money(4_200)).await.unwrap();
    let reference = held.reference.unwrap();
    let amount = money(4_200);
    assert_eq!(told, Told::Captured { reference, amount });
    assert_eq!(shop.entry(&charge).captures, 1);
}

#[tokio::test]
async fn a_shop_that_takes_money_at_once_gets_it_from_the_page() {
    let shop = Shop::open().await;
    let mut charge = Charge {
        automatic_capture: true,
        ..charge(999)
    };
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!((truth.captured, truth.refunded), (money(999), money(0)));
}

#[tokio::test]
async fn the_payment_has_a_name_before_it_is_confirmed() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = charge(4_200);
    let told = shop.stripe.authorize(&charge).await.unwrap();
    let Told::Begun { reference } = told else {
        panic!("nothing stored before the money moves: {told:?}");
    };
    assert_eq!(shop.entry(&charge).held, 0);
    charge.reference = Some(reference.clone());
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Absent
    );
    let told = shop.stripe.authorize(&charge).await.unwrap();
    assert_eq!(told, Told::Authorized { reference });
    assert_eq!(shop.entry(&charge).held, 4_200);
}

#[tokio::test]
async fn a_bank_that_wants_to_see_the_buyer_is_shown_the_buyer() {
    let shop = Shop::rehearsing("pm_card_threeDSecure2Required").await;
    for (buyer, standing) in [
        (Buyer::Pays, Standing::Open),
        (
            Buyer::IsRefused,
            Standing::Declined {
                reason: "declined".to_owned(),
            },
        ),
    ] {
        let mut charge = charge(4_200);
        let told = shop.authorize(&mut charge).await.unwrap();
        let Told::ActionRequired { redirect_url, .. } = told else {
            panic!("nobody is sent to the bank: {told:?}");
        };
        shop.simulator.buyer(&redirect_url, buyer);
        assert_eq!(shop.stripe.find(&charge).await.unwrap().standing, standing);
    }
}

#[tokio::test]
async fn a_refused_card_is_a_definite_no() {
    let shop = Shop::rehearsing("pm_card_chargeDeclinedInsufficientFunds").await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let reason = "insufficient_funds".to_owned();
    assert_eq!(
        told,
        Told::Declined {
            reason: reason.clone()
        }
    );
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(truth.standing, Standing::Declined { reason });
}

#[tokio::test]
async fn a_confirmation_whose_answer_is_lost_sets_money_aside_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = charge(4_200);
        shop.simulator
            .set_fault_times(StripeCall::Confirm, fault, 1);
        let told = shop.authorize(&mut charge).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let held = |truth: &payments::provider::Truth| truth.authorized == money(4_200);
        let call = async |charge: &Charge| shop.stripe.authorize(charge).await;
        shop.insist(&mut charge, held, call).await;
        assert_eq!(shop.entry(&charge).held, 4_200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_whose_answer_is_lost_is_the_same_page_when_it_is_asked_for_again() {
    for fault in [
        Fault::Hang,
        Fault::LostBefore,
        Fault::LostAfter,
        Fault::FailBefore,
    ] {
        let shop = Shop::open().await;
        let mut charge = charge(4_200);
        shop.simulator
            .set_fault_times(StripeCall::MakePage, fault, 1);
        assert!(not_sent(&shop.stripe.authorize(&charge).await), "{fault:?}");
        let told = shop.authorize(&mut charge).await.unwrap();
        let Told::ActionRequired { redirect_url, .. } = told else {
            panic!("no page: {told:?}");
        };
        shop.simulator.buyer(&redirect_url, Buyer::Pays);
        assert_eq!(shop.entry(&charge).held, 4_200, "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_that_failed_for_good_leaves_nothing_to_pay_on() {
    let shop = Shop::open().await;
    let charge = charge(4_200);
    shop.simulator
        .set_fault_times(StripeCall::MakePage, Fault::FailAfter, 1);
    for _ in 0..3 {
        assert!(
            not_sent(&shop.stripe.authorize(&charge).await),
            "the key has its answer, and nothing has moved"
        );
    }
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Absent
    );
    assert_eq!(shop.stripe.void(&charge).await.unwrap(), Told::Voided);
    assert!(shop.simulator.book().payments.is_empty());
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_takes_the_money_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.authorized(4_200).await;
        charge.key = "cap:1".to_owned();
        shop.simulator
            .set_fault_times(StripeCall::Capture, fault, 1);
        let told = shop.stripe.capture(&charge, money(4_200)).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let taken = |truth: &payments::provider::Truth| truth.captured == money(4_200);
        let call = async |charge: &Charge| shop.stripe.capture(charge, money(4_200)).await;
        shop.insist(&mut charge, taken, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.captured, entry.captures), (4_200, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_goes_back_once() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.captured(4_200).await;
        charge.key = "refund:1".to_owned();
        shop.simulator.set_fault_times(StripeCall::Refund, fault, 1);
        let told = shop.stripe.refund(&charge, money(1_000)).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let back = |truth: &payments::provider::Truth| truth.refunded == money(1_000);
        let call = async |charge: &Charge| shop.stripe.refund(charge, money(1_000)).await;
        shop.insist(&mut charge, back, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.refunded, entry.refunds), (1_000, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn a_void_whose_answer_is_lost_lets_go() {
    for fault in ANSWER_LOST {
        let shop = Shop::rehearsing("pm_card_visa").await;
        let mut charge = shop.authorized(4_200).await;
        charge.key = "void:1".to_owned();
        shop.simulator.set_fault_times(StripeCall::Cancel, fault, 1);
        let told = shop.stripe.void(&charge).await;
        assert!(lost(&told), "{fault:?}: {told:?}");
        let gone = |truth: &payments::provider::Truth| truth.standing == Standing::Voided;
        let call = async |charge: &Charge| shop.stripe.void(charge).await;
        shop.insist(&mut charge, gone, call).await;
        let entry = shop.entry(&charge);
        assert_eq!((entry.held, entry.captured), (0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_that_waits_is_closed_and_nobody_pays_on_it() {
    for fault in [
        None,
        Some(Fault::LostAfter),
        Some(Fault::FailAfter),
        Some(Fault::LostBefore),
    ] {
        let shop = Shop::open().await;
        let mut charge = charge(4_200);
        shop.authorize(&mut charge).await.unwrap();
        charge.key = "void:1".to_owned();
        if let Some(fault) = fault {
            shop.simulator
                .set_fault_times(StripeCall::ExpirePage, fault, 1);
        }
        // The first may be lost; the page itself says whether it is closed.
        let first = shop.stripe.void(&charge).await;
        assert!(
            lost(&first) || first == Ok(Told::Voided),
            "{fault:?}: {first:?}"
        );
        assert_eq!(
            shop.stripe.void(&charge).await,
            Ok(Told::Voided),
            "{fault:?}"
        );
        let truth = shop.stripe.find(&charge).await.unwrap();
        let reason = "expired".to_owned();
        assert_eq!(truth.standing, Standing::Declined { reason }, "{fault:?}");
    }
}

#[tokio::test]
async fn a_buyer_who_is_faster_than_the_void_has_their_money_let_go_of() {
    let shop = Shop::open().await;
    let mut charge = charge(4_200);
    let told = shop.authorize(&mut charge).await.unwrap();
    let Told::ActionRequired { redirect_url, .. } = told else {
        panic!("no page: {told:?}");
    };
    shop.simulator.buyer(&redirect_url, Buyer::Pays);
    charge.key = "void:1".to_owned();
    assert_eq!(shop.stripe.void(&charge).await, Ok(Told::Voided));
    assert_eq!(shop.entry(&charge).held, 0);
}

#[tokio::test]
async fn what_was_taken_is_not_voided_but_said_to_be_taken() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = shop.captured(4_200).await;
    charge.key = "void:1".to_owned();
    let reason = "captured".to_owned();
    assert_eq!(
        shop.stripe.void(&charge).await,
        Ok(Told::Declined { reason })
    );
    assert_eq!(shop.entry(&charge).captured, 4_200);
}

#[tokio::test]
async fn an_authorisation_that_ran_out_is_not_taken() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = shop.authorized(4_200).await;
    shop.simulator
        .let_authorization_expire(charge.reference.as_ref().unwrap());
    charge.key = "cap:1".to_owned();
    let reason = "expired".to_owned();
    let told = shop.stripe.capture(&charge, money(4_200)).await;
    assert_eq!(told, Ok(Told::Declined { reason }));
    assert_eq!(
        shop.stripe.find(&charge).await.unwrap().standing,
        Standing::Voided
    );
}

#[tokio::test]
async fn who_cannot_be_reached_was_told_nothing() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let charge = shop.authorized(4_200).await;
    shop.simulator.go_down().await;
    let not_sent = |answer: Result<(), CallError>| {
        assert!(
            matches!(answer, Err(CallError::NotSent { .. })),
            "{answer:?}"
        );
    };
    not_sent(shop.stripe.capture(&charge, money(4_200)).await.map(drop));
    not_sent(shop.stripe.find(&charge).await.map(drop));
    shop.simulator.come_up().await;
    let told = shop.stripe.capture(&charge, money(4_200)).await.unwrap();
    assert!(matches!(told, Told::Captured { .. }), "{told:?}");
}

#[tokio::test]
async fn too_many_calls_wait_as_long_as_stripe_says() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let charge = charge(4_200);
    shop.simulator
        .set_fault_times(StripeCall::MakePayment, Fault::TooMany, 1);
    let told = shop.stripe.authorize(&charge).await;
    let two = Some(Duration::from_secs(2));
    let waits = matches!(told, Err(CallError::NotSent { after, .. }) if after == two);
    assert!(waits, "{told:?}");
}

#[tokio::test]
async fn a_slow_answer_is_an_answer() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let slow = Fault::Slow(Duration::from_millis(100));
    shop.simulator.set_fault(StripeCall::Confirm, slow);
    shop.authorized(4_200).await;
}

#[tokio::test]
async fn a_wrong_key_is_refused_for_good() {
    let shop = Shop::with(None, "sk_test_of_another_account").await;
    let told = shop.stripe.authorize(&charge(4_200)).await;
    let code = "api_key_invalid".to_owned();
    assert_eq!(told, Err(CallError::Rejected { code }));
}

#[tokio::test]
async fn a_key_that_comes_with_another_amount_moves_nothing() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut charge = shop.captured(4_200).await;
    charge.key = "refund:1".to_owned();
    shop.stripe.refund(&charge, money(1_000)).await.unwrap();
    let other = shop.stripe.refund(&charge, money(2_000)).await;
    let code = "idempotency_key_reused".to_owned();
    assert_eq!(other, Err(CallError::Rejected { code }));
    assert_eq!(shop.entry(&charge).refunded, 1_000);
}

#[tokio::test]
async fn what_stripe_cannot_take_is_refused_before_anything_is_asked() {
    let shop = Shop::open().await;
    let kuwait = Charge {
        amount: Money::new(5_124, "KWD".parse().unwrap()),
        ..charge(1)
    };
    let code = "amount_not_payable".to_owned();
    assert_eq!(
        shop.stripe.authorize(&kuwait).await,
        Err(CallError::Rejected { code })
    );
    assert_eq!(shop.simulator.calls(StripeCall::MakePage), 0);
}

#[tokio::test]
async fn a_day_is_listed_with_what_was_taken_and_given_back_of_each_payment() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let mut expected = Vec::new();
    for minor in 1_000..1_060 {
        let mut charge = shop.captured(minor).await;
        let reference = charge.reference.clone().unwrap();
        for part in 1..=2 {
            charge.key = format!("refund:{}:{part}", charge.payment_id);
            shop.stripe
                .refund(&charge, money(100 * part))
                .await
                .unwrap();
        }
        expected.push((reference, money(minor), money(300)));
    }
    shop.authorized(5_000).await;
    let (past, now) = (Timestamp::from_unix_micros(0), Source::system().now());
    let hour = Duration::from_secs(3_600);
    assert_eq!(
        listed(&shop, now.minus(hour), now.plus(hour)).await,
        expected
    );
    assert_eq!(
        shop.simulator.calls(StripeCall::List),
        2,
        "180 movements are two pages"
    );
    assert_eq!(listed(&shop, past, now.minus(hour)).await, []);
    // One that knows no dates is asked once more, and read no further than it need be.
    for (dates, before) in [(Dates::Unknown, 3), (Dates::UnknownWithoutCode, 11)] {
        shop.simulator.list_by_date(dates);
        assert_eq!(
            listed(&shop, now.minus(hour), now.plus(hour)).await,
            expected
        );
        assert_eq!(shop.simulator.calls(StripeCall::List), before + 3);
        assert_eq!(listed(&shop, past, now.minus(hour)).await, []);
        assert_eq!(listed(&shop, now.plus(hour), now.plus(2 * hour)).await, []);
        assert_eq!(shop.simulator.calls(StripeCall::List), before + 8);
    }
}

#[tokio::test]
async fn a_list_that_is_refused_for_another_reason_is_not_read_without_dates() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    shop.captured(1_000).await;
    shop.simulator.list_by_date(Dates::Disliked);
    let now = Source::system().now();
    let hour = Duration::from_secs(3_600);
    let code = "invalid_request_error".to_owned();
    assert_eq!(
        shop.stripe.list(now.minus(hour), now.plus(hour)).await,
        Err(CallError::Rejected { code })
    );
    assert_eq!(shop.simulator.calls(StripeCall::List), 1);
}

/// What was taken and given back of each payment.
async fn listed(shop: &Shop, from: Timestamp, until: Timestamp) -> Vec<(String, Money, Money)> {
    let listed = shop.stripe.list(from, until).await.expect("Stripe answers");
    let listed = listed.expect("Stripe keeps a list").into_iter();
    listed
        .map(|one| (one.reference, one.captured, one.refunded))
        .collect()
}

#[tokio::test]
async fn money_given_back_in_the_dashboard_is_found() {
    let shop = Shop::rehearsing("pm_card_visa").await;
    let charge = shop.captured(4_200).await;
    shop.simulator
        .refund_in_dashboard(charge.reference.as_ref().unwrap(), 4_200);
    let truth = shop.stripe.find(&charge).await.unwrap();
    assert_eq!(truth.refunded, money(4_200));
    assert_eq!(truth.refunded.currency(), CAD);
}
