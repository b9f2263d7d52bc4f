//! Calls that Stripe refuses, or that never reach it.

use super::*;

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
